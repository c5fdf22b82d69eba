"""Stops a program that does not end: too many requests, or too long; knows threads, no provider."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERVAL = 0.02


class Endless(BaseException):
    """Raised in the program's thread; no `except Exception` holds it up."""


class Watch:
    """One thread that looks at the program now and then, for as long as the block of `on_guard` lasts."""

    def __init__(self, requests: int, seconds: float) -> None:
        self.requests = requests
        self.seconds = seconds
        self.reason = ""
        self._count: Callable[[], int] = lambda: 0
        self._victim = 0
        self._until = 0.0
        self._turn = threading.Lock()
        self._over = threading.Event()

    @contextmanager
    def on_guard(self) -> Iterator[Watch]:
        """The watch is there until the block ends."""
        self._over.clear()
        thread = threading.Thread(target=self._look, name="understudy-watch", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    @contextmanager
    def over(self, count: Callable[[], int]) -> Iterator[None]:
        """Watch the code of the block, in the calling thread; `count` is how many requests it made so far."""
        with self._turn:
            self.reason = ""
            self._count = count
            self._until = _NOW() + self.seconds
            self._victim = threading.get_ident()
        try:
            yield
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Watch nobody any more; what was raised and has not yet arrived arrives here, and nowhere else.

        It is not taken back: CPython then looks out for it at every step, and never ends where it is traced.
        """
        while True:
            try:
                with self._turn:
                    self._victim = 0
                for _ in range(100):
                    pass
                return
            except Endless:
                continue

    def check(self) -> None:
        """Raise Endless at once where it is due: for a program that only waits."""
        if self._count() > self.requests:
            self.reason = f"it was stopped after {self.requests} requests"
            raise Endless

    def _look(self) -> None:
        while not self._over.wait(INTERVAL):
            with self._turn:
                if not self._victim:
                    continue
                if self._count() > self.requests:
                    self.reason = f"it was stopped after {self.requests} requests"
                elif _NOW() > self._until:
                    self.reason = f"it was stopped after {self.seconds:g} s"
                else:
                    continue
                # Again at each look, for a program that catches everything.
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._victim), ctypes.py_object(Endless)
                )


# The real one: while a program runs, time.monotonic goes by its virtual waiting.
_NOW = time.perf_counter
