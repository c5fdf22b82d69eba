"""A valid value of any schema, the same for the same seed; knows JSON Schema, nothing of operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mockserver.engine import scalars
from mockserver.engine.branches import choose, find_in, followed
from mockserver.engine.dice import Dice
from mockserver.engine.merge import CLOSED, Contradiction, Schema, flatten, overlay
from mockserver.engine.naturals import At
from mockserver.openapi.schemas import Check, pattern_check

Path = tuple[str | int, ...]

ATTEMPTS = 40
_DEPTH = 24
_SHALLOW = 5
"""How deep properties that nobody asked for are still filled in."""
_NODES = 2_000
"""Values after which only what is required is added."""
_HOPELESS = 5
"""Refusals after which a place is left out, where it may be."""
_MANY = 1 << 30


class Unsatisfiable(Exception):
    """No valid value was found for a schema; `reason` is the last thing that was wrong with one."""

    def __init__(self, pointer: str, reason: str = "") -> None:
        self.pointer = pointer
        self.reason = reason
        super().__init__(
            f"no value found for the schema at {pointer or '/'}" + (f": {reason}" if reason else "")
        )


def sample(schema: Any, data: Mapping[str, Any], *, seed: bytes | int, check: Check | None = None) -> Any:
    """A value of a schema whose references point into `data`. Equal arguments give equal values.

    Without a check the value is likely valid; with one it is, or Unsatisfiable is raised. After a refusal
    only the places that were refused are drawn again, so that large schemas do not have to be lucky at once.
    """
    pointer = check.pointer if check is not None else ""
    failed: dict[Path, int] = {}
    reason = ""
    for _ in range(ATTEMPTS):
        drawing = _Drawing(data, failed)
        try:
            value = drawing.draw(schema, _Place((), "", Dice(seed), Dice(seed)))
        except (Contradiction, RecursionError):
            reason = f"/{'/'.join(map(str, drawing.corner))} cannot be satisfied"
            _blame(failed, drawing.corner)
            continue
        if check is None or check.ok(value):
            return value
        problems = check.problems(value)
        reason = "; ".join(f"/{'/'.join(map(str, p.path))} {p.message}" for p in problems[:3])
        for path in dict.fromkeys(drawing.drawn_at(problem.path) for problem in problems):
            _blame(failed, path)
    raise Unsatisfiable(pointer, reason)


def _blame(failed: dict[Path, int], path: Path) -> None:
    """Count a refusal; where all that is chosen at a place is refused, the choice above it was wrong."""
    failed[path] = count = failed.get(path, 0) + 1
    if count > _HOPELESS and path:
        _blame(failed, path[:-1])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands. `above` are the references that led here, against endless depth."""

    path: Path
    name: str
    dice: Dice
    whole: Dice
    above: tuple[str, ...] = field(default=())

    def property(self, name: str) -> _Place:
        return _Place((*self.path, name), name, self.dice.child(name), self.dice, self.above)

    def item(self, index: int, turn: int) -> _Place:
        dice = self.dice.child(index)
        # A list has no names of its own: "guests" holds what a "guest" is.
        name = self.name[:-1] if self.name.endswith("s") and not self.name.endswith("ss") else self.name
        own = dice.child(turn) if turn else dice
        return _Place((*self.path, index), name, own, own, self.above)


class _Drawing:
    """One attempt at a value. `failed` says how often each place was refused before."""

    def __init__(self, data: Mapping[str, Any], failed: Mapping[Path, int]) -> None:
        self.find = find_in(data)
        self.failed = failed
        self.copied: set[Path] = set()
        self.drawn: set[Path] = set()
        self.corner: Path = ()

    def drawn_at(self, path: Path) -> Path:
        """The place to draw again for a violation: the outermost that was copied, or the nearest drawn."""
        for length in range(len(path)):
            if path[:length] in self.copied:
                return path[:length]
        while path and path not in self.drawn:
            path = path[:-1]
        return path

    def draw(self, schema: Any, place: _Place, again: int = 0) -> Any:
        """A value for the schema at a place; `again` counts draws that gave what was there before."""
        try:
            return self._draw(schema, place, again)
        except Contradiction:
            if len(place.path) > len(self.corner):
                self.corner = place.path
            raise

    def _draw(self, schema: Any, place: _Place, again: int) -> Any:
        if len(place.path) > _DEPTH:
            raise Contradiction
        self.drawn.add(place.path)
        failures = self.failed.get(place.path, 0) + again
        flat = flatten(schema, self.find)
        above = followed(flat, place.above)
        dice = place.dice.child(failures) if failures > 1 else place.dice
        for choosing in (False, True):
            if choosing:
                flat, above = choose(flat, above, self.find, dice, failures)
            shown = scalars.examples(flat)
            if shown and not failures:
                self.copied.add(place.path)
                return shown[0]
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            options = [value for value in flat["enum"] if scalars.is_of(value, flat.get("type"))]
            if not options:
                raise Contradiction
            return options[(failures + place.dice.below(len(options))) % len(options)]
        place = replace(place, dice=dice, above=above)
        kind = scalars.kind_of(flat, failures, round_trip=len(above) != len(set(above)))
        if kind == "object":
            return self._object(flat, place, failures)
        if kind == "array":
            return self._array(flat, place)
        return scalars.draw(flat, kind, At(dice, place.whole, place.name), failures)

    def _roomy(self, place: _Place) -> bool:
        return len(place.path) < _SHALLOW and len(self.drawn) < _NODES

    def _object(self, flat: Schema, place: _Place, failures: int) -> dict[str, Any]:
        flat = self._with_dependent_schemas(flat)
        properties: Mapping[str, Any] = flat.get("properties", {})
        required = dict.fromkeys(flat.get("required", ()))
        most = flat.get("maxProperties", _MANY)
        value: dict[str, Any] = {}
        for name in required:
            value[name] = self.draw(_property(flat, name), place.property(name))
        for name in self._optional(flat, place, failures):
            # What a property brings with it comes too, and what that brings.
            bundle = _with_dependents(flat, name, value)
            if len(value) + len(bundle) > most:
                continue
            try:
                value |= {one: self.draw(_property(flat, one), place.property(one)) for one in bundle}
            except Contradiction:
                continue
        for name in required:
            for one in _with_dependents(flat, name, value):
                value[one] = self.draw(_property(flat, one), place.property(one))
        self._fill_up(flat, value, place)
        return {name: value[name] for name in dict.fromkeys([*properties, *value]) if name in value}

    def _with_dependent_schemas(self, flat: Schema) -> Schema:
        """The schema with what required properties bring along; optional ones of that sort are left out."""
        dependent = flat.get("dependentSchemas", {})
        brought: set[str] = set()
        while more := [
            name for name in dependent if name in flat.get("required", ()) and name not in brought
        ]:
            brought.update(more)
            for name in more:
                flat = overlay(flat, flatten(dependent[name], self.find))
        return flat

    def _optional(self, flat: Schema, place: _Place, failures: int) -> list[str]:
        """The properties to add: first all that are declared, then none, then what the dice say."""
        if failures == 2 or not self._roomy(place):
            return []
        closed: list[frozenset[str]] = flat.get(CLOSED, [])
        chance = place.dice.child("optional")
        return [
            name
            for name, schema in flat.get("properties", {}).items()
            if name not in flat.get("required", ())
            and name not in flat.get("dependentSchemas", ())
            and all(name in names for names in closed)
            and not (schema is False or (isinstance(schema, dict) and schema.get("writeOnly") is True))
            and self.failed.get((*place.path, name), 0) < _HOPELESS
            and (failures < 2 or chance.below(2))
        ]

    def _fill_up(self, flat: Schema, value: dict[str, Any], place: _Place) -> None:
        """Further properties: as many as must be, and one to show what a map holds."""
        more, patterns = flat.get("additionalProperties", True), flat.get("patternProperties", {})
        needed = flat.get("minProperties", 0)
        is_map = (isinstance(more, dict) and bool(more)) or bool(patterns)
        shows = is_map and not flat.get("properties") and self._roomy(place)
        least = min(max(needed, 1 if shows else 0), flat.get("maxProperties", _MANY))
        if patterns and not isinstance(more, dict):
            names: Any = {"type": "string", "pattern": next(iter(patterns))}
        else:
            names = {"allOf": [{"type": "string"}, flat.get("propertyNames", True)]}
        for index in range(least * 4):
            if len(value) >= least:
                return
            name = self.draw(names, place.property(f"\0{index}"))
            try:
                value.setdefault(name, self.draw(_property(flat, name), place.property(name)))
            except Contradiction:
                continue
        if len(value) < needed:
            raise Contradiction

    def _array(self, flat: Schema, place: _Place) -> list[Any]:
        prefix: list[Any] = flat.get("prefixItems", [])
        contains = flat.get("contains")
        among = flat.get("minContains", 1) if contains is not None else 0
        least = max(flat.get("minItems", 0), among)
        usual = len(prefix) or 1 + place.dice.child("count").below(2)
        count = min(flat.get("maxItems", _MANY), max(least, usual if self._roomy(place) else 0))
        value: list[Any] = []
        for index in range(count):
            schema = prefix[index] if index < len(prefix) else flat.get("items", True)
            if index < among:
                schema = {"allOf": [schema, contains]}
            if index >= least and self.failed.get((*place.path, index), 0) >= _HOPELESS:
                break
            try:
                value.append(self._item(schema, value, place, index, flat.get("uniqueItems") is True))
            except Contradiction:
                if index < least:
                    raise
                break
        return value

    def _item(self, schema: Any, before: list[Any], place: _Place, index: int, unique: bool) -> Any:
        """One more item; another than all before, where they must differ."""
        for turn in range(24):
            item = self.draw(schema, place.item(index, turn), again=turn * (1 if unique else 0))
            if not unique or item not in before:
                return item
        raise Contradiction


def _property(flat: Schema, name: str) -> Any:
    """The schema of a property: by its name, by its pattern, or as one more."""
    patterns = flat.get("patternProperties", {})
    matching = [schema for pattern, schema in patterns.items() if pattern_check(pattern)(name)]
    if name in flat.get("properties", {}):
        matching.insert(0, flat["properties"][name])
    if matching:
        return matching[0] if len(matching) == 1 else {"allOf": matching}
    schema = flat.get("additionalProperties", True)
    return {"type": "string"} if schema is True else schema


def _with_dependents(flat: Schema, name: str, present: Mapping[str, Any]) -> list[str]:
    """A property and all that must come with it, without those that are there."""
    dependents = flat.get("dependentRequired", {})
    found = [name]
    for one in found:
        found += [other for other in dependents.get(one, ()) if other not in found]
    return [one for one in found if one not in present]
