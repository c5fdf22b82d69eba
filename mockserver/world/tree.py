"""The nodes of a B+ tree, never changed once looked at; knows sorted keys, counts and rows, not their use.

A change copies the path to one leaf and nothing else. Each branch knows cumulative counts, so a place in
the sequence is found by a few bisections, whatever its length.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Final, Protocol

from mockserver.world.row import Row

Key = tuple[Any, ...]

LEAF: Final = 128  # entries of one leaf at most
FAN: Final = 32  # children of one branch at most
KEPT: Final = 16  # sieves whose outcome a node keeps


class Edition:
    """A stretch of time in which nobody looks at what is made; a node of it may still be changed in place.

    One row more then touches what stands on its way, where a copied leaf touches all of its keys and rows,
    which in a large tree are in nobody's cache. Whoever lets somebody look begins another edition.
    """

    __slots__ = ()


class Sieve:
    """A test of rows, and a name that is the same only for tests that let the same rows through.

    A node that was asked never changes, so what it lets through is found once and kept under that name; after
    a change only the nodes on the way to the changed leaf are tried again.
    """

    __slots__ = ("name", "test")

    def __init__(self, name: Hashable, test: Callable[[Row], bool]) -> None:
        self.name = name
        self.test = test


class Node(Protocol):
    """A leaf or a branch. A key that is looked for may be the beginning of one.

    Nothing changes a node but `insert`, and that only one of the same edition. Of a node that may still be
    changed only `size`, `rank` and `slice` may be asked.
    """

    @property
    def size(self) -> int:
        """How many rows are below."""

    @property
    def width(self) -> int:
        """How many entries or children it has itself."""

    def rank(self, key: Key) -> int:
        """How many rows come before the key."""

    def key_at(self, place: int) -> Key:
        """The key of the row at that place."""

    def slice(self, start: int, stop: int) -> list[Row]:
        """The rows from `start` to before `stop`; 0 <= start < stop <= size."""

    def insert(self, key: Key, row: Row, edition: Edition) -> tuple[Node, Key, Node] | Node:
        """With one row more; two nodes and what divides them when one would be too wide."""

    def replace(self, key: Key, row: Row) -> Node:
        """With another row at the key; KeyError when the key is not there."""

    def remove(self, key: Key) -> Node:
        """Without the row of that key; KeyError when the key is not there."""

    def join(self, separator: Key, other: Any, /) -> Node:
        """This node and its right neighbour as one."""

    def forward(self, start: int) -> Iterator[Row]:
        """The rows from `start` on."""

    def backward(self, stop: int) -> Iterator[Row]:
        """The rows before `stop`, last first."""

    def passing(self, sieve: Sieve, start: int, stop: int) -> int:
        """How many of the rows from `start` to before `stop` pass."""

    def picked(self, sieve: Sieve, start: int, stop: int, skip: int, most: int) -> list[Row]:
        """`most` at most of the rows from `start` to before `stop` that pass, without the first `skip`."""


class _Leaf:
    """Entries side by side: `rows[i]` has the key `keys[i]`."""

    # Lists, for they are copied faster than tuples. Leaves may share a list where neither has an edition.
    __slots__ = ("edition", "keys", "rows", "sifted", "size", "width")

    def __init__(self, keys: list[Key], rows: list[Row], edition: Edition | None = None) -> None:
        self.edition = edition
        self.keys = keys
        self.rows = rows
        self.size = self.width = len(keys)
        # By the name of a sieve: the places of the rows that pass.
        self.sifted: dict[Hashable, list[int]] | None = None

    def rank(self, key: Key) -> int:
        return bisect_left(self.keys, key)

    def key_at(self, place: int) -> Key:
        return self.keys[place]

    def slice(self, start: int, stop: int) -> list[Row]:
        return self.rows[start:stop]

    def insert(self, key: Key, row: Row, edition: Edition) -> tuple[Node, Key, Node] | Node:
        keys, rows = self.keys, self.rows
        place = bisect_left(keys, key)
        own = self.edition is edition
        if not own:
            keys, rows = keys.copy(), rows.copy()
        keys.insert(place, key)
        rows.insert(place, row)
        width = len(keys)
        if width <= LEAF:
            if not own:
                return _Leaf(keys, rows, edition)
            self.size = self.width = width
            return self
        # A run that only grows at its end keeps full leaves behind it.
        half = LEAF if place == LEAF else LEAF // 2
        low, high = _Leaf(keys[:half], rows[:half], edition), _Leaf(keys[half:], rows[half:], edition)
        return low, high.keys[0], high

    def replace(self, key: Key, row: Row) -> Node:
        rows = self.rows.copy()
        rows[self._find(key)] = row
        return _Leaf(self.keys, rows)

    def remove(self, key: Key) -> Node:
        place = self._find(key)
        keys, rows = self.keys.copy(), self.rows.copy()
        del keys[place], rows[place]
        return _Leaf(keys, rows)

    def _find(self, key: Key) -> int:
        place = bisect_left(self.keys, key)
        if place == len(self.keys) or self.keys[place] != key:
            raise KeyError(key)
        return place

    def join(self, _: Key, other: Any, /) -> Node:
        return _Leaf(self.keys + other.keys, self.rows + other.rows)

    def forward(self, start: int) -> Iterator[Row]:
        return iter(self.rows[start:] if start else self.rows)

    def backward(self, stop: int) -> Iterator[Row]:
        return reversed(self.rows[:stop])

    def passing(self, sieve: Sieve, start: int, stop: int) -> int:
        places = self._places(sieve)
        if start <= 0 and stop >= self.size:
            return len(places)
        return bisect_left(places, stop) - bisect_left(places, start)

    def picked(self, sieve: Sieve, start: int, stop: int, skip: int, most: int) -> list[Row]:
        places, rows = self._places(sieve), self.rows
        first = bisect_left(places, start) + skip
        last = min(bisect_left(places, stop), first + most)
        return [rows[place] for place in places[first:last]]

    def _places(self, sieve: Sieve) -> list[int]:
        sifted = self.sifted
        if sifted is None:
            sifted = self.sifted = {}
        found = sifted.get(sieve.name)
        if found is None:
            test = sieve.test
            found = [place for place, row in enumerate(self.rows) if test(row)]
            if len(sifted) >= KEPT:
                del sifted[next(iter(sifted))]
            sifted[sieve.name] = found
        return found


class _Branch:
    """`separators[i]` divides child i (below) from the next (at or above); `sizes` are the children's."""

    # The separators may be shared with other branches, and are never changed.
    __slots__ = ("_ends", "children", "edition", "separators", "sifted", "size", "sizes", "width")

    def __init__(
        self,
        separators: list[Key],
        children: list[Node],
        sizes: list[int],
        size: int,
        edition: Edition | None = None,
    ) -> None:
        self.edition = edition
        self.separators = separators
        self.children = children
        self.sizes = sizes
        self.size = size
        self.width = len(children)
        self._ends: list[int] | None = None
        # By the name of a sieve: how many rows of each child and those before it pass.
        self.sifted: dict[Hashable, list[int]] | None = None

    @property
    def ends(self) -> list[int]:
        """Cumulative counts: how many rows are in each child and those before it."""
        ends = self._ends
        if ends is None:
            ends = self._ends = list(accumulate(self.sizes))
        return ends

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
        if stop <= ends[child]:
            return self.children[child].slice(start - before, stop - before)
        found = self.children[child].slice(start - before, ends[child] - before)
        while stop > (before := ends[child]):
            child += 1
            found += self.children[child].slice(0, min(stop, ends[child]) - before)
        return found

    def insert(self, key: Key, row: Row, edition: Edition) -> tuple[Node, Key, Node] | Node:
        child = bisect_right(self.separators, key)
        made = self.children[child].insert(key, row, edition)
        if type(made) is not tuple:
            if self.edition is edition:
                self.children[child] = made  # type: ignore[assignment]
                self.sizes[child] += 1
                self.size += 1
                self._ends = None
                return self
            children, sizes = self.children.copy(), self.sizes.copy()
            children[child] = made  # type: ignore[assignment]
            sizes[child] += 1
            return _Branch(self.separators, children, sizes, self.size + 1, edition)
        low, separator, high = made
        children = self.children.copy()
        children[child : child + 1] = low, high
        separators = self.separators.copy()
        separators.insert(child, separator)
        if len(children) <= FAN:
            return _branch(separators, children, edition)
        half = FAN if child == FAN - 1 else FAN // 2
        return (
            _branch(separators[: half - 1], children[:half], edition),
            separators[half - 1],
            _branch(separators[half:], children[half:], edition),
        )

    def replace(self, key: Key, row: Row) -> Node:
        child = bisect_right(self.separators, key)
        children = self.children.copy()
        children[child] = children[child].replace(key, row)
        return _Branch(self.separators, children, self.sizes.copy(), self.size)

    def remove(self, key: Key) -> Node:
        child = bisect_right(self.separators, key)
        children = self.children.copy()
        made = children[child].remove(key)
        limit = LEAF if type(made) is _Leaf else FAN
        if made.width * 4 > limit:
            children[child] = made
            sizes = self.sizes.copy()
            sizes[child] -= 1
            return _Branch(self.separators, children, sizes, self.size - 1)
        separators = self.separators.copy()
        if made.size == 0:
            del children[child], separators[max(child - 1, 0) : max(child, 1)]
            return _branch(separators, children)
        children[child] = made
        low = child if child + 1 < len(children) else child - 1
        if low >= 0 and children[low].width + children[low + 1].width <= limit:
            children[low : low + 2] = [children[low].join(separators.pop(low), children[low + 1])]
        return _branch(separators, children)

    def join(self, separator: Key, other: Any, /) -> Node:
        return _branch([*self.separators, separator, *other.separators], self.children + other.children)

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
            child -= 1
            stop = self.children[child].size

    def passing(self, sieve: Sieve, start: int, stop: int) -> int:
        size = self.size
        if start <= 0 and stop >= size:
            return self._counts(sieve)[-1]
        if start <= 0 or stop >= size:
            # One end only: what is in whole children is counted already.
            counts, ends = self._counts(sieve), self.ends
            place = stop if start <= 0 else start
            child = bisect_right(ends, place)
            before = counts[child - 1] if child else 0
            if child < len(ends):
                before += self.children[child].passing(sieve, 0, place - (ends[child - 1] if child else 0))
            return before if start <= 0 else counts[-1] - before
        child = bisect_right(self.ends, start)
        before = self.ends[child - 1] if child else 0
        found = 0
        while before < stop and child < self.width:
            found += self.children[child].passing(sieve, start - before, stop - before)
            before = self.ends[child]
            child += 1
        return found

    def picked(self, sieve: Sieve, start: int, stop: int, skip: int, most: int) -> list[Row]:
        if start <= 0 and stop >= self.size:
            counts = self._counts(sieve)
            child = bisect_right(counts, skip)
            if child:
                skip -= counts[child - 1]
        else:
            child = bisect_right(self.ends, start)
        before = self.ends[child - 1] if child else 0
        found: list[Row] = []
        while before < stop and child < self.width and len(found) < most:
            node = self.children[child]
            if skip and skip >= (here := node.passing(sieve, start - before, stop - before)):
                skip -= here
            else:
                found += node.picked(sieve, start - before, stop - before, skip, most - len(found))
                skip = 0
            before = self.ends[child]
            child += 1
        return found

    def _counts(self, sieve: Sieve) -> list[int]:
        sifted = self.sifted
        if sifted is None:
            sifted = self.sifted = {}
        found = sifted.get(sieve.name)
        if found is None:
            found = list(accumulate([child.passing(sieve, 0, child.size) for child in self.children]))
            if len(sifted) >= KEPT:
                del sifted[next(iter(sifted))]
            sifted[sieve.name] = found
        return found


def _branch(separators: list[Key], children: list[Node], edition: Edition | None = None) -> Node:
    if not children:
        return _Leaf([], [])
    sizes = [child.size for child in children]
    return _Branch(separators, children, sizes, sum(sizes), edition)


EMPTY_NODE: Final[Node] = _Leaf([], [])


def inserted(root: Node, key: Key, row: Row, edition: Edition) -> Node:
    """The tree with one row more; `root` is not to be used any more where it is of that edition."""
    made = root.insert(key, row, edition)
    if type(made) is tuple:
        low, separator, high = made
        return _branch([separator], [low, high], edition)
    return made  # type: ignore[return-value]


def removed(root: Node, key: Key) -> Node:
    """The tree without the row of that key; KeyError when the key is not there."""
    node = root.remove(key)
    while type(node) is _Branch and node.width == 1:
        node = node.children[0]
    return node


def grown(entries: Sequence[tuple[Key, Row]]) -> Node:
    """The tree of entries that are sorted by key."""
    # Not quite full, so that the first insertions do not split every node.
    leaf, fan = LEAF - LEAF // 4, FAN - FAN // 4
    nodes: list[Node] = []
    lows: list[Key] = []
    for start in range(0, len(entries), leaf):
        part = entries[start : start + leaf]
        lows.append(part[0][0])
        nodes.append(_Leaf([key for key, _ in part], [row for _, row in part]))
    while len(nodes) > 1:
        starts = range(0, len(nodes), fan)
        nodes = [_branch(lows[at + 1 : at + fan], nodes[at : at + fan]) for at in starts]
        lows = [lows[at] for at in starts]
    return nodes[0] if nodes else EMPTY_NODE
