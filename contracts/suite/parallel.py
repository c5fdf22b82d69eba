"""Runs a selection at mocks in several processes, a shard in each, and puts their outcomes together."""

from __future__ import annotations

import multiprocessing
import queue
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from contracts.suite.garbage import seldom
from contracts.suite.outcome import Outcome, Row
from contracts.suite.running import Progress, Silent, run
from contracts.suite.selection import Selection, select

TICK = 0.2


@dataclass(frozen=True, slots=True)
class Order:
    """A selection as names, so that another process can make it of its own document."""

    provider: str
    seed: int
    examples: int
    checks: tuple[str, ...]
    named: bool
    phases: tuple[str, ...]
    operations: tuple[str, ...]
    shard: tuple[int, int]
    database: str


def run_in_parallel(
    provider: str, selection: Selection, jobs: int, progress: Progress | None = None
) -> Outcome:
    """The same as `run` at a mock, in so many processes. What the shards found is told in their order."""
    number, count = selection.shard
    order = Order(
        provider=provider,
        seed=selection.seed,
        examples=selection.examples,
        checks=tuple(each.name for each in selection.checks),
        named=bool(selection.named),
        phases=selection.phases,
        operations=tuple(each.id for each in selection.operations),
        shard=selection.shard,
        database=selection.database,
    )
    orders = [replace(order, shard=(number + count * part, count * jobs)) for part in range(jobs)]
    tell = progress or Silent()
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue()
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(told,)) as pool:
        futures = [pool.submit(_work, each) for each in orders]
        try:
            _follow(futures, told, tell)
        except KeyboardInterrupt:
            for each in futures:
                each.cancel()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        outcomes = [each.result() for each in futures]
    return merged(outcomes, selection)


def merged(outcomes: Sequence[Outcome], selection: Selection) -> Outcome:
    """Several shards' outcomes as one."""
    whole = outcomes[0]
    rows: dict[str, Row] = {}
    for outcome in outcomes:
        for row in outcome.rows:
            if row.name not in rows:
                rows[row.name] = row
            else:
                rows[row.name] = _both(rows[row.name], row)
    times: dict[str, list[float]] = {}
    statuses: Counter[tuple[str, int]] = Counter()
    for outcome in outcomes:
        statuses.update(outcome.statuses)
        for operation, seconds in outcome.times.items():
            times.setdefault(operation, []).extend(seconds)
    return Outcome(
        provider=whole.provider,
        title=whole.title,
        target=whole.target,
        seed=whole.seed,
        started=whole.started,
        operations=[each.id for each in selection.operations],
        rows=list(rows.values()),
        seconds=max(each.seconds for each in outcomes),
        requests=sum(each.requests for each in outcomes),
        stopped=next((each.stopped for each in outcomes if each.stopped), ""),
        statuses=dict(statuses),
        times=times,
        shard=selection.shard,
    )


def _both(one: Row, other: Row) -> Row:
    return Row(
        name=one.name,
        says=one.says,
        wanted=list(dict.fromkeys((*one.wanted, *other.wanted))),
        exercised=one.exercised + other.exercised,
        statuses=one.statuses + other.statuses,
        requests=one.requests + other.requests,
        seconds=one.seconds + other.seconds,
        skipped=one.skipped and other.skipped,
        broken=one.broken or other.broken,
        findings=[*one.findings, *other.findings],
    )


def _follow(futures: list[Future[Outcome]], told: Any, tell: Progress) -> None:
    """Pass on what the processes tell, until all are done."""
    steps = 0
    while True:
        try:
            kind, value = told.get(timeout=TICK)
        except queue.Empty:
            if all(each.done() for each in futures):
                return
            continue
        if kind == "begin":
            steps += value
            tell.begin(steps)
        elif kind == "step":
            tell.step(value)
        else:
            tell.done(value)


_told: Any = None


def _begin(told: Any) -> None:
    """In a process of its own: where it tells how far it is."""
    global _told
    _told = told


class _Telling:
    """Tells the process that waits."""

    def begin(self, steps: int) -> None:
        _told.put(("begin", steps))

    def step(self, name: str) -> None:
        _told.put(("step", name))

    def done(self, row: Row) -> None:
        lean = Row(row.name, wanted=row.wanted, exercised=row.exercised, requests=row.requests)
        lean.seconds, lean.skipped, lean.findings = row.seconds, row.skipped, row.findings
        _told.put(("done", lean))


def _work(order: Order) -> Outcome:
    """One shard, in a process of its own."""
    from contracts.suite.opening import open_mock

    target = open_mock(order.provider, seed=order.seed)
    selection = select(
        target.contract,
        checks=order.checks if order.named else (),
        phases=order.phases,
        operations=order.operations,
        seed=order.seed,
        examples=order.examples,
        shard=order.shard,
        database=order.database,
    )
    if not order.named:
        kept = set(order.checks)
        selection = replace(selection, checks=tuple(each for each in selection.checks if each.name in kept))
    with seldom():
        return run(target, selection, _Telling())
