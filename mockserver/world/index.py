"""How rows of a kind are grouped and ordered for lists; knows field names, not rows' whereabouts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.world.run import order_key
from mockserver.world.tree import Key

Fields = Mapping[str, Any]
Partition = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Rows with equal `by` fields form a partition; in it they go by the `order` fields, then by age.

    A field is a name or a dotted path ("location.type"); one that is missing counts as null. A value that
    cannot be hashed stands for its repr. Equal Python values (1, 1.0 and True) share a partition.
    Text is compared as it stands: the caller writes date-times in one form. `key`, when given, replaces
    `order`: it returns a tuple, of the same length and comparable types for every row.

    `each` names a field that holds a list, or a single value: the row then stands in one partition for each
    value in it, whose key ends in that value.
    """

    name: str
    by: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    key: Callable[[Fields], Key] | None = None
    each: str | None = None


class Placement:
    """Where rows stand in one index, worked out from it once."""

    # Written out by cases: a row is placed in every index of its kind, and that is most of an insertion.
    # Tuples are added, not unpacked: compiled, that is a third of the time.
    __slots__ = ("_by", "_each", "_one", "_order", "_ordered_by", "_own", "ordering")

    def __init__(self, index: Index) -> None:
        by, order = index.by, index.order
        self._each = index.each
        self._one = by[0] if len(by) == 1 and "." not in by[0] else None
        self._by = [_reader(name) for name in by]
        self._own = index.key
        # Where it is the same object, the keys of a row are the same too.
        self.ordering: object = index.order if index.key is None else index.key
        self._ordered_by = order[0] if len(order) == 1 and "." not in order[0] else None
        self._order = [_reader(name) for name in order]

    def parts(self, data: dict[str, Any]) -> list[Partition]:
        """The keys of the partitions that a row stands in, none twice."""
        each = self._each
        if each is None:
            return [self.part(data)]
        values = data.get(each)
        if values is None:
            return []
        first = self.part(data)
        if type(values) is not list and type(values) is not tuple:
            return [first + (hashable(values),)]
        found = [first + (hashable(value),) for value in values]
        # A value that is listed twice is one partition all the same.
        if len(found) == 2:
            return found if found[0] != found[1] else found[:1]
        return found if len(found) < 2 else list(dict.fromkeys(found))

    def part(self, data: dict[str, Any]) -> Partition:
        """The key that the row's own fields make."""
        one = self._one
        if one is not None:
            value = data.get(one)
            return (value,) if type(value) is str else (hashable(value),)
        by = self._by
        return tuple([hashable(get(data)) for get in by]) if by else ()

    def key(self, data: dict[str, Any], ordinal: int) -> Key:
        """The row's whole key: by what it is ordered, and its ordinal."""
        own = self._own
        if own is not None:
            return own(data) + (ordinal,)
        one = self._ordered_by
        if one is not None:
            value = data.get(one)
            if type(value) is str:
                return (2, value, ordinal)
            return (1, value, ordinal) if type(value) is int else order_key(value) + (ordinal,)
        order = self._order
        return order_key(*[get(data) for get in order]) + (ordinal,) if order else (ordinal,)


def hashable(value: Any) -> Hashable:
    """The value, or its repr when it cannot be hashed."""
    if type(value) is str or value is None:
        return value
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value  # type: ignore[no-any-return]


def _reader(path: str) -> Callable[[Fields], Any]:
    if "." not in path:
        return lambda data: data.get(path)
    head, *rest = path.split(".")

    def read(data: Fields) -> Any:
        value = data.get(head)
        for name in rest:
            if not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value

    return read
