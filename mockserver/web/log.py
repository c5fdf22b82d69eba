"""One line an exchange for a person to read, written in batches; knows no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TextIO

from mockserver.engine.exchange import Exchange

FLUSH_SECONDS = 0.05
COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}


class RequestLog:
    """Writes what was answered and why.

    A line is formatted after its answer has left, with others of the same twentieth of a second: under load
    the log costs a microsecond a request, and never a write to the terminal.
    """

    def __init__(self, stream: TextIO, *, colour: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._pending: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> None:
        """Remember an exchange for the next batch."""
        pending = self._pending
        pending.append(exchange)
        if len(pending) == 1:
            _later(self.flush)

    def flush(self) -> None:
        """Write what is pending."""
        pending, self._pending = self._pending, []
        try:
            self._stream.write("".join([line(exchange, self._colour) for exchange in pending]))
            self._stream.flush()
        except (OSError, ValueError):
            pass  # A log nobody reads any more must not end the server.


def _later(function: Callable[[], None]) -> None:
    try:
        asyncio.get_running_loop().call_later(FLUSH_SECONDS, function)
    except RuntimeError:
        function()


def line(exchange: Exchange, colour: bool = False) -> str:
    """`zeeg GET /v2/notes/1 -> 403 missing scope notes:read [only-notes-write] x-12`."""
    reply = exchange.reply
    status = reply.status if reply is not None else 0
    shown = f"\x1b[{COLOURS.get(status // 100, '0')}m{status}\x1b[0m" if colour else str(status)
    world = "" if exchange.world.name == "default" else f"{exchange.world.name}/"
    why = exchange.reason
    reason = f" {printable(why)}" if why else ""
    caller = f" [{exchange.caller.persona}]" if exchange.caller is not None else ""
    return (
        f"{world}{exchange.service.slug} {exchange.method} {printable(exchange.path)} -> "
        f"{shown}{reason}{caller} {exchange.id}\n"
    )


def printable(text: str) -> str:
    """Text from a request on one line: control characters shown as escapes, and not too much of it."""
    if not text.isprintable():
        text = text.encode("unicode_escape").decode("ascii")
    return text if len(text) <= 300 else text[:297] + "..."
