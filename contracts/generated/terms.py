"""A document with our facts, as Schemathesis understands them; changes a copy and sends nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from mockserver.openapi.contract import Contract, Operation
from mockserver.openapi.positions import escape

# What Schemathesis itself takes for a refusal, and what is too long.
REFUSED = (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx")
# What a good request may be answered with where a schema cannot say all that is asked of it.
UNTOLD = (400, 401, 402, 403, 404, 406, 409, 410, 412, 422)


def in_its_terms(contract: Contract, cursors: Mapping[tuple[str, str], Sequence[str]]) -> dict[str, Any]:
    """A copy of the document: paths below one server, rows with links, opaque values as given.

    `cursors` are those, by operation and parameter; where there are none the parameter is left out.
    """
    data = copy.deepcopy(dict(contract.data))
    if "servers" in data or any("servers" in item for item in data["paths"].values()):
        _on_one_server(data, contract)
    for operation in contract.operations:
        item = data["paths"][_path(operation)]
        _opaque(data, item, operation, cursors)
    _link(data, contract)
    return data


def _path(operation: Operation) -> str:
    return operation.address


def _on_one_server(data: dict[str, Any], contract: Contract) -> None:
    """Every path from the root: Schemathesis takes the answers of another server for somebody else's."""
    bases = {operation.path: operation.base for operation in contract.operations}
    root = next((each["url"] for each in data.get("servers", ()) if "://" in str(each.get("url"))), "")
    parts = urlsplit(root)
    data["servers"] = [{"url": f"{parts.scheme}://{parts.netloc}" if root else "/"}]
    data["paths"] = {
        bases.get(path, contract.base_path) + path: {
            name: (
                {inner: each for inner, each in part.items() if inner != "servers"}
                if isinstance(part, dict)
                else part
            )
            for name, part in item.items()
            if name != "servers"
        }
        for path, item in data["paths"].items()
    }


def _opaque(
    data: dict[str, Any],
    item: dict[str, Any],
    operation: Operation,
    cursors: Mapping[tuple[str, str], Sequence[str]],
) -> None:
    names = {each.name for each in operation.parameters if each.facts.get("opaque")}
    if not names:
        return
    for owner in (item, item[operation.method.lower()]):
        kept = []
        for raw in owner.get("parameters", ()):
            told = _followed(data, raw)
            if told.get("name") not in names:
                kept.append(raw)
                continue
            known = list(cursors.get((operation.id, told["name"]), ()))
            if known:
                kept.append({**told, "schema": {"type": "string", "enum": known}, "example": known[0]})
        if "parameters" in owner:
            owner["parameters"] = kept


def _link(data: dict[str, Any], contract: Contract) -> None:
    """From what makes or lists rows to what reads, changes and removes one, where no link says so yet."""
    for source in contract.operations:
        use = source.facts.get("resource", {})
        place = _place(
            use.get("wrap", "$row" if use.get("action") == "create" else "$rows"), use.get("action")
        )
        if use.get("action") not in ("create", "list") or place is None:
            continue
        field = contract.facts.get("resources", {}).get(use["kind"], {}).get("id", "id")
        if "." in field:
            continue
        responses = data["paths"][_path(source)][source.method.lower()].get("responses", {})
        for status, raw in responses.items():
            if not str(status).startswith("2"):
                continue
            response = _followed(data, raw)
            links = dict(response.get("links", {}))
            linked = {each.get("operationId") for each in links.values() if isinstance(each, Mapping)}
            for other, name in _of_row(contract, use["kind"]):
                if other.id in linked or other.id == source.id or not _named(data, other):
                    continue
                expression = f"$response.body#{place}/{escape(field)}"
                links[f"{other.id}OfThis"] = {"operationId": other.id, "parameters": {name: expression}}
            if links:
                responses[status] = {**response, "links": links}


def _named(data: Mapping[str, Any], operation: Operation) -> bool:
    return "operationId" in data["paths"][_path(operation)][operation.method.lower()]


def _of_row(contract: Contract, kind: str) -> Iterator[tuple[Operation, str]]:
    for operation in contract.operations:
        use = operation.facts.get("resource", {})
        names = [each.name for each in operation.parameters if each.place == "path"]
        if use.get("kind") == kind and use.get("action") not in ("create", "list") and len(names) == 1:
            yield operation, names[0]


def _place(wrap: Any, action: Any) -> str | None:
    """The pointer to the row in an answer: the only one, or the first of a list."""
    if wrap == "$row":
        return ""
    if wrap == "$rows":
        return "/0" if action == "list" else None
    if isinstance(wrap, Mapping):
        for name, each in wrap.items():
            inner = _place(each, action)
            if inner is not None:
                return f"/{escape(name)}{inner}"
    return None


def _followed(data: Mapping[str, Any], value: Any) -> dict[str, Any]:
    for _ in range(32):
        if not isinstance(value, Mapping) or "$ref" not in value:
            break
        at: Any = data
        for step in str(value["$ref"]).removeprefix("#").split("/")[1:]:
            at = at[step.replace("~1", "/").replace("~0", "~")]
        value = at
    return dict(value) if isinstance(value, Mapping) else {}


def expected(contract: Contract, operation: Operation) -> list[int | str]:
    """The statuses by which a request that its schema allows may be answered.

    What is not there, what was used up and what stands against it a schema cannot say; whether a body, a
    cursor or a window of time is right it often cannot. Of others a 400 or 422 is a finding.
    """
    declared = [int(status) for status in operation.responses if status.isdigit()]
    untold = [each for each in declared if each in UNTOLD]
    hard = (
        operation.method not in ("GET", "HEAD", "OPTIONS")
        or "slots" in operation.facts
        or any(each.facts.get("opaque") for each in operation.parameters)
        or contract.facts.get("versions") is not None
    )
    refused = untold if hard else [each for each in untold if each not in (400, 422)]
    return ["2xx", "3xx", 404, *refused]
