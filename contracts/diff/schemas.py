"""Two schemas compared, by what they let through; knows JSON Schema and a direction, no operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.diff.changes import Direction, Effect, Noted
from mockserver.openapi.infer_rows import follow
from mockserver.openapi.positions import escape

_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
_DEPTH = 30
# (keyword, whether a larger value lets less through)
_BOUNDS: Mapping[str, bool] = {
    "minimum": True,
    "exclusiveMinimum": True,
    "minLength": True,
    "minItems": True,
    "minProperties": True,
    "maximum": False,
    "exclusiveMaximum": False,
    "maxLength": False,
    "maxItems": False,
    "maxProperties": False,
}
_NAMES: Mapping[str, str] = {
    "minimum": "min",
    "maximum": "max",
    "minLength": "min-length",
    "maxLength": "max-length",
    "minItems": "min-items",
    "maxItems": "max-items",
    "minProperties": "min-properties",
    "maxProperties": "max-properties",
    "exclusiveMinimum": "exclusive-min",
    "exclusiveMaximum": "exclusive-max",
}
_ELSEWHERE = ("not", "if", "then", "else", "contains", "propertyNames", "dependentSchemas", "prefixItems")


@dataclass(frozen=True, slots=True)
class Side:
    """One document's part: its data, and a pointer into it."""

    data: Mapping[str, Any]
    pointer: str

    def below(self, *steps: str) -> Side:
        """The same document, deeper."""
        return Side(self.data, self.pointer + "".join(f"/{escape(step)}" for step in steps))


@dataclass(slots=True)
class SchemaDiff:
    """Compares schemas of one operation. `subject` is "parameter" or "property", as rules are called."""

    noted: Noted
    operation: str
    direction: Direction
    subject: str = "property"
    seen: set[tuple[str, str]] = field(default_factory=set)

    def compare(self, old: Side, new: Side, place: str, depth: int = 0) -> None:
        """Note all that differs between two schemas."""
        key = (_end(old), _end(new))
        if key in self.seen or depth > _DEPTH:
            return
        self.seen.add(key)
        one, two = flat(old), flat(new)
        if bool(one.unions) != bool(two.unions):
            # What single members became cannot be told where one form became several.
            self._unions(one, two, old, new, place, depth)
            return
        self._types(one, two, old, new, place)
        self._values(one, two, old, new, place)
        self._bounds(one, two, old, new, place)
        self._pattern(one, two, old, new, place)
        self._properties(one, two, place, depth)
        self._rest(one, two, old, new, place)
        self._unions(one, two, old, new, place, depth)
        if one.items is not None and two.items is not None:
            self.compare(one.items, two.items, f"{place}/items", depth + 1)

    def note(
        self, what: str, place: str, message: str, effect: Effect | None, old: Side | None, new: Side | None
    ) -> None:
        """A change of this schema, under its rule's name."""
        rule = what if what.startswith(("new-", "response-", "request-")) else f"{self._prefix}-{what}"
        self.noted.note(
            rule,
            self.operation,
            place,
            message,
            direction=self.direction,
            effect=effect,
            old=old.pointer if old is not None else "",
            new=new.pointer if new is not None else "",
        )

    @property
    def _prefix(self) -> str:
        return f"{self.direction}-{self.subject}"

    def _types(self, one: Flat, two: Flat, old: Side, new: Side, place: str) -> None:
        before, after = one.types, two.types
        if before == after:
            return
        was, now = before - {"null"}, after - {"null"}
        if ("null" in before) != ("null" in after) and was and now:
            nullable = "null" in after
            self.note(
                "became-nullable" if nullable else "became-not-nullable",
                place,
                "may be null now" if nullable else "may not be null any more",
                "widens" if nullable else "narrows",
                old,
                new,
            )
        if _numbers(was) == _numbers(now):
            return
        wider, narrower = _within(was, now), _within(now, was)
        effect: Effect = "widens" if wider else "narrows" if narrower else "incomparable"
        what = "type-generalized" if wider else "type-specialized" if narrower else "type-changed"
        self.note(what, place, f"was {_told(was)}, is {_told(now)}", effect, old, new)

    def _values(self, one: Flat, two: Flat, old: Side, new: Side, place: str) -> None:
        before, after = one.values, two.values
        if before == after:
            return
        if before is None and after is not None:
            self.note("became-enum", place, f"is one of {_listed(after)} now", "narrows", old, new)
        elif before is not None and after is None:
            self.note("list-of-values-removed", place, "may be any value now", "widens", old, new)
        elif before is not None and after is not None:
            for value in sorted(before - after):
                self.note("enum-value-removed", place, f"{value} is gone", "narrows", old, new)
            for value in sorted(after - before):
                self.note("enum-value-added", place, f"{value} is new", "widens", old, new)

    def _bounds(self, one: Flat, two: Flat, old: Side, new: Side, place: str) -> None:
        for keyword, tightens in _BOUNDS.items():
            before, after = one.schema.get(keyword), two.schema.get(keyword)
            if before == after:
                continue
            name = _NAMES[keyword]
            if before is None:
                self.note(f"{name}-set", place, f"{keyword} {after} is new", "narrows", old, new)
            elif after is None:
                self.note(f"{name}-unset", place, f"{keyword} {before} is gone", "widens", old, new)
            elif _is_number(before) and _is_number(after):
                up = after > before
                effect: Effect = "narrows" if up is tightens else "widens"
                what = f"{name}-{'increased' if up else 'decreased'}"
                self.note(what, place, f"{keyword} was {before}, is {after}", effect, old, new)
        for keyword, name in (("multipleOf", "multiple-of"), ("uniqueItems", "unique-items")):
            before, after = one.schema.get(keyword) or None, two.schema.get(keyword) or None
            if before != after:
                effect = "narrows" if before is None else "widens" if after is None else "incomparable"
                self.note(f"{name}-changed", place, f"{keyword} was {before}, is {after}", effect, old, new)

    def _pattern(self, one: Flat, two: Flat, old: Side, new: Side, place: str) -> None:
        for keyword in ("pattern", "format"):
            before, after = one.schema.get(keyword), two.schema.get(keyword)
            if before == after:
                continue
            if before is None:
                self.note(f"{keyword}-added", place, f"{keyword} {after} is new", "narrows", old, new)
            elif after is None:
                self.note(f"{keyword}-removed", place, f"{keyword} {before} is gone", "widens", old, new)
            else:
                message = f"{keyword} was {before}, is {after}"
                self.note(f"{keyword}-changed", place, message, "incomparable", old, new)

    def _properties(self, one: Flat, two: Flat, place: str, depth: int) -> None:
        sending = self.direction == "request"
        hidden = "readOnly" if sending else "writeOnly"
        for name, inner in one.properties.items():
            where = f"{place}/{name}"
            if flat(inner).schema.get(hidden) is True:
                continue
            if name not in two.properties:
                required = name in one.required
                if sending:
                    self.note("request-property-removed", where, "is gone", None, inner, None)
                elif required:
                    self.note("response-required-property-removed", where, "is gone", None, inner, None)
                else:
                    self.note("response-optional-property-removed", where, "is gone", None, inner, None)
                continue
            other = two.properties[name]
            if name in one.required and name not in two.required:
                self.note("became-optional", where, "is optional now", None, inner, other)
            elif name not in one.required and name in two.required:
                self.note("became-required", where, "is required now", None, inner, other)
            self.compare(inner, other, where, depth + 1)
        for name, inner in two.properties.items():
            where = f"{place}/{name}"
            if name in one.properties or flat(inner).schema.get(hidden) is True:
                continue
            if not sending:
                self.note("response-property-added", where, "is new", None, None, inner)
            elif name in two.required:
                self.note("new-required-request-property", where, "is new and required", None, None, inner)
            else:
                self.note("new-optional-request-property", where, "is new", None, None, inner)

    def _rest(self, one: Flat, two: Flat, old: Side, new: Side, place: str) -> None:
        before, after = one.closed, two.closed
        if before != after:
            what = "additional-properties-disallowed" if after else "additional-properties-allowed"
            message = "further properties are refused now" if after else "further properties may be there now"
            self.note(what, place, message, "narrows" if after else "widens", old, new)
        for keyword in _ELSEWHERE:
            first, second = one.schema.get(keyword), two.schema.get(keyword)
            if first != second:
                effect: Effect = (
                    "narrows" if first is None else "widens" if second is None else "incomparable"
                )
                self.note(f"{_dashed(keyword)}-changed", place, f"{keyword} is another", effect, old, new)

    def _unions(self, one: Flat, two: Flat, old: Side, new: Side, place: str, depth: int) -> None:
        if not one.unions and not two.unions:
            return
        if not one.unions or not two.unions:
            what = "union-added" if two.unions else "union-removed"
            message = "is one of several forms now" if two.unions else "has one form now"
            # Which of them the single form is cannot be told, unless it stands among them.
            single, several = (old, two.unions) if two.unions else (new, one.unions)
            there = any(_same(single, branch) for branch in several)
            effect: Effect = "incomparable" if not there else "widens" if two.unions else "narrows"
            self.note(what, place, message, effect, old, new)
            return
        pairs, gone, came = _matched(one.unions, two.unions)
        for first, second in pairs:
            self.compare(first, second, place, depth + 1)
        for each in gone:
            self.note("one-of-removed", place, f"the form {_name(each)} is gone", "narrows", each, None)
        for each in came:
            self.note("one-of-added", place, f"the form {_name(each)} is new", "widens", None, each)


@dataclass(frozen=True, slots=True)
class Flat:
    """A schema without references at its top and with its `allOf` laid together."""

    schema: Mapping[str, Any]
    types: frozenset[str]
    values: frozenset[str] | None
    properties: Mapping[str, Side]
    required: frozenset[str]
    items: Side | None
    unions: Sequence[Side]
    closed: bool


def flat(side: Side) -> Flat:
    """What a schema says of itself, all its parts together."""
    schema: dict[str, Any] = {}
    types: frozenset[str] = frozenset(_TYPES)
    values: frozenset[str] | None = None
    properties: dict[str, Side] = {}
    required: set[str] = set()
    items: Side | None = None
    unions: list[Side] = []
    closed = False
    for part, node in _parts(side, 0):
        for key, value in node.items():
            if key not in ("properties", "required", "items", "allOf", "oneOf", "anyOf", "enum", "const"):
                schema.setdefault(key, value)
        types &= _types_of(node)
        listed = _values_of(node)
        if listed is not None:
            values = listed if values is None else values & listed
        named = node.get("properties")
        for name in named if isinstance(named, dict) else ():
            properties.setdefault(name, part.below("properties", name))
        needed = node.get("required")
        required |= {each for each in needed if isinstance(each, str)} if isinstance(needed, list) else set()
        if isinstance(node.get("items"), dict):
            items = items or part.below("items")
        for keyword in ("oneOf", "anyOf"):
            branches = node.get(keyword)
            if isinstance(branches, list):
                sides = [part.below(keyword, str(index)) for index, _ in enumerate(branches)]
                unions += [side for side in sides if _is_form(side)]
        closed = closed or node.get("additionalProperties") is False
    nulls = [branch for branch in unions if _only_null(branch)]
    if nulls and len(unions) - len(nulls) == 1:
        # `anyOf: [X, null]` is a nullable X.
        inner = flat(next(branch for branch in unions if branch not in nulls))
        return Flat(
            {**inner.schema, **{k: v for k, v in schema.items() if k not in inner.schema}},
            (inner.types & types) | {"null"},
            inner.values,
            {**inner.properties, **properties},
            inner.required | required,
            inner.items or items,
            inner.unions,
            inner.closed or closed,
        )
    return Flat(schema, types, values, properties, frozenset(required), items, unions, closed)


def _parts(side: Side, depth: int) -> Iterator[tuple[Side, dict[str, Any]]]:
    """A schema's own part and those of what it refers to and is all of."""
    node = side.data
    at, node = follow(side.data, side.pointer)
    here = Side(side.data, at or side.pointer)
    yield here, node
    raw = node.get("allOf")
    if isinstance(raw, list) and depth < 8:
        for index, _ in enumerate(raw):
            yield from _parts(here.below("allOf", str(index)), depth + 1)


def _types_of(node: Mapping[str, Any]) -> frozenset[str]:
    kinds = node.get("type")
    if isinstance(kinds, str):
        found = {kinds}
    elif isinstance(kinds, list):
        found = {str(kind) for kind in kinds}
    else:
        listed = node.get("enum")
        if isinstance(listed, list) and listed:
            return frozenset().union(*(_kind(value) for value in listed))
        if isinstance(node.get("properties"), dict):
            return frozenset({"object"})
        return frozenset(_TYPES)
    if "number" in found:
        found.add("integer")
    return frozenset(found)


def _kind(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset({"null"})
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, int):
        return frozenset({"integer", "number"})
    named = {str: "string", float: "number", list: "array", dict: "object"}
    return frozenset({named[type(value)]})


def _values_of(node: Mapping[str, Any]) -> frozenset[str] | None:
    if "const" in node:
        return frozenset({_text(node["const"])})
    listed = node.get("enum")
    if not isinstance(listed, list):
        return None
    return frozenset(_text(value) for value in listed if value is not None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_form(side: Side) -> bool:
    """Whether a branch says what a value looks like, and not only which members go together."""
    node = follow(side.data, side.pointer)[1]
    return bool(node.keys() & {"type", "properties", "enum", "const", "allOf", "oneOf", "anyOf", "items"})


def _only_null(side: Side) -> bool:
    node = follow(side.data, side.pointer)[1]
    return node.get("type") == "null" or node.get("const", 0) is None


def _within(inner: frozenset[str], outer: frozenset[str]) -> bool:
    return _numbers(inner) <= _numbers(outer)


def _numbers(types: frozenset[str]) -> frozenset[str]:
    return types | {"integer"} if "number" in types else types


def _told(types: frozenset[str]) -> str:
    shown = [kind for kind in _TYPES if kind in types and not (kind == "integer" and "number" in types)]
    return "anything" if len(shown) >= 5 else " or ".join(shown) or "nothing"


def _listed(values: frozenset[str]) -> str:
    shown = sorted(values)
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _dashed(keyword: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in keyword)


def _end(side: Side) -> str:
    return follow(side.data, side.pointer)[0] or side.pointer


def _name(side: Side) -> str:
    at = _end(side)
    return at.rpartition("/")[2] if at.startswith("/components/") else at.rpartition("/")[2] or "unnamed"


def _same(one: Side, two: Side) -> bool:
    return follow(one.data, one.pointer)[1] == follow(two.data, two.pointer)[1]


def _matched(
    old: Sequence[Side], new: Sequence[Side]
) -> tuple[list[tuple[Side, Side]], list[Side], list[Side]]:
    """Branches that are the same by name or content; of the rest, those that look most alike."""
    pairs: list[tuple[Side, Side]] = []
    left, right = list(old), list(new)
    for test in (_named_alike, _same, _alike):
        for first in list(left):
            second = next((each for each in right if test(first, each)), None)
            if second is not None:
                pairs.append((first, second))
                left.remove(first)
                right.remove(second)
    return pairs, left, right


def _named_alike(one: Side, two: Side) -> bool:
    first, second = _end(one), _end(two)
    return first.startswith("/components/") and first == second


def _alike(one: Side, two: Side) -> bool:
    first, second = flat(one), flat(two)
    if first.types != second.types:
        return False
    shared = first.properties.keys() & second.properties.keys()
    return 2 * len(shared) >= max(len(first.properties), len(second.properties))
