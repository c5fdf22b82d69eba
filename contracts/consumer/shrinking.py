"""The smallest scenario that still shows a mistake: the shortest script, then the simplest world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from contracts.consumer.judgements import Finding
from mockserver.scenario import Scenario

Try = Callable[[Scenario], Finding | None]

MOST_PLAYS = 80
# So much is shown of a program that does not end and never does the same again.
FIRST = 5
# What a fault does without its parameter is simpler than what it does with it.
DISPENSABLE = ("nth", "status", "every")


def shrink(finding: Finding, play: Try, *, plays: int = MOST_PLAYS) -> tuple[Finding, int]:
    """The finding in the smallest scenario found, and how many plays that took.

    `play` runs a scenario and judges it; only a finding of the same key counts.
    """
    best, tried = finding, {finding.run.scenario.text()}
    made = 0
    improved = True
    while improved and made < plays:
        improved = False
        for candidate in _simpler(best.run.scenario):
            text = candidate.text()
            if text in tried or made >= plays:
                continue
            tried.add(text)
            made += 1
            found = play(candidate)
            if found is not None and found.key == finding.key and size(found) < size(best):
                best, improved = found, True
                break
    return best, made


def to_the_point(finding: Finding) -> Finding:
    """Of a program that does not end, what it did until it began to do the same again; others as they are."""
    run = finding.run
    if not run.endless:
        return finding
    count: Counter[tuple[object, ...]] = Counter()
    kept = min(FIRST, len(run.seen))
    for number, seen in enumerate(run.seen, start=1):
        count[(*seen.request, seen.status)] += 1
        if count[(*seen.request, seen.status)] > 2:
            kept = number
            break
    if kept >= len(run.seen):
        return finding
    last = next(place for place, each in enumerate(run.exchanges) if each is run.seen[kept - 1].exchange)
    shown = replace(run, seen=run.seen[:kept], exchanges=run.exchanges[: last + 1])
    message = f"{finding.message}; what it did first is shown"
    return replace(finding, run=shown, message=message)


def size(finding: Finding) -> tuple[int, int, int]:
    """What is smaller is better: exchanges, then disturbances, then characters of the scenario."""
    run = finding.run
    scenario = run.scenario
    usual = Scenario(scenario.provider)
    changed = sum(getattr(scenario, name) != getattr(usual, name) for name in ("seed", "data", "clock"))
    weight = len(scenario.faults) + len(scenario.deliveries) + changed
    return len(run.seen), weight, len(scenario.text())


def _simpler(scenario: Scenario) -> Iterator[Scenario]:
    usual = Scenario(scenario.provider)
    faults = scenario.faults
    if len(faults) > 3:
        half = len(faults) // 2
        yield scenario.with_faults(faults[:half])
        yield scenario.with_faults(faults[half:])
    for number in range(len(faults)):
        yield scenario.with_faults(faults[:number] + faults[number + 1 :])
    for number in range(len(scenario.deliveries)):
        kept = scenario.deliveries[:number] + scenario.deliveries[number + 1 :]
        yield replace(scenario, deliveries=kept)
    for name in ("seed", "clock", "data"):
        if getattr(scenario, name) != getattr(usual, name):
            yield replace(scenario, **{name: getattr(usual, name)})
    if scenario.data != "empty":
        yield replace(scenario, data="empty")
    for number, fault in enumerate(faults):
        for simpler in _simpler_fault(fault):
            yield scenario.with_faults((*faults[:number], simpler, *faults[number + 1 :]))


def _simpler_fault(fault: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in DISPENSABLE:
        if name in fault:
            yield {key: value for key, value in fault.items() if key != name}
    if fault.get("nth", 1) > 2:
        yield {**fault, "nth": fault["nth"] - 1}
    if fault.get("times", 1) > 1:
        yield {**fault, "times": 1}
    if fault["fault"] == "small-pages":
        # Longer pages are fewer exchanges.
        yield {**fault, "size": min(100, fault["size"] * 2)}
        yield {**fault, "size": fault["size"] + 1}
    value = fault.get("value")
    if isinstance(value, str) and len(value) > 1:
        yield {**fault, "value": value[: len(value) // 2]}
        yield {**fault, "value": value[len(value) // 2 :]}
