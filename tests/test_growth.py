"""A server that runs for weeks stays as large as what it was asked to keep."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mockserver import Mock
from mockserver.world.world import World

NOTES = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"


@contextmanager
def without_collecting() -> Iterator[None]:
    """No reference cycle is found out here: what is freed was freed by itself."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def growth(work: Callable[[], None]) -> int:
    """Bytes that are held after some work, done once before for what is kept on purpose."""
    tracemalloc.start()
    try:
        work()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def worlds_alive() -> int:
    """How many worlds there are in this process, found or forgotten."""
    return sum(isinstance(each, World) for each in gc.get_objects())


def use(mock: Mock) -> None:
    """A bit of everything that a world keeps."""
    assert mock.call("POST", NOTES, json={"content": "x"}, persona="owner").status == 201
    assert mock.call("POST", NOTES, json={"content": 1}, persona="owner").status == 422
    assert mock.call("GET", "/v2/scheduled-events", persona="owner").status == 200
    assert mock.call("GET", "/v2/whoami", token=mock.tokens(scopes=["notes:read"])).status == 403
    mock.faults.declare("outage", operation="whoami")
    assert mock.call("GET", "/v2/whoami", persona="owner").status == 503
    mock.snapshot()


def test_a_world_that_is_dropped_is_gone_at_once() -> None:
    mock = Mock("zeeg", limits=False)
    with without_collecting():
        before = worlds_alive()
        for _ in range(20):
            name = mock.fork().world.name
            world = mock.house.worlds.get(name)
            answer = mock.house.answer(world, None, "GET", "/v2/whoami")
            assert answer.status == 401
            del world, answer
            mock.house.worlds.drop(name)
        assert worlds_alive() == before


def test_a_thousand_worlds_leave_nothing_behind() -> None:
    mock = Mock("zeeg", limits=False)

    def made_used_and_dropped() -> None:
        for number in range(500):
            fork = mock.fork(f"w{number}")
            use(fork)
            mock.house.worlds.drop(f"w{number}")

    with without_collecting():
        assert growth(made_used_and_dropped) < 200_000


def test_requests_leave_no_more_than_the_journal_keeps() -> None:
    mock = Mock("zeeg", limits=False)

    def asked() -> None:
        for _ in range(1500):
            mock.call("GET", "/v2/whoami", persona="owner")
            mock.call("GET", "/v2/nowhere", persona="owner")

    with without_collecting():
        assert growth(asked) < 200_000
    assert len(mock.exchanges) == 1000
    assert mock.exchanges[-1].id == "x-6000"
    assert mock.world.journal.get("x-5000") is None


def test_a_world_that_is_reset_again_and_again_does_not_grow() -> None:
    mock = Mock("zeeg", limits=False)

    def reset() -> None:
        for _ in range(300):
            use(mock)
            mock.reset()

    with without_collecting():
        assert growth(reset) < 200_000
