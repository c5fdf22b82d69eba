"""A run as plain lines for a terminal or a log; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.finding import Finding
from contracts.report.reproduction import Scrub, base_of, steps
from contracts.suite.outcome import Outcome, Row

SHOWN = 12


def lines(outcome: Outcome, scrub: Scrub, *, verbose: bool = False) -> Iterator[str]:
    """Findings first, then what was not reached, then the sums."""
    for number, finding in enumerate(outcome.new, 1):
        yield from _finding(number, finding, outcome, scrub)
    for row in outcome.broken:
        yield f"{row.name}: could not be put: {scrub(row.broken)}"
    if verbose:
        yield from table(outcome)
    if outcome.gaps:
        yield f"not reached: {len(outcome.gaps)} of {_wanted(outcome)} checks at operations"
        by_check: dict[str, list[str]] = {}
        for gap in outcome.gaps:
            by_check.setdefault(gap.check, []).append(gap.operation)
        for name, operations in by_check.items():
            more = f" and {len(operations) - SHOWN} more" if len(operations) > SHOWN else ""
            yield f"  {name}: {', '.join(operations[:SHOWN])}{more}"
    skipped: dict[str, list[str]] = {}
    for row in outcome.rows:
        if row.skipped and "nothing in the document" not in row.skipped:
            skipped.setdefault(row.skipped, []).append(row.name)
    for why, names in skipped.items():
        yield f"not asked ({why}): {', '.join(names[:SHOWN])}{'…' if len(names) > SHOWN else ''}"
    yield from (scrub(note) for note in outcome.notes)
    if outcome.stopped:
        yield f"ended early: {scrub(outcome.stopped)}"
    yield summary(outcome)


def summary(outcome: Outcome) -> str:
    """The run in a line."""
    found = len(outcome.new)
    known = len(outcome.findings) - found
    asked = [row for row in outcome.rows if not row.skipped]
    parts = [
        f"{outcome.title} at {outcome.target}: "
        + (f"{found} finding{'s' if found != 1 else ''}" if found else "no finding"),
        *([f"{known} known"] if known else []),
        f"{len(asked)} checks at {len(outcome.operations)} operations",
        f"{len(outcome.cases)} cases",
        *([f"{len(outcome.gaps)} not reached"] if outcome.gaps else []),
        *([f"{len(outcome.excused)} excused"] if outcome.excused else []),
        f"{outcome.requests} requests",
        f"{outcome.seconds:.1f} s",
        f"seed {outcome.seed}",
    ]
    return ", ".join(parts)


def table(outcome: Outcome) -> Iterator[str]:
    """How often each check was truly put, and what was answered."""
    yield f"{'CHECK':26} {'OPERATIONS':>10} {'TIMES':>7} {'REQUESTS':>8} {'SECONDS':>7}  ANSWERS"
    for row in outcome.rows:
        if row.skipped:
            yield f"{row.name:26} {'-':>10} {'-':>7} {'-':>8} {'-':>7}  {row.skipped}"
            continue
        reached = sum(1 for each in row.wanted if row.exercised.get(each))
        of = f"{reached}/{len(row.wanted)}"
        times = sum(row.exercised.values())
        yield f"{row.name:26} {of:>10} {times:>7} {row.requests:>8} {row.seconds:>7.1f}  {statuses(row)}"


def statuses(row: Row) -> str:
    """`200x31 401x4`."""
    sums: dict[int, int] = {}
    for (_, status), count in row.statuses.items():
        sums[status] = sums.get(status, 0) + count
    return " ".join(f"{status or '-'}x{count}" for status, count in sorted(sums.items()))


def _finding(number: int, finding: Finding, outcome: Outcome, scrub: Scrub) -> Iterator[str]:
    yield f"{number}. {finding.operation} {scrub(finding.message)}"
    yield f"   {finding.check}, {finding.known}, {finding.pointer}"
    for asked, came in steps(finding, base_of(outcome.target), scrub):
        for line in asked.split("\n"):
            yield f"   {line}"
        yield f"   -> {came}"
    yield ""


def _wanted(outcome: Outcome) -> int:
    return sum(len(row.wanted) for row in outcome.rows if not row.skipped)
