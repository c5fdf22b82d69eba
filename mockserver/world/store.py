"""Rows by kind and id, indexed and transactional; knows values and their order, not their meaning.

A kind's table is an immutable value. A change replaces the table, so a fork, a snapshot, a reset and a
rollback only put another table in its place, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from immutables import Map

from mockserver.world.index import Index, order_of, partition_of
from mockserver.world.row import Id, Row
from mockserver.world.run import EMPTY, Key, Run, order_key

__all__ = ["Duplicate", "Id", "Index", "IndexView", "Participant", "Root", "Row", "Store", "order_key"]

Partition = tuple[Hashable, ...]


class Duplicate(KeyError):
    """There is already a row of that kind with that id."""

    def __init__(self, kind: str, id: Id) -> None:
        self.kind = kind
        self.id = id
        super().__init__(f"{kind} {id!r} exists already")


class Participant(Protocol):
    """Something that keeps changes of its own until the transaction ends."""

    def commit(self) -> None:
        """Keep what was put since the transaction began."""

    def rollback(self) -> None:
        """Forget what was put since the transaction began."""


class _Plan:
    """The indexes of a kind, compiled."""

    __slots__ = ("indexes", "keys", "places")

    def __init__(self, indexes: Sequence[Index]) -> None:
        self.indexes = tuple(indexes)
        self.places = {index.name: place for place, index in enumerate(self.indexes)}
        if len(self.places) < len(self.indexes):
            raise ValueError("two indexes have one name")
        self.keys = tuple([(partition_of(index), order_of(index)) for index in self.indexes])


class _Table:
    """All rows of a kind at one moment; never changed."""

    __slots__ = ("by_age", "next", "parts", "plan", "rows")

    def __init__(
        self, plan: _Plan, rows: Map[Id, Row], parts: tuple[Map[Partition, Run], ...], next: int
    ) -> None:
        self.plan = plan
        self.rows = rows
        self.parts = parts
        self.next = next
        self.by_age: tuple[Row, ...] | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A whole store at one moment; shares every row with the store it was taken from."""

    tables: Mapping[str, _Table]
    counters: Mapping[str, int]


class IndexView:
    """One index of a kind, as the store has it at the time of each call."""

    __slots__ = ("_kind", "_place", "_tables")

    def __init__(self, tables: Mapping[str, _Table], kind: str, place: int) -> None:
        self._tables = tables
        self._kind = kind
        self._place = place

    def partition(self, key: Partition) -> Run:
        """The rows whose `by` fields have these values; an empty run when there are none."""
        return self._tables[self._kind].parts[self._place].get(key, EMPTY)

    def partitions(self) -> list[Partition]:
        """The keys of all partitions that have rows, in no order that means anything."""
        return list(self._tables[self._kind].parts[self._place])


class Store:
    """Rows by kind and id.

    An unknown kind or index is a KeyError. Between `begin` and `commit` or `rollback` every change can be
    undone; outside of them a change stands at once. Not for use from several threads.
    """

    __slots__ = ("_counters", "_enlisted", "_open", "_tables", "_undo", "_undo_counters")

    def __init__(self) -> None:
        self._tables: dict[str, _Table] = {}
        self._counters: dict[str, int] = {}
        self._open = False
        self._undo: dict[str, _Table] | None = None
        self._undo_counters: dict[str, int] | None = None
        self._enlisted: list[Participant] | None = None

    # Kinds

    def define(self, kind: str, indexes: Sequence[Index] = ()) -> None:
        """Declare a kind and its indexes; once more with others, its rows are indexed anew."""
        if self._open:
            raise RuntimeError("a kind cannot be defined inside a transaction")
        plan = _Plan(indexes)
        old = self._tables.get(kind)
        if old is None:
            self._tables[kind] = _Table(plan, Map(), tuple([Map() for _ in plan.indexes]), 1)
        elif old.plan.indexes != plan.indexes:
            parts = tuple([_grouped(keys, old.rows.values()) for keys in plan.keys])
            self._tables[kind] = _Table(plan, old.rows, parts, old.next)

    def kinds(self) -> list[str]:
        """Every kind that was defined, in that order."""
        return list(self._tables)

    # Reading

    def get(self, kind: str, id: Id) -> Row | None:
        """The row, or None."""
        return self._tables[kind].rows.get(id)

    def count(self, kind: str) -> int:
        """How many rows the kind has."""
        return len(self._tables[kind].rows)

    def rows(self, kind: str) -> Iterator[Row]:
        """Every row of the kind, oldest first, as they are now (the first call after a change sorts)."""
        table = self._tables[kind]
        by_age = table.by_age
        if by_age is None:
            by_age = table.by_age = tuple(sorted(table.rows.values(), key=lambda row: row.ordinal))
        return iter(by_age)

    def run(self, kind: str, index: str, partition: Partition = ()) -> Run:
        """The rows of one partition of an index, in its order."""
        table = self._tables[kind]
        return table.parts[table.plan.places[index]].get(partition, EMPTY)

    def index(self, kind: str, name: str) -> IndexView:
        """The index of that name."""
        return IndexView(self._tables, kind, self._tables[kind].plan.places[name])

    def position(self, kind: str, index: str, row: Row) -> Key:
        """The row's whole key in an index; it stays good for bisection when the row is gone."""
        plan = self._tables[kind].plan
        return (*plan.keys[plan.places[index]][1](row.data), row.ordinal)

    def next_ordinal(self, kind: str) -> int:
        """The ordinal that the next new row of the kind will have; the first is 1."""
        return self._tables[kind].next

    # Writing

    def insert(self, kind: str, id: Id, data: dict[str, Any]) -> Row:
        """Add a row; `data` belongs to the store from now on. Duplicate when the id is taken."""
        table = self._tables[kind]
        rows = table.rows
        if id in rows:
            raise Duplicate(kind, id)
        plan, ordinal = table.plan, table.next
        row = Row(kind, id, ordinal, data)
        parts = []
        for (partition, order), runs in zip(plan.keys, table.parts, strict=True):
            part = partition(data)
            parts.append(runs.set(part, runs.get(part, EMPTY).insert((*order(data), ordinal), row)))
        self._write(kind, table, _Table(plan, rows.set(id, row), tuple(parts), ordinal + 1))
        return row

    def put(self, kind: str, id: Id, data: dict[str, Any]) -> Row:
        """Replace a row's data, or add the row; a replaced row keeps its ordinal."""
        table = self._tables[kind]
        old = table.rows.get(id)
        if old is None:
            return self.insert(kind, id, data)
        ordinal, before = old.ordinal, old.data
        row = Row(kind, id, ordinal, data)
        parts = []
        for (partition, order), runs in zip(table.plan.keys, table.parts, strict=True):
            part, was = partition(data), partition(before)
            key, key_was = (*order(data), ordinal), (*order(before), ordinal)
            if part != was:
                runs = _without(runs, was, key_was)
                runs = runs.set(part, runs.get(part, EMPTY).insert(key, row))
            elif key != key_was:
                runs = runs.set(part, runs[part].remove(key_was).insert(key, row))
            else:
                runs = runs.set(part, runs[part].replace(key, row))
            parts.append(runs)
        self._write(kind, table, _Table(table.plan, table.rows.set(id, row), tuple(parts), table.next))
        return row

    def remove(self, kind: str, id: Id) -> bool:
        """Take a row away; False when there was none. Its ordinal is not used again."""
        table = self._tables[kind]
        old = table.rows.get(id)
        if old is None:
            return False
        data, ordinal = old.data, old.ordinal
        parts = [
            _without(runs, partition(data), (*order(data), ordinal))
            for (partition, order), runs in zip(table.plan.keys, table.parts, strict=True)
        ]
        self._write(kind, table, _Table(table.plan, table.rows.delete(id), tuple(parts), table.next))
        return True

    def load(self, kind: str, items: Iterable[tuple[Id, dict[str, Any]]]) -> None:
        """Insert many rows at once, all or none; much faster than one by one while the kind is empty."""
        table = self._tables[kind]
        if len(table.rows):
            for id, data in items:
                self.insert(kind, id, data)
            return
        ordinal = table.next
        with Map[Id, Row]().mutate() as filling:
            for id, data in items:
                if id in filling:
                    raise Duplicate(kind, id)
                filling[id] = Row(kind, id, ordinal, data)
                ordinal += 1
            rows = filling.finish()
        parts = tuple([_grouped(keys, rows.values()) for keys in table.plan.keys])
        self._write(kind, table, _Table(table.plan, rows, parts, ordinal))

    def take(self, counter: str) -> int:
        """The next number of a named counter: 1, 2, 3, … It is given back when the transaction is."""
        counters = self._counters
        number = counters.get(counter, 0)
        if self._open:
            undo = self._undo_counters
            if undo is None:
                self._undo_counters = {counter: number}
            elif counter not in undo:
                undo[counter] = number
        counters[counter] = number + 1
        return number + 1

    def _write(self, kind: str, old: _Table, new: _Table) -> None:
        if self._open:
            undo = self._undo
            if undo is None:
                self._undo = {kind: old}
            elif kind not in undo:
                undo[kind] = old
        self._tables[kind] = new

    # Transactions

    @property
    def in_transaction(self) -> bool:
        """Whether `begin` was called and neither `commit` nor `rollback` since."""
        return self._open

    def begin(self) -> None:
        """Open a transaction; RuntimeError when one is open."""
        if self._open:
            raise RuntimeError("a transaction is open already")
        self._open = True

    def commit(self) -> None:
        """Keep what was changed since `begin`."""
        self._open = False
        self._undo = None
        self._undo_counters = None
        if self._enlisted is not None:
            enlisted, self._enlisted = self._enlisted, None
            for participant in enlisted:
                participant.commit()

    def rollback(self) -> None:
        """Put everything back as it was at `begin`."""
        self._open = False
        if self._undo is not None:
            self._tables.update(self._undo)
            self._undo = None
        if self._undo_counters is not None:
            self._counters.update(self._undo_counters)
            self._undo_counters = None
        if self._enlisted is not None:
            enlisted, self._enlisted = self._enlisted, None
            for participant in enlisted:
                participant.rollback()

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """Commit at the end of the block, roll back when it raises."""
        self.begin()
        try:
            yield self
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def enlist(self, participant: Participant) -> None:
        """Let something else end with the transaction that is open; RuntimeError when none is."""
        if not self._open:
            raise RuntimeError("no transaction is open")
        if self._enlisted is None:
            self._enlisted = [participant]
        elif participant not in self._enlisted:
            self._enlisted.append(participant)

    # The whole

    def root(self) -> Root:
        """All of it as it is now; costs as much as there are kinds, not rows."""
        if self._open:
            raise RuntimeError("a transaction is open")
        return Root(dict(self._tables), dict(self._counters))

    def restore(self, root: Root) -> None:
        """Be again as `root` was."""
        if self._open:
            raise RuntimeError("a transaction is open")
        # In place: views of indexes hold on to this dictionary.
        self._tables.clear()
        self._tables.update(root.tables)
        self._counters.clear()
        self._counters.update(root.counters)

    def fork(self) -> Store:
        """Another store with the same rows, which goes its own way from here."""
        other = Store()
        other.restore(self.root())
        return other


def _without(runs: Map[Partition, Run], part: Partition, key: Key) -> Map[Partition, Run]:
    run = runs[part].remove(key)
    return runs.set(part, run) if len(run) else runs.delete(part)


def _grouped(keys: tuple[Any, Any], rows: Iterable[Row]) -> Map[Partition, Run]:
    partition, order = keys
    groups: dict[Partition, list[tuple[Key, Row]]] = {}
    for row in rows:
        data = row.data
        groups.setdefault(partition(data), []).append(((*order(data), row.ordinal), row))
    for entries in groups.values():
        entries.sort(key=lambda entry: entry[0])
    return Map({part: Run.build(entries) for part, entries in groups.items()})
