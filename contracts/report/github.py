"""A run for GitHub Actions: annotations at lines of the document, and the step's summary; decides nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from contracts.report.places import Places
from contracts.report.reproduction import Scrub, base_of, steps
from contracts.report.text import summary
from contracts.suite.outcome import Outcome
from contracts.targets.target import Target

MOST = 50


def annotate(outcome: Outcome, target: Target, scrub: Scrub) -> Iterator[str]:
    """The lines that become annotations; the summary goes to the file that GITHUB_STEP_SUMMARY names."""
    places = Places(target.contract)
    for each in outcome.new[:MOST]:
        level = "warning" if each.known == "assumed" else "error"
        place = f"file={_value(places.file)},line={places.line(each.pointer)}"
        title = _value(f"{each.check} {each.operation}")
        yield f"::{level} {place},title={title}::{_text(f'{each.message} ({each.known})')}"
    for row in outcome.broken:
        yield f"::error title={_value(row.name)}::{_text(row.broken)}"
    if outcome.gaps:
        yield f"::warning title=not reached::{len(outcome.gaps)} checks at operations were not reached"
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(scrub("\n".join(markdown(outcome, scrub)) + "\n"))


def markdown(outcome: Outcome, scrub: Scrub) -> Iterator[str]:
    """The summary of the step."""
    yield f"### {outcome.title}"
    yield ""
    yield summary(outcome)
    if outcome.new:
        yield ""
        yield "| operation | finding | check | known |"
        yield "|---|---|---|---|"
        for each in outcome.new[:MOST]:
            yield f"| `{each.operation}` | {_cell(each.message)} | `{each.check}` | {each.known} |"
        for each in outcome.new[:MOST]:
            yield ""
            yield f"<details><summary>{_cell(each.operation)}: {_cell(each.message)}</summary>"
            yield ""
            for asked, came in steps(each, base_of(outcome.target), scrub):
                yield "```sh"
                yield asked.replace("```", "'''")
                yield f"# {came}".replace("```", "'''")
                yield "```"
            yield "</details>"
    if outcome.gaps:
        yield ""
        names: dict[str, list[str]] = {}
        for gap in outcome.gaps:
            names.setdefault(gap.check, []).append(gap.operation)
        told = "; ".join(f"`{check}` at {', '.join(operations)}" for check, operations in names.items())
        yield f"Not reached: {told}"


def _cell(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join(plain.replace("|", "\\|").split())


def _value(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
