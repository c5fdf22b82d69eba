"""One repair for each thing that keeps a document from being compiled, as actions of an overlay."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.openapi.anatomy import METHODS, lookup, tokens, walk
from mockserver.openapi.operations import derived_id
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import BrokenSchema, pattern_check

Action = dict[str, Any]

_NUMBER = (int, float)
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


@dataclass(frozen=True, slots=True)
class Mended:
    """What is done about a problem; `rule` says of what sort it is."""

    rule: str
    actions: tuple[Action, ...]


def jsonpath(pointer: str, data: Any) -> str:
    """The JSONPath (RFC 9535) of a JSON pointer into `data`."""
    path = "$"
    for token in tokens(pointer):
        if isinstance(data, list):
            path += f"[{token}]"
            data = data[int(token)] if token.isdigit() and int(token) < len(data) else None
        else:
            path += _member(token)
            data = data.get(token) if isinstance(data, dict) else None
    return path


def _member(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name, re.ASCII):
        return f".{name}"
    written = "".join(
        f"\\{each}" if each in "\\'" else each if each >= " " else f"\\u{ord(each):04x}" for each in name
    )
    return f"['{written}']"


def remove(data: Any, pointer: str, why: str) -> Action:
    """Take out what stands at a pointer."""
    return _assumed({"target": jsonpath(pointer, data), "description": why, "remove": True})


def update(data: Any, pointer: str, value: Any, why: str) -> Action:
    """Merge into, or put in place of, what stands at a pointer."""
    return _assumed({"target": jsonpath(pointer, data), "description": why, "update": value})


def _assumed(action: Action) -> Action:
    return {**action, "x-evidence": {"known": "assumed", "source": "mockserver import"}}


def repair(data: dict[str, Any], pointer: str, message: str) -> Mended | None:
    """What makes the problem go away; None where what it is about has gone with another one already."""
    for pattern, rule, mend in _MENDERS:
        if re.search(pattern, message):
            actions = list(mend(data, pointer, message))
            return Mended(rule, tuple(actions)) if actions else None
    return None


def _drop(data: dict[str, Any], pointer: str, message: str) -> Iterator[Action]:
    pointer = _standing(data, pointer)
    if pointer:
        yield remove(data, pointer, message)


def _standing(data: Any, pointer: str) -> str:
    """The pointer, or the nearest above at which something stands."""
    while pointer:
        try:
            lookup(data, pointer)
        except KeyError:
            pointer = pointer.rpartition("/")[0]
        else:
            return pointer
    return ""


def _drop_reference(data: dict[str, Any], pointer: str, message: str) -> Iterator[Action]:
    """A schema is left open, in which nothing is said; anything else that refers to nothing is left out."""
    owner = pointer.removesuffix("/$ref")
    kinds = {at: kind for at, kind, _ in walk(data) if at == owner}
    yield from _drop(data, pointer if kinds.get(owner) == "schema" else owner, message)


def _rename_id(data: dict[str, Any], pointer: str, message: str) -> Iterator[Action]:
    steps = tokens(pointer)
    taken = {
        operation.get("operationId")
        for item in data["paths"].values()
        if isinstance(item, dict)
        for operation in item.values()
        if isinstance(operation, dict)
    }
    name, number = derived_id(steps[2], steps[1]), 1
    while name in taken:
        number += 1
        name = f"{derived_id(steps[2], steps[1])}{number}"
    yield update(data, pointer, name, message)


def _merge_paths(data: dict[str, Any], pointer: str, message: str) -> Iterator[Action]:
    """Two spellings of one path become one; where both have a method, the first one's counts."""
    second = tokens(pointer)[1]
    first = message.removeprefix("is the same path as ").partition(": only the names differ")[0]
    paths = data["paths"]
    if first not in paths or second not in paths:
        return
    names = dict(zip(_names(second), _names(first), strict=False))
    shared = paths[second].get("parameters", [])
    moved = {}
    for method, operation in paths[second].items():
        if method in METHODS and method not in paths[first] and isinstance(operation, dict):
            own = [*shared, *operation.get("parameters", [])]
            moved[method] = {**operation, "parameters": [_renamed(data, each, names) for each in own]}
    if moved:
        yield update(data, f"/paths/{escape(first)}", moved, message)
    yield remove(data, pointer, message)


def _names(path: str) -> list[str]:
    return re.findall(r"\{([^{}]*)\}", path)


def _renamed(data: Any, parameter: Any, names: Mapping[str, str]) -> Any:
    reference = parameter.get("$ref") if isinstance(parameter, dict) else None
    if isinstance(reference, str):
        try:
            parameter = lookup(data, reference.removeprefix("#"))
        except KeyError:
            return parameter
    if isinstance(parameter, dict) and parameter.get("in") == "path":
        return {**parameter, "name": names.get(parameter.get("name", ""), parameter.get("name"))}
    return parameter


def _root_path(data: dict[str, Any], pointer: str, message: str) -> Iterator[Action]:
    path = tokens(pointer)[1]
    if f"/{path}" not in data["paths"]:
        yield update(data, "/paths", {f"/{path}": data["paths"][path]}, message)
    yield remove(data, pointer, message)


def _declare_scheme(data: dict[str, Any], pointer: str, message: str) -> Iterator[Action]:
    name = tokens(pointer)[-1]
    components = data.get("components")
    if isinstance(components, dict) and name in (components.get("securitySchemes") or {}):
        return
    made = {"securitySchemes": {name: {"type": "http", "scheme": "bearer"}}}
    if isinstance(components, dict):
        yield update(data, "/components", made, message)
    else:
        yield update(data, "", {"components": made}, message)


def _mend_schema(data: dict[str, Any], pointer: str, message: str) -> Iterator[Action]:
    """Take out the keywords that are no JSON Schema; the whole schema where none of them is to blame."""
    try:
        schema = lookup(data, pointer)
    except KeyError:
        return
    found = False
    for at, kind, node in list(walk(schema, "schema", pointer)):
        if kind != "schema":
            continue
        for key, value in node.items():
            sound = _KEYWORDS.get(key)
            if sound is not None and not sound(value):
                found = True
                yield remove(data, f"{at}/{escape(key)}", f"{key} is not as JSON Schema has it")
            elif key == "patternProperties" and isinstance(value, dict):
                for pattern in value:
                    if not _is_pattern(pattern):
                        found = True
                        yield remove(data, f"{at}/{key}/{escape(pattern)}", "is no regular expression")
    if not found:
        yield remove(data, pointer, message)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and callable(pattern_check(value))
    except BrokenSchema:
        return False


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in _TYPES
    return (
        isinstance(value, list)
        and bool(value)
        and len(set(map(str, value))) == len(value)
        and all(isinstance(each, str) and each in _TYPES for each in value)
    )


def _is_schema(value: Any) -> bool:
    return isinstance(value, (dict, bool))


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_schema, value))


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_schema, value.values()))


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBER) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(each, str) for each in value)
        and len(set(value)) == len(value)
    )


def _is_enum(value: Any) -> bool:
    return isinstance(value, list)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_KEYWORDS: Mapping[str, Callable[[Any], bool]] = {
    "type": _is_type,
    "pattern": _is_pattern,
    "required": _is_names,
    "enum": _is_enum,
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains"),
        _is_count,
    ),
    **dict.fromkeys(
        ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
        _is_schema,
    ),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _is_schemas),
    **dict.fromkeys(("properties", "$defs", "dependentSchemas"), _is_named),
    "uniqueItems": _is_flag,
    **dict.fromkeys(("format", "$ref", "$id", "$anchor", "contentMediaType", "contentEncoding"), _is_text),
    "dependentRequired": lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
}

Mender = Callable[[dict[str, Any], str, str], Iterator[Action]]
_MENDERS: tuple[tuple[str, str, Mender], ...] = (
    (r"^the reference ", "reference", _drop_reference),
    (r"is referred to but not there", "reference", _drop),
    (r"^the operationId ", "operation-id", _rename_id),
    (r"^is the same path as ", "path", _merge_paths),
    (r"^a path begins with /", "path", _root_path),
    (r"^a path has neither|^the braces of this path|^the path has \{", "path", _drop),
    (r"^there is no security scheme", "security-scheme", _declare_scheme),
    (r"is not a status", "status", _drop),
    (r"^is not a JSON Schema", "schema", _mend_schema),
    (r"parameter .* is there twice|^a parameter is in path|^the style ", "parameter", _drop),
    (r"^the fact |^x-[a-z-]+ belongs to", "fact", _drop),
    (r"^must be |needs ", "structure", _drop),
    # What check_facts says of a value: its words are those of the validator.
    (r"", "fact", _drop),
)
