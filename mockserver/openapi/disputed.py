"""What an API's own pages disagree on (x-disputed): found in a document, or taken out; knows no request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import orjson

from mockserver.openapi.anatomy import lookup, walk


def without_disputed(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document without disputed parameters and properties, as if they had never been declared.

    What asks for such a property, alone or as one of several ways, is gone too. Versions stay.
    """
    made: dict[str, Any] = orjson.loads(orjson.dumps(data))
    nodes = [(kind, node) for _, kind, node in walk(made)]
    for kind, node in nodes:
        if kind == "schema":
            _close_schema(node)
        elif type(node.get("parameters")) is list and kind in ("operation", "pathItem"):
            node["parameters"] = [each for each in node["parameters"] if not _is_disputed(made, each)]
    return made


def _close_schema(schema: dict[str, Any]) -> None:
    properties = schema.get("properties")
    if type(properties) is not dict:
        return
    names = {name for name, inner in properties.items() if type(inner) is dict and "x-disputed" in inner}
    if not names:
        return
    schema["properties"] = {name: inner for name, inner in properties.items() if name not in names}
    _ask_no_more(schema, names)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            schema[key] = [each for each in schema[key] if names.isdisjoint(each.get("required", ()))]
            if not schema[key]:
                del schema[key]


def _ask_no_more(schema: dict[str, Any], names: set[str]) -> None:
    if "required" in schema:
        schema["required"] = [name for name in schema["required"] if name not in names]


def _is_disputed(data: dict[str, Any], parameter: Any) -> bool:
    target = parameter.get("$ref")
    if isinstance(target, str) and target.startswith("#/"):
        parameter = lookup(data, target[1:])
    return "x-disputed" in parameter


def disputed_properties(data: Any, schema: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """(name, x-disputed) of each disputed property of an object, however its schema is put together."""
    seen: list[Any] = []
    pending = [schema]
    while pending:
        each = pending.pop()
        if type(each) is not dict or any(each is known for known in seen):
            continue
        seen.append(each)
        target = each.get("$ref")
        if isinstance(target, str) and target.startswith("#/"):
            with suppress(KeyError):  # Where references lead is the compiler's to say.
                pending.append(lookup(data, target[1:]))
        for key in ("allOf", "anyOf", "oneOf"):
            pending += each.get(key, ())
        for name, inner in each.get("properties", {}).items():
            if type(inner) is dict and "x-disputed" in inner:
                yield name, inner["x-disputed"]
