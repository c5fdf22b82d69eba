"""A run as one HTML page that needs nothing else: findings, matrix, coverage, times; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from contracts.finding import Finding
from contracts.report import drawing
from contracts.report.reproduction import Scrub, as_pytest, base_of, steps
from contracts.report.style import STYLE
from contracts.report.text import statuses, summary
from contracts.suite.outcome import Outcome, Row
from contracts.targets.target import Target

SURE = {
    "documented": "the provider documents it",
    "observed": "it was observed at the provider",
    "assumed": "it is assumed: the document may be what is wrong",
}


def render(outcome: Outcome, target: Target, scrub: Scrub) -> str:
    """The whole page."""
    title = f"{outcome.title} at {outcome.target}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<header><h1>{escape(outcome.title)}</h1><p>{escape(summary(outcome))}</p>",
        *_facts(outcome),
        "</header><main>",
        *_findings(outcome, scrub),
        *_matrix(outcome),
        *_gaps(outcome),
        *_answers(outcome, target),
        *_checks(outcome),
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _facts(outcome: Outcome) -> Iterator[str]:
    told = {
        "target": outcome.target,
        "began": outcome.started,
        "took": f"{outcome.seconds:.1f} s",
        "requests": str(outcome.requests),
        "seed": str(outcome.seed),
    }
    yield "<dl>"
    yield "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in told.items())
    yield "</dl>"
    for note in (*outcome.notes, *([f"ended early: {outcome.stopped}"] if outcome.stopped else [])):
        yield f'<p class="note">{escape(note)}</p>'


def _findings(outcome: Outcome, scrub: Scrub) -> Iterator[str]:
    yield f"<section><h2>Findings ({len(outcome.new)})</h2>"
    if not outcome.new:
        yield "<p>None.</p>"
    for number, each in enumerate(outcome.new, 1):
        yield from _finding(number, each, outcome, scrub)
    accepted = [each for each in outcome.findings if each.key in outcome.known]
    if accepted:
        yield f"<h3>Known ({len(accepted)})</h3><ul>"
        yield "".join(f"<li>{escape(each.operation)} {escape(scrub(each.message))}</li>" for each in accepted)
        yield "</ul>"
    yield "</section>"


def _finding(number: int, each: Finding, outcome: Outcome, scrub: Scrub) -> Iterator[str]:
    base = base_of(outcome.target)
    yield f'<details class="finding" id="f{number}"{" open" if number == 1 else ""}><summary>'
    yield f'<span class="badge {escape(each.known)}" title="{SURE.get(each.known, "")}">{each.known}</span> '
    yield f"<code>{escape(each.operation)}</code> {escape(scrub(each.message))}</summary>"
    yield f'<p class="meta"><code>{escape(each.check)}</code> · <code>{escape(each.pointer)}</code></p><ol>'
    for asked, came in steps(each, base, scrub):
        yield f"<li><pre>{escape(asked)}</pre><pre class=answer>{escape(came)}</pre></li>"
    yield "</ol>"
    if text := as_pytest(each, outcome.provider, outcome.seed, base, scrub):
        yield f"<details><summary>as a pytest test</summary><pre>{escape(text)}</pre></details>"
    yield "</details>"


def _matrix(outcome: Outcome) -> Iterator[str]:
    """Operations down, checks across: what was put to what, how often, and what it found."""
    rows = [row for row in outcome.rows if not row.skipped]
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        for each in row.findings:
            key = (row.name, each.operation)
            found[key] = found.get(key, 0) + 1
    yield "<section><h2>What was asked of what</h2>"
    yield '<p class="legend"><i class="ok"></i> sound <i class="bad"></i> found '
    yield '<i class="gap"></i> not reached <i class="none"></i> nothing to ask</p>'
    yield '<div class="scroll"><table class="matrix"><thead><tr><th></th>'
    yield "".join(
        f'<th class="turned"><div><span title="{escape(row.says)}">{escape(row.name)}</span></div></th>'
        for row in rows
    )
    yield "</tr></thead><tbody>"
    for operation in outcome.operations:
        cells = "".join(_cell(row, operation, found.get((row.name, operation), 0)) for row in rows)
        yield f"<tr><th><code>{escape(operation)}</code></th>{cells}</tr>"
    yield "</tbody></table></div></section>"


def _cell(row: Row, operation: str, found: int) -> str:
    times = row.exercised.get(operation, 0)
    told = f"{row.name} {operation}: "
    if found:
        return f'<td class="bad" title="{escape(told)}{found} found">{found}</td>'
    if times:
        return f'<td class="ok" title="{escape(told)}{times} times"></td>'
    if operation in row.wanted:
        return f'<td class="gap" title="{escape(told)}not reached">·</td>'
    return "<td></td>"


def _gaps(outcome: Outcome) -> Iterator[str]:
    if not outcome.gaps:
        return
    yield f"<section><h2>Not reached ({len(outcome.gaps)})</h2><ul>"
    names: dict[str, list[str]] = {}
    for gap in outcome.gaps:
        names.setdefault(gap.check, []).append(gap.operation)
    for check, operations in names.items():
        yield f"<li><code>{escape(check)}</code>: {escape(', '.join(operations))}</li>"
    yield "</ul></section>"


def _answers(outcome: Outcome, target: Target) -> Iterator[str]:
    """Which statuses each operation was seen to answer, of those declared, and how long it took."""
    seen: dict[str, dict[int, int]] = {}
    for (operation, status), count in outcome.statuses.items():
        seen.setdefault(operation, {})[status] = count
    declared = {each.id: each.responses for each in target.contract.operations}
    yield "<section><h2>Answers and times</h2>"
    yield f'<div class="plots">{drawing.bars(seen)}{drawing.histogram(outcome.times)}</div>'
    yield '<div class="scroll"><table class="answers"><thead><tr><th>operation</th><th>answers</th>'
    yield "<th>declared, not seen</th><th>median</th><th>95 %</th><th></th></tr></thead><tbody>"
    longest = max((drawing.at(times, 0.95) for times in outcome.times.values() if times), default=0.0)
    for operation in outcome.operations:
        mine = seen.get(operation, {})
        told = " ".join(
            f'<span class="s{status // 100}">{status or "-"}×{count}</span>'
            for status, count in sorted(mine.items())
        )
        missing = [each for each in declared.get(operation, {}) if not _was_seen(each, mine)]
        times = outcome.times.get(operation, ())
        yield f"<tr><th><code>{escape(operation)}</code></th><td>{told}</td>"
        yield f"<td>{escape(', '.join(missing))}</td>"
        if times:
            half, most = drawing.at(times, 0.5), drawing.at(times, 0.95)
            yield f"<td>{_duration(half)}</td><td>{_duration(most)}</td>"
            yield f"<td>{drawing.span(half, most, longest)}</td></tr>"
        else:
            yield "<td></td><td></td><td></td></tr>"
    yield "</tbody></table></div></section>"


def _was_seen(declared: str, seen: dict[int, int]) -> bool:
    if declared == "default":
        return True
    if declared.endswith("XX"):
        return any(str(status)[:1] == declared[:1] for status in seen)
    return int(declared) in seen


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _checks(outcome: Outcome) -> Iterator[str]:
    yield '<section><h2>Checks</h2><div class="scroll"><table class="checks"><thead><tr><th>check</th>'
    yield "<th>holds a server to</th><th>operations</th><th>times</th><th>requests</th><th>answers</th>"
    yield "</tr></thead><tbody>"
    for row in outcome.rows:
        yield f"<tr><th><code>{escape(row.name)}</code></th><td>{escape(row.says)}</td>"
        if row.skipped or row.broken:
            yield f'<td colspan="4">{escape(row.skipped or row.broken)}</td></tr>'
            continue
        reached = sum(1 for each in row.wanted if row.exercised.get(each))
        yield f"<td>{reached}/{len(row.wanted)}</td><td>{sum(row.exercised.values())}</td>"
        yield f"<td>{row.requests}</td><td>{escape(statuses(row))}</td></tr>"
    yield "</tbody></table></div></section>"
