"""Brings webhooks to a program while it runs, wherever it said they should go; knows no judgement."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.consumer.delivering import deliver
from contracts.consumer.posting import Posted, is_local
from mockserver.mock import Mock

# Webhooks that come about within this time of one another are brought together, in the scenario's order.
QUIET = 0.1


class Post:
    """The webhooks of one case: `url` is where the program may listen, `made` what was brought there."""

    def __init__(self, mock: Mock, order: Sequence[Mapping[str, Any]]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        self.made: list[Posted] = []
        self._mock = mock
        self._order = order
        self._seen = self._brought = 0
        self._since = 0.0

    def look(self) -> None:
        """Bring what has come about, when nothing more does."""
        waiting = sum(not is_local(each) for each in self._mock.webhooks)
        if waiting != self._seen:
            self._seen, self._since = waiting, time.monotonic()
        if waiting == self._brought or time.monotonic() - self._since < QUIET:
            return
        brought = deliver(self._mock, self.url, self._order, skip=is_local, since=self._brought)
        self.made += [(each.what, each.status, each.forged) for each in brought]
        self._brought = waiting
