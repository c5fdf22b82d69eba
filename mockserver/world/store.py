"""Rows by kind and id, indexed and transactional; knows values and their order, not their meaning.

A kind's table is changed in place until it is kept: by a fork, a snapshot or a reset, which share it from
then on and cost the same however many rows there are. What is changed after that is a table of its own,
sharing what did not change. The rows of a run that was given away stay as they were in the same manner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from mockserver.world.index import Index
from mockserver.world.row import Id, Row
from mockserver.world.run import EMPTY, Edition, Key, Run, order_key
from mockserver.world.table import Duplicate, Partition, Plan, Table

__all__ = ["Duplicate", "Id", "Index", "IndexView", "Participant", "Root", "Row", "Store", "order_key"]

# One change of a kind, to be undone: what `next` was, and the row before and after it; or the whole table
# as it was.
Change = tuple[str, int, Row | None, Row | None, Table | None]


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

    __slots__ = ("_kind", "_place", "_store")

    def __init__(self, store: Store, kind: str, place: int) -> None:
        self._store = store
        self._kind = kind
        self._place = place

    def partition(self, key: Partition) -> Run:
        """The rows whose `by` fields have these values; an empty run when there are none."""
        return self._store.partition(self._kind, self._place, key)

    def partitions(self) -> list[Partition]:
        """The keys of all partitions that have rows, sorted."""
        return self._store.partitions(self._kind, self._place)


class Store:
    """Rows by kind and id.

    An unknown kind or index is a KeyError. Between `begin` and `commit` or `rollback` every change can be
    undone; outside of them a change stands at once. Not for use from several threads.
    """

    __slots__ = (
        "_counters",
        "_edition",
        "_enlisted",
        "_open",
        "_tables",
        "_undo",
        "_undo_counters",
        "_unseen",
    )

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._counters: dict[str, int] = {}
        self._open = False
        self._undo: list[Change] | None = None
        # What is made in this edition may be changed in place; `_unseen` says that there is something.
        self._edition = Edition()
        self._unseen = False
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

    def get(self, kind: str, id: Any) -> Row | None:
        """The row, or None. A request may have an id in another form (657.0 is an integer in JSON)."""
        return self._tables[kind].get(id)

    def count(self, kind: str) -> int:
        """How many rows the kind has."""
        return len(self._tables[kind])

    def rows(self, kind: str) -> Iterator[Row]:
        """Every row of the kind, oldest first, as they are now (the first call after a change sorts)."""
        return iter(self._tables[kind].by_age())

    def run(self, kind: str, index: str, partition: Partition = ()) -> Run:
        """The rows of one partition of an index, in its order."""
        return self.partition(kind, self._tables[kind].plan.places[index], partition)

    def partition(self, kind: str, place: int, partition: Partition) -> Run:
        """As `run`, by the place of the index among those of the kind."""
        if self._unseen:
            # It is looked at from now on, and stays as it is.
            self._edition = Edition()
            self._unseen = False
        return self._tables[kind].parts[place].get(partition, EMPTY)

    # Of an index these tell, and give nothing away: unlike a run, which is a value, they leave the partition
    # free to be changed in place. A booking asks a dozen such questions before it makes its rows.

    def amount(self, kind: str, index: str, partition: Partition = ()) -> int:
        """How many rows one partition of an index has."""
        run = self._asked(kind, index, partition)
        return 0 if run is None else len(run)

    def listed(self, kind: str, index: str, partition: Partition = ()) -> list[Row]:
        """The rows of one partition of an index, in its order."""
        run = self._asked(kind, index, partition)
        return [] if run is None else run.page(0, len(run))

    def first(self, kind: str, index: str, partition: Partition = ()) -> Row | None:
        """The first of them, None where there is none."""
        run = self._asked(kind, index, partition)
        return None if run is None else run[0]

    def between(self, kind: str, index: str, partition: Partition, low: Key, stop: Key) -> list[Row]:
        """Those among them whose keys are at or after `low` and before `stop`."""
        run = self._asked(kind, index, partition)
        return [] if run is None else run.between(low, stop)

    def _asked(self, kind: str, index: str, partition: Partition) -> Run | None:
        """A partition as it is now, for the time of a question; None where it has no rows: none is empty."""
        table = self._tables[kind]
        return table.parts[table.plan.places[index]].get(partition)

    def partitions(self, kind: str, place: int) -> list[Partition]:
        """The keys of all partitions of the index at that place, sorted."""
        return sorted(self._tables[kind].parts[place], key=lambda key: order_key(*key))

    def index(self, kind: str, name: str) -> IndexView:
        """The index of that name."""
        return IndexView(self, kind, self._tables[kind].plan.places[name])

    def position(self, kind: str, index: str, row: Row) -> Key:
        """The row's whole key in an index; it stays good for bisection when the row is gone."""
        plan = self._tables[kind].plan
        return plan.placements[plan.places[index]].key(row.data, row.ordinal)

    def next_ordinal(self, kind: str) -> int:
        """The ordinal that the next new row of the kind will have; the first is 1."""
        return self._tables[kind].next

    # Writing

    def insert(self, kind: str, id: Id, data: dict[str, Any]) -> Row:
        """Add a row; `data` belongs to the store from now on. Duplicate when the id is taken."""
        table = self._tables[kind]
        if id in table:
            raise Duplicate(kind, id)
        if table.kept:
            table = self._opened(kind, table)
        ordinal = table.next
        row = Row(kind, id, ordinal, data)
        self._unseen = True
        table.insert(row, self._edition)
        if self._open:
            self._note((kind, ordinal, None, row, None))
        return row

    def put(self, kind: str, id: Id, data: dict[str, Any]) -> Row:
        """Replace a row's data, or add the row; a replaced row keeps its ordinal."""
        table = self._tables[kind]
        old = table.get(id)
        if old is None:
            return self.insert(kind, id, data)
        if table.kept:
            table = self._opened(kind, table)
        row = Row(kind, id, old.ordinal, data)
        table.replace(old, row)
        if self._open:
            self._note((kind, table.next, old, row, None))
        return row

    def remove(self, kind: str, id: Id) -> bool:
        """Take a row away; False when there was none. Its ordinal is not used again."""
        table = self._tables[kind]
        old = table.get(id)
        if old is None:
            return False
        if table.kept:
            table = self._opened(kind, table)
        table.remove(old)
        if self._open:
            self._note((kind, table.next, old, None, None))
        return True

    def load(self, kind: str, items: Iterable[tuple[Id, dict[str, Any]]]) -> None:
        """Insert many rows at once, all or none; quick where they are more than there are already."""
        table = self._tables[kind]
        loaded = table.loaded(kind, items)
        self._tables[kind] = loaded
        # Both tables have the old runs.
        self._edition = Edition()
        if self._open:
            self._note((kind, 0, None, None, table))

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

    def _opened(self, kind: str, kept: Table) -> Table:
        """A table in the place of one that was kept."""
        table = self._tables[kind] = kept.opened()
        if self._open:
            self._note((kind, 0, None, None, kept))
        return table

    def _note(self, change: Change) -> None:
        if self._undo is None:
            self._undo = [change]
        else:
            self._undo.append(change)

    def _undone(self, changes: list[Change]) -> None:
        """Take changes back, the last one first."""
        for kind, next, before, after, whole in reversed(changes):
            if whole is not None:
                self._tables[kind] = whole
                continue
            table = self._tables[kind]
            if before is None:
                assert after is not None
                table.remove(after)
            elif after is None:
                self._unseen = True
                table.insert(before, self._edition)
            else:
                table.replace(after, before)
            table.next = next

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
            changes, self._undo = self._undo, None
            self._undone(changes)
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
        for table in self._tables.values():
            if not table.kept:
                table.keep()
        self._edition = Edition()
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
