"""uvicorn's HTTP protocol with a time limit on headers and a way to hang up; knows no application."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0


class GuardedProtocol(HttpToolsProtocol):
    """A connection that is closed when a header takes longer than once or twice `HEADER_SECONDS`.

    uvicorn itself waits for ever. One timer a connection looks now and then, so that a request costs two
    assignments. The application finds `understudy.close` among the scope's extensions.
    """

    def connection_made(self, transport: Any) -> None:
        """Start watching, and keep the way to hang up at hand for every request of this connection."""
        super().connection_made(transport)
        self._extensions = {"understudy.close": transport.close}
        self._reading_header = True
        self._begun = 0
        self._begun_at_last_look = -1
        self._watch: asyncio.TimerHandle | None = self.loop.call_later(HEADER_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A header begins."""
        super().on_message_begin()
        self._reading_header = True
        self._begun += 1
        self.scope["extensions"] = self._extensions

    def on_headers_complete(self) -> None:
        """A header is complete; the connection may now rest between requests."""
        self._reading_header = False
        super().on_headers_complete()

    def _look(self) -> None:
        if self._reading_header and self._begun == self._begun_at_last_look:
            self.transport.close()
            return
        self._begun_at_last_look = self._begun
        self._watch = self.loop.call_later(HEADER_SECONDS, self._look)
