"""A plain value of a schema, and the places in one where something stands; knows JSON Schema, no request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.openapi.anatomy import lookup

Path = tuple[str | int, ...]

DEPTH = 12
BY_FORMAT: Mapping[str, str] = {
    "date-time": "2026-04-15T09:00:00Z",
    "date": "2026-04-15",
    "email": "check@example.org",
    "uri": "https://example.org/check",
    "uuid": "5f3a1c68-0b9d-4e27-9a41-c2d7e8f60b35",
    "iana-time-zone": "Europe/Berlin",
    "e164": "+4915112345678",
}


def followed(data: Mapping[str, Any], schema: Any) -> Mapping[str, Any]:
    """The schema that a `$ref` leads to, laid under what stands beside it; {} for what is no object."""
    for _ in range(DEPTH):
        if not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        target = lookup(data, reference.removeprefix("#"))
        schema = {**target, **rest} if rest and isinstance(target, Mapping) else target
    return {}


def branches(data: Mapping[str, Any], schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema, followed, and all that it is put together from (allOf, anyOf, oneOf)."""
    waiting = [schema]
    for _ in range(200):
        if not waiting:
            return
        each = followed(data, waiting.pop(0))
        yield each
        for key in ("allOf", "anyOf", "oneOf"):
            waiting += each.get(key, ())


def properties(data: Mapping[str, Any], schema: Any) -> Mapping[str, Any]:
    """The properties that a schema names, in any of its branches."""
    found: dict[str, Any] = {}
    for each in branches(data, schema):
        for name, part in each.get("properties", {}).items():
            found.setdefault(name, part)
    return found


def places(
    data: Mapping[str, Any], schema: Any, wanted: Callable[[Mapping[str, Any]], bool], depth: int = 6
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Where in a value a schema that is wanted applies: `("attendee", "phone")`; 0 for any item of a list."""
    for each in branches(data, schema):
        if wanted(each):
            yield (), each
            return
    if depth == 0:
        return
    for name, part in properties(data, schema).items():
        for path, found in places(data, part, wanted, depth - 1):
            yield (name, *path), found
    for each in branches(data, schema):
        if isinstance(each.get("items"), Mapping):
            for path, found in places(data, each["items"], wanted, depth - 1):
                yield (0, *path), found


def plain(data: Mapping[str, Any], schema: Any, depth: int = 6) -> Any:
    """A likely valid value: an example where there is one, else the least that the schema asks for."""
    each = followed(data, schema)
    for key in ("const", "example", "default"):
        if key in each:
            return each[key]
    for key in ("examples", "enum"):
        if each.get(key):
            return each[key][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if each.get(key) and "properties" not in each and "type" not in each:
            parts = [followed(data, part) for part in each[key]]
            if key == "allOf":
                merged: dict[str, Any] = {}
                for part in parts:
                    value = plain(data, part, depth)
                    merged.update(value if isinstance(value, dict) else {})
                return merged
            return plain(data, parts[0], depth)
    return _typed(data, each, depth)


def _typed(data: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = next((each for each in kinds if each != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        if depth == 0:
            return {}
        named = properties(data, schema)
        return {name: plain(data, named.get(name, {}), depth - 1) for name in required(data, schema)}
    if kind == "array":
        count = schema.get("minItems", 0)
        return [plain(data, schema.get("items", {}), depth - 1) for _ in range(min(count, 5))]
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("maximum", 1))
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    text = BY_FORMAT.get(str(schema.get("format", "")), "check")
    return text.ljust(schema.get("minLength", 0), "k")[: schema.get("maxLength", 1000)]


def required(data: Mapping[str, Any], schema: Any) -> list[str]:
    """The members that an object must have."""
    found: list[str] = []
    for each in (
        followed(data, schema),
        *(followed(data, p) for p in followed(data, schema).get("allOf", ())),
    ):
        found += [name for name in each.get("required", ()) if name not in found]
    return found


def at(value: Any, path: Path) -> Any:
    """What stands there; None for nothing."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def with_value(value: Any, path: Path, new: Any) -> Any:
    """A copy that has `new` there; objects and lists on the way are made where there are none."""
    if not path:
        return new
    step, *rest = path
    if isinstance(step, int):
        items = list(value) if isinstance(value, list) else []
        while len(items) <= step:
            items.append(None)
        items[step] = with_value(items[step], tuple(rest), new)
        return items
    members = dict(value) if isinstance(value, Mapping) else {}
    members[step] = with_value(members.get(step), tuple(rest), new)
    return members


def without(value: Any, path: Path) -> Any:
    """A copy that lacks what stands there."""
    step, *rest = path
    if not isinstance(value, Mapping) or step not in value:
        return value
    if not rest:
        return {name: each for name, each in value.items() if name != step}
    return {**value, step: without(value[step], tuple(rest))}


def field(row: Any, path: str) -> list[Any]:
    """Every value at a dotted path, of each element where there are lists on the way."""
    found = [row]
    for name in path.split("."):
        following: list[Any] = []
        for each in found:
            items = each if isinstance(each, list) else [each]
            following += [item[name] for item in items if isinstance(item, Mapping) and name in item]
        found = following
    return [item for each in found for item in (each if isinstance(each, list) else [each])]
