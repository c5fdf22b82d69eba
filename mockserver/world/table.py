"""All rows of one kind, indexed; shares what did not change with the tables that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from immutables import Map, MapMutation

from mockserver.world.index import Index, Partition, Placement
from mockserver.world.row import Id, Row
from mockserver.world.run import EMPTY, Edition, Key, Run

__all__ = ["Duplicate", "Partition", "Plan", "Table"]

Parts = list[Map[Partition, Run]]
NO_ROWS: Final[Map[Id, Row]] = Map()


class Duplicate(LookupError):
    """There is already a row of that kind with that id."""

    def __init__(self, kind: str, id: Id) -> None:
        self.kind = kind
        self.id = id
        super().__init__(f"{kind} {id!r} exists already")


class Plan:
    """The indexes of a kind, worked out: `places` by name, `placements` by place."""

    __slots__ = ("indexes", "placements", "places")

    def __init__(self, indexes: Sequence[Index]) -> None:
        self.indexes = tuple(indexes)
        self.places = {index.name: place for place, index in enumerate(self.indexes)}
        if len(self.places) < len(self.indexes):
            raise ValueError("two indexes have one name")
        self.placements = [Placement(index) for index in self.indexes]


class Table:
    """`rows` by id, `parts` by index and partition; `next` is the ordinal of the next new row.

    It is changed in place until it is `kept`, and never after that: worlds may then share it. Of its runs
    `insert` changes in place those of the edition that it is told. A method that fails changes nothing.
    """

    __slots__ = ("_by_age", "_filling", "_rows", "kept", "next", "parts", "plan")

    def __init__(self, plan: Plan, rows: Map[Id, Row], parts: Parts, next: int) -> None:
        self.plan = plan
        self.parts = parts
        self.next = next
        self.kept = False
        # One of both has the rows: as they are, or as they are being changed without a copy for each change.
        self._rows = rows
        self._filling: MapMutation[Id, Row] | None = None
        self._by_age: tuple[Row, ...] | None = None

    @staticmethod
    def empty(plan: Plan) -> Table:
        """A table without rows; its first row will have the ordinal 1."""
        return Table(plan, Map(), [Map() for _ in plan.indexes], 1)

    # Reading

    def get(self, id: Any) -> Row | None:
        """The row of that id."""
        filling = self._filling
        return self._rows.get(id) if filling is None else filling.get(id)

    def __contains__(self, id: Id) -> bool:
        filling = self._filling
        return id in self._rows if filling is None else id in filling

    def __len__(self) -> int:
        filling = self._filling
        return len(self._rows) if filling is None else len(filling)

    def by_age(self) -> tuple[Row, ...]:
        """Rows by ordinal; sorted at the first call after a change."""
        if self._by_age is None:
            self._by_age = tuple(sorted(self._settled().values(), key=lambda row: row.ordinal))
        return self._by_age

    # Keeping

    def keep(self) -> None:
        """From now on it is a value. Its runs stay as they are only if no more is told of their edition."""
        self._settled()
        self.kept = True

    def opened(self) -> Table:
        """The same rows in a table that may be changed."""
        return Table(self.plan, self._settled(), self.parts.copy(), self.next)

    def planned(self, plan: Plan) -> Table:
        """The same rows under other indexes."""
        rows = self._settled()
        return Table(plan, rows, _indexed(plan, list(rows.values())), self.next)

    def _settled(self) -> Map[Id, Row]:
        filling = self._filling
        if filling is not None:
            self._rows = filling.finish()
            self._filling = None
        return self._rows

    # Changing

    def insert(self, row: Row, edition: Edition) -> None:
        """Add a row whose id and ordinal are new; `next` comes after its ordinal."""
        data, ordinal = row.data, row.ordinal
        parts = self.parts
        done = 0
        try:
            ordering: object = None
            key: Key = ()
            for place, placement in enumerate(self.plan.placements):
                found = placement.parts(data)
                if not found:
                    continue
                # Most of a kind's indexes have its rows in one order.
                if placement.ordering is not ordering:
                    ordering = placement.ordering
                    key = placement.key(data, ordinal)
                for part in found:
                    runs = parts[place]
                    run = runs.get(part, EMPTY)
                    grown = run.grow(key, row, edition)
                    if grown is not run:
                        parts[place] = runs.set(part, grown)
                    done += 1
        except BaseException:
            self._take_back(row, done)
            raise
        filling = self._filling
        if filling is None:
            filling = self._filling = self._rows.mutate()
            self._rows = NO_ROWS
        filling.set(row.id, row)
        self._by_age = None
        if ordinal >= self.next:
            self.next = ordinal + 1

    def _take_back(self, row: Row, done: int) -> None:
        """Take the row out of the first so many partitions that it was put into."""
        for place, placement in enumerate(self.plan.placements):
            if not done:
                return
            key = placement.key(row.data, row.ordinal)
            for part in placement.parts(row.data)[:done]:
                self.parts[place] = _without(self.parts[place], part, key)
                done -= 1

    def replace(self, old: Row, row: Row) -> None:
        """Put a row in the place of `old`, which has its id and ordinal."""
        ordinal, data, before = row.ordinal, row.data, old.data
        parts = []
        for placement, runs in zip(self.plan.placements, self.parts, strict=True):
            now, before_now = placement.parts(data), placement.parts(before)
            key, key_was = placement.key(data, ordinal), placement.key(before, ordinal)
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
        self.parts = parts
        self._rows = self._settled().set(row.id, row)
        self._by_age = None

    def remove(self, old: Row) -> None:
        """Take that row away."""
        data, ordinal = old.data, old.ordinal
        parts = []
        for placement, runs in zip(self.plan.placements, self.parts, strict=True):
            key = placement.key(data, ordinal)
            for part in placement.parts(data):
                runs = _without(runs, part, key)
            parts.append(runs)
        self.parts = parts
        self._rows = self._settled().delete(old.id)
        self._by_age = None

    def loaded(self, kind: str, items: Iterable[tuple[Id, dict[str, Any]]]) -> Table:
        """Another table, with many new rows too; Duplicate when two have one id.

        Quick where they are more than the others.
        """
        many = list(items)
        if len(many) < len(self):
            table, edition = self.opened(), Edition()
            for id, data in many:
                if id in table:
                    raise Duplicate(kind, id)
                table.insert(Row(kind, id, table.next, data), edition)
            return table
        before = self._settled()
        rows, ordinal = list(before.values()), self.next
        filling = before.mutate()
        for id, data in many:
            if id in filling:
                raise Duplicate(kind, id)
            row = Row(kind, id, ordinal, data)
            filling.set(id, row)
            rows.append(row)
            ordinal += 1
        table = Table(self.plan, NO_ROWS, _indexed(self.plan, rows), ordinal)
        table._filling = filling
        return table


def _indexed(plan: Plan, rows: Sequence[Row]) -> Parts:
    parts = []
    for placement in plan.placements:
        groups: dict[Partition, list[tuple[Key, Row]]] = {}
        for row in rows:
            data = row.data
            key = placement.key(data, row.ordinal)
            for part in placement.parts(data):
                groups.setdefault(part, []).append((key, row))
        for entries in groups.values():
            entries.sort(key=lambda entry: entry[0])
        parts.append(Map({part: Run.build(entries) for part, entries in groups.items()}))
    return parts


def _without(runs: Map[Partition, Run], part: Partition, key: Key) -> Map[Partition, Run]:
    run = runs[part].remove(key)
    return runs.set(part, run) if len(run) else runs.delete(part)
