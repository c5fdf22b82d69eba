"""Which way a schema goes where it leaves a choice; knows flat schemas, draws no values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.engine.dice import Dice
from mockserver.engine.merge import CONDITIONS, NAMED, UNIONS, Contradiction, Schema, flatten, overlay
from mockserver.openapi.anatomy import lookup
from mockserver.openapi.schemas import fragment

Find = Callable[[str], Any]
"""What a reference means. Raises Contradiction when it means nothing."""

_ROUNDS = 16


def find_in(data: Mapping[str, Any]) -> Find:
    """The meaning of references into a document."""

    def find(reference: str) -> Any:
        try:
            return lookup(data, fragment(reference))
        except LookupError:
            raise Contradiction from None

    return find


def choose(
    flat: Schema, above: tuple[str, ...], find: Find, dice: Dice, failures: int
) -> tuple[Schema, tuple[str, ...]]:
    """Decide unions and conditions until none is left. Each failure before makes for another choice."""
    for _ in range(_ROUNDS):
        unions, conditions = flat.pop(UNIONS, ()), flat.pop(CONDITIONS, ())
        if not unions and not conditions:
            return flat, above
        for index, branches in enumerate(unions):
            turn = failures + (dice.below(7) if failures and index else 0)
            flat, above = _branch(flat, branches, turn, above, find)
        for condition, then, otherwise in conditions:
            flat = _condition(flat, ([condition, then], [otherwise]), failures, find)
    raise Contradiction


def followed(flat: Schema, above: tuple[str, ...]) -> tuple[str, ...]:
    """The references above with those of a schema added; three times the same one leads nowhere."""
    named = tuple(flat.pop(NAMED, ()))
    if any(above.count(reference) >= 2 for reference in named):
        raise Contradiction
    return above + named


def _branch(
    flat: Schema, branches: list[Any], turn: int, above: tuple[str, ...], find: Find
) -> tuple[Schema, tuple[str, ...]]:
    count = len(branches)
    order = [branches[(turn + index) % count] for index in range(count)]
    # What does not lead back to where we are comes first; null last, unless it was asked for by failing.
    order.sort(key=lambda branch: (_leads_back(branch, above), not turn and _is_null(branch)))
    for branch in order:
        try:
            chosen = flatten(branch, find)
            return overlay(flat, chosen), followed(chosen, above)
        except Contradiction:
            continue
    raise Contradiction


def _condition(flat: Schema, ways: tuple[list[Any], list[Any]], failures: int, find: Find) -> Schema:
    for way in ways if failures % 2 == 0 else ways[::-1]:
        try:
            merged = flat
            for part in way:
                merged = overlay(merged, flatten(part, find))
            return merged
        except Contradiction:
            continue
    raise Contradiction


def _leads_back(branch: Any, above: tuple[str, ...]) -> bool:
    return isinstance(branch, dict) and branch.get("$ref") in above


def _is_null(branch: Any) -> bool:
    return isinstance(branch, dict) and (branch.get("type") == "null" or branch.get("const", 0) is None)
