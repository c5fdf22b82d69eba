"""Puts a selection of checks and phases to a target; knows neither the command line nor any report."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

from contracts.check import Check
from contracts.checks.visit import Visit
from contracts.checks.ways import Ways
from contracts.suite.outcome import Outcome, Row
from contracts.suite.selection import GENERATED, Selection
from contracts.targets.recorded import Recorded
from contracts.targets.target import SAFE, Spent, Target


class Progress(Protocol):
    """Who is told how far a run is."""

    def begin(self, steps: int) -> None:
        """So many steps there will be."""

    def step(self, name: str) -> None:
        """This one begins."""

    def done(self, row: Row) -> None:
        """And this came of it."""


class Silent:
    """Nobody."""

    def begin(self, steps: int) -> None:
        """Nothing."""

    def step(self, name: str) -> None:
        """Nothing."""

    def done(self, row: Row) -> None:
        """Nothing."""


Step = tuple[str, str, Callable[[Row], None]]


def run(
    target: Target, selection: Selection, progress: Progress | None = None, ways: Ways | None = None
) -> Outcome:
    """Ask all that is selected. Ends early, and says so, when the target may not be asked any more.

    `ways` are those of the target, where several runs ask it.
    """
    tell = progress or Silent()
    contract = target.contract
    outcome = Outcome(
        provider=contract.slug,
        title=contract.title,
        target=target.name,
        seed=selection.seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        operations=[each.id for each in selection.operations],
        shard=selection.shard,
    )
    recorded = Recorded(target)
    steps = list(_steps(recorded, selection, ways or Ways(contract, target.personas)))
    tell.begin(len(steps))
    began = time.perf_counter()
    try:
        for name, says, act in steps:
            row = Row(name, says)
            outcome.rows.append(row)
            tell.step(name)
            if not outcome.stopped:
                _act(recorded, row, act, outcome)
            else:
                row.skipped = outcome.stopped
            tell.done(row)
    except KeyboardInterrupt:
        outcome.stopped = "interrupted"
    outcome.seconds = time.perf_counter() - began
    outcome.requests = recorded.asked
    outcome.statuses = dict(recorded.statuses)
    outcome.times = dict(recorded.seconds)
    return outcome


def _act(target: Recorded, row: Row, act: Callable[[Row], None], outcome: Outcome) -> None:
    began, asked, statuses = time.perf_counter(), target.asked, Counter(target.statuses)
    target.renew()
    try:
        act(row)
    except Spent as spent:
        outcome.stopped = str(spent)
    except Exception as problem:
        row.broken = told(problem)
    finally:
        row.seconds = time.perf_counter() - began
        row.requests = target.asked - asked
        row.statuses = target.statuses - statuses


def _steps(target: Recorded, selection: Selection, ways: Ways) -> Iterator[Step]:
    if "checks" in selection.phases:
        for check in selection.checks:
            yield check.name, check.says, _asking(target, selection, check, ways)
    if "lifecycle" in selection.phases:
        from contracts.lifecycle.running import steps as lifecycles

        yield from lifecycles(target, selection)
    if phases := [each for each in GENERATED if each in selection.phases]:
        from contracts.generated.running import steps as generated

        yield from generated(target, selection, phases)


def _asking(target: Recorded, selection: Selection, check: Check, ways: Ways) -> Callable[[Row], None]:
    def act(row: Row) -> None:
        mine = selection.mine(check.needs(target.contract))
        if not mine:
            row.skipped = "nothing in the document that it could ask of"
            return
        if why := _forbidden(target, selection, check):
            row.skipped = why
            return
        if not target.writes:
            mine = [each for each in mine if each.method in SAFE]
        row.wanted = [each.id for each in mine]
        visit = Visit(
            target,
            operations=selection.turn,
            check=check.name,
            seed=selection.seed,
            writes=target.writes,
            ways=ways,
        )
        try:
            # One by one: what was found counts also when the target may not be asked any more.
            for finding in check.run(visit):
                row.findings.append(finding)
        finally:
            # Only where it was to be put: what else it touched depends on what it was confined to.
            row.exercised.update({name: visit.counts[name] for name in row.wanted if name in visit.counts})

    return act


def _forbidden(target: Recorded, selection: Selection, check: Check) -> str:
    if check.writes and not target.writes:
        return "writes are off"
    if check.clock and not target.wait(0):
        return "time cannot be made to pass"
    if check.costly and target.name != "mock" and check.name not in selection.named:
        return "takes many requests: ask for it by name"
    return ""


def told(problem: BaseException) -> str:
    """An exception in a line, with the place in our own code that it came from."""
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [each for each in frames if "/contracts/" in each.filename.replace("\\", "/")] or list(frames)
    place = ours[-1]
    return f"{type(problem).__name__}: {problem} ({place.filename.rpartition('/')[2]}:{place.lineno})"
