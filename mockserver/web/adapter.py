"""ASGI in front of the engine: bytes in, one exchange, bytes out; knows no provider and no rule."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from mockserver.engine.exchange import BODY_LIMIT, OVERSIZED, Exchange, Reply, Wire
from mockserver.engine.service import Service
from mockserver.web.hangups import ClientGone, ConnectionDropped
from mockserver.world.world import World
from mockserver.world.worlds import Worlds

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A provider's request: its service, its world, and its path below both, decoded and as it came.
Found = tuple[Service, World, str, bytes]

# The extension of an ASGI scope under which an exchange comes that was answered already.
ANSWERED = "understudy.answered"

# What is still read, and thrown away, of a body that is too large, so that the client gets to the answer.
DRAIN_LIMIT = 32 * BODY_LIMIT
BODILESS = frozenset({204, 304})


class Adapter:
    """The outermost ASGI application: a provider's traffic goes to its engine, the rest to `control`.

    `/<slug>/…` and `/w/<world>/<slug>/…` are providers. A provider also has the root: the only one always,
    of several each under its own name, `<slug>.localhost`, which leads to this machine everywhere.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        worlds: Worlds,
        control: App,
        after: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._services = services
        self._worlds = worlds
        self._control = control
        self._after = after
        self._only = next(iter(services.values())) if len(services) == 1 else None
        self._by_host = {f"{slug}.localhost".encode(): service for slug, service in services.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            await self._control(scope, receive, send)
            return
        answered: Exchange | None = (scope.get("extensions") or {}).get(ANSWERED)
        if answered is not None:
            await self._send(answered, scope, receive, send)
            return
        path: str = scope["path"]
        header_list = scope["headers"]
        headers = dict(header_list)
        found = self.find(path, scope.get("raw_path") or path.encode(), headers)
        if found is None:
            await self._control(scope, receive, send)
            return
        body = b""
        if b"content-length" in headers or b"transfer-encoding" in headers:
            body = await read_body(receive)
        exchange = self.answer(found, scope["method"], scope["query_string"], header_list, headers, body)
        await self._send(exchange, scope, receive, send)

    async def _send(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        reply = exchange.reply
        assert reply is not None
        try:
            if reply.wire is None:
                start = {"type": "http.response.start", "status": reply.status}
                await send({**start, "headers": head(exchange, reply)})
                await send({"type": "http.response.body", "body": reply.body})
            else:
                await _send_spoilt(exchange, reply, reply.wire, scope, receive, send)
        finally:
            self.told(exchange)

    def answer(
        self,
        found: Found,
        method: str,
        query: bytes,
        header_list: Sequence[tuple[bytes, bytes]],
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> Exchange:
        """The exchange of a request that was found to be a provider's, with its reply."""
        service, world, path, raw_path = found
        return service.answer(world, method, path, raw_path, query, header_list, headers, body)

    def told(self, exchange: Exchange) -> None:
        """The answer has left: tell whoever listens (the request log)."""
        if self._after is not None:
            self._after(exchange)

    def find(self, path: str, raw_path: bytes, headers: Mapping[bytes, bytes]) -> Found | None:
        """The provider and world of a request, and its path below them; None for anything else."""
        world = self._worlds.default
        if path[:3] == "/w/":
            name, _, rest = path[3:].partition("/")
            found = self._worlds.find(name)
            if found is None or rest[:5] == "_mock":
                return None
            world = found
            path = "/" + rest
            raw_path = b"/" + raw_path[3:].partition(b"/")[2]
        slug, _, rest = path[1:].partition("/")
        service = self._services.get(slug)
        if service is not None:
            return service, world, "/" + rest, raw_path[len(slug) + 1 :] or b"/"
        if slug and slug != "_mock":
            service = self._only or self._named_by_host(headers)
        return None if service is None else (service, world, path, raw_path)

    def _named_by_host(self, headers: Mapping[bytes, bytes]) -> Service | None:
        """The provider whose name a request's Host begins with: `zeeg.localhost:4010`."""
        return self._by_host.get(headers.get(b"host", b"").partition(b":")[0].lower())


async def read_body(receive: Receive) -> bytes:
    """The whole body, or OVERSIZED for one that is larger than a request may be.

    ClientGone where it breaks off: half a request must do nothing, even where it could be read.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if message["type"] == "http.disconnect":
            raise ClientGone
        return body if len(body) <= BODY_LIMIT else OVERSIZED
    parts = [body]
    size = len(body)
    while message.get("more_body", False) and size <= DRAIN_LIMIT:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = message.get("body", b"")
        size += len(part)
        if size <= BODY_LIMIT:
            parts.append(part)
    return b"".join(parts) if size <= BODY_LIMIT else OVERSIZED


def head(exchange: Exchange, reply: Reply) -> list[tuple[bytes, bytes]]:
    """A reply's headers as they go out."""
    if reply.status in BODILESS:
        return [(b"mock-exchange", exchange.id.encode()), *reply.headers]
    if not reply.content_type:
        return [(b"content-length", b"0"), (b"mock-exchange", exchange.id.encode()), *reply.headers]
    return [
        (b"content-type", reply.content_type),
        (b"content-length", b"%d" % len(reply.body)),
        (b"mock-exchange", exchange.id.encode()),
        *reply.headers,
    ]


async def _send_spoilt(
    exchange: Exchange, reply: Reply, wire: Wire, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send a reply as a fault of the wire leaves it: late, cut short, or not at all."""
    if wire.delay:
        await asyncio.sleep(wire.delay)
    close = (scope.get("extensions") or {}).get("understudy.close")
    if wire.drop:
        if close is None:
            raise ConnectionDropped("a declared fault dropped this connection")
        await _hang_up(close, receive)
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": head(exchange, reply)})
    if wire.truncate is None or wire.truncate >= len(reply.body):
        await send({"type": "http.response.body", "body": reply.body})
        return
    await send({"type": "http.response.body", "body": reply.body[: wire.truncate], "more_body": True})
    if close is None:
        raise ConnectionDropped("a declared fault cut this answer short")
    await _hang_up(close, receive)


async def _hang_up(close: Callable[[], None], receive: Receive) -> None:
    close()
    # The server would complain about an answer that was begun and not ended; it does not once it has
    # noticed that nobody listens.
    while (await receive())["type"] != "http.disconnect":
        pass
