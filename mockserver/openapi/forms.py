"""The fields of a form as the value that a schema asks for; knows names and texts, nothing of requests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.openapi.schemas import Schemas
from mockserver.openapi.values import Shape, decoder, read_one, shape_of

FORM = "application/x-www-form-urlencoded"
_NESTED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)\Z")
_STEP = re.compile(r"\[([^\[\]]*)\]")
_NESTING = 8
_JOINED = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


class FormReader:
    """Reads the forms of one media type. `encoding` is that of the document: how lists are joined.

    A name that comes twice is a list, as are `tag[]` and `tag[0]`; `card[number]` is a member of `card`. An
    object or list in one text is JSON. What is of no type that the schema asks for stays text.
    """

    __slots__ = ("_encoding", "_schema", "_schemas", "_shape")

    def __init__(self, schema: Any, schemas: Schemas, encoding: Any) -> None:
        self._schema = schema
        self._schemas = schemas
        self._encoding: Mapping[str, Any] = encoding if isinstance(encoding, dict) else {}
        self._shape: Shape | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return (FormReader, (self._schema, self._schemas, self._encoding))

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The value of a form's names and texts, in their order."""
        shape = self._shape
        if shape is None:
            shape = self._shape = shape_of(self._schema, self._schemas)
        tree: dict[str, Any] = {}
        for name, text in pairs:
            steps = _steps(name) if name not in shape.properties else [name]
            if len(steps) > _NESTING or not _grow(tree, steps, text):
                _add(tree, name, text)
        return {
            name: self._typed(value, shape.properties.get(name, True), self._separator(name))
            for name, value in tree.items()
        }

    def _separator(self, name: str) -> str:
        told = self._encoding.get(name)
        if not isinstance(told, Mapping) or told.get("explode", True) is not False:
            return ""
        return _JOINED.get(told.get("style", "form"), "")

    def _typed(self, value: Any, schema: Any, separator: str = "") -> Any:
        shape = shape_of(schema, self._schemas)
        if isinstance(value, str) and (shape.is_array or shape.is_object):
            read = _json(value)
            if type(read) is (list if shape.is_array else dict):
                return read
            if not shape.is_array:
                return value
            value = value.split(separator) if separator else [value]
        if isinstance(value, dict) and shape.is_array and all(key.isdigit() for key in value):
            value = [value[key] for key in sorted(value, key=int)]
        if isinstance(value, dict):
            return {
                name: self._typed(inner, shape.properties.get(name, True)) for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._typed(inner, shape.items) for inner in value]
        return read_one(value, decoder(shape.types))


def _steps(name: str) -> list[str]:
    """`card[owner][name]` as card, owner, name; a name that is written otherwise is itself."""
    match = _NESTED.match(name)
    return [name] if match is None else [match[1], *_STEP.findall(match[2])]


def _grow(tree: dict[str, Any], steps: Sequence[str], text: str) -> bool:
    """Put a text into its place; False where something else stands in the way."""
    node = tree
    *outer, last = steps
    if last == "" and outer:
        last = outer.pop()
        listed = True
    else:
        listed = False
    for step in outer:
        inner = node.setdefault(step, {})
        if not isinstance(inner, dict):
            return False
        node = inner
    if isinstance(node.get(last), dict):
        return False
    if listed and last not in node:
        node[last] = [text]
    else:
        _add(node, last, text)
    return True


def _add(node: dict[str, Any], name: str, text: str) -> None:
    there = node.get(name)
    if name not in node:
        node[name] = text
    elif isinstance(there, list):
        there.append(text)
    else:
        node[name] = [there, text]


def _json(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
