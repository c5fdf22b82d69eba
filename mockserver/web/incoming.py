"""What comes in over one connection, and the short way to the engine; knows bytes, no provider.

A request for a provider is answered as soon as its last byte is read, in the same call: the engine is
synchronous, so there is nothing to wait for, and the task, the events and the two coroutines that ASGI
wants for each request cost as much as the engine itself. Whatever needs more than that (the control API,
an upgrade, `Expect: 100-continue`, a request behind one that is still being answered) goes the usual way,
through ASGI, and so does an answer that a fault delays or cuts. Both ways lead to `Adapter`, and the tests
send the same to both.
"""

from __future__ import annotations

from typing import Any, Final, Protocol
from urllib.parse import unquote

from mockserver.engine.exchange import BODY_LIMIT, OVERSIZED, Exchange
from mockserver.web.adapter import DRAIN_LIMIT, Adapter, Found
from mockserver.web.message import message

Headers = list[tuple[bytes, bytes]]

# As numbers: looking for a byte as bytes costs Python 3.11 four times as much.
PERCENT: Final = 0x25
QUESTION_MARK: Final = 0x3F


class Detour(Protocol):
    """The usual way of a request: its header, its body in parts, its end."""

    def begin(self, url: bytes, headers: Headers, answered: Exchange | None) -> None:
        """A request that only ASGI can answer, as far as it was read, or one whose answer it has to send."""

    def body(self, part: bytes) -> None:
        """A part of its body."""

    def end(self) -> None:
        """All of it was read."""


class Incoming:
    """The callbacks of a connection's parser (httptools), which is set as `parser` when it is made.

    `begun` counts requests; `in_header` says that a header is being read. Whoever looks after the detour
    sets `busy` while ASGI answers, and `held` while the client does not read what was written.
    """

    def __init__(self, detour: Detour, direct: Adapter | None, transport: Any, server: Any) -> None:
        self.detour: Detour | None = detour
        self.direct = direct
        self.transport = transport
        # uvicorn's ServerState: the header lines that every answer has, and how many answers there were.
        self.server = server
        self.parser: Any = None
        self.begun = 0
        self.in_header = True
        self.busy = False
        self.held = False
        self._url = b""
        self._headers: Headers = []
        self._fields: dict[bytes, bytes] = {}
        self._query = b""
        self._found: Found | None = None
        self._content = b""
        self._parts: list[bytes] = []
        self._size = 0
        self._defaults: Any = None
        self._default_lines = b""

    def release(self) -> None:
        """The connection is gone: let go of what holds on to this object."""
        self.parser = self.detour = None

    def length(self) -> int:
        """Bytes of the body that the header has announced; -1 for one in chunks."""
        if b"transfer-encoding" in self._fields:
            return -1
        return int(self._fields.get(b"content-length", b"0"))

    # What the parser reads

    def on_message_begin(self) -> None:
        """A header begins; what ASGI wants to know of it is put together only if ASGI is asked."""
        self.begun += 1
        self.in_header = True
        self._url = b""
        self._headers = []
        self._fields = {}

    def on_url(self, url: bytes) -> None:
        """A part of the request's target."""
        self._url = self._url + url if self._url else url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        name = name.lower()
        self._headers.append((name, value))
        if self.in_header:  # What trails a body is told, and counts for nothing.
            self._fields[name] = value

    def on_headers_complete(self) -> None:
        """A header is complete: the request is ours, or ASGI's."""
        self.in_header = False
        self._content = b""
        self._size = 0
        self._found = self._whose()
        if self._found is None and self.detour is not None:
            self.busy = True
            self.detour.begin(self._url, self._headers, None)

    def on_body(self, body: bytes) -> None:
        """A part of the body; one in a single part, as most are, is kept as it is."""
        if self._found is None:
            if self.detour is not None:
                self.detour.body(body)
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
                self._reply(self._found, False)
            elif self._size > BODY_LIMIT:
                self._parts.clear()

    def on_message_complete(self) -> None:
        """The request is there, whole."""
        found = self._found
        if found is None:
            if self.detour is not None:
                self.detour.end()
        elif not self.transport.is_closing():
            if self._size + len(self._content) > BODY_LIMIT:
                self._content = OVERSIZED
            elif self._parts:
                self._content = b"".join([self._content, *self._parts])
            if self._parts:
                self._parts = []
            keep_alive: bool = self.parser.should_keep_alive()
            if keep_alive and b"connection" in self._fields:
                # HTTP/1.0 keeps a connection only where both sides say so; nobody needs us to.
                keep_alive = self.parser.get_http_version() != "1.0"
            self._reply(found, keep_alive)

    # The short way

    def _whose(self) -> Found | None:
        direct = self.direct
        url = self._url
        if (
            direct is None
            or self.busy
            or self.held
            or url[:1] != b"/"
            or self.parser.should_upgrade()
            or not url.isascii()
        ):
            return None
        fields = self._fields
        if b"expect" in fields:
            return None
        raw_path = url
        self._query = b""
        if QUESTION_MARK in url:
            raw_path, _, self._query = url.partition(b"?")
        path = raw_path.decode("ascii")
        return direct.find(unquote(path) if PERCENT in raw_path else path, raw_path, fields)

    def _reply(self, found: Found, keep_alive: bool) -> None:
        direct = self.direct
        assert direct is not None
        method: str = self.parser.get_method().decode("ascii")
        exchange = direct.answer(found, method, self._query, self._headers, self._fields, self._content)
        reply = exchange.reply
        assert reply is not None
        if reply.wire is not None and self.detour is not None:
            # Only ASGI can wait, cut or hang up.
            self._found = None
            self.busy = True
            self.detour.begin(self._url, self._headers, exchange)
            self.detour.end()
            return
        server = self.server
        defaults = server.default_headers
        if defaults is not self._defaults:
            # uvicorn makes a new list when the second of its Date header changes.
            self._defaults = defaults
            self._default_lines = b"".join([b"%b: %b\r\n" % header for header in defaults])
        self.transport.write(message(exchange, reply, method, self._default_lines, keep_alive))
        server.total_requests += 1
        if not keep_alive:
            self.transport.close()
        direct.told(exchange)
