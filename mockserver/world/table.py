"""All rows of one kind at one moment, indexed; a value: a change gives another table, sharing the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from immutables import Map

from mockserver.world.index import Index, Partition, order_of, partitions_of
from mockserver.world.row import Id, Row
from mockserver.world.run import EMPTY, Key, Run

__all__ = ["Duplicate", "Partition", "Plan", "Table"]

Parts = tuple[Map[Partition, Run], ...]


class Duplicate(LookupError):
    """There is already a row of that kind with that id."""

    def __init__(self, kind: str, id: Id) -> None:
        self.kind = kind
        self.id = id
        super().__init__(f"{kind} {id!r} exists already")


class Plan:
    """The indexes of a kind, compiled: `places` by name, `keys` their (partitions, order) functions."""

    __slots__ = ("indexes", "keys", "places")

    def __init__(self, indexes: Sequence[Index]) -> None:
        self.indexes = tuple(indexes)
        self.places = {index.name: place for place, index in enumerate(self.indexes)}
        if len(self.places) < len(self.indexes):
            raise ValueError("two indexes have one name")
        self.keys = tuple([(partitions_of(index), order_of(index)) for index in self.indexes])


class Table:
    """`rows` by id, `parts` by index and partition; `next` is the ordinal of the next new row."""

    __slots__ = ("_by_age", "next", "parts", "plan", "rows")

    def __init__(self, plan: Plan, rows: Map[Id, Row], parts: Parts, next: int) -> None:
        self.plan = plan
        self.rows = rows
        self.parts = parts
        self.next = next
        self._by_age: tuple[Row, ...] | None = None

    @staticmethod
    def empty(plan: Plan) -> Table:
        """A table without rows; its first row will have the ordinal 1."""
        return Table(plan, Map(), tuple([Map() for _ in plan.indexes]), 1)

    def by_age(self) -> tuple[Row, ...]:
        """Rows by ordinal; sorted at the first call."""
        if self._by_age is None:
            self._by_age = tuple(sorted(self.rows.values(), key=lambda row: row.ordinal))
        return self._by_age

    def planned(self, plan: Plan) -> Table:
        """The same rows under other indexes."""
        return Table(plan, self.rows, _indexed(plan, self.rows.values()), self.next)

    def insert(self, row: Row) -> Table:
        """With a new row, whose ordinal is `next`."""
        data, ordinal = row.data, row.ordinal
        parts = list(self.parts)
        for place, (partitions, order) in enumerate(self.plan.keys):
            key = (*order(data), ordinal)
            runs = parts[place]
            for part in partitions(data):
                runs = runs.set(part, runs.get(part, EMPTY).insert(key, row))
            parts[place] = runs
        return Table(self.plan, self.rows.set(row.id, row), tuple(parts), ordinal + 1)

    def replace(self, old: Row, row: Row) -> Table:
        """With a row in the place of `old`, which has its id and ordinal."""
        ordinal, data, before = row.ordinal, row.data, old.data
        parts = []
        for (partitions, order), runs in zip(self.plan.keys, self.parts, strict=True):
            now, before_now = partitions(data), partitions(before)
            key, key_was = (*order(data), ordinal), (*order(before), ordinal)
            for part in before_now:
                if part not in now:
                    runs = _without(runs, part, key_was)
            for part in now:
                if part not in before_now:
                    runs = runs.set(part, runs.get(part, EMPTY).insert(key, row))
                elif key != key_was:
                    runs = runs.set(part, runs[part].remove(key_was).insert(key, row))
                else:
                    runs = runs.set(part, runs[part].replace(key, row))
            parts.append(runs)
        return Table(self.plan, self.rows.set(row.id, row), tuple(parts), self.next)

    def remove(self, old: Row) -> Table:
        """Without that row."""
        data, ordinal = old.data, old.ordinal
        parts = []
        for (partitions, order), runs in zip(self.plan.keys, self.parts, strict=True):
            key = (*order(data), ordinal)
            for part in partitions(data):
                runs = _without(runs, part, key)
            parts.append(runs)
        return Table(self.plan, self.rows.delete(old.id), tuple(parts), self.next)

    def load(self, kind: str, items: Iterable[tuple[Id, dict[str, Any]]]) -> Table:
        """With many new rows; Duplicate when two have one id. Quick where they are more than the others."""
        many = list(items)
        if len(many) < len(self.rows):
            table = self
            for id, data in many:
                if id in table.rows:
                    raise Duplicate(kind, id)
                table = table.insert(Row(kind, id, table.next, data))
            return table
        ordinal = self.next
        with self.rows.mutate() as filling:
            for id, data in many:
                if id in filling:
                    raise Duplicate(kind, id)
                filling[id] = Row(kind, id, ordinal, data)
                ordinal += 1
            rows = filling.finish()
        return Table(self.plan, rows, _indexed(self.plan, rows.values()), ordinal)


def _indexed(plan: Plan, rows: Iterable[Row]) -> Parts:
    rows = list(rows)
    parts = []
    for partitions, order in plan.keys:
        groups: dict[Partition, list[tuple[Key, Row]]] = {}
        for row in rows:
            data = row.data
            key = (*order(data), row.ordinal)
            for part in partitions(data):
                groups.setdefault(part, []).append((key, row))
        for entries in groups.values():
            entries.sort(key=lambda entry: entry[0])
        parts.append(Map({part: Run.build(entries) for part, entries in groups.items()}))
    return tuple(parts)


def _without(runs: Map[Partition, Run], part: Partition, key: Key) -> Map[Partition, Run]:
    run = runs[part].remove(key)
    return runs.set(part, run) if len(run) else runs.delete(part)
