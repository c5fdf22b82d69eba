"""What is known of how far a mock agrees with the real thing, by operation, in a file; asks nobody."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.agreement.running import Agreeing
from contracts.suite.outcome import Outcome
from mockserver.house import document_path

FILE = "fidelity.json"
RESULTS = ("agreed", "disagreed", "not tried")


class FidelityError(ValueError):
    """A file that is no fidelity table; the message says where."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was last found of an operation: the day, at which address, in how many cases, and what differs."""

    result: str
    at: str
    target: str
    cases: int
    what: str = ""


def place(provider: str) -> Path:
    """Where a provider's table is: beside its document."""
    return document_path(provider)[1].parent / FILE


def read(path: Path) -> dict[str, Entry]:
    """The table in a file, empty where there is none. Raises FidelityError."""
    if not path.is_file():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {name: Entry(**each) for name, each in told["operations"].items()}
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise FidelityError(f"{path}: it is no fidelity table: {error}") from error


def update(path: Path, outcome: Outcome, agreeing: Agreeing) -> dict[str, Entry]:
    """Put what a run found into a file. What it did not try stays as it was."""
    found = read(path)
    disagreed = {each.operation: each.message for each in outcome.findings}
    for name in outcome.operations:
        tried = agreeing.tried.get(name, 0)
        if tried:
            result = "disagreed" if name in disagreed else "agreed"
            found[name] = Entry(result, outcome.started[:10], outcome.target, tried, disagreed.get(name, ""))
    operations = {
        name: {
            "result": each.result,
            "at": each.at,
            "target": each.target,
            "cases": each.cases,
            "what": each.what,
        }
        for name, each in sorted(found.items())
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"operations": operations}, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return found


def summed(entries: Mapping[str, Entry], operations: Sequence[str]) -> tuple[Counter[str], str]:
    """How many operations have which result, and the day of the latest."""
    sums = Counter(entries[name].result if name in entries else "not tried" for name in operations)
    return sums, max((each.at for name, each in entries.items() if name in operations), default="")
