"""What a comparison found, as plain lines; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.agreement.running import Agreeing
from contracts.report.reproduction import LOCAL, Scrub, came, curl
from contracts.suite.outcome import Outcome

SHOWN = 12


def lines(outcome: Outcome, agreeing: Agreeing, scrub: Scrub) -> Iterator[str]:
    """Disagreements first, then what was not tried, then the sums."""
    for number, each in enumerate(outcome.findings, 1):
        found = agreeing.found[each.operation]
        yield f"{number}. {each.operation} {scrub(each.message)}"
        yield f"   {each.check}, {each.known}, {each.pointer}"
        for who, base, answer in (("mock", LOCAL, found.mock), ("server", outcome.target, found.server)):
            yield from (f"   {line}" for line in curl(answer, base, scrub).split("\n"))
            yield f"   -> {who}: {came(answer, scrub)}"
        yield ""
    untried: dict[str, list[str]] = {}
    for name in outcome.operations:
        if name not in agreeing.tried:
            untried.setdefault(agreeing.untried.get(name, "not reached"), []).append(name)
    for why, names in untried.items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"not tried ({scrub(why)}): {', '.join(names[:SHOWN])}{more}"
    yield from outcome.notes
    if outcome.stopped:
        yield f"ended early: {scrub(outcome.stopped)}"
    disagreed = len({each.operation for each in outcome.findings})
    yield (
        f"{outcome.title} at {outcome.target} and its mock: "
        f"{len(agreeing.tried) - disagreed} operations agreed, "
        f"{disagreed} disagreed, {len(outcome.operations) - len(agreeing.tried)} not tried, "
        f"{sum(agreeing.tried.values())} cases, {outcome.requests} requests, {outcome.seconds:.1f} s, "
        f"seed {outcome.seed}"
    )
