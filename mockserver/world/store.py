"""Rows by kind and id, indexed and transactional; knows values and their order, not their meaning.

A kind's table is an immutable value. A change replaces the table, so a fork, a snapshot, a reset and a
rollback only put another table in its place, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from mockserver.world.index import Index
from mockserver.world.row import Id, Row
from mockserver.world.run import EMPTY, Key, Run, order_key
from mockserver.world.table import Duplicate, Partition, Plan, Table

__all__ = ["Duplicate", "Id", "Index", "IndexView", "Participant", "Root", "Row", "Store", "order_key"]


class Participant(Protocol):
    """Something that keeps changes of its own until the transaction ends."""

    def commit(self) -> None:
        """Keep what was put since the transaction began."""

    def rollback(self) -> None:
        """Forget what was put since the transaction began."""


@dataclass(frozen=True, slots=True)
class Root:
    """A whole store at one moment; shares every row with the store it was taken from."""

    tables: Mapping[str, Table]
    counters: Mapping[str, int]


class IndexView:
    """One index of a kind, as the store has it at the time of each call."""

    __slots__ = ("_kind", "_place", "_tables")

    def __init__(self, tables: Mapping[str, Table], kind: str, place: int) -> None:
        self._tables = tables
        self._kind = kind
        self._place = place

    def partition(self, key: Partition) -> Run:
        """The rows whose `by` fields have these values; an empty run when there are none."""
        return self._tables[self._kind].parts[self._place].get(key, EMPTY)

    def partitions(self) -> list[Partition]:
        """The keys of all partitions that have rows, sorted."""
        return sorted(self._tables[self._kind].parts[self._place], key=lambda key: order_key(*key))


class Store:
    """Rows by kind and id.

    An unknown kind or index is a KeyError. Between `begin` and `commit` or `rollback` every change can be
    undone; outside of them a change stands at once. Not for use from several threads.
    """

    __slots__ = ("_counters", "_enlisted", "_open", "_tables", "_undo", "_undo_counters")

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._counters: dict[str, int] = {}
        self._open = False
        self._undo: dict[str, Table] | None = None
        self._undo_counters: dict[str, int] | None = None
        self._enlisted: list[Participant] | None = None

    # Kinds

    def define(self, kind: str, indexes: Sequence[Index] = ()) -> None:
        """Declare a kind and its indexes; once more with others, its rows are indexed anew."""
        if self._open:
            raise RuntimeError("a kind cannot be defined inside a transaction")
        plan = Plan(indexes)
        old = self._tables.get(kind)
        if old is None:
            self._tables[kind] = Table.empty(plan)
        elif old.plan.indexes != plan.indexes:
            self._tables[kind] = old.planned(plan)

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
        return iter(self._tables[kind].by_age())

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
        if id in table.rows:
            raise Duplicate(kind, id)
        row = Row(kind, id, table.next, data)
        self._write(kind, table, table.insert(row))
        return row

    def put(self, kind: str, id: Id, data: dict[str, Any]) -> Row:
        """Replace a row's data, or add the row; a replaced row keeps its ordinal."""
        table = self._tables[kind]
        old = table.rows.get(id)
        if old is None:
            return self.insert(kind, id, data)
        row = Row(kind, id, old.ordinal, data)
        self._write(kind, table, table.replace(old, row))
        return row

    def remove(self, kind: str, id: Id) -> bool:
        """Take a row away; False when there was none. Its ordinal is not used again."""
        table = self._tables[kind]
        old = table.rows.get(id)
        if old is None:
            return False
        self._write(kind, table, table.remove(old))
        return True

    def load(self, kind: str, items: Iterable[tuple[Id, dict[str, Any]]]) -> None:
        """Insert many rows at once, all or none; quick where they are more than there are already."""
        table = self._tables[kind]
        self._write(kind, table, table.load(kind, items))

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

    def _write(self, kind: str, old: Table, new: Table) -> None:
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
