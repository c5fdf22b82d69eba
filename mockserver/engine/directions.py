"""Members that only requests hold (writeOnly): found in a schema once, left out of what is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.openapi.anatomy import lookup
from mockserver.openapi.schemas import fragment

EACH = "*"
_DEPTH = 8
_SCHEMAS = 2_000

Place = tuple[str, ...]


def write_only(data: Any, pointer: str) -> tuple[Place, ...]:
    """The places of such members in values of the schema at a pointer; EACH stands for the items of a list.

    What is required as well has to be in answers, too, by the same schema: it is none of them.
    """
    return tuple(dict.fromkeys(_places(data, pointer, (), set())))


def _places(data: Any, pointer: str, place: Place, seen: set[tuple[str, Place]]) -> Iterator[Place]:
    schema = _at(data, pointer)
    if schema is None or (pointer, place) in seen or len(place) > _DEPTH or len(seen) > _SCHEMAS:
        return
    seen.add((pointer, place))
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield from _places(data, fragment(reference), place, seen)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for number, _ in enumerate(_listed(schema.get(keyword))):
            yield from _places(data, f"{pointer}/{keyword}/{number}", place, seen)
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        if isinstance(inner, dict) and inner.get("writeOnly") is True:
            if name not in _listed(schema.get("required")):
                yield (*place, name)
            continue
        at = f"{pointer}/properties/{name.replace('~', '~0').replace('/', '~1')}"
        yield from _places(data, at, (*place, name), seen)
    if isinstance(schema.get("items"), dict):
        yield from _places(data, f"{pointer}/items", (*place, EACH), seen)


def _at(data: Any, pointer: str) -> Mapping[str, Any] | None:
    try:
        schema = lookup(data, pointer)
    except LookupError:
        return None
    return schema if isinstance(schema, dict) else None


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def without(value: Any, places: Sequence[Place]) -> Any:
    """The value without what stands at the places; nothing of it is changed in place."""
    for place in places:
        value = _without(value, place)
    return value


def _without(value: Any, place: Place) -> Any:
    step, rest = place[0], place[1:]
    if step == EACH and isinstance(value, list):
        return [_without(item, rest) for item in value] if rest else value
    if not isinstance(value, dict) or step not in value:
        return value
    if rest:
        return {**value, step: _without(value[step], rest)}
    return {name: inner for name, inner in value.items() if name != step}
