"""Several workers in this process, a thread each, joined as forked ones are: for tests of their traffic."""

from __future__ import annotations

import asyncio as loops
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import pytest
import uvicorn

from mockserver import Mock
from mockserver.house import DATA, House
from mockserver.web.application import build_application
from mockserver.web.crew import Crew
from mockserver.web.server import BackgroundServer
from mockserver.world.worlds import Worlds


@contextmanager
def on(asyncio: bool) -> Iterator[None]:
    """Servers that are started in the block run on asyncio's own loop, or on the usual one."""
    with pytest.MonkeyPatch.context() as patch:
        if asyncio:
            patch.setattr(uvicorn.Config, "get_loop_factory", lambda _: loops.SelectorEventLoop)
        yield


def links(count: int) -> list[list[socket.socket]]:
    """For each of so many workers, its ends of what joins them."""
    pairs = [socket.socketpair() for _ in range(count - 1)]
    return [[near for near, _ in pairs], *([far] for _, far in pairs)]


def worker(house: House, number: int, ends: Sequence[socket.socket]) -> BackgroundServer:
    """One worker, which also listens at a port of its own: who asks there is sure to come to it first."""
    crew = Crew(house, number, ends)
    return BackgroundServer(build_application(house, everywhere=crew.perform), crew=crew)


@contextmanager
def workers(count: int, *, most: int = 1_000) -> Iterator[list[str]]:
    """The addresses of so many workers, which have at most so many worlds."""
    with ExitStack() as stack:
        urls = []
        for number, ends in enumerate(links(count)):
            house = House(["zeeg"], limited=False)
            house.worlds = Worlds(house._make_world, 1, DATA, most)
            server = worker(house, number, ends)
            stack.callback(server.stop)
            urls.append(server.url)
        yield urls


class HandedOver:
    """A mock whose address is another worker's, which has no world that anybody asks for."""

    def __init__(self, mock: Mock, url: str) -> None:
        self._mock = mock
        self.url = url

    def __getattr__(self, name: str) -> Any:
        return getattr(self._mock, name)


@contextmanager
def handing_over(*, asyncio: bool) -> Iterator[Any]:
    """A live `Mock` that gets every connection from another worker."""
    first, second = links(2)
    with on(asyncio), Mock("zeeg", limits=False) as mock:
        with pytest.MonkeyPatch.context() as patch:
            server = partial(BackgroundServer, crew=Crew(mock.house, 0, first))
            patch.setattr("mockserver.mock.BackgroundServer", server)
            assert mock.url
        other = worker(House(["zeeg"]), 1, second)
        try:
            yield HandedOver(mock, other.url)
        finally:
            other.stop()
