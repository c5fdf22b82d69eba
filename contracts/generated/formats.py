"""The formats of our documents that Schemathesis does not know, as what draws them; sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.internal.conjecture.data import ConjectureData
from schemathesis.openapi import format as register_format

from mockserver.openapi.formats import time_zones


class Listed(st.SearchStrategy[Any]):
    """One of a list of texts; nothing at all, and at once, where a condition lets none of them through.

    Hypothesis learns that nothing can be drawn by drawing until it gives up, some 450 times, and the coverage
    phase asks that of every time zone with a length, at each edge of the length. Of an empty strategy it
    learns it the first time. The list is drawn from by number: from one that Hypothesis knows as a list,
    whatever is filtered is tried on all of it.
    """

    def __init__(self, values: Sequence[str], changes: tuple[Callable[[Any], Any], ...] = ()) -> None:
        super().__init__()
        self._values = values
        self._changes = changes
        self._numbers = st.integers(0, len(values) - 1)

    def map(self, pack: Callable[[Any], Any]) -> st.SearchStrategy[Any]:
        """The same, each of them changed."""
        return Listed(self._values, (*self._changes, pack))

    def filter(self, condition: Callable[[Any], Any]) -> st.SearchStrategy[Any]:
        """The same, of what a condition lets through."""
        if any(condition(self._changed(each)) for each in self._values):
            return super().filter(condition)
        return st.nothing()

    def do_draw(self, data: ConjectureData) -> Any:
        """One of them."""
        return self._changed(self._values[data.draw(self._numbers)])

    def _changed(self, value: Any) -> Any:
        for change in self._changes:
            value = change(value)
        return value


@cache
def register_formats() -> None:
    """Tell Schemathesis of them, once for all: told again, it forgets what it has built for any schema."""
    register_format("iana-time-zone", Listed(sorted(time_zones())))
    register_format("e164", st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
