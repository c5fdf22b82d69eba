"""How long a program's sockets wait for an answer, and a way to see it give up sooner; knows no provider."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from contracts.consumer.waiting import REAL

# An answer that is to come too late comes so late in earnest, and a timeout before that is so short.
LATE = 0.3
SHORT = 0.15


class Patience:
    """Watches `settimeout` of the program's sockets.

    `least` is the shortest timeout that it set in this case, in seconds, None for none. While `hurried` is
    a number, shorter timeouts run out after `SHORT` seconds already; `shortened` says whether one was set.
    """

    def __init__(self) -> None:
        self.least: float | None = None
        self.hurried: float | None = None
        self.shortened = False

    def begin(self, hurried: float | None) -> None:
        """A new case, in which an answer may come as late as that."""
        self.least, self.hurried, self.shortened = None, hurried, False

    @contextmanager
    def installed(self) -> Iterator[Patience]:
        """In force until the block ends."""
        base = socket.socket.settimeout
        patience = self

        def settimeout(sock: socket.socket, value: Any, /) -> None:
            if value and threading.current_thread().name not in REAL:
                patience.least = value if patience.least is None else min(value, patience.least)
                if patience.hurried is not None and value < patience.hurried:
                    patience.shortened = True
                    value = min(value, SHORT)
            base(sock, value)

        own = "settimeout" in vars(socket.socket)
        socket.socket.settimeout = settimeout  # type: ignore[method-assign, assignment]
        try:
            yield self
        finally:
            if own:
                socket.socket.settimeout = base  # type: ignore[method-assign]
            else:
                del socket.socket.settimeout
