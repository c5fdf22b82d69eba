"""Strings, numbers and the other plain values of a flat schema; knows no objects, lists or references."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import permutations
from math import ceil, floor
from types import MappingProxyType
from typing import Any

from mockserver.engine.merge import PATTERNS, Contradiction, Schema
from mockserver.engine.naturals import FORMATS, At, by_name, likely, number_by_name
from mockserver.engine.patterns import text_matching
from mockserver.openapi.formats import INTEGER_BOUNDS
from mockserver.openapi.schemas import BrokenSchema, pattern_check

HINTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "object": (
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "minProperties",
            "propertyNames",
            "dependentRequired",
        ),
        "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        "string": ("minLength", "maxLength", "format", PATTERNS),
    }
)
"""The type that a schema without one is about, by its keywords."""

_ANY = ("string", "object", "integer", "boolean", "array", "null")
_WIDTH = 1_000
LEAST, MOST = -(2**63), 2**64 - 1
"""Whole numbers between these are written as such; JSON readers and writers do not go further."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LONGEST = 100_000


def is_of(value: Any, types: Any) -> bool:
    """Whether a value is of one of the types of a `type` keyword; None: of any."""
    if types is None:
        return True
    allowed = (types,) if isinstance(types, str) else types
    match value:
        case None:
            return "null" in allowed
        case bool():
            return "boolean" in allowed
        case int():
            return "integer" in allowed or "number" in allowed
        case float():
            return "number" in allowed or ("integer" in allowed and value.is_integer())
        case str():
            return "string" in allowed
        case list():
            return "array" in allowed
        case dict():
            return "object" in allowed
    return False


def examples(flat: Schema) -> list[Any]:
    """What the document itself shows of a value, then what stands for one that is not given."""
    shown = list(flat["examples"]) if isinstance(flat.get("examples"), list) else []
    shown += [flat[key] for key in ("example", "default") if flat.get(key) is not None]
    options = flat.get("enum")
    return [
        value for value in shown if is_of(value, flat.get("type")) and (options is None or value in options)
    ]


def kind_of(flat: Schema, failures: int, *, round_trip: bool) -> str:
    """The type to draw; null only where it is all there is, or the way out of a round trip."""
    declared = flat.get("type")
    if isinstance(declared, str):
        return declared
    if isinstance(declared, list) and declared:
        kinds = [str(kind) for kind in declared if kind != "null"]
        if "null" in declared:
            kinds.insert(0 if round_trip else len(kinds), "null")
        return kinds[failures // 2 % len(kinds)]
    for kind, keywords in HINTS.items():
        if any(keyword in flat for keyword in keywords):
            return kind
    return _ANY[failures % len(_ANY)]


def draw(flat: Schema, kind: str, at: At, failures: int) -> Any:
    """A plain value of that type. Raises Contradiction."""
    match kind:
        case "null":
            return None
        case "boolean":
            return at.dice.below(2) == 1
        case "integer":
            return _number(flat, at, whole=True)
        case "number":
            return _number(flat, at, whole=False)
        case "string":
            return _text(flat, at, failures)
    raise Contradiction


def _number(flat: Schema, at: At, *, whole: bool) -> int | float:
    low, high, low_open, high_open = _bounds(flat)
    step = Fraction(str(flat["multipleOf"])) if flat.get("multipleOf") else Fraction(1)
    if not whole and "multipleOf" not in flat:
        # Whole numbers where there are any: they are what a number mostly is, and exact.
        fine = low is not None and high is not None and floor(high) - ceil(low) < 2
        step = Fraction(1, 1000) if fine else Fraction(1)
        if fine and low is not None and high is not None and high - low < Fraction(1, 100):
            step = (high - low) / 4 or Fraction(1)
            if low == high and not (low_open or high_open):
                return float(low)
            return float(low + step)
    elif whole and step.denominator != 1:
        step = Fraction(step.numerator)
    first = None if low is None else ceil(low / step)
    last = None if high is None else floor(high / step)
    if first is not None and low_open and first * step == low:
        first += 1
    if last is not None and high_open and last * step == high:
        last -= 1
    if first is not None and first * step < LEAST <= (0 if last is None else last * step):
        first = ceil(LEAST / step)  # what a document in JSON rounds the least of 64 bits to
    if first is None:
        first = 1 if last is None or last >= 1 else last - _WIDTH
    if last is None:
        last = first + _WIDTH
    if first > last:
        raise Contradiction
    usual = number_by_name(at)
    if usual is not None and usual % step == 0 and first * step <= usual <= last * step:
        return usual
    number = at.dice.between(first, min(last, first + _WIDTH)) * step
    return int(number) if number.denominator == 1 and LEAST <= number <= MOST else float(number)


def _bounds(flat: Schema) -> tuple[Fraction | None, Fraction | None, bool, bool]:
    """Lowest and highest number, and whether they themselves are left out."""
    low, high, low_open, high_open = None, None, False, False
    if flat.get("format") in INTEGER_BOUNDS:
        low, high = (Fraction(bound) for bound in INTEGER_BOUNDS[flat["format"]])
        low = low if "minimum" in flat or "maximum" in flat else Fraction(1)
    for keyword, is_open in (("minimum", False), ("exclusiveMinimum", True)):
        if keyword in flat:
            bound = Fraction(str(flat[keyword]))
            if low is None or bound > low or (bound == low and is_open):
                low, low_open = bound, is_open
    for keyword, is_open in (("maximum", False), ("exclusiveMaximum", True)):
        if keyword in flat:
            bound = Fraction(str(flat[keyword]))
            if high is None or bound < high or (bound == high and is_open):
                high, high_open = bound, is_open
    return low, high, low_open, high_open


def _text(flat: Schema, at: At, failures: int) -> str:
    least, most = flat.get("minLength", 0), flat.get("maxLength")
    if (most is not None and least > most) or least > _LONGEST:
        raise Contradiction
    form = flat.get("format")
    patterns: list[str] = flat.get(PATTERNS, [])
    if patterns:
        return _by_patterns(patterns, at, form, least, most)
    if isinstance(form, str) and form in FORMATS and failures < 8:
        return FORMATS[form](at)
    text = by_name(at)
    if len(text) < least:
        text += " " + at.dice.text(_LETTERS, least)
        text = text[:least] if most is not None and len(text) > most else text
    return text if most is None else text[:most].strip() or at.dice.text(_LETTERS, most)


def _by_patterns(patterns: list[str], at: At, form: Any, least: int, most: int | None) -> str:
    try:
        checks = [pattern_check(pattern) for pattern in patterns]
    except BrokenSchema:
        raise Contradiction from None

    def fits(text: str) -> bool:
        return least <= len(text) and (most is None or len(text) <= most) and all(ok(text) for ok in checks)

    for text in likely(at, form if isinstance(form, str) else None):
        if fits(text):
            return text
    # A text for one pattern may fit the others by chance, or where they speak of its other end.
    joined = [f"{one}.*{other}" for one, other in permutations(patterns, 2)]
    for pattern in [*patterns, *joined]:
        found = text_matching(pattern, at.dice.child("pattern"), fits, least, most)
        if found is not None:
            return found
    raise Contradiction
