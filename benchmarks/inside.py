"""A connection to the mock without a socket: bytes in, bytes out, through all that a server runs for them."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any

import orjson
import uvicorn
from uvicorn.server import ServerState

from benchmarks.load import Ask
from mockserver.house import House
from mockserver.web.application import build_application
from mockserver.web.protocol import EngineProtocol
from mockserver.world.world import World

PLENTY = 1_000_000_000
# More than `least_of` asks for.
WRITTEN = 2_500


class Pipe:
    """What a transport is to the protocol; keeps the last that was written."""

    def __init__(self) -> None:
        self.out = b""

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.out = data

    def get_extra_info(self, _: str) -> None:
        """Nothing is known of nobody."""

    def is_closing(self) -> bool:
        """It stays open."""
        return False

    def close(self) -> None:
        """It stays open."""


class Inside:
    """A house and one connection to it. `protocol` gives, for the house, what reads it."""

    def __init__(
        self,
        names: Sequence[str],
        data: str = "busy-week",
        protocol: Callable[[House], Callable[..., Any]] | None = None,
    ) -> None:
        self.house = House(names, data=data, clock="running:2026-04-06T08:00:00Z")
        self._loop = asyncio.new_event_loop()
        config = uvicorn.Config(
            build_application(self.house),
            http=EngineProtocol,
            proxy_headers=False,
            log_config=None,
            lifespan="off",
        )
        config.load()
        self._pipe = Pipe()
        self._given = 0
        make: Callable[..., Any] = EngineProtocol if protocol is None else protocol(self.house)
        self._protocol = make(config=config, server_state=ServerState(), app_state={}, _loop=self._loop)
        self._protocol.connection_made(self._pipe)

    def close(self) -> None:
        """Done with it."""
        self._loop.close()

    def mint(self, world: World, slug: str) -> str:
        """A token for everything, whose quota is never used up."""
        return self.house.services[slug].mint(world, quota=PLENTY)

    def ask(self, ask: Ask, prefix: str = "") -> Callable[[], bytes]:
        """A function that puts the request once, and gives what came back."""
        head = (
            f"{ask.method} {prefix}{ask.path} HTTP/1.1\r\nHost: 127.0.0.1:4010\r\n"
            f"Authorization: Bearer {ask.token}\r\nAccept: application/json\r\n"
        )
        head += "".join(f"{name}: {value}\r\n" for name, value in ask.headers.items())

        def content(body: bytes) -> bytes:
            told = head
            if body:
                told += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            return f"{told}\r\n".encode() + body

        ready: Iterator[bytes] = repeat(content(ask.body.encode()))
        if ask.series is not None:
            ready = iter([content(body) for body in self.bodies(ask, WRITTEN)])

        def put() -> bytes:
            self._protocol.data_received(next(ready))
            return self._pipe.out

        return put

    def bodies(self, ask: Ask, most: int) -> Iterator[bytes]:
        """The bodies of a request, one after the other: always the same, or `most` of its series.

        Those of a series are written before they are needed, so that it is not measured what writes them, and
        none is given twice.
        """
        if ask.series is None:
            return repeat(ask.body.encode())
        begin = self._given
        self._given += most
        return iter([ask.series(number).encode() for number in range(begin, begin + most)])

    def made(self, ask: Ask) -> Any:
        """Put a request once; the value of the answer's body. RuntimeError where it is no good answer."""
        told = self.ask(ask)()
        if not told.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(told.decode())
        return orjson.loads(told.partition(b"\r\n\r\n")[2])


def least_of(puts: Sequence[Callable[[], Any]], calls: int = 100, rounds: int = 20) -> list[float]:
    """Microseconds of processor time of one call of each: the least of several means.

    Whatever disturbs only adds. They go turn by turn, so that all of them see the machine's good moments.
    """
    for put in puts:
        for _ in range(50):
            put()
    found = [float("inf")] * len(puts)
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for place, put in enumerate(puts):
                begun = time.thread_time()
                for _ in range(calls):
                    put()
                found[place] = min(found[place], time.thread_time() - begun)
    finally:
        gc.enable()
    return [each / calls * 1e6 for each in found]
