"""What a contract leaves to be wished for: how it is known, what contradicts itself; changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mockserver.openapi.anatomy import walk
from mockserver.openapi.contract import Contract, Media, Operation
from mockserver.openapi.parameters import MISSING
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import BrokenSchema, fragment
from mockserver.openapi.values import Unreadable
from mockserver.openapi.violations import Violation

Level = Literal["error", "warning", "note"]
KNOWN = ("documented", "observed", "assumed")

_JAVASCRIPT = re.compile(r"/.*/[dgimsuvy]*", re.ASCII | re.DOTALL)
_NO_ROOM = re.compile(r"/(not|if)(/|$)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth a look; `line` counts from 1, 0: not known."""

    level: Level
    pointer: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class LintReport:
    """What was found in one document. `evidence` counts operations by how they are known."""

    slug: str
    file: str
    operations: int
    evidence: Mapping[str, int]
    findings: tuple[Finding, ...]

    def share(self, known: str) -> float:
        """The share of operations known that way, in percent."""
        return 100 * self.evidence.get(known, 0) / self.operations if self.operations else 0.0

    def count(self, level: Level) -> int:
        """How many findings of that level there are."""
        return sum(finding.level == level for finding in self.findings)

    def __str__(self) -> str:
        shares = ", ".join(
            f"{self.evidence.get(known, 0)} {known} ({self.share(known):.0f} %)" for known in KNOWN
        )
        lines = [f"{self.slug}: {self.operations} operations: {shares}"]
        for finding in self.findings:
            place = f"{self.file}:{finding.line}" if finding.line else self.file
            lines.append(f"{finding.level:7} {place} {finding.pointer} {finding.message}")
        lines.append(", ".join(f"{self.count(level)} {level}s" for level in ("error", "warning", "note")))
        return "\n".join(lines)


def lint(
    contract: Contract, *, line: Callable[[str], int] | None = None, behaviours: Collection[str] = ()
) -> LintReport:
    """Examine a contract. `line` gives the line of a pointer; `behaviours` are the names done in Python."""
    found: list[tuple[Level, str, str]] = []
    for operation in contract.operations:
        found += _operation(contract, operation, behaviours)
    found += _resources(contract)
    found += _schemas(contract)
    evidence = dict.fromkeys(KNOWN, 0)
    for operation in contract.operations:
        known = operation.evidence.known
        evidence[known] = evidence.get(known, 0) + 1
    order = {"error": 0, "warning": 1, "note": 2}
    findings = [
        Finding(level, pointer, line(pointer) if line is not None else 0, message)
        for level, pointer, message in dict.fromkeys(found)
    ]
    findings.sort(key=lambda finding: order[finding.level])
    return LintReport(contract.slug, contract.file, len(contract.operations), evidence, tuple(findings))


Found = Iterator[tuple[Level, str, str]]


def _operation(contract: Contract, operation: Operation, behaviours: Collection[str]) -> Found:
    at = operation.pointer
    if not any(status[0] == "4" or status == "default" for status in operation.responses):
        yield "warning", at, f"{operation.id} declares no 4xx: what it refuses cannot be judged"
    done = operation.facts.keys() & {"resource", "behaviour"} or operation.id in behaviours
    if not done:
        yield "note", at, f"{operation.id} has neither x-resource nor behaviour: it answers from its schema"
    if operation.body is not None:
        for media in operation.body.media.values():
            yield from _media_examples(media)
    for response in operation.responses.values():
        for media in response.media.values():
            yield from _media_examples(media)
    for parameter in operation.parameters:
        for example in parameter.examples:
            try:
                value = parameter.decode(example) if isinstance(example, str) else example
                fits = parameter.check.ok(value) or parameter.check.ok(example)
            except (Unreadable, UnicodeEncodeError):
                fits = False
            if not fits:
                yield "warning", parameter.pointer, f"an example of {parameter.name} does not fit its schema"
    yield from _facts(contract, operation)


def _media_examples(media: Media) -> Found:
    if media.check is None:
        return
    for example in media.examples:
        problem = _misfit(media.check.ok, media.check.problems, example)
        if problem:
            yield "error", media.pointer.rpartition("/")[0], f"an example does not fit the schema: {problem}"


def _facts(contract: Contract, operation: Operation) -> Found:
    at = operation.pointer
    query = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    path = {parameter.name for parameter in operation.parameters if parameter.place == "path"}
    resource = operation.facts.get("resource")
    if isinstance(resource, dict):
        where = f"{at}/x-resource"
        kinds = contract.facts.get("resources", {})
        for kind in (resource.get("kind"), resource.get("parent", {}).get("kind")):
            if kind is not None and kind not in kinds:
                yield "error", f"{where}/kind", f"the kind {kind} is not in x-resources"
        for name in resource.get("filters", {}):
            if name not in query:
                yield "error", f"{where}/filters/{escape(name)}", f"{name} is not a query parameter here"
        sort = resource.get("sort", {}).get("param")
        if sort is not None and sort not in query:
            yield "error", f"{where}/sort/param", f"{sort} is not a query parameter here"
        for name in (resource.get("id"), resource.get("parent", {}).get("param")):
            if name is not None and name not in path:
                yield "error", f"{where}/id", f"{name} is not a path parameter here"
        if (
            resource.get("action") in ("read", "update", "delete", "transition")
            and "behaviour" not in operation.facts
            and not (resource.get("id") or path)
        ):
            yield "error", where, "names no row: there is no path parameter"
        if resource.get("action") == "list" and "paging" not in operation.facts:
            yield "note", at, f"the list {operation.id} has no x-paging: it answers all rows at once"
    paging = operation.facts.get("paging")
    if isinstance(paging, str):
        declared = contract.facts.get("paging", {}).get(paging)
        if declared is None:
            yield "error", f"{at}/x-paging", f"{paging} is not in the root's x-paging"
            return
        for use, name in declared.get("params", {}).items():
            if name not in query:
                yield (
                    "error",
                    f"{at}/x-paging",
                    f"{name}, the {use} of {paging}, is not a query parameter here",
                )


def _resources(contract: Contract) -> Found:
    for kind, fact in contract.facts.get("resources", {}).items():
        if not isinstance(fact, dict) or not isinstance(fact.get("schema"), str):
            continue
        at = f"/x-resources/{escape(kind)}"
        try:
            schema = contract.schemas.at(contract.schemas.target(fact["schema"].partition("#")[2]))
        except (LookupError, ValueError):
            yield "error", f"{at}/schema", f"{fact['schema']} is not there"
            continue
        names = schema.get("properties", {}) if isinstance(schema, dict) else {}
        for name in (fact.get("id"), *fact.get("sort", ())):
            if isinstance(name, str) and names and not name.startswith("_") and name.lstrip("-") not in names:
                yield "error", at, f"{name} is not a property of {fact['schema']}"


def _schemas(contract: Contract) -> Found:
    """Schemas that nothing satisfies, told where they are written, and what they show of themselves."""
    schemas = contract.schemas
    empty: list[str] = []
    for pointer, kind, node in walk(contract.data):
        if kind != "schema":
            continue
        pattern = node.get("pattern")
        if isinstance(pattern, str) and len(pattern) > 2 and _JAVASCRIPT.fullmatch(pattern):
            yield (
                "error",
                f"{pointer}/pattern",
                "the slashes of JavaScript are part of this pattern: what is meant never matches",
            )
        if schemas.unsatisfiable(pointer) and not _NO_ROOM.search(pointer):
            empty.append(pointer)
            continue
        shown = [*node["examples"]] if isinstance(node.get("examples"), list) else []
        shown += [node[key] for key in ("example", "default") if node.get(key, MISSING) is not MISSING]
        if shown:
            try:
                ok, problems = schemas.compile(pointer)
            except BrokenSchema:
                continue
            for value in shown:
                problem = _misfit(ok, problems, value)
                if problem:
                    yield "warning", pointer, f"an example or default does not fit: {problem}"
    for pointer in empty:
        node = schemas.at(pointer)
        # What only leads back here does not explain it; anything else inside does, and is told itself.
        explained = any(
            other.startswith(f"{pointer}/") and not _leads_back(schemas.at(other), pointer) for other in empty
        )
        if not explained and "$ref" not in node:
            yield "error", pointer, "no value satisfies this schema"


def _leads_back(node: Any, pointer: str) -> bool:
    reference = node.get("$ref")
    return isinstance(reference, str) and f"{pointer}/".startswith(f"{fragment(reference)}/")


def _misfit(ok: Callable[[Any], bool], problems: Callable[[Any], list[Violation]], value: Any) -> str:
    """What is wrong with a value, in a few words; "" when nothing is."""
    try:
        if ok(value):
            return ""
        first = problems(value)[0]
    except (UnicodeEncodeError, IndexError):
        return "it is not valid"
    place = "".join(f"/{part}" for part in first.path)
    return f"{place} {first.message}".strip()
