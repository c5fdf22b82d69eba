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


def partitions_of(index: Index) -> Callable[[Fields], tuple[Partition, ...]]:
    """The function from a row's data to the keys of the partitions that it stands in."""
    partition = partition_of(index)
    each = index.each
    if each is None:
        return lambda data: (partition(data),)

    def partitions(data: Fields) -> tuple[Partition, ...]:
        first = partition(data)
        values = data.get(each)
        if values is not None and type(values) is not list and type(values) is not tuple:
            return ((*first, hashable(values)),)
        # A value that is listed twice is one partition all the same.
        return tuple(dict.fromkeys((*first, hashable(value)) for value in values or ()))

    return partitions


def partition_of(index: Index) -> Callable[[Fields], Partition]:
    """The function from a row's data to the key of its partition."""
    names = index.by
    if not names:
        return lambda _: ()
    if len(names) == 1 and "." not in names[0]:
        name = names[0]

        def partition(data: Fields) -> tuple[Hashable, ...]:
            value = data.get(name)
            return (value,) if type(value) is str else (hashable(value),)

        return partition
    read = [_reader(name) for name in names]
    return lambda data: tuple([hashable(get(data)) for get in read])


def order_of(index: Index) -> Callable[[Fields], Key]:
    """The function from a row's data to its sorting key, still without the ordinal."""
    if index.key is not None:
        return index.key
    names = index.order
    if not names:
        return lambda _: ()
    if len(names) == 1 and "." not in names[0]:
        name = names[0]

        def order(data: Fields) -> Key:
            value = data.get(name)
            if type(value) is str:
                return (2, value)
            return (1, value) if type(value) is int else order_key(value)

        return order
    read = [_reader(name) for name in names]
    return lambda data: order_key(*[get(data) for get in read])


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
