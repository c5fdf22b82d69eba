"""Cal.com's own document as a judge of the mock's replies; it stands beside the repository, never in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mockserver.mock import Answer
from mockserver.openapi.document import open_document
from mockserver.openapi.positions import escape
from mockserver.openapi.schemas import Schemas

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT.parent / "shared" / "upstream" / "calcom" / "openapi.json"
LISTED = Path(__file__).parent / "vendor.yaml"

REFUSALS = "refusals"


class Disagreement(NamedTuple):
    """Where the mock's reply and the vendor's document differ.

    `place` is the schema in the vendor's document, shortened (`MeOutput.organizationId`), or an operation
    (`GET /v2/me`) where its statuses are what differs; `rule` the keyword, or `status`.
    """

    place: str
    rule: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A disagreement that is known: whose fault it is, and why."""

    at: Disagreement
    cause: str
    why: str

    def means(self, found: Disagreement) -> bool:
        """Whether that is the one; `*` in its place stands for anything."""
        return found.rule == self.at.rule and fnmatchcase(found.place, self.at.place.replace("[", "[[]"))


def listed() -> list[Listed]:
    """What tests/vendor.yaml has."""
    return [
        Listed(Disagreement(*entry.rsplit(" ", 1)), group["cause"], group["why"])
        for group in yaml.safe_load(LISTED.read_text(encoding="utf-8"))["disagreements"]
        for entry in group["places"]
    ]


def as_meant(data: Any) -> Any:
    """The document with what must be meant, in the places of tests/vendor.yaml and in two kinds of schemas.

    What names its one value in words or as its default (`type` of a location, `slug` of a booking field)
    has no other, and `isDefault` is no object: else one branch of a oneOf is as good as any other.
    """
    data = deepcopy(data)
    for each in yaml.safe_load(LISTED.read_text(encoding="utf-8"))["meant"]:
        *above, last = [part.replace("~1", "/") for part in each["at"].strip("/").split("/")]
        holder = data
        for part in above:
            holder = holder[part]
        assert holder[last] != each["is"]
        holder[last] = each["is"]
    for schema in data["components"]["schemas"].values():
        properties = schema.get("properties", {})
        if properties.get("isDefault", {}).get("type") == "object":
            default = properties["isDefault"].get("default", False)
            properties["isDefault"] = {"const": default}
            if default:
                properties["slug"] = {"const": properties["slug"]["default"]}
        only = re.fullmatch(
            r"[Oo]nly allowed value for type is `(\w+)`", properties.get("type", {}).get("description", "")
        )
        if only is not None:
            properties["type"] = {"const": only[1]}
    return data


def plain(path: str) -> str:
    """A path in which parameters have no names."""
    return re.sub(r"\{[^}]*\}", "{}", path)


class Vendor:
    """The vendor's document, or what it must mean, ready to judge."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._schemas = Schemas(self._data)
        self.operations: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {
            (method.upper(), plain(path)): (f"/paths/{escape(path)}/{method}", operation)
            for path, item in self._data["paths"].items()
            for method, operation in item.items()
            if method in ("get", "post", "put", "patch", "delete")
        }

    def disagreements(self, answer: Answer) -> Iterator[Disagreement]:
        """What the document has against a reply; nothing where it does not have the operation."""
        operation = answer.exchange.plan.operation
        if operation is None or (key := (operation.method, plain(operation.address))) not in self.operations:
            return
        pointer, declared = self.operations[key]
        responses = declared["responses"]
        status = str(answer.status)
        if status not in responses:
            if answer.status >= 400:
                # Whatever is refused: the document knows no refusals at all.
                yield Disagreement(REFUSALS, "status")
            else:
                wanted = "/".join(sorted(responses))
                yield Disagreement(f"{' '.join(key)} {status} for {wanted}", "status")
            return
        told = answer.headers.get("content-type", "").partition(";")[0]
        for media in responses[status].get("content", ()):
            if told != media:
                yield Disagreement(f"{' '.join(key)} {media}", "content")
                continue
            check = self._schemas.check(f"{pointer}/responses/{status}/content/{escape(media)}/schema")
            for found in check.problems(answer.json):
                name = str(found.path[-1]) if found.rule in ("required", "additionalProperties") else ""
                yield Disagreement(self._short(found.schema_pointer, name), found.rule)

    def _short(self, pointer: str, name: str) -> str:
        """`Component.property[]` for a pointer to a keyword; what is no component goes by its operation."""
        parts = pointer.strip("/").split("/")[:-1]
        if parts[:2] == ["components", "schemas"]:
            short, rest = parts[2], parts[3:]
        else:
            path = parts[1].replace("~1", "/").replace("~0", "~")
            short, rest = f"{parts[2].upper()} {plain(path)}", parts[parts.index("schema") + 1 :]
        steps = iter(rest)
        for step in steps:
            if step == "properties":
                short += f".{next(steps)}"
            elif step == "items":
                short += "[]"
            elif step in ("oneOf", "anyOf", "allOf"):
                short += f"|{next(steps)}"
            else:
                short += f"/{step}"
        return f"{short}.{name}" if name else short


class Judge:
    """Both readings of the document at once."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._readings = (Vendor(data), Vendor(as_meant(data)))
        self.operations = self._readings[0].operations

    def disagreements(self, answer: Answer) -> set[Disagreement]:
        """What either has against a reply."""
        return {found for reading in self._readings for found in reading.disagreements(answer)}


@cache
def judge() -> Judge:
    """The document beside the repository, read once."""
    return Judge(open_document(DOCUMENT).data)
