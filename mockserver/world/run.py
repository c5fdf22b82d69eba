"""A sorted sequence that shares its unchanged parts with its former self; knows keys and rows, not kinds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Final, overload

from mockserver.world.row import Row
from mockserver.world.tree import EMPTY_NODE, KEPT, Edition, Key, Node, Sieve, grown, inserted, removed

__all__ = ["EMPTY", "Edition", "Key", "Run", "Sieve", "order_key"]


class _Top:
    """Sorts after everything; appended to a key it means "after all that begin like this"."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


TOP: Final = _Top()


def order_key(*values: Any) -> Key:
    """A key that sorts any JSON values: nulls, then numbers (false = 0, true = 1), then text, then the rest.

    The key is flat (rank, value, rank, value, …), so the key of the first values is a prefix of the
    whole key, and it survives a trip through JSON.
    """
    key: list[Any] = []
    for value in values:
        key += _ranked(value)
    return tuple(key)


def _ranked(value: Any) -> tuple[int, Any]:
    kind = type(value)
    if kind is str:
        return (2, value)
    if value is None:
        return (0, 0)
    if kind is int or kind is bool or (kind is float and value == value):
        return (1, value)
    return (3, repr(value))


class Run:
    """Rows in the order of their keys; a change gives a new run, this one stays as it is (but see `grow`).

    A key is a tuple that ends in the row's ordinal, so no two are equal. Where a method takes a key,
    a prefix will do: `bisect_left` finds the first row at or after it, `bisect_right` the first row
    after all that begin with it.
    """

    __slots__ = ("_arranged", "_edition", "_root")

    def __init__(self, root: Node, edition: Edition | None = None) -> None:
        self._root = root
        self._edition = edition
        self._arranged: dict[Hashable, list[Row]] | None = None

    @staticmethod
    def build(entries: Sequence[tuple[Key, Row]]) -> Run:
        """A run of entries that are already sorted by key."""
        return Run(grown(entries)) if entries else EMPTY

    def insert(self, key: Key, row: Row) -> Run:
        """This run and one row more."""
        return Run(inserted(self._root, key, row, Edition()))

    def grow(self, key: Key, row: Row, edition: Edition) -> Run:
        """This run and one row more: this one itself where it is of that edition, else a new one of it.

        Nobody may have looked at it since; whoever lets somebody do so begins another edition.
        """
        root = inserted(self._root, key, row, edition)
        if self._edition is not edition:
            return Run(root, edition)
        self._root = root
        return self

    def replace(self, key: Key, row: Row) -> Run:
        """This run with another row at a key; KeyError when the key is not there."""
        return Run(self._root.replace(key, row))

    def remove(self, key: Key) -> Run:
        """This run without the row of that key; KeyError when the key is not there."""
        return Run(removed(self._root, key))

    def __len__(self) -> int:
        return self._root.size

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    @overload
    def __getitem__(self, place: int) -> Row: ...
    def __getitem__(self, place: slice | int) -> list[Row] | Row:
        root = self._root
        size = root.size
        if isinstance(place, slice):
            start, stop, step = place.indices(size)
            if step != 1:
                raise ValueError("a run is sliced in steps of 1; use backward() for the other direction")
            return root.slice(start, stop) if start < stop else []
        if place < 0:
            place += size
        if not 0 <= place < size:
            raise IndexError(place)
        return root.slice(place, place + 1)[0]

    def page(self, offset: int, size: int) -> list[Row]:
        """`size` rows after the first `offset` (the hot form of a slice)."""
        root = self._root
        stop = offset + size
        if stop > root.size:
            stop = root.size
        return root.slice(offset, stop) if offset < stop else []

    def page_back(self, offset: int, size: int) -> list[Row]:
        """`size` rows, last row first, after leaving out the last `offset`."""
        root = self._root
        stop = root.size - offset
        start = stop - size if stop > size else 0
        if start >= stop:
            return []
        rows = root.slice(start, stop)
        rows.reverse()
        return rows

    def between(self, low: Key, stop: Key) -> list[Row]:
        """The rows whose keys are at or after `low` and before `stop`."""
        root = self._root
        first, last = root.rank(low), root.rank(stop)
        return root.slice(first, last) if first < last else []

    def bisect_left(self, key: Key) -> int:
        """How many rows come before the key."""
        return self._root.rank(key)

    def bisect_right(self, key: Key) -> int:
        """How many rows come before the key or begin with it."""
        return self._root.rank((*key, TOP))

    def key_at(self, place: int) -> Key:
        """The whole key of the row at that place, its ordinal last: "after this row" for a cursor."""
        if not 0 <= place < self._root.size:
            raise IndexError(place)
        return self._root.key_at(place)

    def forward(self, start: int = 0) -> Iterator[Row]:
        """Rows from that place on."""
        return self._root.forward(start) if start < self._root.size else iter(())

    def backward(self, stop: int | None = None) -> Iterator[Row]:
        """Rows before that place (None: the end), last first."""
        size = self._root.size
        stop = size if stop is None or stop > size else stop
        return self._root.backward(stop) if stop > 0 else iter(())

    def passing(self, sieve: Sieve, start: int, stop: int) -> int:
        """How many of the rows from `start` to before `stop` a sieve lets through."""
        return self._root.passing(sieve, start, stop) if start < stop else 0

    def picked(self, sieve: Sieve, start: int, stop: int, skip: int, most: int) -> list[Row]:
        """`most` at most of those rows, after leaving out the first `skip` of them."""
        return self._root.picked(sieve, start, stop, skip, most) if start < stop and most > 0 else []

    def arranged(self, name: Hashable, arrange: Callable[[list[Row]], list[Row]]) -> list[Row]:
        """The rows in another order, or some of them; arranged once for each name that means the same."""
        arranged = self._arranged
        if arranged is None:
            arranged = self._arranged = {}
        found = arranged.get(name)
        if found is None:
            found = arrange(self._root.slice(0, self._root.size) if self._root.size else [])
            if len(arranged) >= KEPT:
                del arranged[next(iter(arranged))]
            arranged[name] = found
        return found

    def __iter__(self) -> Iterator[Row]:
        return self.forward()

    def __reversed__(self) -> Iterator[Row]:
        return self.backward()

    def __repr__(self) -> str:
        return f"Run({len(self)} rows)"


EMPTY: Final = Run(EMPTY_NODE)
