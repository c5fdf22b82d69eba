"""One HTTP request to a receiver and the beginning of its answer, bounded; knows no message and no world.

Not a client library: a delivery is one POST to an address that was resolved and allowed beforehand, over a
connection of its own. That is a hundred lines over asyncio and httptools, which the server uses anyway; a
library would have to be taught not to resolve the name again, and would take longer to import than the
server takes to start.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

from httptools import HttpParserError, HttpResponseParser

from mockserver.version import __version__
from mockserver.web.reach import Address, Reach, Target, Unreachable, read_target

MOST_HEADER: Final = 32_768
MOST_BODY: Final = 65_536
KEPT_BODY: Final = 500
MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEPS_METHOD: Final = frozenset({307, 308})

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request: a status, or an error in a few words; how the body begins; seconds."""

    status: int | None = None
    error: str = ""
    answer: str = ""
    took: float = 0.0


class Sender:
    """Sends requests where `reach` lets them. Certificates are not asked for on this machine itself."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._trusting: ssl.SSLContext | None = None
        self._strict: ssl.SSLContext | None = None

    async def post(
        self, url: str, headers: Headers, body: bytes, *, timeout: float, follows: bool = False
    ) -> Outcome:
        """Post a body. Whatever the receiver does, this ends after `timeout` seconds and holds little."""
        began = time.perf_counter()

        def after(status: int | None = None, error: str = "", answer: bytes = b"") -> Outcome:
            kept = answer[:KEPT_BODY].decode("utf-8", "replace")
            return Outcome(status, error, kept, round(time.perf_counter() - began, 6))

        fields = [pair for pair in headers if _plain(pair[0]) and _plain(pair[1])]
        method = "POST"
        try:
            async with asyncio.timeout(timeout):
                for _ in range(MOST_REDIRECTS + 1):
                    target = read_target(url)
                    answer = await self._ask(target, method, fields, body)
                    if not (follows and answer.status in _REDIRECTS and answer.location):
                        return after(answer.status, answer.error, bytes(answer.body))
                    if answer.status not in _KEEPS_METHOD:
                        method, body = "GET", b""
                    url = urljoin(url, answer.location)
                return after(error=f"more than {MOST_REDIRECTS} redirects")
        except TimeoutError:
            return after(error=f"no answer within {timeout:g} s")
        except Unreachable as error:
            return after(error=str(error))
        except ssl.SSLError as error:
            return after(error=f"no TLS: {_words(error.reason or str(error))}")
        except ConnectionRefusedError:
            return after(error="the connection was refused")
        except (OSError, HttpParserError) as error:
            return after(error=_words(getattr(error, "strerror", None) or str(error) or type(error).__name__))

    async def _ask(self, target: Target, method: str, fields: list[tuple[str, str]], body: bytes) -> _Answer:
        addresses = await self._reach.resolve(target)
        head = [
            f"{method} {target.path} HTTP/1.1",
            f"Host: {target.authority}",
            *(f"{name}: {value}" for name, value in fields),
            f"User-Agent: Understudy/{__version__}",
            "Accept: */*",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        request = "\r\n".join([*head, "", ""]).encode("utf-8") + body
        loop = asyncio.get_running_loop()
        refused: OSError | None = None
        for address in addresses:
            try:
                transport, protocol = await loop.create_connection(
                    lambda: _Answer(request, loop),
                    str(address),
                    target.port,
                    ssl=await self._context(address) if target.secure else None,
                    server_hostname=target.host if target.secure else None,
                )
            except ssl.SSLError:
                raise
            except OSError as error:
                refused = error
                continue
            try:
                await protocol.done
            finally:
                transport.abort()
            return protocol
        raise refused or Unreachable("there is no address")

    async def _context(self, address: Address) -> ssl.SSLContext:
        if address.is_loopback:
            if self._trusting is None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                self._trusting = context
            return self._trusting
        if self._strict is None:
            # Reading the authorities takes as long as a hundred requests: not in the server's own thread.
            self._strict = await asyncio.to_thread(ssl.create_default_context)
        return self._strict


class _Answer(asyncio.Protocol):
    """A connection: the request goes out, and of what comes back as much is read as is allowed."""

    def __init__(self, request: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self.status: int | None = None
        self.location = ""
        self.error = ""
        self.body = bytearray()
        self.done: asyncio.Future[None] = loop.create_future()
        self._request = request
        self._header = 0
        self._in_header = True
        self._read = 0
        self._parser = HttpResponseParser(self)

    # The connection

    def connection_made(self, transport: Any) -> None:
        """Send it all."""
        transport.write(self._request)
        self._request = b""

    def data_received(self, data: bytes) -> None:
        """Read on, up to the limits."""
        if self.done.done():
            return
        if self._in_header:
            self._header += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError:
            if self.status is None or self._in_header:
                self.status = None
                self._end("what came back is no HTTP")
            else:
                self._end()
        if self._in_header and self._header > MOST_HEADER:
            self.status = None
            self._end(f"the answer's header is longer than {MOST_HEADER} bytes")

    def connection_lost(self, _: Exception | None) -> None:
        """It is over, in time or not."""
        if self.status is None or self._in_header:
            self.status = None
            self._end("the connection ended before the answer")
        self._end()

    def _end(self, error: str = "") -> None:
        if not self.done.done():
            self.error = error
            self.done.set_result(None)

    # What the parser reads

    def on_header(self, name: bytes, value: bytes) -> None:
        """Only where a redirect leads to is of interest."""
        if name.lower() == b"location":
            self.location = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The status is known; one below 200 is not the answer yet."""
        status = self._parser.get_status_code()
        if status >= 200:
            self.status = status
            self._in_header = False

    def on_body(self, body: bytes) -> None:
        """A part of the body; nobody reads a whole novel."""
        self._read += len(body)
        if len(self.body) < KEPT_BODY:
            self.body += body[: KEPT_BODY - len(self.body)]
        if self._read > MOST_BODY:
            self._end()

    def on_message_complete(self) -> None:
        """All of it was read."""
        if self.status is not None:
            self._end()


def _plain(text: str) -> bool:
    """Whether a header's name or value stays on its line."""
    return not any(letter in text for letter in "\r\n\0")


def _words(text: str) -> str:
    return " ".join(text.replace("_", " ").lower().split())[:200]
