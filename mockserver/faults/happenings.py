"""What happens between two requests: time passes, a token expires, somebody asks first; answers nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import orjson

from mockserver.engine.credentials import credentials
from mockserver.engine.exchange import OVERSIZED, Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.faults.kinds import Active, FaultKind
from mockserver.world.declared import DeclaredFaults

# Marks the exchanges that a fault made up, so that nobody takes them for the client's.
MARK = b"mock-meanwhile"


@contextmanager
def kept(exchange: Exchange) -> Iterator[None]:
    """What is done inside stays done, whatever becomes of the exchange itself.

    The exchange has only begun: its transaction is still empty, and is closed and opened again.
    """
    exchange.store.commit()
    try:
        yield
    finally:
        exchange.store.begin()


def jump(exchange: Exchange, active: Active) -> Reply | None:
    """Let time pass before the request is looked at."""
    seconds = float(active.params["seconds"])
    with kept(exchange):
        exchange.world.clock.advance(seconds)
        exchange.service.settle(exchange.world)
    active.note = f"{seconds:g} s passed before it"
    return None


def expire_token(exchange: Exchange, active: Active) -> Reply | None:
    """Let the token that the request carries expire for good: only another one helps."""
    token = token_of(exchange)
    if token is None:
        active.note = "cannot act: the request carries no token that is known"
        return None
    row = exchange.store.get(exchange.service.token_kind, token)
    assert row is not None
    with kept(exchange):
        past = exchange.world.clock.epoch() - 1.0
        exchange.store.put(exchange.service.token_kind, row.id, {**row.data, "expires": past})
    active.note = "its token has expired"
    return None


def token_of(exchange: Exchange) -> str | None:
    """The token that the request carries where the world knows it."""
    for alternative in exchange.plan.alternatives:
        for read in alternative.readers:
            try:
                token = read(exchange)
            except Refusal:
                continue
            if token and exchange.store.get(exchange.service.token_kind, token) is not None:
                return token
    return None


def meanwhile(exchange: Exchange, active: Active) -> Reply | None:
    """Let somebody else ask first: the same, or what `request` says. Faults do not meet him."""
    request = active.params.get("request")
    if request is None and exchange.body is OVERSIZED:
        active.note = "cannot act: the body was too large to be asked twice"
        return None
    with kept(exchange):
        made = _same(exchange) if request is None else _other(exchange, request)
    active.note = f"somebody else asked {made.method} {made.path} first and got {made.status} ({made.id})"
    return None


def _same(exchange: Exchange) -> Exchange:
    headers = [*exchange.header_list, (MARK, exchange.id.encode())]
    return _ask(exchange, exchange.method, exchange.path, exchange.query, headers, exchange.body)


def _other(exchange: Exchange, request: Mapping[str, Any]) -> Exchange:
    service = exchange.service
    target = str(request["target"])
    method = str(request["method"])
    raw = target.partition("?")[0]
    headers: list[tuple[bytes, bytes]] = [(MARK, exchange.id.encode())]
    owner = service.settings.personas[0] if service.settings.personas else None
    if owner is not None:
        plan, _ = service.route(method, unquote(raw), raw.encode())
        carried = credentials(
            service.contract, owner.token, plan.operation, kind=owner.kind, pairs=service.settings.pairs
        )
        headers += [(name.lower().encode(), value.encode()) for name, value in carried.headers.items()]
        target = carried.on(target)
    body = b""
    if "json" in request:
        body = orjson.dumps(request["json"])
        headers.append((b"content-type", b"application/json"))
    query = target.partition("?")[2].encode()
    return _ask(exchange, method, unquote(raw), query, headers, body)


def _ask(
    exchange: Exchange,
    method: str,
    path: str,
    query: bytes,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
) -> Exchange:
    world = exchange.world
    declared, world.faults = world.faults, DeclaredFaults()
    try:
        made = exchange.service.answer(
            world, method, path, path.encode(), query, headers, dict(headers), body
        )
    finally:
        world.faults = declared
    return made


def empty(exchange: Exchange, active: Active) -> Reply | None:
    """Take away every row of the kind that a list shows; they are gone for everybody."""
    operation = exchange.plan.operation
    resource = (operation.facts.get("resource") or {}) if operation is not None else {}
    found = exchange.service.resources.get(resource.get("kind", ""))
    if found is None or resource.get("action") != "list":
        active.note = "cannot act: the operation is no list of rows"
        return None
    rows = list(exchange.store.rows(found.kind))
    with kept(exchange):
        for row in rows:
            exchange.store.remove(found.kind, row.id)
    active.note = f"{len(rows)} rows of {found.name} are gone"
    return None


REQUEST: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "properties": {
            "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
            "target": {"type": "string", "pattern": "^/"},
            "json": {},
        },
        "required": ["method", "target"],
        "additionalProperties": False,
    }
)

KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FaultKind(
                "clock-jump",
                "The world's clock goes forward by `seconds` before the request is looked at.",
                properties={"seconds": {"type": "number", "minimum": 0, "maximum": 1_000_000_000}},
                required=("seconds",),
                before=jump,
            ),
            FaultKind(
                "token-expires",
                "The token that the request carries expires, and stays so: only a new one helps.",
                before=expire_token,
            ),
            FaultKind(
                "no-rows",
                "The rows that a list shows are gone for good before it is looked at. Still legal.",
                before=empty,
            ),
            FaultKind(
                "meanwhile",
                "Somebody else asks first: the same, or `request` (`{method, target, json?}`), as the owner.",
                properties={"request": REQUEST},
                before=meanwhile,
            ),
        )
    }
)
