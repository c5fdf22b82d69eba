"""The README's section of a provider, from its documents: address, who may ask, limits, what is known how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import yaml

from mockserver import Mock
from mockserver.engine.service import Service
from mockserver.house import known_slugs
from mockserver.openapi.contract import Operation
from mockserver.openapi.lint import KNOWN
from mockserver.openapi.places import specs_folder

SPANS = {1: "second", 60: "minute", 3600: "hour", 86_400: "day"}


def sections() -> str:
    """Every provider's, by slug."""
    return "\n".join("\n".join(section(Mock(slug).service())) + "\n" for slug in known_slugs())


def section(service: Service) -> Iterator[str]:
    """The lines of one."""
    contract, settings = service.contract, service.settings
    path = specs_folder() / contract.slug / "provider.yaml"
    provider = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    live = provider["live"]["url"]
    yield f"### {settings.title}"
    yield ""
    yield f"`/{contract.slug}{contract.base_path}` stands for `{live}`. {counted(contract.operations)}"
    yield ""
    lines = (
        limits(contract.facts),
        versions(contract.operations),
        notes(contract.data),
        schema_only(service),
    )
    for line in chain.from_iterable(lines):
        yield f"- {line}"
    yield ""
    yield "| persona | token | who that is |"
    yield "|---|---|---|"
    tokens = {each.name: each.token for each in settings.personas}
    for name, about in provider["personas"].items():
        if about.get("scopes") == "each":
            pattern = about["name"].replace("{scope}", "…")
            beginning = about["name"].partition("{scope}")[0]
            example = next(each for each in tokens if each.startswith(beginning))
            yield f"| `{pattern}` | `{tokens[example]}`, … | {about['note']} |"
        else:
            yield f"| `{name}` | `{tokens[name]}` | {about['note']} |"
    yield ""
    yield f"<details><summary>{settings.title}'s operations, by how they are known</summary>"
    yield ""
    yield "| | documented | observed | assumed |"
    yield "|---|---|---|---|"
    for tag, operations in by_tag(contract.operations).items():
        cells = (
            ", ".join(f"`{each.id}`" for each in operations if each.evidence.known == known)
            for known in KNOWN
        )
        yield f"| {tag} | {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
    yield ""
    yield "</details>"


def counted(operations: tuple[Operation, ...]) -> str:
    """`29 operations: 13 documented (45 %), 16 assumed (55 %).`"""
    found = {known: sum(each.evidence.known == known for each in operations) for known in KNOWN}
    shares = (f"{n} {known} ({100 * n / len(operations):.0f} %)" for known, n in found.items() if n)
    return f"{len(operations)} operations: {', '.join(shares)}."


def limits(facts: Mapping[str, Any]) -> Iterator[str]:
    """One line of how often one may ask."""
    quotas = dict(facts["rate-limit"])
    usual = quotas.pop(quotas.pop("default", next(iter(quotas))))
    told = f"{pace(usual)} for each {usual['per']} ({usual['x-evidence']['known']})"
    kinds = usual.get("kinds", {})
    for most in sorted(set(kinds.values())):
        names = " and ".join(name for name, each in kinds.items() if each == most)
        told += f", {most} for those of the kinds {names}"
    if quotas:
        told += "; on their own: " + ", ".join(f"{name} {pace(quota)}" for name, quota in quotas.items())
    yield f"Quota: {told}."


def pace(quota: Mapping[str, Any]) -> str:
    """`100 a minute, 200 at once`."""
    span = SPANS.get(quota["window"], f"{quota['window']} s")
    return f"{quota['limit']} a {span}" + (f", {quota['burst']} at once" if "burst" in quota else "")


def versions(operations: tuple[Operation, ...]) -> Iterator[str]:
    """One line of dated versions, where there are some."""
    dated = [each.facts["version"] for each in operations if "version" in each.facts]
    if dated:
        dates = sorted({date for each in dated for date in each["accepts"]})
        required = sum(each["default"] == "required" for each in dated)
        yield (
            f"Dated versions: {', '.join(dates)}; {len(dated)} operations have some, {required} of them "
            "answer 404 without the header."
        )


def notes(data: Any) -> Iterator[str]:
    """One line of everything in the document that says how it is known, operations among it."""
    every = list(evidence(data))
    counts = Counter(each["known"] for each in every)
    told = ", ".join(f"{counts[known]} {known}" for known in KNOWN if counts[known])
    doubts = sum("note" in each for each in every)
    yield f"Of {len(every)} statements in its document, {told}; {doubts} have a note on what is not certain."


def evidence(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every x-evidence below."""
    if isinstance(value, Mapping):
        if isinstance(value.get("x-evidence"), Mapping):
            yield value["x-evidence"]
        for each in value.values():
            yield from evidence(each)
    elif isinstance(value, list):
        for each in value:
            yield from evidence(each)


def schema_only(service: Service) -> Iterator[str]:
    """One line of operations that keep no state."""
    idle = [each.id for each in service.contract.operations if service.plan(each).kind_of_answer == "schema"]
    names = ", ".join(f"`{id}`" for id in idle) or "none"
    yield f"Operations that answer from their schema alone: {names}."


def by_tag(operations: tuple[Operation, ...]) -> dict[str, list[Operation]]:
    """Operations by their first tag, in the document's order."""
    found: dict[str, list[Operation]] = {}
    for each in operations:
        found.setdefault(next(iter(each.tags), "Other"), []).append(each)
    return found
