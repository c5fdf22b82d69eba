"""Virtual waiting: a program that sleeps lets time pass in the mock's world instead; knows no provider."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Threads that wait in earnest: the mock's server and our own watch.
REAL = ("mockserver", "understudy-watch")
# Modules that hold the real functions and shall keep them.
OURS = ("_pytest", "pytest", "hypothesis", "xdist", "execnet", "mockserver", "contracts", "asyncio", "uvloop")


class Waiting:
    """Replaces time.sleep, asyncio.sleep and time.monotonic, also where a module imported them by name.

    `advance` is told how long the program would have waited. Nothing really waits, so `monotonic` goes on by
    that much for the program. Threads of the mock's server are left alone.
    """

    def __init__(self) -> None:
        self.advance: Callable[[float], None] = lambda _: None
        self.slept = 0.0

    @contextmanager
    def installed(self) -> Iterator[Waiting]:
        """In force until the block ends."""
        sleep, monotonic, pause = time.sleep, time.monotonic, asyncio.sleep

        def virtual_sleep(seconds: float, /) -> None:
            if threading.current_thread().name in REAL:
                sleep(seconds)
                return
            if seconds < 0:
                raise ValueError("sleep length must be non-negative")
            self._pass(float(seconds))

        def virtual_monotonic() -> float:
            return monotonic() + (0.0 if threading.current_thread().name in REAL else self.slept)

        async def virtual_pause(delay: float, result: Any = None) -> Any:
            if threading.current_thread().name in REAL:
                return await pause(delay, result)
            if delay > 0:
                self._pass(float(delay))
            return await pause(0, result)

        swaps: list[tuple[Any, str, Any, Any]] = [
            (time, "sleep", sleep, virtual_sleep),
            (time, "monotonic", monotonic, virtual_monotonic),
            (asyncio, "sleep", pause, virtual_pause),
        ]
        swaps += list(_imported_by_name({sleep: virtual_sleep, pause: virtual_pause}))
        for holder, name, _, new in swaps:
            setattr(holder, name, new)
        try:
            yield self
        finally:
            for holder, name, old, _ in swaps:
                setattr(holder, name, old)

    def _pass(self, seconds: float) -> None:
        self.slept += seconds
        self.advance(seconds)


def _imported_by_name(new: dict[Any, Any]) -> Iterator[tuple[Any, str, Any, Any]]:
    for name, module in list(sys.modules.items()):
        if module is None or name.partition(".")[0] in OURS or name == "time":
            continue
        for key, value in list(getattr(module, "__dict__", {}).items()):
            if key in ("sleep", "pause", "wait", "_sleep") and callable(value):
                for old, replacement in new.items():
                    if value is old:
                        yield module, key, old, replacement
