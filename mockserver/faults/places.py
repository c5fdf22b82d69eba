"""Where in a JSON body a declared property stands; walks schema and body together, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Schemas may refer to themselves; bodies do not, but a schema may nest alternatives without end.
DEEPEST = 32

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One member of a body: the way to it, what it holds, and the schemas that speak of it."""

    path: Path
    value: Any
    schemas: tuple[Mapping[str, Any], ...]
    required: bool

    @property
    def pointer(self) -> str:
        """The place as an RFC 6901 JSON pointer into the body."""
        return pointer(self.path)

    @property
    def name(self) -> str | int:
        """The member's own name, or its number in a list."""
        return self.path[-1]

    @property
    def types(self) -> frozenset[str]:
        """The declared JSON types; empty where none is declared."""
        found: set[str] = set()
        for schema in self.schemas:
            declared = schema.get("type")
            found |= {declared} if isinstance(declared, str) else set(declared or ())
        return frozenset(found)

    @property
    def enum(self) -> tuple[Any, ...]:
        """The declared values of a closed list; empty where any value goes."""
        for schema in self.schemas:
            if "enum" in schema:
                return tuple(schema["enum"])
            if "const" in schema:
                return (schema["const"],)
        return ()


def pointer(path: Path) -> str:
    """A way into a body as an RFC 6901 JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def places(schema: Any, body: Any, document: Mapping[str, Any]) -> Iterator[Place]:
    """Every member of `body` that `schema` declares, parents first, in the schema's order.

    `document` is what `#/...` references point into. Alternatives (oneOf, anyOf) are all followed where the
    body has the members they speak of: which one was meant is for a check of the whole to say.
    """
    yield from _members(tuple(_flatten(schema, document, 0)), body, (), document)


def undeclared(body: Any) -> Iterator[Place]:
    """The members of a body of which no schema speaks: the top-level ones, as required as any."""
    holder: Any = body
    prefix: Path = ()
    if isinstance(holder, list) and holder:
        holder, prefix = holder[0], (0,)
    if isinstance(holder, dict):
        for key, value in holder.items():
            yield Place((*prefix, key), value, (), required=False)


def _members(
    schemas: tuple[Mapping[str, Any], ...],
    value: Any,
    path: Path,
    document: Mapping[str, Any],
) -> Iterator[Place]:
    if len(path) > DEEPEST:
        return
    if isinstance(value, dict):
        required = {name for schema in schemas for name in schema.get("required", ())}
        for key, parts in _properties(schemas).items():
            if key in value:
                flat = tuple(inner for part in parts for inner in _flatten(part, document, 0))
                yield Place((*path, key), value[key], flat, key in required)
                yield from _members(flat, value[key], (*path, key), document)
    elif isinstance(value, list):
        parts = [schema["items"] for schema in schemas if "items" in schema]
        flat = tuple(inner for part in parts for inner in _flatten(part, document, 0))
        for number, item in enumerate(value):
            if flat and not isinstance(item, dict | list):
                yield Place((*path, number), item, flat, required=True)
            yield from _members(flat, item, (*path, number), document)


def _properties(schemas: tuple[Mapping[str, Any], ...]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for schema in schemas:
        for key, part in schema.get("properties", {}).items():
            found.setdefault(key, []).append(part)
    return found


def _flatten(schema: Any, document: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """The schema and every one that it refers to or is composed of."""
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return
    yield schema
    if isinstance(reference := schema.get("$ref"), str):
        yield from _flatten(resolve(reference, document), document, depth + 1)
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(word, ()):
            yield from _flatten(part, document, depth + 1)


def resolve(reference: str, document: Mapping[str, Any]) -> Any:
    """What a `#/...` reference points at; None where it points at nothing."""
    if not reference.startswith("#"):
        return None
    return at_pointer(document, reference[1:])


def at_pointer(document: Any, text: str) -> Any:
    """What an RFC 6901 pointer points at; None where it points at nothing."""
    value = document
    for part in text.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
