"""One target for a session of tests: opened once, asked case by case, left as it was found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.checks.ways import Ways
from contracts.scrub import Scrubber
from contracts.suite.baseline import unreached
from contracts.suite.cases import Case, cases, not_reached, told
from contracts.suite.opening import MOCK, Limits, Unopenable, open_live, open_mock
from contracts.suite.selection import select


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of what. `workers` are the processes that share a live target's limits."""

    provider: str
    target: str = MOCK
    checks: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    seed: int = 1
    examples: int | None = None
    limits: Limits = field(default_factory=Limits)
    workers: int = 1
    vacuous: bool = False
    database: str = "none"


@dataclass(frozen=True, slots=True)
class Put:
    """What came of a case: what is wrong, or why nothing was asked; both "" where it is sound."""

    wrong: str = ""
    skipped: str = ""


class Asking:
    """The target of a session, and its cases by name. What opens no target raises ValueError, as they do."""

    def __init__(self, asked: Asked, environment: Mapping[str, str] | None = None) -> None:
        self.asked = asked
        self.known: frozenset[str] = frozenset()
        self._live: Any = None
        self._scrubber = Scrubber()
        given = os.environ if environment is None else environment
        self.target: Any
        if asked.target == MOCK:
            self.target = open_mock(asked.provider, seed=asked.seed)
            self.known = unreached(asked.provider)
        else:
            self._live = self.target = open_live(
                asked.provider, asked.target, given, shared(asked.limits, asked.workers)
            )
            self._scrubber = self._live.scrubber
        selection = select(
            self.target.contract,
            checks=asked.checks,
            phases=asked.phases,
            operations=asked.operations,
            seed=asked.seed,
            examples=asked.examples,
            database=asked.database,
        )
        self._ways = Ways(self.target.contract, self.target.personas)
        self.cases: dict[str, Case] = {each.name: each for each in cases(self.target, selection)}

    def put(self, name: str) -> Put:
        """Ask one case."""
        outcome = self.cases[name].put(self.target, self._ways)
        outcome.known = self.known
        self._scrubber.learn(self.target.secrets())
        if outcome.new:
            return Put(wrong=told(outcome.new, self.asked.target, self._scrubber))
        if outcome.broken:
            return Put(wrong=self._scrubber.text(f"it could not be put: {outcome.broken[0].broken}"))
        if outcome.stopped:
            return Put(skipped=self._scrubber.text(outcome.stopped))
        skipped = "; ".join(row.skipped for row in outcome.rows if row.skipped)
        if outcome.gaps and self.asked.vacuous:
            return Put(wrong=not_reached(outcome.gaps))
        return Put(skipped=skipped or ("" if outcome.cases else "nothing to ask"))

    def close(self) -> list[str]:
        """Take away what was created; lines of what may be left."""
        if self._live is None:
            return []
        from contracts.targets.cleaning import clean_up

        lines: list[str] = []
        try:
            if clean_up(self._live, lines.append):
                lines.append(f"contracts cleanup {self._live.ledger.path}")
        finally:
            self._live.close()
        return [self._scrubber.text(line) for line in lines]


def shared(limits: Limits, workers: int) -> Limits:
    """What one of several processes may do, so that all together keep to the limits."""
    if workers < 2:
        return limits
    if 0 < limits.requests < workers:
        raise Unopenable(
            f"{limits.requests} requests are fewer than there are processes: -n {limits.requests}"
        )
    return replace(limits, requests=limits.requests // workers, share=workers)
