"""A sieve finds what trying every row finds, whatever was found before and changed since."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from mockserver.world import tree
from mockserver.world.row import Row
from mockserver.world.run import Run, Sieve

CHOICES: list[tuple[str, Callable[[int], bool]]] = [
    ("none", lambda _: False),
    ("all", lambda _: True),
    ("odd", lambda n: n % 2 == 1),
    ("rare", lambda n: n % 37 == 5),
    ("low", lambda n: n < 90),
]


def row(number: int, value: int) -> Row:
    return Row("zoo/animal", f"a-{number}", number, {"value": value})


def sieve(name: str, test: Callable[[int], bool]) -> Sieve:
    return Sieve(name, lambda row: test(row.data["value"]))


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "LEAF", 4)
    monkeypatch.setattr(tree, "FAN", 4)
    monkeypatch.setattr(tree, "KEPT", 3)


@pytest.mark.parametrize("seed", range(8))
def test_it_lets_through_what_every_row_tried_alone_lets_through(seed: int, narrow: None) -> None:
    chance = random.Random(seed)
    held = {number: number for number in range(chance.choice([0, 3, 40, 300]))}
    run = Run.build([((number,), row(number, number)) for number in held])
    for step in range(150):
        number = chance.randrange(400)
        if number not in held:
            held[number] = number
            run = run.insert((number,), row(number, number))
        elif step % 2:
            del held[number]
            run = run.remove((number,))
        else:
            held[number] = chance.randrange(400)
            run = run.replace((number,), row(number, held[number]))
        name, test = chance.choice(CHOICES)
        numbers = sorted(held)
        start, stop = sorted((chance.randrange(len(held) + 1), chance.randrange(len(held) + 1)))
        if chance.random() < 0.5:
            start, stop = chance.choice([(0, len(held)), (start, len(held)), (0, stop)])
        wanted = [number for number in numbers[start:stop] if test(held[number])]
        assert run.passing(sieve(name, test), start, stop) == len(wanted)
        skip, most = chance.randrange(12), chance.randrange(12)
        found = run.picked(sieve(name, test), start, stop, skip, most)
        assert [each.ordinal for each in found] == wanted[skip : skip + most]
        assert [each.data["value"] for each in found] == [held[each.ordinal] for each in found]


def test_no_row_is_tried_twice_and_after_a_change_only_its_neighbours() -> None:
    tried: list[int] = []

    def test(row: Row) -> bool:
        tried.append(row.ordinal)
        return row.ordinal % 3 == 0

    run = Run.build([((number,), row(number, number)) for number in range(10_000)])
    assert run.passing(Sieve("third", test), 0, len(run)) == 3334
    assert sorted(tried) == list(range(10_000))
    tried.clear()
    assert [each.ordinal for each in run.picked(Sieve("third", test), 0, len(run), 3000, 2)] == [9000, 9003]
    assert tried == []
    changed = run.insert((4711.5,), row(10_002, 0))
    assert changed.passing(Sieve("third", test), 0, len(changed)) == 3335
    assert len(tried) <= tree.LEAF
    assert run.passing(Sieve("third", test), 0, len(run)) == 3334


def test_a_node_keeps_so_many_outcomes_and_no_more() -> None:
    run = Run.build([((number,), row(number, number)) for number in range(500)])
    for name in range(100):
        assert run.passing(Sieve(name, lambda _: True), 0, 500) == 500
    root = run._root
    assert isinstance(root, tree._Branch)
    assert root.sifted is not None
    assert len(root.sifted) == tree.KEPT


def test_rows_are_arranged_once_for_each_name() -> None:
    run = Run.build([((number,), row(number, -number)) for number in range(50)])
    asked: list[int] = []

    def arrange(rows: list[Row]) -> list[Row]:
        asked.append(len(rows))
        return sorted(rows, key=lambda row: int(row.data["value"]))

    for _ in range(3):
        assert [each.ordinal for each in run.arranged("value", arrange)] == list(range(49, -1, -1))
    assert asked == [50]
    more = run.insert((50,), row(50, 7))
    assert [each.ordinal for each in more.arranged("value", arrange)] == [*range(49, -1, -1), 50]
    assert asked == [50, 51]
