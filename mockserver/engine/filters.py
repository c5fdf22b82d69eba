"""Which rows of a list a request asks for; knows filter facts and order, not paging or HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mockserver.engine.exchange import MISSING
from mockserver.world.clock import iso_micro
from mockserver.world.run import Key, Run, Sieve, order_key
from mockserver.world.store import Row

Test = Callable[[Mapping[str, Any], Any], bool]
# A row's whole key in the order of its list: it outlives the row, so a cursor may hold it.
Position = Callable[[Row], Key]


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a list: the query parameter, what it looks at, and whether an index can serve it."""

    param: str
    field: str
    op: str
    test: Test
    normal: Callable[[Any], Any]

    @property
    def equality(self) -> bool:
        """Whether it asks for one value of one plain field, as an index's partition does."""
        return self.op == "eq" and "." not in self.field and bool(self.field)


def build_filter(param: str, fact: Mapping[str, Any], is_instant: Callable[[str], bool]) -> Filter:
    """A filter from its fact; fields that hold an instant are compared as instants, however written."""
    fields = [fact["field"]] if "field" in fact else list(fact["fields"])
    op = fact.get("op", "eq")
    normal = normal_instant if is_instant(fields[0]) else _as_it_is
    if op == "contains":
        normal = _folded
    compare = COMPARISONS[op]
    paths = [field.split(".") for field in fields]

    def test(data: Mapping[str, Any], wanted: Any) -> bool:
        for path in paths:
            for found in _values(data, path):
                if compare(normal(found), wanted):
                    return True
        return False

    def plain(data: Mapping[str, Any], wanted: Any) -> bool:
        # The same for fields that stand in the row itself: a third of the time.
        for field in fields:
            value = data.get(field, MISSING)
            if type(value) is list:
                if any(compare(normal(found), wanted) for found in _values(value, ())):
                    return True
            elif value is not MISSING and compare(normal(value), wanted):
                return True
        return False

    if all(len(path) == 1 for path in paths):
        test = plain
    return Filter(param, fields[0] if len(fields) == 1 else "", op, test, normal)


def _folded(value: Any) -> Any:
    return value.casefold() if type(value) is str else value


def _as_it_is(value: Any) -> Any:
    return value


def normal_instant(value: Any) -> Any:
    """An RFC 3339 date-time in the one form in which text order is time order; other values as they are."""
    if not isinstance(value, str):
        return value
    # In that form already, or in milliseconds, as rows keep it: saves 5 microseconds a row and index.
    if len(value) == 27 and value[10] == "T" and value[26] == "Z" and value[17:19] != "60":
        return value
    if (
        len(value) == 24
        and value[10] == "T"
        and value[19] == "."
        and value[23] == "Z"
        and value[17:19] != "60"
    ):
        return value[:23] + "000Z"
    # RFC 3339 also has `t` and `z`, and leap seconds, which share the place of the second before them.
    text = value.upper().replace(":60", ":59")
    try:
        instant = datetime.fromisoformat(text)
        return iso_micro(instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return value


def _values(value: Any, path: Sequence[str]) -> list[Any]:
    """What stands at a dotted path; every element of a list on the way."""
    for place, name in enumerate(path):
        if type(value) is list:
            rest = path[place:]
            return [found for item in value for found in _values(item, rest)]
        if not isinstance(value, Mapping) or name not in value:
            return []
        value = value[name]
    if type(value) is list:
        return [found for item in value for found in _values(item, ())]
    return [value]


def _contains(found: Any, wanted: Any) -> bool:
    """Both in the form that `_folded` gives."""
    return type(found) is str and str(wanted) in found


def _in(found: Any, wanted: Any) -> bool:
    return found in wanted if isinstance(wanted, list) else found == wanted


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(found: Any, wanted: Any) -> bool:
        if type(found) is str and type(wanted) is str:
            return compare(found, wanted)
        return found is not None and compare(order_key(found), order_key(wanted))

    return test


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: bool(found == wanted),
    "in": _in,
    "contains": _contains,
    "ge": _ordered(lambda found, wanted: found >= wanted),
    "gt": _ordered(lambda found, wanted: found > wanted),
    "le": _ordered(lambda found, wanted: found <= wanted),
    "lt": _ordered(lambda found, wanted: found < wanted),
}


class Span:
    """A stretch of an index run as a sequence of rows, forwards or backwards; nothing is copied."""

    __slots__ = ("_descending", "_run", "_start", "_stop", "position")

    def __init__(self, run: Run, start: int, stop: int, descending: bool, position: Position) -> None:
        self.position = position
        self._run = run
        self._start = start
        self._stop = max(start, stop)
        self._descending = descending

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, at: slice, /) -> Sequence[Row]:
        start, stop, _ = at.indices(self._stop - self._start)
        if self._descending:
            rows = self._run[self._stop - stop : self._stop - start]
            rows.reverse()
            return rows
        return self._run[self._start + start : self._start + stop]

    def __iter__(self) -> Iterator[Row]:
        return iter(self[0 : len(self)])

    def after(self, position: Sequence[Any]) -> int:
        """How many rows of this stretch come at or before that key, in its direction."""
        key = tuple(position)
        if self._descending:
            return max(0, min(len(self), self._stop - self._run.bisect_left(key)))
        return max(0, min(len(self), self._run.bisect_right(key) - self._start))


class Sifted:
    """The rows of a stretch that pass a sieve, as a sequence; each part of the run is tried once only."""

    __slots__ = ("_descending", "_length", "_run", "_sieve", "_start", "_stop", "position")

    def __init__(
        self, run: Run, start: int, stop: int, descending: bool, position: Position, sieve: Sieve
    ) -> None:
        self.position = position
        self._run = run
        self._start = start
        self._stop = max(start, stop)
        self._descending = descending
        self._sieve = sieve
        self._length = run.passing(sieve, start, stop)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: slice, /) -> Sequence[Row]:
        start, stop, _ = at.indices(self._length)
        if self._descending:
            start, stop = self._length - stop, self._length - start
        rows = self._run.picked(self._sieve, self._start, self._stop, start, stop - start)
        if self._descending:
            rows.reverse()
        return rows

    def after(self, position: Sequence[Any]) -> int:
        """How many of them come at or before that key, in their direction."""
        key = tuple(position)
        if self._descending:
            place = max(self._start, self._run.bisect_left(key))
            return self._run.passing(self._sieve, place, self._stop)
        place = min(self._stop, self._run.bisect_right(key))
        return self._run.passing(self._sieve, self._start, place)


class Selection:
    """Rows that were picked one by one, as a sequence; what a filter without an index costs."""

    __slots__ = ("_descending", "_rows", "position")

    def __init__(self, rows: Sequence[Row], descending: bool, position: Position) -> None:
        self.position = position
        self._rows = rows
        self._descending = descending

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: slice, /) -> Sequence[Row]:
        return self._rows[at]

    def after(self, position: Sequence[Any]) -> int:
        """How many rows come at or before that key, in this order."""
        wanted = tuple(position)
        if self._descending:
            return sum(1 for row in self._rows if self.position(row) >= wanted)
        return sum(1 for row in self._rows if self.position(row) <= wanted)
