"""How what a request created is taken away again, as links and facts say; sends nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from contracts.answer import NOTHING, Answer
from mockserver.openapi.contract import Contract, Operation

ENDINGS = frozenset({"cancel", "delete", "remove", "disconnect", "revoke"})


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes a row away, and what shows afterwards that it is gone ("" where nothing does).

    `names` are the values in the path that name it: first the row's own, then those of what it is in.
    """

    operation: str
    method: str
    target: str
    body: str
    read: str
    read_operation: str
    names: tuple[str, ...]

    @property
    def place(self) -> str:
        """The path of the row itself: what is there and below is its own. "" where no path ends with it."""
        own = quote(self.names[0], safe="") if self.names else ""
        parts = self.target.partition("?")[0].split("/")
        for index in range(len(parts) - 1, 0, -1):
            if own and parts[index] == own:
                return "/".join(parts[: index + 1])
        return ""


def creates(operation: Operation) -> bool:
    """Whether it makes a row, by its fact, or else by answering 201."""
    use = operation.facts.get("resource", {})
    if "action" in use:
        return bool(use["action"] == "create")
    return operation.method == "POST" and "201" in operation.responses


def undoable(contract: Contract, operation: Operation) -> bool:
    """Whether what it makes can be taken away."""
    return next(_ways(contract, operation), None) is not None


def undo_of(contract: Contract, operation: Operation, path: Mapping[str, str], answer: Answer) -> Undo | None:
    """How what an answer created is taken away; `path` are the values in the path of what was asked.

    None where nothing does, or where it would take away something else: what stood in that path already is
    not what was created.
    """
    value = answer.value
    if value is NOTHING:
        return None
    for way, names in _ways(contract, operation):
        found = _filled(way, names, path, value)
        if found is None:
            continue
        target, values = found
        if not values or values[0] in path.values():
            continue
        read, reader = "", ""
        for other, parameters in _links(contract, operation, "GET"):
            shown = _filled(other, parameters, path, value)
            if shown is not None and "{" in other.path:
                read, reader = shown[0], other.id
                break
        if not read:
            read, reader = _read_beside(contract, way, target)
        return Undo(way.id, way.method, target, _body(way), read, reader, values)
    return None


def _ways(contract: Contract, operation: Operation) -> Iterator[tuple[Operation, Mapping[str, str]]]:
    """(operation, its parameters as expressions) that take away what another made: by links, then by kind."""
    for other, parameters in _links(contract, operation):
        if other.method == "DELETE" or other.path.rpartition("/")[2] in ENDINGS:
            yield other, parameters
    use = operation.facts.get("resource", {})
    if "kind" not in use:
        return
    field = contract.facts.get("resources", {}).get(use["kind"], {}).get("id", "id")
    place = _place(use.get("wrap", "$row"))
    for other in contract.operations:
        mine = other.facts.get("resource", {})
        if mine.get("kind") != use["kind"] or mine.get("action") != "delete" or "{" not in other.path:
            continue
        variables = [each.name for each in other.parameters if each.place == "path"]
        name = mine.get("id") or variables[-1]
        if place is not None:
            yield other, {name: f"$response.body#{place}/{field}"}


def _links(
    contract: Contract, operation: Operation, method: str = ""
) -> Iterator[tuple[Operation, Mapping[str, str]]]:
    for status, response in operation.responses.items():
        if not status.startswith("2"):
            continue
        links = contract.schemas.at(response.pointer).get("links", {})
        for fact in links.values():
            if not isinstance(fact, Mapping):
                continue
            try:
                other = contract.operation(str(fact.get("operationId", "")))
            except KeyError:
                continue
            if not method or other.method == method:
                yield other, fact.get("parameters", {})


def _filled(
    other: Operation, parameters: Mapping[str, str], path: Mapping[str, str], value: Any
) -> tuple[str, tuple[str, ...]] | None:
    """The target of another operation and the values in its path; None where one is not known."""
    given: dict[str, str] = {}
    query: dict[str, str] = {}
    told: list[str] = []
    for name, expression in parameters.items():
        known = _expressed(expression, path, value)
        if known is None:
            return None
        name = name.rpartition(".")[2]
        if f"{{{name}}}" in other.path:
            given[name] = known
            if str(expression).startswith("$response."):
                told.append(name)
        else:
            query[name] = known
    target = other.address
    names = [each.name for each in other.parameters if each.place == "path"]
    names.sort(key=lambda name: -other.address.find(f"{{{name}}}"))
    for parameter in other.parameters:
        if parameter.place != "path":
            continue
        text = given.get(parameter.name, path.get(parameter.name))
        if text is None:
            return None
        target = target.replace(f"{{{parameter.name}}}", quote(text, safe=""))
    # The last place in a path is the row's own; where the answer did not say it, it is somebody else's.
    own = [given[name] for name in names if name in given]
    values = tuple(own) if names and names[0] in told else ()
    return (f"{target}?{urlencode(query)}" if query else target), values


def _expressed(expression: Any, path: Mapping[str, str], value: Any) -> str | None:
    text = str(expression)
    if text.startswith("$request.path."):
        return path.get(text.removeprefix("$request.path."))
    if not text.startswith("$response.body#"):
        return None if text.startswith("$") else text
    for step in text.partition("#")[2].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _place(wrap: Any) -> str | None:
    """Where in an answer the row is, as a pointer."""
    if wrap == "$row":
        return ""
    if isinstance(wrap, Mapping):
        for name, each in wrap.items():
            inner = _place(each)
            if inner is not None:
                return f"/{name}{inner}"
    return None


def _read_beside(contract: Contract, way: Operation, target: str) -> tuple[str, str]:
    """The read at the same path."""
    for other in contract.operations:
        if other.method == "GET" and other.path == way.path and other.base == way.base:
            return target.partition("?")[0], other.id
    return "", ""


def _body(operation: Operation) -> str:
    media = None if operation.body is None else operation.body.media.get("application/json")
    if media is None:
        return ""
    return json.dumps(media.examples[0] if media.examples else {})
