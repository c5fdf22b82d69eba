"""Reads Cal.com's contract and the pages of its seed, for the tests of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockserver.openapi.document import Document, open_document
from mockserver.openapi.schemas import Schemas

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs" / "calcom"
SEEDS = ROOT.parent / "shared" / "seeds"
NEWEST = "newest"
VERSIONS = (NEWEST, "2024-08-13")

seeds = [
    pytest.mark.seeds,
    pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds are not beside the repository"),
]

# A page of the reference: its title, its address, and the operation that it describes, all on one line.
PAGE = re.compile(
    r"# ([^#]*?) Source: (https://cal\.com/docs/api-reference/v2/\S+) /api-reference/v2/openapi\.json "
    r"(get|post|put|patch|delete) /v2(/\S+)(.*?)(?= # [A-Z][^#]*? Source: https://|\Z)",
    re.DOTALL,
)
SCOPE = re.compile(r"requires? the `([A-Z_]+_(?:READ|WRITE))` scope|the `([A-Z_]+_(?:READ|WRITE))` scope is")


@dataclass(frozen=True, slots=True)
class Page:
    """What the seed says of one operation."""

    title: str
    method: str
    path: str
    text: str

    @property
    def scopes(self) -> list[str]:
        return [first or second for first, second in SCOPE.findall(self.text)]


@dataclass(frozen=True, slots=True)
class Cal:
    """The document of one version."""

    document: Document
    schemas: Schemas

    @property
    def data(self) -> Mapping[str, Any]:
        return self.document.data

    def resolve(self, value: Any) -> Any:
        while isinstance(value, dict) and "$ref" in value:
            value = self.schemas.at(value["$ref"].removeprefix("#"))
        return value

    def operations(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """operationId, method, path, operation."""
        for path, item in self.data["paths"].items():
            shared = item.get("parameters", [])
            for method, operation in item.items():
                if method != "parameters":
                    own = {**operation, "parameters": [*shared, *operation.get("parameters", ())]}
                    yield operation["operationId"], method, path, own

    def at(self, page: Page) -> dict[str, Any] | None:
        """The operation that a page describes; None where the document does not have it."""
        found: dict[str, Any] | None = self.data["paths"].get(page.path, {}).get(page.method)
        return found

    def parameters(self, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [self.resolve(parameter) for parameter in operation.get("parameters", ())]

    def complaints(self, schema: Any, value: Any) -> list[str]:
        return [
            f"{problem.path} {problem.message}"
            for problem in self.schemas.check_inline(schema).problems(value)
        ]

    def bodies(self, operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The media types of its request, where it has any."""
        yield from self.resolve(operation.get("requestBody", {})).get("content", {}).values()


def opened(version: str) -> Cal:
    overlays = [] if version == NEWEST else [SPECS / f"{version}.overlay.yaml"]
    document = open_document(SPECS / "openapi.yaml", overlays=overlays)
    return Cal(document, Schemas(document.data))


def seed() -> str:
    return next(SEEDS.glob("004_*.txt")).read_text(encoding="utf-8")


def pages() -> list[Page]:
    return [Page(title, method, path, text) for title, _, method, path, text in PAGE.findall(seed())]


def alternatives(operation: Mapping[str, Any]) -> dict[str, list[str]]:
    """By security scheme, the scopes asked for; a public operation has no other name than ''."""
    return {
        name: scopes
        for alternative in operation["security"]
        for name, scopes in (alternative or {"": []}).items()
    }


def walk(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that is no example."""
    if isinstance(value, dict):
        yield place, value
        for key, inner in value.items():
            if key not in {"example", "examples", "default", "const", "enum"}:
                yield from walk(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk(inner, f"{place}/{number}")


def walk_schemas(data: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with `properties` that is no property itself."""
    for place, holder in walk(data):
        if isinstance(holder.get("properties"), dict) and not place.endswith("/properties"):
            yield place, holder


def examples_of(holder: Mapping[str, Any]) -> Sequence[Any]:
    named = holder.get("examples", {})
    found = [example["value"] for example in named.values()] if isinstance(named, dict) else list(named)
    return [*found, holder["example"]] if "example" in holder else found
