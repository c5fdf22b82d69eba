"""Virtual waiting: a program that waits lets time pass in the mock's world instead; knows no provider."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from contracts.consumer.datetimes import Datetimes, is_theirs

# Threads that wait in earnest: the mock's server and our own watch.
REAL = ("mockserver", "understudy-watch")
# Modules that hold the real functions and shall keep them.
OURS = ("_pytest", "pytest", "hypothesis", "xdist", "execnet", "mockserver", "contracts", "asyncio", "uvloop")
# A thread of the program that is to set an event gets so much real time for it.
GRACE = 0.005

Swap = tuple[Any, str, Any, Any]


class Waiting:
    """Replaces what programs wait and tell the time with, also where a module imported it by name.

    Waiting: time.sleep, asyncio.sleep, and threading.Event.wait of the program's own modules. Telling the
    time: time.time, time.time_ns, time.monotonic, and the datetime module in the program's own modules.
    `advance` is told how long the program would have waited; `now` gives the world's time in seconds since
    1970, None while no case is played. Nothing really waits. Threads of the mock's server are left alone.
    """

    def __init__(self) -> None:
        self.advance: Callable[[float], None] = lambda _: None
        self.slept = 0.0
        self._now: Callable[[], float] | None = None
        self._began = 0.0
        self._swaps: list[Swap] = []
        self._modules = 0
        self._time, self._monotonic, self._sleep = time.time, time.monotonic, time.sleep
        self._pause, self._wait = asyncio.sleep, threading.Event.wait
        self._by_value: dict[Any, Any] = {}
        self._datetimes = Datetimes(self.time)

    @contextmanager
    def case(self, now: Callable[[], float], advance: Callable[[float], None]) -> Iterator[None]:
        """One case's world is the one that the program waits in, until the block ends."""
        self._look_again()
        self.slept, self._began = 0.0, time.perf_counter()
        self._now, self.advance = now, advance
        try:
            yield
        finally:
            self._now, self.advance = None, lambda _: None

    @contextmanager
    def installed(self) -> Iterator[Waiting]:
        """In force until the block ends."""
        self._by_value = {
            self._sleep: self._virtual_sleep,
            self._pause: self._virtual_pause,
            self._time: self.time,
            self._monotonic: self._virtual_monotonic,
        }
        waiting = self

        def wait(event: threading.Event, timeout: float | None = None) -> bool:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if timeout is None or timeout <= 0 or waiting._is_real() or not is_theirs(caller):
                return waiting._wait(event, timeout)
            if waiting._wait(event, min(timeout, GRACE)):
                return True
            waiting._pass(timeout)
            return event.is_set()

        self._swap(time, "sleep", self._sleep, self._virtual_sleep)
        self._swap(time, "time", self._time, self.time)
        self._swap(time, "time_ns", time.time_ns, lambda: int(self.time() * 1e9))
        self._swap(time, "monotonic", self._monotonic, self._virtual_monotonic)
        self._swap(asyncio, "sleep", self._pause, self._virtual_pause)
        self._swap(threading.Event, "wait", self._wait, wait)
        try:
            yield self
        finally:
            for holder, name, old, _ in reversed(self._swaps):
                setattr(holder, name, old)
            self._swaps.clear()
            self._modules = 0

    def time(self) -> float:
        """Seconds since 1970: in a case the world's, which also goes on while the program works."""
        now = self._now
        if now is None or self._is_real():
            return self._time()
        return now() + time.perf_counter() - self._began

    def _is_real(self) -> bool:
        return self._now is None or threading.current_thread().name in REAL

    def _virtual_sleep(self, seconds: float, /) -> None:
        if self._is_real():
            self._sleep(seconds)
            return
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._pass(float(seconds))

    def _virtual_monotonic(self) -> float:
        return self._monotonic() + (0.0 if self._is_real() else self.slept)

    async def _virtual_pause(self, delay: float, result: Any = None) -> Any:
        if self._is_real():
            return await self._pause(delay, result)
        if delay > 0:
            self._pass(float(delay))
        return await self._pause(0, result)

    def _pass(self, seconds: float) -> None:
        self.slept += seconds
        self.advance(seconds)

    def _swap(self, holder: Any, name: str, old: Any, new: Any) -> None:
        setattr(holder, name, new)
        self._swaps.append((holder, name, old, new))

    def _look_again(self) -> None:
        """Modules that were imported since the last case, and hold the real functions or classes by name."""
        if len(sys.modules) == self._modules:
            return
        self._modules = len(sys.modules)
        for name, module in list(sys.modules.items()):
            if module is None or name.partition(".")[0] in OURS or name in ("time", "datetime"):
                continue
            theirs = is_theirs(name)
            for key, value in list(getattr(module, "__dict__", {}).items()):
                new: Any = None
                if theirs and (found := self._datetimes.instead_of(value)) is not None:
                    new = found
                elif callable(value) and (theirs or key in ("sleep", "pause", "wait", "_sleep")):
                    try:
                        new = self._by_value.get(value)
                    except TypeError:  # what cannot be hashed is none of them
                        continue
                if new is not None:
                    self._swap(module, key, value, new)
