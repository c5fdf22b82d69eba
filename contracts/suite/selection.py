"""What of all that could be asked is asked: checks, phases, operations, shard; asks nothing itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from contracts.check import Check
from contracts.checks import CHECKS
from mockserver.openapi.contract import Contract, Operation

GENERATED = ("examples", "coverage", "fuzzing", "stateful")
# Generated requests of a run, more or less, where nobody says how many for an operation.
EFFORT = 300
PHASES = ("checks", *GENERATED, "lifecycle")


class Unselectable(ValueError):
    """A check, phase or operation was named that there is not; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked. `named` are the checks that were asked for by name: also what is costly is run then.

    `shard` is (I, N): the operations whose turn it is, from 1; all shards together ask all of it.
    """

    operations: tuple[Operation, ...]
    checks: tuple[Check, ...] = CHECKS
    phases: tuple[str, ...] = PHASES
    named: frozenset[str] = frozenset()
    seed: int = 1
    examples: int = 10
    shard: tuple[int, int] = (1, 1)
    all_operations: tuple[Operation, ...] = field(default=())
    database: str = "none"

    def mine(self, wanted: Sequence[Operation]) -> list[Operation]:
        """Those of some operations that are selected, and this shard's."""
        turn = {each.id for each in self.turn}
        return [each for each in wanted if each.id in turn]

    @property
    def turn(self) -> tuple[Operation, ...]:
        """This shard's operations."""
        number, count = self.shard
        return tuple(each for index, each in enumerate(self.operations) if index % count == number - 1)

    @property
    def whole(self) -> bool:
        """Whether it is not confined to some operations."""
        return self.shard == (1, 1) and self.operations == self.all_operations


def select(
    contract: Contract,
    *,
    checks: Iterable[str] = (),
    skipped: Iterable[str] = (),
    phases: Iterable[str] = (),
    operations: Iterable[str] = (),
    seed: int = 1,
    examples: int | None = None,
    shard: tuple[int, int] = (1, 1),
    database: str = "none",
) -> Selection:
    """What names, themes and patterns (`auth`, `paging.totals`, `list*`) mean. Raises Unselectable."""
    named = list(checks)
    taken = _of(CHECKS, named, "check") if named else list(CHECKS)
    away = {each.name for each in _of(CHECKS, list(skipped), "check")}
    chosen = tuple(phases) or (("checks",) if named else PHASES)
    for phase in chosen:
        if phase not in PHASES:
            raise Unselectable(f"there is no phase {phase!r}{_near(phase, PHASES)}")
    every = contract.operations
    patterns = list(operations)
    for pattern in patterns:
        if not any(fnmatchcase(each.id, pattern) for each in every):
            names = [each.id for each in every]
            raise Unselectable(f"{contract.slug} has no operation {pattern!r}{_near(pattern, names)}")
    wanted = tuple(
        each for each in every if not patterns or any(fnmatchcase(each.id, one) for one in patterns)
    )
    return Selection(
        operations=wanted,
        checks=tuple(each for each in taken if each.name not in away),
        phases=chosen,
        named=frozenset(each.name for each in taken) if named else frozenset(),
        seed=seed,
        examples=max(2, min(10, EFFORT // len(wanted))) if examples is None else examples,
        shard=shard,
        all_operations=tuple(every),
        database=database,
    )


def _of(known: Sequence[Check], patterns: Sequence[str], noun: str) -> list[Check]:
    for pattern in patterns:
        if not any(_means(pattern, each) for each in known):
            names = [*dict.fromkeys(each.theme for each in known), *(each.name for each in known)]
            raise Unselectable(f"there is no {noun} {pattern!r}{_near(pattern, names)}")
    return [each for each in known if any(_means(pattern, each) for pattern in patterns)]


def _means(pattern: str, check: Check) -> bool:
    return pattern in (check.name, check.theme) or fnmatchcase(check.name, pattern)


def _near(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f", did you mean {close[0]!r}?" if close else f"; there are {', '.join(known[:20])}"
