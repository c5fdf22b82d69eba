"""Why documents differ where that is known: patterns and causes from a file; finds no difference itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from contracts.diff.changes import Change
from mockserver.openapi import yaml
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.sources import read_bytes

# A correction of the vendor's document, another version, an open question, the same said in another form.
CAUSES = ("correction", "version", "open", "form")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause for changes whose rule, operation and place fit one of its patterns each."""

    cause: str
    why: str
    rules: tuple[str, ...]
    operations: tuple[str, ...]
    places: tuple[str, ...]

    def fits(self, change: Change) -> bool:
        """Whether it explains that change."""
        return (
            _any(change.rule, self.rules)
            and _any(change.operation, self.operations)
            and _any(change.place, self.places)
        )


def _any(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in patterns)


def read_explanations(path: Path) -> list[Explanation]:
    """The explanations of a file. SpecificationError for one that says nothing, or something unknown."""
    label = str(path)
    data = yaml.read(read_bytes(path, label), label)
    listed = data.get("explained") if isinstance(data, dict) else None
    problems: list[Problem] = []
    found: list[Explanation] = []
    for index, raw in enumerate(listed if isinstance(listed, list) else ()):
        problem = _fault(raw)
        if problem:
            problems.append(Problem(label, 0, f"/explained/{index}", problem))
            continue
        found.append(
            Explanation(
                raw["cause"],
                " ".join(raw["why"].split()),
                tuple(raw.get("rules", ["*"])),
                tuple(raw.get("operations", ["*"])),
                tuple(raw.get("places", ["*"])),
            )
        )
    if not found and not problems:
        problems.append(Problem(label, 0, "/explained", "explains nothing", "a list of cause, why, rules, …"))
    if problems:
        raise SpecificationError(problems)
    return found


def _fault(raw: Any) -> str:
    if not isinstance(raw, dict):
        return "is no mapping"
    unknown = set(raw) - {"cause", "why", "rules", "operations", "places"}
    if unknown:
        return f"the key {min(unknown)!r} is not known"
    if raw.get("cause") not in CAUSES:
        return f"the cause is one of {', '.join(CAUSES)}"
    if not isinstance(raw.get("why"), str):
        return "says not why"
    lists = [raw[key] for key in ("rules", "operations", "places") if key in raw]
    if not all(isinstance(each, list) and all(isinstance(one, str) for one in each) for each in lists):
        return "rules, operations and places are lists of patterns"
    return ""


def explain(
    changes: Sequence[Change], explanations: Sequence[Explanation]
) -> tuple[list[tuple[Change, Explanation]], list[Change], list[Explanation]]:
    """Changes with their explanation, those that have none, and explanations that nothing needs."""
    told: list[tuple[Change, Explanation]] = []
    left: list[Change] = []
    used: set[int] = set()
    for change in changes:
        for number, each in enumerate(explanations):
            if each.fits(change):
                told.append((change, each))
                used.add(number)
                break
        else:
            left.append(change)
    return told, left, [each for number, each in enumerate(explanations) if number not in used]
