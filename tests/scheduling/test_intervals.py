from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.scheduling.intervals import (
    Interval,
    free_at,
    instant,
    instant_not_before,
    intersect,
    merge,
    moment,
    overlaps,
    subtract,
)

points = st.integers(-20, 20)
anything = st.lists(st.builds(Interval, points, points), max_size=8)
moments = st.datetimes(timezones=st.just(dt.UTC))


def covered(intervals: list[Interval]) -> set[int]:
    return {at for start, end in intervals for at in range(start, end)}


def are_apart(intervals: list[Interval]) -> bool:
    return all(before.end <= after.start for before, after in pairwise(intervals))


@given(anything)
def test_merge_keeps_every_instant_and_leaves_gaps_between(intervals: list[Interval]) -> None:
    merged = merge(intervals)
    assert covered(merged) == covered(intervals)
    assert all(start < end for start, end in merged)
    assert all(before.end < after.start for before, after in pairwise(merged))


@given(anything, anything)
def test_subtract_leaves_what_is_not_removed(some: list[Interval], removed: list[Interval]) -> None:
    left = subtract(merge(some), removed)
    assert covered(left) == covered(some) - covered(removed)
    assert are_apart(left)


@given(anything, anything)
def test_intersect_keeps_what_both_have(some: list[Interval], others: list[Interval]) -> None:
    common = intersect(merge(some), merge(others))
    assert covered(common) == covered(some) & covered(others)
    assert are_apart(common)


@given(anything, points, points)
def test_free_means_that_no_instant_is_shared(busy: list[Interval], start: int, end: int) -> None:
    shares = bool(covered(busy) & set(range(start, end)))
    assert overlaps(merge(busy), start, end) is shares
    assert free_at(merge(busy), start, end) is not shares


def test_what_only_touches_does_not_overlap() -> None:
    assert free_at([Interval(10, 20)], 0, 10)
    assert free_at([Interval(10, 20)], 20, 30)


def test_touching_openings_stay_apart_when_something_else_is_removed() -> None:
    assert subtract([Interval(0, 10), Interval(10, 20)], [(3, 4)]) == [(0, 3), (4, 10), (10, 20)]


@given(moments)
def test_an_instant_is_the_second_a_moment_lies_in(when: dt.datetime) -> None:
    assert moment(instant(when)) == when.replace(microsecond=0)
    assert instant_not_before(when) - instant(when) == (1 if when.microsecond else 0)


def test_an_interval_of_moments_covers_the_seconds_it_cuts() -> None:
    start = dt.datetime(2026, 5, 4, 9, 0, 0, 500_000, tzinfo=dt.UTC)
    end = dt.datetime(2026, 5, 4, 12, 30, 0, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    found = Interval.of(start, end)
    assert (moment(found.start).isoformat(), moment(found.end).isoformat()) == (
        "2026-05-04T09:00:00+00:00",
        "2026-05-04T10:30:01+00:00",
    )


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(TypeError):
        instant(dt.datetime(2026, 5, 4))
