"""One line an exchange for a person to read, written in batches; knows no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from mockserver.engine.exchange import Exchange
from mockserver.web.forms import shown_url
from mockserver.world.outbox import Message
from mockserver.world.world import World

FLUSH_SECONDS = 0.05
# How a delivery went: in which world, and the message with its attempts.
Delivered = tuple[World, Message]
COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}


class Stream(Protocol):
    """Where lines are written to, as far as it is needed here."""

    def write(self, text: str, /) -> object:
        """Write whole lines."""

    def flush(self) -> object:
        """Let them out."""


class RequestLog:
    """Writes what was answered and why.

    A line is formatted after its answer has left, with others of the same twentieth of a second: under load
    the log costs a microsecond a request, and never a write to the terminal.
    """

    def __init__(self, stream: Stream, *, colour: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._pending: list[Exchange | Delivered] = []

    def __call__(self, exchange: Exchange | Delivered) -> None:
        """Remember an exchange, or how a delivery went, for the next batch."""
        pending = self._pending
        pending.append(exchange)
        if len(pending) == 1:
            _later(self.flush)

    def flush(self) -> None:
        """Write what is pending."""
        pending, self._pending = self._pending, []
        try:
            colour = self._colour
            self._stream.write(
                "".join(
                    [
                        line(each, colour) if isinstance(each, Exchange) else delivery_line(*each, colour)
                        for each in pending
                    ]
                )
            )
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


def delivery_line(world: World, message: Message, colour: bool = False) -> str:
    """`zeeg webhook invitee.scheduled to http://127.0.0.1:9000/hook -> 500, again in 60 s m-3`."""
    last = message.attempts[-1]
    if last.status is not None:
        status = str(last.status)
        shown = f"\x1b[{COLOURS.get(last.status // 100, '0')}m{status}\x1b[0m" if colour else status
    else:
        shown = printable(last.error)
    where = "" if world.name == "default" else f"{world.name}/"
    then = ""
    if message.status == "failed" and message.due_at is not None:
        then = f", again in {max(0.0, (message.due_at - world.now).total_seconds()):.0f} s"
    elif message.status == "given-up":
        then = ", given up"
    to = printable(shown_url(message.url).partition("?")[0])
    return f"{where}{message.provider} webhook {message.event} to {to} -> {shown}{then} {message.id}\n"


def printable(text: str) -> str:
    """Text from a request on one line: control characters shown as escapes, and not too much of it."""
    if not text.isprintable():
        text = text.encode("unicode_escape").decode("ascii")
    return text if len(text) <= 300 else text[:297] + "..."
