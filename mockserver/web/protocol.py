"""uvicorn's HTTP protocol with a short way to the engine and time limits; knows connections, no provider."""

from __future__ import annotations

import asyncio
from typing import Any

from httptools import HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.engine.exchange import Exchange
from mockserver.web.adapter import ANSWERED, Adapter
from mockserver.web.incoming import Headers, Incoming

LOOK_SECONDS = 10.0
IDLE_LOOKS = 7


class EngineProtocol(HttpToolsProtocol):
    """A connection whose requests for a provider go straight to the engine (`Incoming`), the rest to ASGI.

    A header that takes longer than once or twice `LOOK_SECONDS` closes the connection (uvicorn itself waits
    for ever), and so does a rest of `IDLE_LOOKS` looks: one timer a connection looks now and then, so that
    a request costs no timer. The application finds `understudy.close` among the scope's extensions.
    """

    def connection_made(self, transport: Any) -> None:
        """Read with a parser that asks the engine first, and start watching."""
        super().connection_made(transport)
        self._extensions = {"understudy.close": transport.close}
        application: Any = self.app
        direct = application if isinstance(application, Adapter) else None
        self._incoming = Incoming(_Detour(self), direct, transport, self.server_state)
        self.parser = self._incoming.parser = HttpRequestParser(self._callbacks(self._incoming))
        # As uvicorn has it: a request behind one that asked for the end is read, and not answered.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._begun_at_last_look = -1
        self._quiet_looks = 0
        self._watch: asyncio.TimerHandle | None = self.loop.call_later(LOOK_SECONDS, self._look)

    def _callbacks(self, incoming: Incoming) -> Any:
        """What the parser calls."""
        return incoming

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        self._incoming.release()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read: what comes now has to wait, which only ASGI can."""
        self._incoming.held = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._incoming.held = False
        super().resume_writing()

    def on_response_complete(self) -> None:
        """ASGI has answered, and perhaps begun with the next request that waited."""
        super().on_response_complete()
        self._incoming.busy = not self._is_idle()

    # Time

    def _look(self) -> None:
        incoming = self._incoming
        resting = incoming.begun == self._begun_at_last_look
        self._quiet_looks = self._quiet_looks + 1 if resting else 0
        if resting and (incoming.in_header or (self._quiet_looks >= IDLE_LOOKS and self._is_idle())):
            self.transport.close()
            return
        self._begun_at_last_look = incoming.begun
        self._watch = self.loop.call_later(LOOK_SECONDS, self._look)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    # The usual way

    def begin(self, url: bytes, headers: Headers, answered: Exchange | None) -> None:
        """Let uvicorn begin a request, with what was read of it so far.

        One that was `answered` comes to the application as an extension, and is only sent.
        """
        self.on_message_begin()
        self.url = url
        self.headers.extend(headers)
        self.expect_100_continue = any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in headers
        )
        extensions: dict[str, Any] = dict(self._extensions)
        if answered is not None:
            extensions[ANSWERED] = answered
        self.scope["extensions"] = extensions
        self.on_headers_complete()


class _Detour:
    """uvicorn's own reading of a request, for `Incoming`."""

    def __init__(self, protocol: EngineProtocol) -> None:
        self.begin = protocol.begin
        self.body = protocol.on_body
        self.end = protocol.on_message_complete
