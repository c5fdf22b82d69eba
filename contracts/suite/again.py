"""Puts one check to one operation again: what the tests do that a finding is printed as; keeps nothing."""

from __future__ import annotations

import os
from typing import Any

from contracts.report.reproduction import base_of, steps
from contracts.scrub import Scrubber
from contracts.suite.opening import MOCK, Limits, open_live, open_mock
from contracts.suite.outcome import Outcome
from contracts.suite.running import run
from contracts.suite.selection import select
from contracts.targets.target import Target


def hold(provider: str, *, check: str, operation: str, seed: int = 1, target: str = "") -> None:
    """AssertionError, with what was asked, where a check finds something at an operation.

    `target` is `mock`, `live` or an address; not given, it is what `CONTRACTS_TARGET` says, else the mock.
    What may be done at an address is what `contracts check` may: it changes nothing without
    `CONTRACTS_WRITES=own` (or `all`).
    """
    where = target or os.environ.get("CONTRACTS_TARGET", MOCK)
    outcome, scrubber = _asked(provider, where, check, operation, seed)
    if outcome.stopped or outcome.broken:
        raise AssertionError(scrubber.text(outcome.stopped or outcome.broken[0].broken))
    told: list[str] = []
    for finding in outcome.findings:
        told.append(f"{finding.operation} {finding.message} ({finding.check}, {finding.known})")
        for asked, came in steps(finding, base_of(where), scrubber.text):
            told += [asked, f"-> {came}"]
    if told:
        raise AssertionError(scrubber.text("\n".join(told)))


def _asked(provider: str, where: str, check: str, operation: str, seed: int) -> tuple[Outcome, Scrubber]:
    opened: Target
    if where == MOCK:
        opened = open_mock(provider, seed=seed)
        return run(opened, _selection(opened, check, operation, seed)), Scrubber(opened.secrets())
    writes: Any = os.environ.get("CONTRACTS_WRITES", "off")
    live = open_live(provider, where, os.environ, Limits(writes=writes))
    try:
        return run(live, _selection(live, check, operation, seed)), live.scrubber
    finally:
        from contracts.targets.cleaning import clean_up

        clean_up(live, lambda _: None)
        live.close()


def _selection(target: Target, check: str, operation: str, seed: int) -> Any:
    theme = check.partition(".")[0]
    if theme in ("generated", "lifecycle"):
        return select(
            target.contract,
            phases=("lifecycle",) if theme == "lifecycle" else ("examples", "coverage", "fuzzing"),
            operations=(operation,) if theme == "generated" and operation else (),
            seed=seed,
        )
    return select(target.contract, checks=(check,), phases=("checks",), operations=(operation,), seed=seed)
