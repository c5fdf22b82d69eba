"""Writes reports to files, each form in a module of its own; knows which there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from contracts.report.reproduction import Scrub
from contracts.suite.outcome import Outcome
from contracts.targets.target import Target

# Modules of contracts.report with render(outcome, target, scrub) -> str.
MODULES = {
    "junit": "junit",
    "html": "page",
    "sarif": "sarif",
    "json": "plain",
    "overlay": "overlay",
    "pytest": "tests",
}
ENDINGS = {
    "junit": "xml",
    "html": "html",
    "sarif": "sarif",
    "json": "json",
    "overlay": "overlay.yaml",
    "pytest": "py",
}


@dataclass(frozen=True, slots=True)
class Report:
    """A form, and the file it goes to."""

    form: str
    path: Path | None


def parse_report(text: str) -> Report:
    """`html`, `html=out.html`. ValueError for a form that there is not, and a file that cannot be written."""
    form, _, path = text.partition("=")
    if form not in (*MODULES, "github"):
        raise ValueError(f"there is no report {form!r}; there are {', '.join((*MODULES, 'github'))}")
    report = Report(form, Path(path) if path else None)
    if report.path is not None:
        # Before anything is asked: a run that cannot be reported has asked for nothing.
        try:
            report.path.parent.mkdir(parents=True, exist_ok=True)
            report.path.open("a", encoding="utf-8").close()
        except OSError as error:
            raise ValueError(f"--report {text}: {error.strerror}") from error
    return report


def write_report(report: Report, outcome: Outcome, target: Target, scrub: Scrub) -> Iterator[str]:
    """Write it, and yield the lines to print. Nothing leaves without being scrubbed."""
    if report.form == "github":
        from contracts.report.github import annotate

        yield from (scrub(line) for line in annotate(outcome, target, scrub))
        return
    module: Any = import_module(f"contracts.report.{MODULES[report.form]}")
    path = report.path or Path(f"contracts-{outcome.provider}.{ENDINGS[report.form]}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(scrub(module.render(outcome, target, scrub)), encoding="utf-8")
    yield f"{report.form}: {path}"
