from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mockserver.world import tree
from mockserver.world.run import Run
from mockserver.world.store import Duplicate, Index, Root, Row, Store, order_key


class Unmeasured:
    """A name without a length."""

    def __str__(self) -> str:
        raise ZeroDivisionError


KINDS = ("zoo/animal", "zoo/keeper")
INDEXES = (
    Index("all"),
    Index("group", by=("_group",), order=("at",)),
    Index("place", by=("place.city", "_group"), order=("name", "at")),
    Index("tag", by=("_group",), order=("at",), each="tags"),
    Index("length", key=lambda data: (len(str(data.get("name"))),)),
)

ids = st.integers(0, 40).map(lambda number: f"id-{number}")
kinds = st.sampled_from(KINDS)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(), st.text("ab", max_size=2))
rows = st.fixed_dictionaries(
    {"at": scalars},
    optional={
        "_group": st.sampled_from(["red", "blue", None, ["un", "hashable"]]),
        "tags": st.none() | st.lists(st.sampled_from(["wild", "old", {"un": "hashable"}]), max_size=3),
        "name": st.one_of(scalars, st.just(["a", "list"])),
        "place": st.one_of(st.none(), st.fixed_dictionaries({"city": st.sampled_from(["Ulm", "Bonn"])})),
    },
)
Model = dict[str, dict[str, tuple[int, dict[str, Any]]]]


def group(value: Any) -> Any:
    return repr(value) if isinstance(value, list | dict) else value


def city(data: dict[str, Any]) -> Any:
    return (data.get("place") or {}).get("city")


EXPECTED: dict[str, tuple[Callable[[dict[str, Any]], set[Any]], Callable[[dict[str, Any]], Any]]] = {
    "all": (lambda data: {()}, lambda data: ()),
    "group": (lambda data: {(group(data.get("_group")),)}, lambda data: order_key(data["at"])),
    "place": (
        lambda data: {(city(data), group(data.get("_group")))},
        lambda data: order_key(data.get("name"), data["at"]),
    ),
    "tag": (
        lambda data: {(group(data.get("_group")), group(tag)) for tag in data.get("tags") or ()},
        lambda data: order_key(data["at"]),
    ),
    "length": (lambda data: {()}, lambda data: (len(str(data.get("name"))),)),
}


class StoreMachine(RuleBasedStateMachine):
    """A store and, for each kind, a plain dictionary of id to (ordinal, data); runs that were given stay."""

    roots = Bundle("roots")

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        for kind in KINDS:
            self.store.define(kind, INDEXES)
        self.model: Model = {kind: {} for kind in KINDS}
        self.next = dict.fromkeys(KINDS, 1)
        self.counter = 0
        self.before: tuple[Model, dict[str, int], int] | None = None
        self.held: list[tuple[Run, list[Row]]] = []

    def copied(self) -> tuple[Model, dict[str, int], int]:
        return {kind: dict(rows) for kind, rows in self.model.items()}, dict(self.next), self.counter

    @rule(kind=kinds, id=ids, data=rows)
    def insert(self, kind: str, id: str, data: dict[str, Any]) -> None:
        if id in self.model[kind]:
            with pytest.raises(Duplicate):
                self.store.insert(kind, id, data)
            return
        row = self.store.insert(kind, id, data)
        assert row.ordinal == self.next[kind]
        self.model[kind][id] = (row.ordinal, data)
        self.next[kind] += 1

    @rule(kind=kinds, id=ids, data=rows)
    def put(self, kind: str, id: str, data: dict[str, Any]) -> None:
        old = self.model[kind].get(id)
        row = self.store.put(kind, id, data)
        if old is None:
            self.next[kind] += 1
        else:
            assert row.ordinal == old[0]
        self.model[kind][id] = (row.ordinal, data)

    @rule(kind=kinds, id=ids)
    def remove(self, kind: str, id: str) -> None:
        assert self.store.remove(kind, id) == (self.model[kind].pop(id, None) is not None)

    @rule(kind=kinds, items=st.lists(st.tuples(ids, rows), max_size=40))
    def load(self, kind: str, items: list[tuple[str, dict[str, Any]]]) -> None:
        names = [id for id, _ in items]
        if len(set(names)) < len(names) or set(names) & set(self.model[kind]):
            with pytest.raises(Duplicate):
                self.store.load(kind, items)
            return
        self.store.load(kind, items)
        for id, data in items:
            self.model[kind][id] = (self.next[kind], data)
            self.next[kind] += 1

    @rule()
    def take(self) -> None:
        self.counter += 1
        assert self.store.take("calls") == self.counter

    @precondition(lambda self: self.before is None)
    @rule()
    def begin(self) -> None:
        self.before = self.copied()
        self.store.begin()

    @precondition(lambda self: self.before is not None)
    @rule()
    def commit(self) -> None:
        self.store.commit()
        self.before = None

    @precondition(lambda self: self.before is not None)
    @rule()
    def rollback(self) -> None:
        self.store.rollback()
        assert self.before is not None
        self.model, self.next, self.counter = self.before
        self.before = None

    @rule(kind=kinds, data=st.fixed_dictionaries({"at": scalars, "name": st.just(Unmeasured())}))
    def insert_what_cannot_be_ordered(self, kind: str, data: dict[str, Any]) -> None:
        # The last index fails, when the row is in all of the others.
        with pytest.raises(ZeroDivisionError):
            self.store.insert(kind, "none", data)

    @rule(kind=kinds, name=st.sampled_from(sorted(EXPECTED)))
    def hold(self, kind: str, name: str) -> None:
        view = self.store.index(kind, name)
        for part in view.partitions()[:2]:
            run = view.partition(part)
            self.held.append((run, list(run)))

    @precondition(lambda self: self.before is None)
    @rule(target=roots)
    def root(self) -> tuple[Root, tuple[Model, dict[str, int], int]]:
        return self.store.root(), self.copied()

    @precondition(lambda self: self.before is None)
    @rule(kept=roots, fork=st.booleans())
    def restore(self, kept: tuple[Root, tuple[Model, dict[str, int], int]], fork: bool) -> None:
        if fork:
            self.store = self.store.fork()
        root, (model, ordinals, counter) = kept
        self.store.restore(root)
        self.model = {kind: dict(rows) for kind, rows in model.items()}
        self.next, self.counter = dict(ordinals), counter

    @precondition(lambda self: self.before is None)
    @rule(kind=kinds, count=st.integers(0, len(INDEXES)))
    def define_again(self, kind: str, count: int) -> None:
        self.store.define(kind, INDEXES[:count])
        self.store.define(kind, INDEXES)

    @rule(kind=kinds, name=st.sampled_from(sorted(EXPECTED)), data=st.data())
    def look_into_an_index(self, kind: str, name: str, data: st.DataObject) -> None:
        partitions, order = EXPECTED[name]
        parts: dict[Any, list[tuple[Any, str]]] = {}
        for id, (ordinal, fields) in self.model[kind].items():
            for part in partitions(fields):
                parts.setdefault(part, []).append(((*order(fields), ordinal), id))
        view = self.store.index(kind, name)
        assert set(view.partitions()) == set(parts)
        for part, entries in parts.items():
            entries.sort()
            keys = [key for key, _ in entries]
            expected = [id for _, id in entries]
            run = view.partition(part)
            assert len(run) == len(expected)
            assert [row.id for row in run] == expected
            assert [row.id for row in reversed(run)] == expected[::-1]
            start = data.draw(st.integers(0, len(expected)))
            size = data.draw(st.integers(0, len(expected)))
            assert [row.id for row in run[start : start + size]] == expected[start : start + size]
            assert [row.id for row in run.page(start, size)] == expected[start : start + size]
            assert [row.id for row in run.page_back(start, size)] == expected[::-1][start : start + size]
            assert [row.id for row in run.forward(start)] == expected[start:]
            assert [row.id for row in run.backward(start)] == expected[:start][::-1]
            whole = data.draw(st.sampled_from(keys))
            assert run.bisect_left(whole) == keys.index(whole)
            assert run.bisect_right(whole) == keys.index(whole) + 1
            assert run.key_at(keys.index(whole)) == whole
            begin = whole[:-1]
            same = [place for place, key in enumerate(keys) if key[:-1] == begin]
            assert run.bisect_left(begin) == same[0]
            assert run.bisect_right(begin) == same[-1] + 1
            assert self.store.position(kind, name, run[same[0]]) == keys[same[0]]

    @rule(kind=kinds, name=st.sampled_from(sorted(EXPECTED)), data=st.data())
    def ask_an_index(self, kind: str, name: str, data: st.DataObject) -> None:
        # Not through the index, of which a look keeps the rows from being added in place.
        partitions, order = EXPECTED[name]
        parts: dict[Any, list[tuple[Any, str]]] = {("nobody's",): []}
        for id, (ordinal, fields) in self.model[kind].items():
            for part in partitions(fields):
                parts.setdefault(part, []).append(((*order(fields), ordinal), id))
        for part, entries in parts.items():
            entries.sort()
            expected = [id for _, id in entries]
            assert self.store.amount(kind, name, part) == len(expected)
            assert [row.id for row in self.store.listed(kind, name, part)] == expected
            first = self.store.first(kind, name, part)
            assert (None if first is None else first.id) == (expected[0] if expected else None)
            if entries:
                low = data.draw(st.sampled_from(entries))[0]
                stop = data.draw(st.sampled_from(entries))[0]
                found = self.store.between(kind, name, part, low, stop)
                assert [row.id for row in found] == [id for key, id in entries if low <= key < stop]
                found = self.store.between(kind, name, part, low[:-1], stop)
                assert [row.id for row in found] == [id for key, id in entries if low[:-1] <= key < stop]
            else:
                assert self.store.between(kind, name, part, (), (2, "z")) == []

    @invariant()
    def every_row_is_there(self) -> None:
        for kind, model in self.model.items():
            assert self.store.count(kind) == len(model)
            assert self.store.next_ordinal(kind) == self.next[kind]
            for id, (ordinal, data) in model.items():
                row = self.store.get(kind, id)
                assert row is not None
                assert row.data is data
                assert row.ordinal == ordinal

    # No invariant: to ask for the rows is to have them settled.
    @rule(kind=kinds)
    def every_row_comes_in_its_order(self, kind: str) -> None:
        by_age = sorted(self.model[kind].items(), key=lambda item: item[1][0])
        assert [(row.id, row.ordinal) for row in self.store.rows(kind)] == [
            (id, ordinal) for id, (ordinal, _) in by_age
        ]

    @invariant()
    def what_was_given_away_stays_as_it_was(self) -> None:
        for run, rows in self.held:
            assert list(run) == rows
            assert len(run) == len(rows)

    def teardown(self) -> None:
        for kind in KINDS:
            self.every_row_comes_in_its_order(kind)


def test_a_store_does_what_a_dictionary_does(monkeypatch: pytest.MonkeyPatch) -> None:
    # Narrow nodes: a few dozen rows make a tree of several levels.
    monkeypatch.setattr(tree, "LEAF", 4)
    monkeypatch.setattr(tree, "FAN", 4)
    run_state_machine_as_test(
        StoreMachine,
        settings=settings(
            max_examples=80, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def seeded(rows: int) -> Store:
    store = Store()
    store.define("zoo/animal", [Index("all"), Index("group", ("_group",), ("name",))])
    store.load("zoo/animal", [(f"a-{n}", {"_group": n % 3, "name": f"{n:05}"}) for n in range(rows)])
    return store


def test_a_rollback_puts_the_very_tables_back() -> None:
    store = seeded(100)
    before = store.root().tables["zoo/animal"]

    def fail() -> None:
        with store.transaction():
            store.remove("zoo/animal", "a-1")
            store.insert("zoo/animal", "new", {})
            store.take("calls")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.root().tables["zoo/animal"] is before
    assert store.take("calls") == 1


def test_changes_are_undone_one_by_one_where_nothing_was_kept() -> None:
    store = seeded(100)
    store.insert("zoo/animal", "first", {"_group": 1, "name": "x"})
    expected = list(store.rows("zoo/animal"))
    store.begin()
    store.insert("zoo/animal", "second", {"_group": 1, "name": "y"})
    store.put("zoo/animal", "first", {"_group": 2, "name": "z"})
    store.remove("zoo/animal", "a-50")
    store.load("zoo/animal", [("third", {"_group": 1, "name": "w"})])
    store.remove("zoo/animal", "second")
    store.rollback()
    assert list(store.rows("zoo/animal")) == expected
    assert store.next_ordinal("zoo/animal") == 102
    for group in range(3):
        run = store.run("zoo/animal", "group", (group,))
        there = [row for row in expected if row.data["_group"] == group]
        assert list(run) == sorted(there, key=lambda row: row.data["name"])


def test_what_is_added_after_a_load_is_undone_with_it() -> None:
    store = seeded(100)
    store.insert("zoo/animal", "first", {"_group": 1, "name": "x"})
    store.begin()
    store.load("zoo/animal", [("second", {"_group": 2, "name": "y"})])
    store.insert("zoo/animal", "third", {"_group": 1, "name": "z"})
    store.rollback()
    assert [row.id for row in store.run("zoo/animal", "group", (1,))][-2:] == ["a-97", "first"]
    assert store.count("zoo/animal") == 101


def test_a_row_that_cannot_be_ordered_leaves_nothing_to_be_changed_in_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tree, "LEAF", 4)
    store = Store()
    store.define("zoo/animal", [Index("at", order=("at",)), INDEXES[-1]])
    for at in (0, 10, 20, 30):
        store.insert("zoo/animal", f"a-{at}", {"at": at})
    assert len(store.run("zoo/animal", "length")) == 4
    with pytest.raises(ZeroDivisionError):
        store.insert("zoo/animal", "none", {"at": 15, "name": Unmeasured()})  # The leaf is parted for it.
    run = store.run("zoo/animal", "at")
    for at in range(1, 40, 10):
        store.insert("zoo/animal", f"b-{at}", {"at": at})
    assert [row.id for row in run] == ["a-0", "a-10", "a-20", "a-30"]
    assert store.count("zoo/animal") == 8


def test_a_number_is_looked_for_in_whatever_form_a_request_has_it() -> None:
    store = Store()
    store.define("zoo/keeper")
    row = store.insert("zoo/keeper", 657, {})
    assert store.get("zoo/keeper", 657.0) is row
    assert store.get("zoo/keeper", 657.5) is None
    assert store.get("zoo/keeper", None) is None


def test_rows_are_added_in_place_until_somebody_looks() -> None:
    store = seeded(10)
    store.run("zoo/animal", "group", (0,))
    for number in range(50):
        store.insert("zoo/animal", f"new-{number}", {"_group": 0, "name": f"n{number:03}"})
    first = store.run("zoo/animal", "group", (0,))
    held = list(first)
    store.insert("zoo/animal", "later", {"_group": 0, "name": "a"})
    second = store.run("zoo/animal", "group", (0,))
    assert list(first) == held
    assert len(held) == 54
    assert [row.id for row in second] == ["a-0", "a-3", "a-6", "a-9", "later", *(row.id for row in held[4:])]


def test_to_ask_an_index_is_not_to_look_at_it() -> None:
    store = seeded(10)
    store.insert("zoo/animal", "first", {"_group": 0, "name": "b"})
    made = store._tables["zoo/animal"].parts[1][(0,)]
    for number in range(500):
        store.insert("zoo/animal", f"new-{number}", {"_group": 0, "name": f"n{number:03}"})
        assert store.amount("zoo/animal", "group", (0,)) == number + 6
        assert len(store.between("zoo/animal", "group", (0,), (2, "n"), (2, "o"))) == number + 1
        assert store.listed("zoo/animal", "group", (0,))[-1].id == f"new-{number}"
        assert store.first("zoo/animal", "group", (0,)) is store.get("zoo/animal", "a-0")
    assert store._tables["zoo/animal"].parts[1][(0,)] is made


def test_a_fork_and_its_parent_do_not_see_what_the_other_adds() -> None:
    parent = seeded(10)
    parent.insert("zoo/animal", "before", {"_group": 0, "name": "b"})
    child = parent.fork()
    for number in range(200):
        parent.insert("zoo/animal", f"p-{number}", {"_group": 0, "name": f"p{number}"})
        child.insert("zoo/animal", f"c-{number}", {"_group": 0, "name": f"c{number}"})
    for store, letter in ((parent, "p"), (child, "c")):
        ids = [row.id for row in store.run("zoo/animal", "group", (0,))]
        assert ids[:5] == ["a-0", "a-3", "a-6", "a-9", "before"]
        assert set(ids[5:]) == {f"{letter}-{number}" for number in range(200)}
        assert store.count("zoo/animal") == 211


def test_a_transaction_that_ends_well_is_kept() -> None:
    store = seeded(1)
    with store.transaction():
        store.insert("zoo/animal", "new", {})
    assert store.count("zoo/animal") == 2
    assert not store.in_transaction


def test_there_is_one_transaction_at_a_time_and_no_snapshot_inside() -> None:
    store = seeded(1)
    root = store.root()
    store.begin()
    with pytest.raises(RuntimeError):
        store.begin()
    with pytest.raises(RuntimeError):
        store.root()
    with pytest.raises(RuntimeError):
        store.restore(root)
    with pytest.raises(RuntimeError):
        store.define("zoo/other")
    store.commit()
    with pytest.raises(RuntimeError):
        store.enlist(Teller())


class Teller:
    def __init__(self) -> None:
        self.told: list[str] = []

    def commit(self) -> None:
        self.told.append("commit")

    def rollback(self) -> None:
        self.told.append("rollback")


def test_who_enlists_is_told_once_how_the_transaction_ended() -> None:
    store, teller = seeded(1), Teller()
    store.begin()
    store.enlist(teller)
    store.enlist(teller)
    store.commit()
    store.begin()
    store.commit()
    store.begin()
    store.enlist(teller)
    store.rollback()
    assert teller.told == ["commit", "rollback"]


def test_a_row_that_changes_its_group_is_found_in_the_new_one_only() -> None:
    store = seeded(3)
    store.put("zoo/animal", "a-0", {"_group": 1, "name": "x"})
    assert len(store.run("zoo/animal", "group", (0,))) == 0
    assert [row.id for row in store.run("zoo/animal", "group", (1,))] == ["a-1", "a-0"]


def test_a_place_in_a_list_outlives_its_row() -> None:
    store = seeded(30)
    row = store.get("zoo/animal", "a-12")
    assert row is not None
    position = store.position("zoo/animal", "group", row)
    store.remove("zoo/animal", "a-12")
    run = store.run("zoo/animal", "group", (0,))
    assert run[run.bisect_right(position)].id == "a-15"


def test_a_replaced_row_is_another_value_without_the_old_renderings() -> None:
    store = seeded(1)
    old = store.get("zoo/animal", "a-0")
    assert old is not None
    old.views["json"] = b"{}"
    new = store.put("zoo/animal", "a-0", {"_group": 0, "name": "other"})
    assert new is not old
    assert new.views == {}
    assert new.view is None
    assert old.data["name"] == "00000"


def test_an_unknown_kind_or_index_is_a_key_error() -> None:
    store = seeded(1)
    with pytest.raises(KeyError):
        store.get("zoo/nothing", "a-0")
    with pytest.raises(KeyError):
        store.run("zoo/animal", "nothing")
    with pytest.raises(ValueError, match="one name"):
        store.define("zoo/other", [Index("all"), Index("all", ("x",))])
