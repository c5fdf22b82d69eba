"""Tries out what was supposed of a document: rows, wraps and envelopes that do not hold are told."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mockserver.engine.exchange import Exchange
from mockserver.engine.judge import judge
from mockserver.engine.plan import Plan
from mockserver.engine.refusals import NotConformant
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.engine.service import Service
from mockserver.engine.settings import build_settings
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.contract import Contract, Media, Operation
from mockserver.openapi.document import Document
from mockserver.openapi.infer import Inferred
from mockserver.openapi.problems import SpecificationError
from mockserver.openapi.values import shape_of
from mockserver.world.clock import parse_clock
from mockserver.world.world import World

_INSTANT = "2026-04-06T08:00:00Z"
# At the beginning there are so many rows of each kind.
_ROWS = 2
# So many bodies are tried: a row may have to be shorter than what a request may hold.
_BODIES = 3
# So many members may have to be left away before a row fits.
_MEMBERS = 12
# Of a body so many objects and lists are looked into.
_NODES = 100
# What the members of an error are called, and what of ours they hold.
_TOLD: Mapping[str, tuple[str, type]] = {
    **dict.fromkeys(
        ("message", "detail", "error_description", "errormessage", "msg", "reason"), ("$message", str)
    ),
    **dict.fromkeys(("status", "statuscode", "status_code", "httpstatus"), ("$status", int)),
    **dict.fromkeys(("code", "errorcode", "error_code", "type"), ("$code", str)),
    **dict.fromkeys(("error", "title"), ("$error", str)),
    **dict.fromkeys(("timestamp", "time"), ("$timestamp", str)),
    **dict.fromkeys(("path", "instance"), ("$path", str)),
    **dict.fromkeys(
        ("requestid", "request_id", "traceid", "trace_id", "correlationid"), ("$request-id", str)
    ),
}


def try_out(slug: str, data: dict[str, Any], inferred: Inferred) -> list[tuple[str, str]]:
    """The operations whose x-resource cannot be bound, or whose answer about a row breaks the document."""
    wrong: list[tuple[str, str]] = []
    for _ in range(len(inferred.uses) + 1):
        try:
            contract = compile_contract(_document(data), slug)
            service = Service(contract, replace(build_settings(contract, None), prepared=False))
            break
        except SpecificationError as error:
            at = {_key(contract, problem.pointer) for problem in error.problems} - {None}
            if not at:
                raise
            wrong += [each for each in at if each is not None]
            data = _without(data, wrong)
    rows = _rows(service, inferred)
    world = World("trial", 1, "empty", parse_clock(_INSTANT), space="trial")
    service.define(world)
    for kind, made in rows.items():
        resource = service.resources[kind]
        for row in made:
            world.store.insert(resource.kind, row[resource.id_field], dict(row))
    for operation in contract.operations:
        key = (operation.method.lower(), operation.path)
        if (
            key in inferred.uses
            and key not in wrong
            and not _works(service, world, operation, rows, inferred)
        ):
            wrong.append(key)
    return wrong


def _document(data: dict[str, Any]) -> Document:
    return Document("openapi.json", data, "", (), (Path("openapi.json"),), {})


def _key(contract: Contract, pointer: str) -> tuple[str, str] | None:
    for operation in contract.operations:
        if pointer.startswith(operation.pointer):
            return operation.method.lower(), operation.path
    return None


def _without(data: dict[str, Any], wrong: list[tuple[str, str]]) -> dict[str, Any]:
    paths = dict(data["paths"])
    for method, path in wrong:
        kept = {
            key: value for key, value in paths[path][method].items() if key not in ("x-resource", "x-paging")
        }
        paths[path] = {**paths[path], method: kept}
    return {**data, "paths": paths}


def _works(
    service: Service,
    world: World,
    operation: Operation,
    rows: Mapping[str, list[dict[str, Any]]],
    inferred: Inferred,
) -> bool:
    """Whether the behaviour answers from a row as the document says; alone, so that nothing else refuses."""
    use = inferred.uses[operation.method.lower(), operation.path]
    try:
        plan = service.plan(operation)
    except (SpecificationError, NotConformant, LookupError, ValueError):
        return False
    parent = use.get("parent")
    params: dict[str, Any] = dict.fromkeys((each.key for each in operation.parameters), None)
    kinds: list[tuple[str, str]] = []
    if use["action"] not in ("create", "list"):
        kinds.append((use["kind"], use["id"]))
    if parent is not None:
        kinds.append((parent["kind"], parent["param"]))
    for kind, param in kinds:
        if not rows.get(kind):
            return False
        params[param] = rows[kind][0][service.resources[kind].id_field]
    named = {param for _, param in kinds}
    for each in operation.parameters:
        if each.key in named and (each.shape.is_array or each.shape.is_object):
            return False  # it names several
        if each.place == "path" and params.get(each.key) is None:
            params[each.key] = "1"
    left: dict[str, None] = {}
    for body in _bodies(service.contract, operation):
        for _ in range(_MEMBERS):
            world.store.begin()
            try:
                exchange = Exchange(
                    service, world, plan, operation.method, operation.path, (), b"", (), {}, b""
                )
                exchange.params = dict(params)
                exchange.data = _but(body, left)
                if not _answered(plan, exchange):
                    return False
                break
            except NotConformant as error:
                # A row cannot hold what a request may: it does not take these members over.
                more = {text[1:].partition(" ")[0].partition("/")[0] for text in error.problems} & _names(
                    body
                )
                if use["action"] not in ("create", "update") or not more - left.keys():
                    return False
                left |= dict.fromkeys(sorted(more))
            except Exception:
                # Whatever goes wrong with what was supposed: it is not supposed any more.
                return False
            finally:
                world.store.rollback()
        else:
            return False
    if left:
        use["leave"] = list(left)
    return True


def _but(body: Any, left: Mapping[str, None]) -> Any:
    if not left or not isinstance(body, dict):
        return body
    return {name: value for name, value in body.items() if name not in left}


def _names(body: Any) -> set[str]:
    return set(body) if isinstance(body, dict) else set()


def _answered(plan: Plan, exchange: Exchange) -> bool:
    reply = plan.behaviour(exchange)
    judge(exchange, reply)
    return reply.status < 400


def _bodies(contract: Contract, operation: Operation) -> list[Any]:
    """Some bodies that the document allows; one that is None where there is none."""
    if operation.body is None:
        return [None]
    for media in operation.body.media.values():
        if media.content_type.endswith("json"):
            try:
                drawn = [
                    sample(media.schema, contract.data, seed=seed, check=media.check)
                    for seed in range(_BODIES)
                ]
            except Unsatisfiable:
                return [None]
            if media.check is not None:
                drawn[0] = _fuller(contract, drawn[0], media)
                drawn += [_least(drawn[0], media.check.ok, keep) for keep in ((), (dict, list))]
                drawn += [_odd(drawn[0], media.check.ok, last) for last in (False, True)]
            return drawn
    return [None]


def _fuller(contract: Contract, body: Any, media: Media) -> Any:
    """The body with the members that it leaves out: an example often shows the least."""
    if not isinstance(body, dict) or media.check is None:
        return body
    for name, schema in shape_of(media.schema, contract.schemas).properties.items():
        if name in body:
            continue
        try:
            more = {**body, name: sample(schema, contract.data, seed=1)}
        except Unsatisfiable:
            continue
        if media.check.ok(more):
            body = more
    return body


def _least(body: Any, ok: Callable[[Any], bool], keep: tuple[type, ...]) -> Any:
    """What is left of a body without whatever it can do without, but for values of the types to `keep`."""
    if not isinstance(body, (dict, list)):
        return body
    whole = copy.deepcopy(body)
    pending: list[Any] = [whole]
    for _ in range(_NODES):
        if not pending:
            break
        node = pending.pop()
        if isinstance(node, dict):
            for name in list(node):
                value = node.pop(name)
                if isinstance(value, keep) or not ok(whole):
                    node[name] = value
                    pending.append(value)
        elif isinstance(node, list):
            pending += node
    return whole


def _odd(body: Any, ok: Callable[[Any], bool], last: bool) -> Any:
    """A body whose texts, numbers and lists are what nobody expects, as far as the document allows."""
    if not isinstance(body, (dict, list)):
        return body
    whole = copy.deepcopy(body)
    pending: list[Any] = [whole]
    for _ in range(_NODES):
        if not pending:
            break
        node = pending.pop()
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            value = node[key]
            for other in reversed(_other(value)) if last else _other(value):
                node[key] = other
                if ok(whole):
                    break
                node[key] = value
            if node[key] is value and isinstance(value, (dict, list)):
                pending.append(value)
    return whole


def _other(value: Any) -> tuple[Any, ...]:
    if isinstance(value, bool) or value is None:
        return ()
    if isinstance(value, str):
        return ("", "\u00e4 ", "\u00e4 " * 2_000)
    if isinstance(value, (int, float)):
        return (-(2**31), 0.5, 2**31 - 1)
    return ([], value * 20) if isinstance(value, list) and len(value) < 5 else ()


def _rows(service: Service, inferred: Inferred) -> dict[str, list[dict[str, Any]]]:
    """Two rows of each kind, children below the first of their parents."""
    contract = service.contract
    parents = {use["kind"]: use["parent"] for use in inferred.uses.values() if "parent" in use}
    rows: dict[str, list[dict[str, Any]]] = {}
    for kind in inferred.kinds:
        resource = service.resources.get(kind)
        if resource is None:
            continue
        made: list[dict[str, Any]] = []
        for number in range(1, 8 * _ROWS):
            row = _row(contract, resource.schema, number)
            if row is None or not isinstance(row.get(resource.id_field), (str, int)):
                break
            if all(row[resource.id_field] != other[resource.id_field] for other in made):
                made.append(row)
            if len(made) == _ROWS:
                break
        if made:
            rows[kind] = made
    for kind, parent in parents.items():
        above = rows.get(parent["kind"])
        for row in rows.get(kind, ()) if above is not None else ():
            assert above is not None
            row.setdefault(parent["field"], above[0][service.resources[parent["kind"]].id_field])
    return rows


def _row(contract: Contract, pointer: str, seed: int) -> dict[str, Any] | None:
    check = contract.schemas.check(pointer)
    try:
        value = sample({"$ref": f"#{pointer}"}, contract.data, seed=seed, check=check)
    except Unsatisfiable:
        return None
    return value if isinstance(value, dict) else None


def first_rows(slug: str, data: dict[str, Any], inferred: Inferred) -> dict[str, list[dict[str, Any]]]:
    """Rows to begin with, by kind."""
    contract = compile_contract(_document(data), slug)
    used = {use["kind"] for use in inferred.uses.values()}
    service = Service(contract, replace(build_settings(contract, None), prepared=False))
    return {kind: rows for kind, rows in _rows(service, inferred).items() if kind in used}


def error_envelope(data: dict[str, Any]) -> Any:
    """What most declared errors look like, as a template of refusals; None where none is declared."""
    contract = compile_contract(_document(data), "imported")
    seen: Counter[str] = Counter()
    shapes: dict[str, Any] = {}
    for operation in contract.operations:
        for status, response in operation.responses.items():
            if status[0] not in "45d":
                continue
            for media in response.media.values():
                if not media.content_type.endswith("json") or media.check is None:
                    continue
                seen[media.check.pointer] += 1
                shapes.setdefault(media.check.pointer, media)
    for pointer, _ in seen.most_common(1):
        media = shapes[pointer]
        value = next((each for each in media.examples if media.check.ok(each)), None)
        if value is None:
            try:
                value = sample(media.schema, contract.data, seed=400, check=media.check)
            except Unsatisfiable:
                return None
        return _template(value) if isinstance(value, dict) else None
    return None


def _template(value: Any, depth: int = 0) -> Any:
    if isinstance(value, dict) and depth < 4:
        return {key: _filled(key, each, depth) for key, each in value.items()}
    if isinstance(value, list):
        return []
    return f"\\{value}" if isinstance(value, str) and value.startswith("$") else value


def _filled(key: str, value: Any, depth: int) -> Any:
    known = _TOLD.get(key.lower().replace("-", "_"))
    if known is not None and type(value) is known[1]:
        return known[0]
    if known is not None and type(value) is int and known[0] == "$code":
        return "$status"
    return _template(value, depth + 1)
