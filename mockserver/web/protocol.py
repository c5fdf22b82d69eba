"""uvicorn's HTTP protocol with a short way to the engine and time limits; knows bytes, no provider.

A request for a provider is answered as soon as its last byte is read, in the same call: the engine is
synchronous, so there is nothing to wait for, and the task, the events and the two coroutines that ASGI
wants for each request cost as much as the engine itself. Whatever needs more than that (the control API,
declared faults, an upgrade, `Expect: 100-continue`, a request behind one that is still being answered)
goes the usual way, through ASGI. Both ways lead to `Adapter`, and the tests send the same to both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.engine.exchange import BODY_LIMIT, OVERSIZED, Exchange
from mockserver.web.adapter import DRAIN_LIMIT
from mockserver.web.message import message

LOOK_SECONDS = 10.0
IDLE_LOOKS = 7
Headers = list[tuple[bytes, bytes]]


class Direct(Protocol):
    """An application that can also answer at once, without ASGI."""

    def find(self, path: str, raw_path: bytes, headers: Mapping[bytes, bytes]) -> Any:
        """Whose request that is, for `answer`; None for what only ASGI can answer."""

    def at_once(self, found: Any) -> bool:
        """Whether what `find` found can still be answered at once."""

    def answer(
        self,
        found: Any,
        method: str,
        query: bytes,
        header_list: Sequence[tuple[bytes, bytes]],
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> Exchange:
        """The exchange, with its reply."""

    def told(self, exchange: Exchange) -> None:
        """The answer has left."""


class EngineProtocol(HttpToolsProtocol):
    """A connection whose requests for a provider go straight to the engine.

    A header that takes longer than once or twice `LOOK_SECONDS` closes the connection (uvicorn itself waits
    for ever), and so does a rest of `IDLE_LOOKS` looks: one timer a connection looks now and then, so that
    a request costs no timer. The application finds `understudy.close` among the scope's extensions.
    """

    def connection_made(self, transport: Any) -> None:
        """Start watching, and find out whether the application can answer directly."""
        super().connection_made(transport)
        self._extensions = {"understudy.close": transport.close}
        self._reading_header = True
        self._begun = 0
        self._begun_at_last_look = -1
        self._quiet_looks = 0
        self._watch: asyncio.TimerHandle | None = self.loop.call_later(LOOK_SECONDS, self._look)
        application: Any = self.app
        self._direct: Direct | None = application if hasattr(application, "find") else None
        self._found: Any = None
        self._content = b""
        self._parts: list[bytes] = []
        self._size = 0
        self._defaults: Headers | None = None
        self._default_lines = b""

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        super().connection_lost(exc)

    # What the parser reads

    def on_message_begin(self) -> None:
        """A header begins; what ASGI wants to know of it is put together only if ASGI is asked."""
        self._begun += 1
        self._reading_header = True
        self.url = b""
        self.headers: Headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """A header is complete: the request is ours, or ASGI's."""
        self._reading_header = False
        self._found = self._whose()
        self._content = b""
        self._size = 0
        if self._found is None:
            self._hand_to_asgi()

    def on_body(self, body: bytes) -> None:
        """A part of the body; one in a single part, as most are, is kept as it is."""
        if self._found is None:
            super().on_body(body)
        elif self.transport.is_closing():
            return
        elif not self._content:
            self._content = body
        else:
            self._parts.append(body)
            self._size += len(body)
            if self._size > DRAIN_LIMIT:
                self._parts.clear()
                self._content = OVERSIZED
                self._reply(keep_alive=False)
            elif self._size > BODY_LIMIT:
                self._parts.clear()

    def on_message_complete(self) -> None:
        """The request is there, whole."""
        if self._found is None:
            super().on_message_complete()
        elif not self.transport.is_closing():
            self._put_together()
            assert self._direct is not None
            if not self._direct.at_once(self._found):
                # A fault was declared while the body came in: only ASGI can wait, cut or hang up.
                self._found = None
                self._hand_to_asgi()
                super().on_body(self._content)
                super().on_message_complete()
                return
            keep_alive = self.parser.should_keep_alive()
            if keep_alive and b"connection" in self._fields:
                # HTTP/1.0 keeps a connection only where both sides say so; nobody needs us to.
                keep_alive = self.parser.get_http_version() != "1.0"
            self._reply(keep_alive=keep_alive)

    def _put_together(self) -> None:
        """The body from its parts, or what stands for one that is too large."""
        if self._size + len(self._content) > BODY_LIMIT:
            self._content = OVERSIZED
        elif self._parts:
            self._content = b"".join((self._content, *self._parts))
        self._parts = []

    # The short way

    def _whose(self) -> Any:
        direct = self._direct
        url = self.url
        if (
            direct is None
            or url[:1] != b"/"
            or self.flow.write_paused
            or (self.cycle is not None and not self.cycle.response_complete)
            or self.parser.should_upgrade()
            or not url.isascii()
        ):
            return None
        fields = self._fields = dict(self.headers)
        if b"expect" in fields:
            return None
        raw_path, _, self._query = url.partition(b"?")
        path = raw_path.decode("ascii")
        return direct.find(unquote(path) if b"%" in raw_path else path, raw_path, fields)

    def _reply(self, *, keep_alive: bool) -> None:
        direct, found = self._direct, self._found
        assert direct is not None
        method = self.parser.get_method().decode("ascii")
        exchange = direct.answer(found, method, self._query, self.headers, self._fields, self._content)
        reply = exchange.reply
        assert reply is not None
        defaults = self.server_state.default_headers
        if defaults is not self._defaults:
            # uvicorn makes a new list when the second of its Date header changes.
            self._defaults = defaults
            self._default_lines = b"".join([b"%b: %b\r\n" % header for header in defaults])
        self.transport.write(message(exchange, reply, method, self._default_lines, keep_alive))
        self.server_state.total_requests += 1
        if not keep_alive:
            self.transport.close()
        direct.told(exchange)

    def _hand_to_asgi(self) -> None:
        """Let uvicorn begin the request anew, with what was read of it so far."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        self.headers.extend(headers)
        self.expect_100_continue = any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in headers
        )
        self.scope["extensions"] = self._extensions
        super().on_headers_complete()

    # Time

    def _look(self) -> None:
        resting = self._begun == self._begun_at_last_look
        self._quiet_looks = self._quiet_looks + 1 if resting else 0
        if resting and (self._reading_header or (self._quiet_looks >= IDLE_LOOKS and self._is_idle())):
            self.transport.close()
            return
        self._begun_at_last_look = self._begun
        self._watch = self.loop.call_later(LOOK_SECONDS, self._look)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete
