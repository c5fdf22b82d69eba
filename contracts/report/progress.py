"""How far a run is: one line that changes on a terminal, a line a step elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

from contracts.suite.outcome import Row


class OneLine:
    """For a terminal: the step that is running, rewritten in place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._steps = self._at = self._found = self._width = 0

    def begin(self, steps: int) -> None:
        """So many steps there will be."""
        self._steps = steps

    def step(self, name: str) -> None:
        """This one begins."""
        self._at += 1
        found = f", {self._found} found" if self._found else ""
        took = time.monotonic() - self._began
        self._show(f"{self._at}/{self._steps} {name} ({took:.0f} s{found})")

    def done(self, row: Row) -> None:
        """And this came of it."""
        self._found += len(row.findings)
        if self._at == self._steps:
            self._show("")

    def _show(self, text: str) -> None:
        self._stream.write(f"\r{text:{self._width}}" + ("" if text else "\r"))
        self._stream.flush()
        self._width = len(text)


class Lines:
    """For a log: a line for each step, when it is done."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, steps: int) -> None:
        """Nothing is said of it."""

    def step(self, name: str) -> None:
        """Nothing is said of it."""

    def done(self, row: Row) -> None:
        """What came of a step."""
        if row.skipped:
            return
        reached = sum(1 for each in row.wanted if row.exercised.get(each))
        found = f", {len(row.findings)} found" if row.findings else ""
        self._stream.write(
            f"{row.name}: {reached}/{len(row.wanted)} operations, {row.requests} requests, "
            f"{row.seconds:.1f} s{found}\n"
        )
        self._stream.flush()
