"""Text turned into JSON values by the types a schema asks for; knows neither parameters nor requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import orjson

from mockserver.openapi.schemas import Schemas, fragment

Decode = Callable[[str], Any]
"""Text -> JSON value. Text of none of the types asked for comes back as it is, for the check to refuse."""

DIGITS = 300
"""Digits an integer may have: more is not a number anybody means, and fewer always fit a float."""

_DEPTH = 32
_INTEGER = re.compile(rf"-?[0-9]{{1,{DIGITS}}}")
_NUMBER = re.compile(rf"-?[0-9]{{1,{DIGITS}}}(\.[0-9]{{1,{DIGITS}}})?([eE][+-]?[0-9]{{1,3}})?")
_BOOLEANS = {"true": True, "false": False}
_ANNOTATIONS = frozenset(
    ("type", "title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly")
)


class Missing(Enum):
    """The type of MISSING: no value at all, which is another thing than null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


class Unreadable(ValueError):
    """Text that is not written in the style that was declared; the message says what it must be."""

    def __init__(self, message: str, rule: str = "style") -> None:
        self.rule = rule
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema says of its values, as far as reading text goes. `types` empty: anything."""

    types: frozenset[str]
    items: Any
    properties: Mapping[str, Any]
    open: bool
    """Whether properties other than those are allowed."""

    @property
    def is_array(self) -> bool:
        """Whether the value is to be read as a list."""
        return "array" in self.types

    @property
    def is_object(self) -> bool:
        """Whether the value is to be read as properties."""
        return "object" in self.types and "array" not in self.types


def shape_of(schema: Any, schemas: Schemas, depth: int = 0) -> Shape:
    """The shape of a schema, through `$ref`, allOf, anyOf and oneOf."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return Shape(frozenset(), True, {}, True)
    types = _own_types(schema)
    items = schema.get("items", True)
    properties: dict[str, Any] = dict(schema.get("properties", {}))
    is_open = schema.get("additionalProperties", True) is not False
    every: list[Any] = list(schema.get("allOf", ()))
    if isinstance(schema.get("$ref"), str):
        every.append(schemas.at(fragment(schema["$ref"])))
    for part in every:
        other = shape_of(part, schemas, depth + 1)
        types = other.types if not types else types & other.types or types
        items = other.items if items is True else items
        properties = {**other.properties, **properties}
        is_open = is_open and other.open
    for keyword in ("anyOf", "oneOf"):
        branches = [shape_of(part, schemas, depth + 1) for part in schema.get(keyword, ())]
        if branches:
            union: frozenset[str] = frozenset().union(*(branch.types for branch in branches))
            if all(branch.types for branch in branches):
                types = types & union or union
            for branch in branches:
                items = branch.items if items is True else items
                properties = {**branch.properties, **properties}
    return Shape(types, items, properties, is_open)


def is_any_text(schema: Any, schemas: Schemas) -> bool:
    """Whether a schema is satisfied by every string, so that there is nothing to check."""
    for _ in range(_DEPTH):
        if not isinstance(schema, dict):
            return schema is True
        if len(schema) != 1 or "$ref" not in schema:
            break
        schema = schemas.at(fragment(schema["$ref"]))
    types = schema.get("type", "string")
    plain = all(key in _ANNOTATIONS or key.startswith("x-") for key in schema)
    return plain and (types == "string" or (isinstance(types, list) and "string" in types))


def decoder(types: frozenset[str], fits: Callable[[Any], bool] | None = None) -> Decode | None:
    """How to read text as one of some types; None when it stays text.

    Where text is among several types, `fits` says whether it is right as it is.
    """
    scalars = types - {"array", "object"}
    if not scalars or scalars == {"string"}:
        return None
    tries: list[Decode] = []
    if "boolean" in scalars:
        tries.append(read_boolean)
    if "number" in scalars:
        tries.append(read_number)
    elif "integer" in scalars:
        tries.append(read_integer)
    if "null" in scalars:
        tries.append(read_null)
    if "string" not in scalars:
        return tries[0] if len(tries) == 1 else _first_of(tries)
    return None if fits is None else _text_or(tries, fits)


def read_integer(text: str) -> Any:
    """ASCII digits with at most a minus before them; neither `1_0`, `+1`, ` 1` nor `1e2`."""
    if text.isascii() and text.isdigit() and len(text) <= DIGITS:
        return int(text)
    return int(text) if _INTEGER.fullmatch(text) else text


def read_number(text: str) -> Any:
    """A JSON number, leading zeros allowed; an int where it is written as one. Never infinite, never NaN."""
    if text.isascii() and text.isdigit() and len(text) <= DIGITS:
        return int(text)
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    if match[1] is None and match[2] is None:
        return int(text)
    number = float(text)
    return text if number in (float("inf"), float("-inf")) else number


def read_boolean(text: str) -> Any:
    """`true` or `false`, in lower case."""
    return _BOOLEANS.get(text, text)


def read_null(text: str) -> Any:
    """Nothing at all, or the word `null`."""
    return None if text in ("", "null") else text


def read_json(text: str) -> Any:
    """A JSON text. Raises Unreadable."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Unreadable("must be JSON") from None


def read_pairs(parts: list[str], properties: Mapping[str, Decode | None]) -> dict[str, Any]:
    """Names and values by turns: ["R", "100", "G", "200"]. Raises Unreadable when a value is missing."""
    if len(parts) % 2:
        raise Unreadable("must be a list of names and values by turns")
    return {
        name: read_one(text, properties.get(name)) for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def read_assignments(parts: list[str], properties: Mapping[str, Decode | None]) -> dict[str, Any]:
    """Assignments: ["R=100", "G=200"]. Raises Unreadable when one is not."""
    value = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals:
            raise Unreadable("must be a list of name=value")
        value[name] = read_one(text, properties.get(name))
    return value


def read_one(text: str, decode: Decode | None) -> Any:
    """A single text by its decoder."""
    return text if decode is None else decode(text)


def property_decoders(shape: Shape, schemas: Schemas) -> dict[str, Decode | None]:
    """How to read each property of an object."""
    return {name: decoder(shape_of(schema, schemas).types) for name, schema in shape.properties.items()}


def _own_types(schema: Mapping[str, Any]) -> frozenset[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset((declared,))
    if isinstance(declared, list):
        return frozenset(name for name in declared if isinstance(name, str))
    if isinstance(schema.get("enum"), list):
        return frozenset(_type_of(value) for value in schema["enum"])
    if "const" in schema:
        return frozenset((_type_of(schema["const"]),))
    if "properties" in schema:
        return frozenset(("object",))
    return frozenset(("array",)) if "items" in schema else frozenset()


def _type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _first_of(tries: list[Decode]) -> Decode:
    def decode(text: str) -> Any:
        for attempt in tries:
            value = attempt(text)
            if value is not text:
                return value
        return text

    return decode


def _text_or(tries: list[Decode], fits: Callable[[Any], bool]) -> Decode:
    def decode(text: str) -> Any:
        if fits(text):
            return text
        for attempt in tries:
            value = attempt(text)
            if value is not text and fits(value):
                return value
        return text

    return decode
