"""Two documents compared, operation by operation; knows OpenAPI, leaves schemas to their own comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.diff.changes import Change, Direction, Noted
from contracts.diff.schemas import SchemaDiff, Side
from mockserver.openapi.anatomy import METHODS
from mockserver.openapi.compile import base_path
from mockserver.openapi.infer_rows import follow
from mockserver.openapi.positions import escape
from mockserver.openapi.table import shape, variables

_IGNORED = frozenset({"accept", "content-type", "authorization"})


@dataclass(frozen=True, slots=True)
class _Operation:
    side: Side
    method: str
    path: str
    address: str

    @property
    def node(self) -> dict[str, Any]:
        return follow(self.side.data, self.side.pointer)[1]

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.address}"


def compare_documents(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """All that changed from one document in 3.1 to another; operations are the same by method and address."""
    noted = Noted()
    before, after = _operations(old), _operations(new)
    for key, operation in before.items():
        other = after.get(key)
        if other is None:
            deprecated = operation.node.get("deprecated") is True
            rule = f"api-removed-{'with' if deprecated else 'without'}-deprecation"
            noted.note(rule, operation.label, "", "is gone", old=operation.side.pointer)
        else:
            _compare(noted, operation, other)
    for key, operation in after.items():
        if key not in before:
            noted.note("endpoint-added", operation.label, "", "is new", new=operation.side.pointer)
    return noted.list()


def _operations(data: Mapping[str, Any]) -> dict[tuple[str, str], _Operation]:
    found: dict[tuple[str, str], _Operation] = {}
    for path, item in data.get("paths", {}).items():
        if path[:1] != "/" or not isinstance(item, dict):
            continue
        item = follow(data, f"/paths/{escape(path)}")[1]
        for method in METHODS:
            operation = item.get(method)
            if isinstance(operation, dict):
                address = base_path(operation, item, data) + path
                side = Side(data, f"{follow(data, f'/paths/{escape(path)}')[0]}/{method}")
                found[method, shape(address)] = _Operation(side, method, path, address)
    return found


def _compare(noted: Noted, old: _Operation, new: _Operation) -> None:
    before, after = old.node, new.node
    label, was, now = new.label, old.side.pointer, new.side.pointer
    if before.get("deprecated", False) != after.get("deprecated", False):
        deprecated = after.get("deprecated") is True
        noted.note(
            "endpoint-deprecated" if deprecated else "endpoint-reactivated",
            label,
            "",
            "is deprecated now" if deprecated else "is not deprecated any more",
            old=was,
            new=now,
        )
    if before.get("operationId") and before["operationId"] != after.get("operationId"):
        message = f"operationId was {before['operationId']}, is {after.get('operationId', 'not there')}"
        noted.note("api-operation-id-removed", label, "operationId", message, old=was, new=now)
    _security(noted, label, old, new)
    _parameters(noted, label, old, new)
    _body(noted, label, old, new)
    _responses(noted, label, old, new)


# Security


def _alternatives(operation: _Operation) -> dict[frozenset[str], set[str]]:
    declared = operation.node.get("security", operation.side.data.get("security")) or []
    found: dict[frozenset[str], set[str]] = {}
    for alternative in declared:
        if isinstance(alternative, dict):
            scopes = {scope for each in alternative.values() for scope in each or ()}
            found.setdefault(frozenset(alternative), set()).update(scopes)
    return found


def _security(noted: Noted, label: str, old: _Operation, new: _Operation) -> None:
    before, after = _alternatives(old), _alternatives(new)
    if before == after:
        return
    pointers = {"old": f"{old.side.pointer}/security", "new": f"{new.side.pointer}/security"}
    anybody = frozenset[str]()
    was_open, is_open = not before or anybody in before, not after or anybody in after
    if was_open and not is_open:
        noted.note(
            "api-security-added",
            label,
            "security",
            "asks for credentials now",
            old=pointers["old"],
            new=pointers["new"],
        )
    elif is_open and not was_open:
        noted.note(
            "api-security-became-optional",
            label,
            "security",
            "lets anybody in now",
            old=pointers["old"],
            new=pointers["new"],
        )
    for schemes in before.keys() - after.keys() - {anybody}:
        message = f"{' with '.join(sorted(schemes))} is not taken any more"
        noted.note(
            "api-security-removed", label, "security", message, old=pointers["old"], new=pointers["new"]
        )
    for schemes in after.keys() - before.keys() - {anybody}:
        message = f"{' with '.join(sorted(schemes))} is taken now"
        noted.note(
            "api-security-alternative-added",
            label,
            "security",
            message,
            old=pointers["old"],
            new=pointers["new"],
        )
    for schemes in before.keys() & after.keys():
        for scope in sorted(after[schemes] - before[schemes]):
            noted.note(
                "api-security-scope-added",
                label,
                "security",
                f"asks for {scope} now",
                old=pointers["old"],
                new=pointers["new"],
            )
        for scope in sorted(before[schemes] - after[schemes]):
            noted.note(
                "api-security-scope-removed",
                label,
                "security",
                f"{scope} is not asked for",
                old=pointers["old"],
                new=pointers["new"],
            )


# Parameters


@dataclass(frozen=True, slots=True)
class _Parameter:
    side: Side
    node: Mapping[str, Any]

    @property
    def required(self) -> bool:
        return self.node.get("required") is True or self.node.get("in") == "path"

    @property
    def label(self) -> str:
        return f"{self.node.get('in')}.{self.node.get('name')}"


def _listed(operation: _Operation) -> dict[tuple[str, str], _Parameter]:
    """Parameters by place and name; those of the path by their position, whatever they are called."""
    positions = {name: str(index) for index, name in enumerate(variables(operation.path))}
    found: dict[tuple[str, str], _Parameter] = {}
    item = operation.side.pointer.rpartition("/")[0]
    for owner in (item, operation.side.pointer):
        raw = follow(operation.side.data, owner)[1].get("parameters")
        for index, _ in enumerate(raw if isinstance(raw, list) else ()):
            at, node = follow(operation.side.data, f"{owner}/parameters/{index}")
            place, name = str(node.get("in")), str(node.get("name"))
            if place == "header" and name.lower() in _IGNORED:
                continue
            if place == "path" and name not in positions:
                continue
            key = positions[name] if place == "path" else name.lower() if place == "header" else name
            found[place, key] = _Parameter(Side(operation.side.data, at), node)
    return found


def _parameters(noted: Noted, label: str, old: _Operation, new: _Operation) -> None:
    before, after = _listed(old), _listed(new)
    for key, parameter in before.items():
        other = after.get(key)
        if other is None:
            if key[0] != "path":
                noted.note(
                    "request-parameter-removed",
                    label,
                    parameter.label,
                    "is gone",
                    direction="request",
                    old=parameter.side.pointer,
                )
            continue
        pointers = {"old": parameter.side.pointer, "new": other.side.pointer}
        if parameter.required != other.required:
            rule = f"request-parameter-became-{'required' if other.required else 'optional'}"
            message = f"is {'required' if other.required else 'optional'} now"
            noted.note(
                rule,
                label,
                other.label,
                message,
                direction="request",
                old=pointers["old"],
                new=pointers["new"],
            )
        if _style(parameter.node) != _style(other.node):
            message = f"is written as {_style(other.node)} now, was {_style(parameter.node)}"
            noted.note(
                "request-parameter-style-changed",
                label,
                other.label,
                message,
                direction="request",
                old=pointers["old"],
                new=pointers["new"],
            )
        first, second = _schema_of(parameter.side), _schema_of(other.side)
        if first is not None and second is not None:
            SchemaDiff(noted, label, "request", "parameter").compare(first, second, other.label)
    for key, parameter in after.items():
        if key not in before and key[0] != "path":
            rule = f"new-{'required' if parameter.required else 'optional'}-request-parameter"
            noted.note(
                rule,
                label,
                parameter.label,
                "is new and required" if parameter.required else "is new",
                direction="request",
                new=parameter.side.pointer,
            )


def _style(node: Mapping[str, Any]) -> str:
    usual = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
    style = str(node.get("style", usual.get(str(node.get("in")), "form")))
    schema = node.get("schema")
    kind = schema.get("type") if isinstance(schema, dict) else None
    explode = node.get("explode", style in ("form", "deepObject"))
    return f"{style}, {'apart' if explode else 'together'}" if kind in ("array", "object") else style


def _schema_of(side: Side) -> Side | None:
    node = follow(side.data, side.pointer)[1]
    if "schema" in node:
        return side.below("schema")
    content = node.get("content")
    if isinstance(content, dict) and content:
        return side.below("content", next(iter(content)), "schema")
    return None


# Bodies


def _resolved(side: Side) -> tuple[Side, dict[str, Any]]:
    at, node = follow(side.data, side.pointer)
    return Side(side.data, at or side.pointer), node


def _body(noted: Noted, label: str, old: _Operation, new: _Operation) -> None:
    first, before = _resolved(old.side.below("requestBody"))
    second, after = _resolved(new.side.below("requestBody"))
    if not before and not after:
        return
    required = after.get("required") is True
    if not before:
        rule = f"request-body-added-{'required' if required else 'optional'}"
        noted.note(rule, label, "body", "is new", direction="request", new=second.pointer)
        return
    if not after:
        noted.note("request-body-removed", label, "body", "is gone", direction="request", old=first.pointer)
        return
    if (before.get("required") is True) != required:
        rule = f"request-body-became-{'required' if required else 'optional'}"
        message = f"is {'required' if required else 'optional'} now"
        noted.note(rule, label, "body", message, direction="request", old=first.pointer, new=second.pointer)
    _media(noted, label, "request", "body", first, second)


def _media(noted: Noted, label: str, direction: Direction, place: str, old: Side, new: Side) -> None:
    before, after = dict(_contents(old)), dict(_contents(new))
    prefix = "request-body-media-type" if direction == "request" else "response-media-type"
    for name in before.keys() - after.keys():
        if before and not after and direction == "response":
            noted.note(
                "response-body-became-undescribed",
                label,
                place,
                f"{name} is not described any more",
                direction=direction,
                old=before[name].pointer,
                new=new.pointer,
            )
            continue
        noted.note(
            f"{prefix}-removed",
            label,
            place,
            f"{name} is gone",
            direction=direction,
            old=before[name].pointer,
        )
    for name in after.keys() - before.keys():
        if after and not before and direction == "response":
            noted.note(
                "response-body-became-described",
                label,
                place,
                f"{name} is described now",
                direction=direction,
                old=old.pointer,
                new=after[name].pointer,
            )
            continue
        noted.note(
            f"{prefix}-added", label, place, f"{name} is new", direction=direction, new=after[name].pointer
        )
    for name in before:
        if name in after:
            first, second = before[name].below("schema"), after[name].below("schema")
            subject = "property"
            SchemaDiff(noted, label, direction, subject).compare(first, second, place)


def _contents(side: Side) -> Iterator[tuple[str, Side]]:
    content = follow(side.data, side.pointer)[1].get("content")
    for name in content if isinstance(content, dict) else ():
        yield name.partition(";")[0].strip().lower(), side.below("content", name)


def _responses(noted: Noted, label: str, old: _Operation, new: _Operation) -> None:
    before, after = _by_status(old), _by_status(new)
    for status, side in before.items():
        other = after.get(status) or (after.get(f"{status[0]}XX") if status != "default" else None)
        if other is None:
            kind = "success" if status.startswith("2") else "non-success"
            noted.note(
                f"response-{kind}-status-removed",
                label,
                status,
                "is gone",
                direction="response",
                old=side.pointer,
            )
            continue
        _headers(noted, label, status, side, other)
        _media(noted, label, "response", status, side, other)
    for status, side in after.items():
        if status not in before and f"{status[0]}XX" not in before:
            kind = "success" if status.startswith("2") else "non-success"
            noted.note(
                f"response-{kind}-status-added",
                label,
                status,
                "is new",
                direction="response",
                new=side.pointer,
            )


def _by_status(operation: _Operation) -> dict[str, Side]:
    responses = follow(operation.side.data, f"{operation.side.pointer}/responses")[1]
    found = {}
    for code in responses:
        if not code.startswith("x-"):
            status = code if code == "default" else code.upper()
            found[status] = _resolved(operation.side.below("responses", code))[0]
    return found


def _headers(noted: Noted, label: str, status: str, old: Side, new: Side) -> None:
    before, after = _named_headers(old), _named_headers(new)
    for name, side in before.items():
        place = f"{status}/headers/{name}"
        other = after.get(name)
        required = follow(side.data, side.pointer)[1].get("required") is True
        if other is None:
            rule = f"{'required' if required else 'optional'}-response-header-removed"
            noted.note(rule, label, place, "is gone", direction="response", old=side.pointer)
            continue
        now = follow(other.data, other.pointer)[1].get("required") is True
        if required != now:
            rule = f"response-header-became-{'required' if now else 'optional'}"
            message = f"is {'required' if now else 'optional'} now"
            noted.note(rule, label, place, message, direction="response", old=side.pointer, new=other.pointer)
        first, second = _schema_of(side), _schema_of(other)
        if first is not None and second is not None:
            SchemaDiff(noted, label, "response", "header").compare(first, second, place)
    for name, side in after.items():
        if name not in before:
            noted.note(
                "response-header-added",
                label,
                f"{status}/headers/{name}",
                "is new",
                direction="response",
                new=side.pointer,
            )


def _named_headers(side: Side) -> dict[str, Side]:
    headers = follow(side.data, side.pointer)[1].get("headers")
    return {
        name.lower(): _resolved(side.below("headers", name))[0]
        for name in (headers if isinstance(headers, dict) else ())
    }
