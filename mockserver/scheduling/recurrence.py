"""Knows when something that recurs on a wall clock happens; must not know hours, slots or providers.

The rules: the wall time of the first occurrence is kept across daylight-saving changes. A wall time that a
zone skips moves forward by as much as the clock does (02:30 becomes 03:30); one that it repeats means the
first time. A month without the day (the 31st, the 30th of February) and a year without a 29 February are left
out, not moved to another day. Two dates that fall on one instant, because a zone skipped a whole date, are
one occurrence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, date, datetime
from itertools import count as count_from
from typing import Literal, TypeAlias

from mockserver.scheduling.hours import zone_named
from mockserver.scheduling.intervals import Instant, instant, moment

Frequency: TypeAlias = Literal["daily", "weekly", "monthly", "yearly"]


def occurrences(
    start: Instant,
    frequency: Frequency,
    interval: int = 1,
    *,
    zone: str,
    count: int | None = None,
    until: Instant | None = None,
) -> Iterator[Instant]:
    """The instants at which something recurs, in order, lazily; `start` itself is the first.

    Ends after `count` occurrences, after `until` (which may itself be one), or at the end of the year 9999,
    whichever is first. ValueError when neither is given, the interval or the count is below 1, or the
    frequency is none of the four; UnknownZone when the zone is not known.
    """
    if count is None and until is None:
        raise ValueError("a recurrence needs a count or an end")
    if interval < 1 or (count is not None and count < 1):
        raise ValueError("an interval and a count are at least 1")
    if frequency not in ("daily", "weekly", "monthly", "yearly"):
        raise ValueError(f"unknown frequency {frequency!r}")
    first = moment(start).astimezone(zone_named(zone))
    return _occurrences(start, first, frequency, interval, count, until)


def _occurrences(
    start: Instant,
    first: datetime,
    frequency: Frequency,
    interval: int,
    count: int | None,
    until: Instant | None,
) -> Iterator[Instant]:
    latest: Instant | None = None
    given = 0
    for day in _dates(first.date(), frequency, interval):
        # The first keeps its own fold; a datetime in a gap reads as the offset before it, which is "forward".
        at = start if latest is None else _at(first, day)
        if at is None or (until is not None and at > until):
            return
        if latest is not None and at <= latest:
            continue
        latest = at
        given += 1
        yield at
        if given == count:
            return


def _at(first: datetime, day: date) -> Instant | None:
    wall = first.replace(year=day.year, month=day.month, day=day.day, fold=0)
    try:
        return instant(wall.astimezone(UTC))
    except OverflowError:
        return None


def _dates(first: date, frequency: Frequency, interval: int) -> Iterator[date]:
    if frequency in ("daily", "weekly"):
        days = interval if frequency == "daily" else 7 * interval
        for ordinal in range(first.toordinal(), date.max.toordinal() + 1, days):
            yield date.fromordinal(ordinal)
        return
    months = interval if frequency == "monthly" else 12 * interval
    for month in count_from(first.year * 12 + first.month - 1, months):
        if month // 12 > MAXYEAR:
            return
        try:
            yield first.replace(year=month // 12, month=month % 12 + 1)
        except ValueError:
            continue  # this month has no such day
