"""Findings as a file of pytest tests, each failing as long as its finding is there; decides nothing."""

from __future__ import annotations

from contracts.report.reproduction import Scrub, as_pytest, base_of
from contracts.suite.outcome import Outcome
from contracts.targets.target import Target

IMPORT = "from contracts.suite.again import hold\n"


def render(outcome: Outcome, target: Target, scrub: Scrub) -> str:  # noqa: ARG001
    """One test for each new finding."""
    base = base_of(outcome.target)
    bodies = []
    taken: dict[str, int] = {}
    for each in outcome.new:
        text = as_pytest(each, outcome.provider, outcome.seed, base, scrub).removeprefix(IMPORT).strip("\n")
        if not text:
            continue
        name = text.partition("(")[0]
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            text = text.replace(name, f"{name}_{taken[name]}", 1)
        bodies.append(text)
    told = f'"""What contracts found wrong with {outcome.title}. CONTRACTS_TARGET says where they ask."""\n\n'
    return told + "\n\n\n".join((IMPORT.rstrip("\n"), *bodies)) + "\n"
