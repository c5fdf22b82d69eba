"""An exchange told to a person: what came, what left, and why; shows no secret and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import orjson

from mockserver.engine.exchange import OVERSIZED, Exchange, Reply, Wire
from mockserver.world.clock import instant_of, iso_micro

SHOWN_BYTES = 65_536
SHORTEST_SECRET = 4

Secrets = Sequence[tuple[bytes, bytes]]


def summary(exchange: Exchange) -> dict[str, Any]:
    """An exchange in a line: the fields of the control API's ExchangeSummary."""
    stop = exchange.stop
    hide = Hider(secrets_of(exchange))
    return {
        "id": exchange.id,
        "at": moment(exchange),
        "provider": exchange.provider,
        "operation": exchange.operation,
        "method": exchange.method,
        "path": hide.text(exchange.path),
        "status": exchange.status,
        "persona": exchange.caller.persona if exchange.caller is not None else None,
        "stage": stop.stage if stop is not None else None,
        "rule": stop.rule if stop is not None else None,
        "reason": hide.text(exchange.reason),
    }


def explain(exchange: Exchange) -> dict[str, Any]:
    """Everything about an exchange: the fields of the control API's Explanation."""
    stop = exchange.stop
    hide = Hider(secrets_of(exchange))
    body = b"" if exchange.body is OVERSIZED else exchange.body
    return {
        **summary(exchange),
        "query": hide.text(exchange.query.decode("latin-1")),
        "pointer": (stop.pointer or None) if stop is not None else exchange.plan.pointer or None,
        "evidence": evidence(exchange),
        "detail": hide.text(stop.detail) if stop is not None and stop.detail else None,
        "warnings": [hide.text(warning) for warning in exchange.warnings or ()],
        "faults": [
            {
                "fault": fault.kind.name,
                "source": fault.source,
                "params": dict(fault.params),
                "note": fault.note,
            }
            for fault in exchange.faults or ()
        ],
        "duration_us": getattr(exchange, "duration_us", None),
        "request": {
            "headers": shown_headers(exchange.header_list, hide),
            **shown_body(body, header_value(exchange.header_list, b"content-type"), hide),
        },
        "response": None if exchange.reply is None else _response(exchange.reply, hide),
    }


def moment(exchange: Exchange) -> str | None:
    """When it was, on the world's clock; None where nothing in the exchange asked for the time."""
    at: datetime | float | None = exchange._reading
    return None if at is None else iso_micro(instant_of(at))


def evidence(exchange: Exchange) -> dict[str, str] | None:
    """How we know what the operation does; None for a path or verb that is not there."""
    operation = exchange.plan.operation
    if operation is None:
        return None
    known = operation.evidence
    return {"known": known.known, "source": known.source, "note": known.note}


class Hider:
    """Takes secrets out of what is shown, by their value, wherever they stand."""

    def __init__(self, secrets: Secrets) -> None:
        # Longest first: a token that begins with another one must not leave its end behind.
        self._secrets = sorted(secrets, key=lambda pair: -len(pair[0]))

    def bytes(self, content: bytes) -> bytes:
        """The content with each secret replaced by what it is."""
        for secret, label in self._secrets:
            if secret in content:
                content = content.replace(secret, label)
        return content

    def text(self, content: str) -> str:
        """As `bytes`, for text."""
        return self.bytes(content.encode("utf-8", "replace")).decode("utf-8", "replace")


def secrets_of(exchange: Exchange) -> Secrets:
    """What must not be shown of an exchange: every token of its world and every credential it carried.

    A token that the world knows becomes `<token of owner>`, any other credential `***`.
    """
    found: dict[bytes, bytes] = {}
    for value in _credentials(exchange):
        if len(value) >= SHORTEST_SECRET:
            found[value] = b"***"
    for row in exchange.world.store.rows(exchange.service.token_kind):
        label = f"<token of {row.data.get('persona') or 'nobody'}>".encode()
        for token in {str(row.id).encode(), quote(str(row.id), safe="").encode()}:
            if len(token) >= SHORTEST_SECRET:
                found[token] = label
    return list(found.items())


def _credentials(exchange: Exchange) -> Iterator[bytes]:
    schemes = exchange.service.contract.security_schemes.values()
    keys = [scheme for scheme in schemes if scheme.get("type") == "apiKey"]
    headers = {str(key.get("name", "")).lower().encode() for key in keys if key.get("in") == "header"}
    queries = {str(key.get("name", "")).encode() for key in keys if key.get("in") == "query"}
    for name, value in exchange.header_list:
        name = name.lower()
        if name in (b"authorization", b"proxy-authorization"):
            yield value.partition(b" ")[2].strip() or value
        elif name in headers:
            yield value.strip()
        elif name in (b"cookie", b"set-cookie"):
            for part in value.split(b";"):
                yield part.partition(b"=")[2].strip()
    for pair in exchange.query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if unquote_to_bytes(name) in queries:
            yield value
            yield unquote_to_bytes(value)


def shown_headers(headers: Iterable[tuple[bytes, bytes]], hide: Hider) -> dict[str, str]:
    """Headers by lower-case name, several of one name joined; credentials hidden whatever they hold."""
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        value = hide.bytes(raw_value).decode("latin-1")
        if name in ("authorization", "proxy-authorization", "mock-control-token"):
            scheme, space, rest = value.partition(" ")
            value = value if rest.startswith("<token of ") else f"{scheme}{space}***" if space else "***"
        elif name in ("cookie", "set-cookie"):
            value = _hidden_cookies(value)
        shown[name] = f"{shown[name]}, {value}" if name in shown else value
    return shown


def _hidden_cookies(value: str) -> str:
    parts = [part.strip().partition("=") for part in value.split(";")]
    return "; ".join(
        f"{name}={text if text.startswith('<token of ') else '***'}" if equals else name
        for name, equals, text in parts
    )


def shown_body(body: bytes, content_type: bytes, hide: Hider) -> dict[str, Any]:
    """A body as a JSON value where it is one, else as text; only the beginning of a long one."""
    size = len(body)
    cut = size > SHOWN_BYTES
    content = hide.bytes(body)
    shown: Any = None
    if size and not cut and b"json" in content_type.lower():
        try:
            shown = orjson.loads(content)
        except orjson.JSONDecodeError:
            shown = content.decode("utf-8", "replace")
    elif size:
        # Hidden first and cut then, so that the cut leaves no half of a secret.
        shown = content[:SHOWN_BYTES].decode("utf-8", "replace")
    return {"body": shown, "body_bytes": size, "body_cut": cut}


def header_value(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    """The last header of that lower-case name; empty where there is none."""
    found = b""
    for name, value in headers:
        if name.lower() == wanted:
            found = value
    return found


def _response(reply: Reply, hide: Hider) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "status": reply.status,
        "headers": shown_headers([(b"content-type", reply.content_type), *reply.headers], hide),
        **shown_body(reply.body, reply.content_type, hide),
    }
    if reply.wire is not None:
        shown["wire"] = wire_text(reply.wire)
    return shown


def wire_text(wire: Wire) -> str:
    """What was done to the bytes: `delayed 0.5 s, dropped`."""
    told = []
    if wire.delay:
        told.append(f"delayed {wire.delay:g} s")
    if wire.drop:
        told.append("dropped")
    elif wire.truncate is not None:
        told.append(f"cut after {wire.truncate} bytes")
    return ", ".join(told) or "as it was"


def shown(value: Any) -> Any:
    """A row's or message's value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [shown(item) for item in value]
    if isinstance(value, datetime):
        return iso_micro(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value
