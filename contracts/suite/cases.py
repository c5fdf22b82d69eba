"""A selection cut into cases that can be put one by one, each the test of a name; knows no test runner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from contracts.checks.ways import Ways
from contracts.finding import Finding
from contracts.report.reproduction import base_of, steps
from contracts.scrub import Scrubber
from contracts.suite.outcome import Gap, Outcome
from contracts.suite.running import run
from contracts.suite.selection import GENERATED, Selection
from contracts.targets.target import Target


@dataclass(frozen=True, slots=True)
class Case:
    """One check, one phase of generation, or the lives of one kind of rows."""

    name: str
    selection: Selection

    def put(self, target: Target, ways: Ways | None = None) -> Outcome:
        """Ask it. `ways` are those of the target, where several cases are put to it."""
        return run(target, self.selection, ways=ways)


def cases(target: Target, selection: Selection) -> list[Case]:
    """The cases of a selection, in the order of a run; asks nothing."""
    return list(_cases(target, selection))


def _cases(target: Target, selection: Selection) -> Iterator[Case]:
    if "checks" in selection.phases:
        for check in selection.checks:
            yield Case(check.name, replace(selection, phases=("checks",), checks=(check,)))
    if "lifecycle" in selection.phases:
        from contracts.lifecycle.kinds import kinds

        chosen = {each.id for each in selection.operations}
        for kind in kinds(target.contract):
            if kind.create.id in chosen:
                only = replace(selection, phases=("lifecycle",), operations=(kind.create,))
                yield Case(f"lifecycle.{kind.name}", only)
    for phase in GENERATED:
        if phase in selection.phases:
            yield Case(f"generated.{phase}", replace(selection, phases=(phase,)))


def told(findings: Sequence[Finding], where: str, scrubber: Scrubber) -> str:
    """Findings as the text of a failed test: what is wrong, where the document says so, how to see it."""
    lines: list[str] = []
    for each in findings:
        lines.append(f"{each.operation} {each.message} ({each.check}, {each.known}, {each.pointer})")
        for asked, came in steps(each, base_of(where), scrubber.text):
            lines += [asked, f"-> {came}"]
    return scrubber.text("\n".join(lines))


def not_reached(gaps: Sequence[Gap]) -> str:
    """What was not reached, in a line."""
    return "not reached: " + ", ".join(each.operation for each in gaps)
