"""What was found, told to a person: the script, the scenario, the test that keeps it; knows no search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contracts.consumer.judgements import JUDGEMENTS, Finding
from mockserver.scenario import Scenario
from mockserver.web.transcript import transcript

# Of a program that does not end, the last exchanges say as much as all.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with what goes into its report.

    `test` is the name of the test or program, `module` where its function can be imported from ("" where it
    cannot), `options` and `gives_up` those that the regression test must have too.
    """

    finding: Finding
    test: str
    module: str = ""
    options: Mapping[str, Any] | None = None
    gives_up: tuple[type[BaseException], ...] = ()
    file: Path | None = None
    flaky: bool = False
    cases: int = 0

    @property
    def scenario(self) -> Scenario:
        """The scenario, with a word on what it shows."""
        about = {"found": self.finding.judgement, "message": one_line(self.finding.message)}
        return replace(self.finding.run.scenario, about=about)


def one_line(text: str) -> str:
    """A text for one line."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


def slug(text: str) -> str:
    """A text as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:60] or "scenario"


def keep(found: Found, folder: Path) -> Found:
    """Write the scenario into a folder, and say where; as it was where that cannot be done."""
    path = folder / f"{slug(found.test)}-{slug(found.finding.judgement)}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(found.scenario.text())
    except OSError:
        return found
    return replace(found, file=path)


def report(found: Found) -> str:
    """The whole report."""
    finding = found.finding
    run = finding.run
    lines = [f"{finding.judgement}: {finding.message}"]
    if found.flaky:
        lines.append(
            "(the same scenario did not show it a second time: the program does not do the same twice)"
        )
    promised = JUDGEMENTS[finding.judgement].summary
    lines += ["", f"{promised} Found in case {found.cases}. The shortest script that shows it:", ""]
    lines += [f"  {line}" for line in transcript(run.exchanges, most=SHOWN)]
    lines += [
        f"  webhook: {what}{', forged' if forged else ''} -> {status}"
        for what, status, forged in run.delivered
    ]
    lines += ["", "The scenario:", "", found.scenario.text().rstrip(), ""]
    if found.file is not None:
        lines += [
            f"It is in {found.file}; `mockserver serve --scenario {found.file}` plays it on a port.",
            "",
        ]
    if found.module:
        lines += ["The test that keeps it:", "", regression(found)]
    return "\n".join(lines)


def regression(found: Found) -> str:
    """A pytest test, ready to be kept beside the scenario's file."""
    name = found.test.partition("[")[0]
    file = found.file.name if found.file is not None else "scenario.json"
    options = "".join(f", {key}={value!r}" for key, value in (found.options or {}).items())
    wanted = {found.module: {name}}
    if found.gives_up:
        for each in found.gives_up:
            if each.__module__ != "builtins":
                wanted.setdefault(each.__module__, set()).add(each.__qualname__)
        classes = ", ".join(each.__qualname__ for each in found.gives_up)
        options += f", gives_up=({classes})" if len(found.gives_up) > 1 else f", gives_up={classes}"
    return "\n".join(
        [
            "from contracts import scenario",
            *(f"from {module} import {', '.join(sorted(names))}" for module, names in wanted.items()),
            "",
            "",
            f'@scenario("{file}"{options})',
            f"def {name}_{slug(found.finding.judgement).replace('-', '_')}(mock):",
            f'    """{one_line(found.finding.message)[:90]}"""',
            f"    {name}.play(mock)",
            "",
        ]
    )
