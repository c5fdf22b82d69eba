from __future__ import annotations

import json
import math
import random
from bisect import bisect_left
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.world import tree
from mockserver.world.row import Row
from mockserver.world.run import EMPTY, Run, order_key

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)


def entry(number: int) -> tuple[tuple[Any, ...], Row]:
    return (number, number), Row("zoo/animal", f"a-{number}", number, {})


@given(st.lists(st.tuples(json_values, json_values), max_size=12))
def test_any_json_values_have_an_order(pairs: list[tuple[Any, Any]]) -> None:
    keys = sorted(order_key(*pair) for pair in pairs)
    for low, high in pairwise(keys):
        assert low == high or (low < high and not high < low)


@given(json_values, json_values)
def test_the_key_of_the_first_value_begins_the_whole_key(first: Any, second: Any) -> None:
    assert order_key(first, second)[:2] == order_key(first)


@given(json_values)
def test_a_key_survives_a_trip_through_json(value: Any) -> None:
    key = order_key(value)
    if not any(isinstance(part, float) and math.isinf(part) for part in key):
        assert tuple(json.loads(json.dumps(key))) == key


@pytest.mark.parametrize("seed", range(12))
def test_a_run_does_what_a_sorted_list_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Narrow nodes, and phases of growing and shrinking, so that every node splits, joins and vanishes.
    monkeypatch.setattr(tree, "LEAF", 4)
    monkeypatch.setattr(tree, "FAN", 4)
    chance = random.Random(seed)
    numbers = list(range(0, seed * 40, 2))
    run = Run.build([entry(number) for number in numbers])
    for phase in (0.8, 0.1, 0.7, 0.0):
        for step in range(250):
            number = chance.randrange(600)
            place = bisect_left(numbers, number)
            there = place < len(numbers) and numbers[place] == number
            if there and chance.random() >= phase:
                run = run.remove((number, number))
                del numbers[place]
            elif there:
                run = run.replace(*entry(number))
            elif chance.random() < phase:
                run = run.insert(*entry(number))
                numbers.insert(place, number)
            elif numbers:
                gone = numbers.pop(chance.randrange(len(numbers)))
                run = run.remove((gone, gone))
            assert len(run) == len(numbers)
            assert run.bisect_left((number,)) == bisect_left(numbers, number)
            start, size = chance.randrange(len(numbers) + 1), chance.randrange(40)
            assert [row.ordinal for row in run.page(start, size)] == numbers[start : start + size]
            assert [row.ordinal for row in run.page_back(start, size)] == numbers[::-1][start : start + size]
            if step % 25 == 0:
                assert [row.ordinal for row in run] == numbers
                assert [row.ordinal for row in run.forward(start)] == numbers[start:]
                assert [row.ordinal for row in run.backward(start)] == numbers[:start][::-1]
                assert [run.key_at(at)[0] for at in range(len(numbers))] == numbers


def test_a_run_of_many_rows_stays_sorted_and_its_former_self_untouched() -> None:
    numbers = [(number * 7919) % 10_007 for number in range(5_000)]
    run = EMPTY
    for number in numbers:
        run = run.insert(*entry(number))
    full = run
    for number in numbers[:4_990]:
        run = run.remove((number, number))
    assert [row.ordinal for row in full] == sorted(numbers)
    assert [row.ordinal for row in run] == sorted(numbers[4_990:])
    assert len(EMPTY) == 0


def test_a_run_built_at_once_equals_one_built_row_by_row() -> None:
    run = Run.build([entry(number) for number in range(20_000)])
    assert len(run) == 20_000
    assert [row.ordinal for row in run.page(12_345, 500)] == list(range(12_345, 12_845))
    assert [row.ordinal for row in run.page_back(0, 3)] == [19_999, 19_998, 19_997]
    assert run[-1].ordinal == 19_999
    run = run.insert((-1, -1), Row("zoo/animal", "first", -1, {}))
    assert run[0].id == "first"


def test_a_key_that_is_not_there_cannot_be_removed_or_replaced() -> None:
    run = Run.build([entry(number) for number in range(0, 1_000, 2)])
    with pytest.raises(KeyError):
        run.remove((501, 501))
    with pytest.raises(KeyError):
        run.replace(*entry(2_001))


def test_places_outside_of_a_run_are_an_index_error_and_slices_are_cut() -> None:
    run = Run.build([entry(number) for number in range(5)])
    for place in (5, -6):
        with pytest.raises(IndexError):
            run[place]
    with pytest.raises(IndexError):
        run.key_at(5)
    with pytest.raises(ValueError, match="steps of 1"):
        run[::2]
    assert [row.ordinal for row in run[3:99]] == [3, 4]
    assert run[9:] == []
    assert run.page(9, 3) == []
    assert run.page_back(9, 3) == []
    assert list(EMPTY) == list(reversed(EMPTY)) == []
