"""A sorted sequence that shares its unchanged parts with its former self; knows keys and rows, not kinds.

A B+ tree of immutable nodes: a change copies the path to one leaf and nothing else, so an old run stays
as it was and costs nothing to keep. Each branch holds cumulative counts, so a slice by offset is a few
bisections whatever the length.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final, Protocol, overload

from mockserver.world.row import Row

Key = tuple[Any, ...]

LEAF: Final = 128  # entries of one leaf at most
FAN: Final = 32  # children of one branch at most


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


class _Node(Protocol):
    """What a leaf and a branch have in common; `size` counts entries, `width` slots."""

    @property
    def size(self) -> int: ...
    @property
    def width(self) -> int: ...
    def rank(self, key: Key) -> int: ...
    def key_at(self, place: int) -> Key: ...
    def slice(self, start: int, stop: int) -> list[Row]: ...
    def insert(self, key: Key, row: Row) -> tuple[_Node, Key, _Node] | _Node: ...
    def replace(self, key: Key, row: Row) -> _Node: ...
    def remove(self, key: Key) -> _Node: ...
    def join(self, separator: Key, other: Any, /) -> _Node: ...
    def forward(self, start: int) -> Iterator[Row]: ...
    def backward(self, stop: int) -> Iterator[Row]: ...


class _Leaf:
    __slots__ = ("keys", "rows", "size", "width")

    def __init__(self, keys: tuple[Key, ...], rows: tuple[Row, ...]) -> None:
        self.keys = keys
        self.rows = rows
        self.size = self.width = len(keys)

    def rank(self, key: Key) -> int:
        return bisect_left(self.keys, key)

    def key_at(self, place: int) -> Key:
        return self.keys[place]

    def slice(self, start: int, stop: int) -> list[Row]:
        return list(self.rows[start:stop])

    def insert(self, key: Key, row: Row) -> tuple[_Node, Key, _Node] | _Node:
        keys, rows = self.keys, self.rows
        place = bisect_left(keys, key)
        keys = (*keys[:place], key, *keys[place:])
        rows = (*rows[:place], row, *rows[place:])
        if len(keys) <= LEAF:
            return _Leaf(keys, rows)
        # A run that only grows at its end keeps full leaves behind it.
        half = LEAF if place == LEAF else LEAF // 2
        return _Leaf(keys[:half], rows[:half]), keys[half], _Leaf(keys[half:], rows[half:])

    def replace(self, key: Key, row: Row) -> _Node:
        place = self._find(key)
        return _Leaf(self.keys, (*self.rows[:place], row, *self.rows[place + 1 :]))

    def remove(self, key: Key) -> _Node:
        place = self._find(key)
        keys, rows = self.keys, self.rows
        return _Leaf(keys[:place] + keys[place + 1 :], rows[:place] + rows[place + 1 :])

    def _find(self, key: Key) -> int:
        place = bisect_left(self.keys, key)
        if place == len(self.keys) or self.keys[place] != key:
            raise KeyError(key)
        return place

    def join(self, _: Key, other: Any, /) -> _Node:
        return _Leaf(self.keys + other.keys, self.rows + other.rows)

    def forward(self, start: int) -> Iterator[Row]:
        return iter(self.rows[start:] if start else self.rows)

    def backward(self, stop: int) -> Iterator[Row]:
        return reversed(self.rows[:stop])


class _Branch:
    """`separators[i]` divides child i (below) from the next (at or above); `ends` are cumulative counts."""

    __slots__ = ("children", "ends", "separators", "size", "width")

    def __init__(
        self, separators: tuple[Key, ...], children: tuple[_Node, ...], ends: tuple[int, ...]
    ) -> None:
        self.separators = separators
        self.children = children
        self.ends = ends
        self.size = ends[-1]
        self.width = len(children)

    def rank(self, key: Key) -> int:
        child = bisect_right(self.separators, key)
        rank = self.children[child].rank(key)
        return rank + self.ends[child - 1] if child else rank

    def key_at(self, place: int) -> Key:
        child = bisect_right(self.ends, place)
        return self.children[child].key_at(place - self.ends[child - 1] if child else place)

    def slice(self, start: int, stop: int) -> list[Row]:
        ends = self.ends
        child = bisect_right(ends, start)
        before = ends[child - 1] if child else 0
        found = self.children[child].slice(start - before, stop - before)
        while stop > ends[child]:
            before = ends[child]
            child += 1
            found += self.children[child].slice(0, stop - before)
        return found

    def insert(self, key: Key, row: Row) -> tuple[_Node, Key, _Node] | _Node:
        separators, children, ends = self.separators, self.children, self.ends
        child = bisect_right(separators, key)
        made = children[child].insert(key, row)
        if type(made) is not tuple:
            return _Branch(
                separators,
                (*children[:child], made, *children[child + 1 :]),  # type: ignore[arg-type]
                ends[:child] + tuple([end + 1 for end in ends[child:]]),
            )
        low, separator, high = made
        children = (*children[:child], low, high, *children[child + 1 :])
        separators = (*separators[:child], separator, *separators[child:])
        if len(children) <= FAN:
            return _branch(separators, children)
        half = FAN if child == FAN - 1 else FAN // 2
        return (
            _branch(separators[: half - 1], children[:half]),
            separators[half - 1],
            _branch(separators[half:], children[half:]),
        )

    def replace(self, key: Key, row: Row) -> _Node:
        child = bisect_right(self.separators, key)
        children = self.children
        made = children[child].replace(key, row)
        return _Branch(self.separators, (*children[:child], made, *children[child + 1 :]), self.ends)

    def remove(self, key: Key) -> _Node:
        separators, children = self.separators, self.children
        child = bisect_right(separators, key)
        made = children[child].remove(key)
        limit = LEAF if type(made) is _Leaf else FAN
        if made.width * 4 > limit:
            ends = self.ends
            return _Branch(
                separators,
                (*children[:child], made, *children[child + 1 :]),
                ends[:child] + tuple([end - 1 for end in ends[child:]]),
            )
        if made.size == 0:
            cut = max(child - 1, 0)
            children = children[:child] + children[child + 1 :]
            return _branch(separators[:cut] + separators[cut + 1 :], children)
        children = (*children[:child], made, *children[child + 1 :])
        low = child if child + 1 < len(children) else child - 1
        if low >= 0 and children[low].width + children[low + 1].width <= limit:
            joined = children[low].join(separators[low], children[low + 1])
            children = (*children[:low], joined, *children[low + 2 :])
            separators = separators[:low] + separators[low + 1 :]
        return _branch(separators, children)

    def join(self, separator: Key, other: Any, /) -> _Node:
        return _branch((*self.separators, separator, *other.separators), self.children + other.children)

    def forward(self, start: int) -> Iterator[Row]:
        child = bisect_right(self.ends, start)
        start -= self.ends[child - 1] if child else 0
        for node in self.children[child:]:
            yield from node.forward(start)
            start = 0

    def backward(self, stop: int) -> Iterator[Row]:
        child = bisect_left(self.ends, stop)
        stop -= self.ends[child - 1] if child else 0
        for node in reversed(self.children[: child + 1]):
            yield from node.backward(stop)
            stop = node.size if child == 0 else self.children[child - 1].size
            child -= 1


def _branch(separators: tuple[Key, ...], children: tuple[_Node, ...]) -> _Node:
    if not children:
        return _Leaf((), ())
    return _Branch(separators, children, tuple(accumulate([child.size for child in children])))


class Run:
    """Rows in the order of their keys; every change gives a new run, this one stays as it is.

    A key is a tuple that ends in the row's ordinal, so no two are equal. Where a method takes a key,
    a prefix will do: `bisect_left` finds the first row at or after it, `bisect_right` the first row
    after all that begin with it.
    """

    __slots__ = ("_root",)

    def __init__(self, root: _Node) -> None:
        self._root = root

    @staticmethod
    def build(entries: Sequence[tuple[Key, Row]]) -> Run:
        """A run of entries that are already sorted by key."""
        nodes: list[_Node] = []
        lows: list[Key] = []
        for start in range(0, len(entries), LEAF):
            part = entries[start : start + LEAF]
            lows.append(part[0][0])
            nodes.append(_Leaf(tuple([key for key, _ in part]), tuple([row for _, row in part])))
        while len(nodes) > 1:
            starts = range(0, len(nodes), FAN)
            nodes = [_branch(tuple(lows[at + 1 : at + FAN]), tuple(nodes[at : at + FAN])) for at in starts]
            lows = [lows[at] for at in starts]
        return Run(nodes[0]) if nodes else EMPTY

    def insert(self, key: Key, row: Row) -> Run:
        """This run and one row more."""
        made = self._root.insert(key, row)
        if type(made) is tuple:
            low, separator, high = made
            made = _branch((separator,), (low, high))
        return Run(made)  # type: ignore[arg-type]

    def replace(self, key: Key, row: Row) -> Run:
        """This run with another row at a key; KeyError when the key is not there."""
        return Run(self._root.replace(key, row))

    def remove(self, key: Key) -> Run:
        """This run without the row of that key; KeyError when the key is not there."""
        node = self._root.remove(key)
        while type(node) is _Branch and node.width == 1:
            node = node.children[0]
        return Run(node)

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

    def __iter__(self) -> Iterator[Row]:
        return self.forward()

    def __reversed__(self) -> Iterator[Row]:
        return self.backward()

    def __repr__(self) -> str:
        return f"Run({len(self)} rows)"


EMPTY: Final = Run(_Leaf((), ()))
