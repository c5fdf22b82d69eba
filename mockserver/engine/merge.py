"""Schemas laid over one another until one flat schema is left; knows keywords, draws no values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

Schema = dict[str, Any]

UNIONS, CONDITIONS, PATTERNS, CLOSED, NAMED = "\0unions", "\0conditions", "\0patterns", "\0closed", "\0named"
"""Keywords of flat schemas: what cannot be laid over one another is kept side by side.

UNIONS: lists of branches, of each of which one holds. CONDITIONS: (if, then, else). PATTERNS: all that hold.
CLOSED: sets of names outside of which no property may be. NAMED: the references that were followed.
"""

_DEPTH = 48
_LARGER = frozenset(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"))
_SMALLER = frozenset(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"))
_SIDE_BY_SIDE = frozenset((UNIONS, CONDITIONS, PATTERNS, CLOSED, NAMED))
_BY_NAME = frozenset(("properties", "patternProperties", "dependentSchemas"))
_BOTH = frozenset(("items", "additionalProperties", "propertyNames", "contains"))
_TAKEN_APART = frozenset(
    ("$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "pattern", "discriminator")
)


class Contradiction(Exception):
    """No value can satisfy this schema, or none that is small enough."""


def flatten(schema: Any, find: Callable[[str], Any], depth: int = 0) -> Schema:
    """One schema without `$ref` and allOf. `find` gives what a reference means. Raises Contradiction."""
    if schema is True:
        return {}
    if not isinstance(schema, dict) or depth > _DEPTH:
        raise Contradiction
    flat: Schema = {}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        flat = overlay(flatten(find(reference), find, depth + 1), {NAMED: [reference]})
    for part in schema.get("allOf", ()):
        flat = overlay(flat, flatten(part, find, depth + 1))
    own = {key: value for key, value in schema.items() if key not in _TAKEN_APART}
    unions = [
        [_tagged(branch, schema.get("discriminator")) for branch in schema[keyword]]
        for keyword in ("oneOf", "anyOf")
        if schema.get(keyword)
    ]
    if unions:
        own[UNIONS] = unions
    if "if" in schema:
        own[CONDITIONS] = [(schema["if"], schema.get("then", True), schema.get("else", True))]
    if isinstance(schema.get("pattern"), str):
        own[PATTERNS] = [schema["pattern"]]
    if schema.get("additionalProperties") is False and "patternProperties" not in schema:
        own[CLOSED] = [frozenset(schema.get("properties", {}))]
    return overlay(flat, own)


def overlay(under: Schema, over: Schema) -> Schema:
    """Both schemas at once; what is said of a value for show comes from `over`. Raises Contradiction."""
    if not under:
        return over
    merged = dict(under)
    for key, value in over.items():
        if key in merged:
            merged[key] = _both(key, merged[key], value)
        else:
            merged[key] = value
    if "prefixItems" in merged and "items" in merged:
        merged["prefixItems"] = _prefixes(under, over)
    return merged


def _prefixes(one: Schema, other: Schema) -> list[Any]:
    """The first items of both: where one has no schema of its own for an item, its `items` speaks."""
    pairs = zip_longest(one.get("prefixItems", ()), other.get("prefixItems", ()))
    both = []
    for first, second in pairs:
        left = one.get("items", True) if first is None else first
        right = other.get("items", True) if second is None else second
        both.append(left if right is True else right if left is True else {"allOf": [left, right]})
    return both


def _both(key: str, one: Any, other: Any) -> Any:
    if one == other and key not in _SIDE_BY_SIDE:
        return one
    if key in _SIDE_BY_SIDE:
        return [*one, *other]
    if key == "type":
        return common_types(one, other)
    if key == "required":
        return list(dict.fromkeys([*one, *other]))
    if key == "enum":
        return _in_both(one, other)
    if key == "const":
        raise Contradiction
    if key in _LARGER:
        return max(one, other)
    if key in _SMALLER:
        return min(one, other)
    if key == "multipleOf":
        return one if one % other == 0 else other if other % one == 0 else one * other
    if key == "uniqueItems":
        return one or other
    if key in _BY_NAME or key == "dependentRequired":
        return _named(key, one, other)
    if key in _BOTH:
        return False if one is False or other is False else {"allOf": [one, other]}
    return other


def _in_both(one: list[Any], other: list[Any]) -> list[Any]:
    left = [value for value in one if value in other]
    if not left:
        raise Contradiction
    return left


def _named(key: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(one)
    for name, value in other.items():
        if name not in merged or merged[name] == value:
            merged[name] = value
        elif key == "dependentRequired":
            merged[name] = [*merged[name], *value]
        else:
            merged[name] = {"allOf": [merged[name], value]}
    return merged


def common_types(one: Any, other: Any) -> list[str]:
    """The types that two `type` keywords allow together. Raises Contradiction when there is none."""
    left = [one] if isinstance(one, str) else one
    right = [other] if isinstance(other, str) else other
    common = [name for name in left if name in right]
    if "integer" not in common and (
        ("integer" in left and "number" in right) or ("number" in left and "integer" in right)
    ):
        common.append("integer")
    if not common:
        raise Contradiction
    return common


def _tagged(branch: Any, discriminator: Any) -> Any:
    """A branch together with the value of the discriminator that names it."""
    if not (isinstance(discriminator, dict) and isinstance(branch, dict)):
        return branch
    name, reference = discriminator.get("propertyName"), branch.get("$ref")
    if not (isinstance(name, str) and isinstance(reference, str)):
        return branch
    last = reference.rpartition("/")[2]
    mapping = discriminator.get("mapping")
    named = mapping if isinstance(mapping, dict) else {}
    tag = next((tag for tag, target in named.items() if target in (reference, last)), last)
    return {**branch, "properties": {name: {"default": tag}}, "required": [name]}
