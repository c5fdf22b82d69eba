"""Frames and open files between processes: whole, in order, and none left open."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.web.links import Link

Frame = tuple[int, int, bytes, int | None]


class Pair:
    """Both ends of a link, in one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.here: list[Frame] = []
        self.there: list[Frame] = []
        near, far = socket.socketpair()
        self.near = Link(near, lambda *frame: self.here.append(frame))
        self.far = Link(far, lambda *frame: self.there.append(frame))
        self.near.start(loop)
        self.far.start(loop)

    def until(self, done: Callable[[], bool]) -> None:
        async def wait() -> None:
            async with asyncio.timeout(10):
                while not done():
                    await asyncio.sleep(0)

        self.loop.run_until_complete(wait())


@pytest.fixture(params=["asyncio", "uvloop"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    loop = asyncio.SelectorEventLoop() if request.param == "asyncio" else pytest.importorskip("uvloop").Loop()
    pair = Pair(loop)
    yield pair
    pair.near.stop()
    pair.far.stop()
    loop.close()


def opened(text: str) -> int:
    """An open file that has this text in it."""
    out, into = os.pipe()
    os.write(into, text.encode())
    os.close(into)
    return out


def read(file: int | None) -> str:
    assert file is not None
    try:
        return os.read(file, 100).decode()
    finally:
        os.close(file)


def open_files() -> int:
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not tell a process's open files")
    return len(os.listdir("/proc/self/fd"))


def test_frames_come_in_order_each_with_its_own_file(pair: Pair) -> None:
    before = open_files()
    # Some larger than any buffer, some with a file, some with neither.
    for number in range(60):
        file = opened(f"file {number}") if number % 3 else None
        pair.near.say(number % 5, number, bytes([number]) * (number % 7 * 50_000), file)
    pair.until(lambda: len(pair.there) == 60)
    for number, (kind, told, content, file) in enumerate(pair.there):
        assert (kind, told, content) == (number % 5, number, bytes([number]) * (number % 7 * 50_000))
        if number % 3:
            assert read(file) == f"file {number}"
        else:
            assert file is None
    assert open_files() == before


def test_both_may_say_more_than_fits_at_the_same_time(pair: Pair) -> None:
    for number in range(20):
        pair.near.say(1, number, b"n" * 300_000)
        pair.far.say(1, number, b"f" * 300_000)
    pair.until(lambda: len(pair.here) == len(pair.there) == 20)
    assert [frame[1] for frame in pair.here] == [frame[1] for frame in pair.there] == list(range(20))


def test_what_is_said_before_the_start_is_not_lost() -> None:
    loop = asyncio.SelectorEventLoop()
    near, far = socket.socketpair()
    heard: list[Frame] = []
    early, late = Link(near, lambda *_: None), Link(far, lambda *frame: heard.append(frame))
    early.say(2, 3, b"x")
    early.start(loop)
    late.start(loop)
    loop.run_until_complete(asyncio.sleep(0.0))
    late._hear()
    assert heard == [(2, 3, b"x", None)]
    early.stop()
    late.stop()
    loop.close()


def test_files_for_a_process_that_is_gone_are_closed(pair: Pair) -> None:
    before = open_files()
    pair.far.stop()
    for number in range(5):
        pair.near.say(1, number, b"x", opened("x"))
    # Both ends of the link itself are closed, too, once it is noticed.
    pair.until(lambda: pair.near._socket.fileno() < 0)
    pair.near.say(1, 9, b"x", opened("x"))
    pair.near.stop()
    assert open_files() == before - 2
    assert pair.here == []


def test_a_frame_whose_file_cannot_be_opened_comes_without_it(pair: Pair) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = [opened(str(number)) for number in range(3)]
    for number, file in enumerate(files[:2]):
        pair.near.say(1, number, b"x", file)
    lowest = os.dup(0)
    os.close(lowest)
    # Not one more than there are, from the lowest number that is free.
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        for _ in range(4):
            pair.far._hear()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert [frame[3] for frame in pair.there] == [None, None]
    pair.near.say(1, 2, b"y", files[2])
    pair.until(lambda: len(pair.there) == 3)
    assert read(pair.there[2][3]) == "2"
