"""Changes told: as text, as JSON, as SARIF; decides nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from contracts.diff.changes import LEVELS, Change
from contracts.diff.documents import Opened
from mockserver.version import __version__

_SARIF = {"error": "error", "warning": "warning", "info": "note"}
_WHO = {"request": "what clients send", "response": "what clients receive", "": ""}


def text(changes: Sequence[Change], old: Opened, new: Opened) -> Iterator[str]:
    """A paragraph an operation, a line a change, the operations that break first."""
    counts = Counter(change.level for change in changes)
    many = f"{len(changes)} change{'' if len(changes) == 1 else 's'}"
    yield (
        f"{old.name} -> {new.name}: {many}: {counts['error']} breaking, "
        f"{counts['warning']} that may break, {counts['info']} that do not"
    )
    by_operation: dict[str, list[Change]] = {}
    for change in changes:
        by_operation.setdefault(change.operation, []).append(change)
    for operation, listed in by_operation.items():
        yield ""
        yield operation
        for change in listed:
            place = f"{change.place} " if change.place else ""
            who = f", {_WHO[change.direction]}" if change.direction else ""
            yield f"  {change.level:7}  {place}{change.message}  [{change.rule}{who}]"


def as_json(changes: Sequence[Change], old: Opened, new: Opened) -> dict[str, Any]:
    """Everything, for programs."""
    counts = Counter(change.level for change in changes)
    return {
        "old": old.name,
        "new": new.name,
        "counts": {level: counts[level] for level in LEVELS},
        "changes": [asdict(change) for change in changes],
    }


def as_sarif(changes: Sequence[Change], old: Opened, new: Opened) -> dict[str, Any]:
    """SARIF 2.1.0, each change at its place in the new document, or in the old one where it is gone."""
    rules = sorted({change.rule for change in changes})
    results = []
    for change in changes:
        side, pointer = (new, change.new) if change.new else (old, change.old)
        file, line = side.place(pointer)
        results.append(
            {
                "ruleId": change.rule,
                "ruleIndex": rules.index(change.rule),
                "level": _SARIF[change.level],
                "message": {"text": " ".join(f"{change.operation} {change.place} {change.message}".split())},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": file.replace("\\", "/")},
                            "region": {"startLine": max(line, 1)},
                        },
                        "logicalLocations": [{"fullyQualifiedName": pointer or "/"}],
                    }
                ],
            }
        )
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "contracts diff",
                        "version": __version__,
                        "rules": [{"id": rule, "name": rule} for rule in rules],
                    }
                },
                "results": results,
            }
        ],
    }
