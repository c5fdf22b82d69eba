"""What is known to be wrong and accepted for now, in a file; knows keys of findings and gaps."""

from __future__ import annotations

import json
from pathlib import Path

from contracts.suite.outcome import Outcome
from mockserver.house import document_path

# Beside a provider's document: what cannot be asked of its mock, and why.
UNREACHED = "unreached.json"


class BaselineError(ValueError):
    """A file that is no baseline; the message says where."""


def read_baseline(path: Path) -> frozenset[str]:
    """The keys in a baseline. BaselineError where it is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "msg", "it is no JSON")
        raise BaselineError(f"{path}: {reason}") from error
    entries = told.get("known") if isinstance(told, dict) else None
    if not isinstance(entries, list) or not all(isinstance(each, dict) and "key" in each for each in entries):
        raise BaselineError(f'{path}: a baseline is {{"known": [{{"key": "…", "why": "…"}}, …]}}')
    return frozenset(str(each["key"]) for each in entries)


def unreached(provider: str) -> frozenset[str]:
    """The keys of what nobody can ask of a provider's mock, as the file beside its document says."""
    path = document_path(provider)[1].parent / UNREACHED
    return read_baseline(path) if path.is_file() else frozenset()


def write_baseline(path: Path, outcome: Outcome) -> None:
    """All that this run found and did not reach, beside what was in the file: why is for a person to say."""
    entries: dict[str, str] = {}
    if path.is_file():
        told = json.loads(path.read_text(encoding="utf-8"))
        entries = {str(each["key"]): str(each.get("why", "")) for each in told["known"]}
    for finding in outcome.new:
        entries.setdefault(finding.key, finding.message)
    for gap in outcome.gaps:
        entries.setdefault(gap.key, "not reached")
    known = [{"key": key, "why": why} for key, why in sorted(entries.items())]
    path.write_text(json.dumps({"known": known}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
