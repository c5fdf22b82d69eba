"""Knows stretches of time, in whole seconds since 1970 in UTC; must not know zones, hours or providers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

Instant: TypeAlias = int
"""Whole seconds since 1970-01-01T00:00:00Z. May lie outside the years that `datetime` can hold."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def instant(moment: datetime) -> Instant:
    """The instant of an aware datetime, a fraction of a second cut off. TypeError for a naive one."""
    return (moment - EPOCH) // _SECOND


def instant_not_before(moment: datetime) -> Instant:
    """The first instant that is not before an aware datetime: what `now` and a horizon are rounded to."""
    return -((EPOCH - moment) // _SECOND)


def moment(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant. OverflowError outside the years 1 to 9999."""
    return EPOCH + timedelta(seconds=instant)


class Interval(NamedTuple):
    """A half-open stretch of time `[start, end)`; empty when `end <= start`. Sorts by start."""

    start: Instant
    end: Instant

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Interval:
        """The smallest interval of whole seconds that covers two aware datetimes."""
        return cls(instant(start), instant_not_before(end))


def merge(intervals: Iterable[tuple[Instant, Instant]]) -> list[Interval]:
    """The same instants, sorted and disjoint: overlapping and touching ones joined, empty ones left out."""
    merged: list[Interval] = []
    run_start = run_end = 0
    running = False
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if running and start <= run_end:
            if end > run_end:
                run_end = end
            continue
        if running:
            merged.append(Interval(run_start, run_end))
        run_start, run_end, running = start, end, True
    if running:
        merged.append(Interval(run_start, run_end))
    return merged


def subtract(intervals: Iterable[Interval], removed: Iterable[tuple[Instant, Instant]]) -> list[Interval]:
    """What is left of sorted, disjoint intervals without `removed` (any order). Touching ones stay apart."""
    holes = merge(removed)
    left: list[Interval] = []
    first = 0
    for start, end in intervals:
        while first < len(holes) and holes[first].end <= start:
            first += 1
        at = first
        while at < len(holes) and holes[at].start < end:
            hole = holes[at]
            if start < hole.start:
                left.append(Interval(start, hole.start))
            start = hole.end
            at += 1
        if start < end:
            left.append(Interval(start, end))
    return left


def intersect(first: Sequence[Interval], second: Sequence[Interval]) -> list[Interval]:
    """The instants that lie in both of two lists of sorted, disjoint intervals. Touching ones stay apart."""
    common: list[Interval] = []
    i = j = 0
    while i < len(first) and j < len(second):
        a, b = first[i], second[j]
        start = a.start if a.start > b.start else b.start
        end = a.end if a.end < b.end else b.end
        if start < end:
            common.append(Interval(start, end))
        if a.end < b.end:
            i += 1
        else:
            j += 1
    return common


def overlaps(merged: Sequence[tuple[Instant, Instant]], start: Instant, end: Instant) -> bool:
    """Whether `[start, end)` shares an instant with a list made by `merge`. An empty stretch shares none."""
    if end <= start:
        return False
    # The last interval that begins before `end` is the only one that can reach past `start` first.
    before = bisect_left(merged, (end, end))
    return before > 0 and merged[before - 1][1] > start


def free_at(busy: Sequence[tuple[Instant, Instant]], start: Instant, end: Instant) -> bool:
    """Whether nothing in `busy`, a list made by `merge`, falls into `[start, end)`."""
    return not overlaps(busy, start, end)
