"""The same answers as mockserver.scheduling, reckoned slowly and plainly: by walking through every minute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE = 60
ONE_MINUTE = dt.timedelta(minutes=1)
ONE_DAY = dt.timedelta(days=1)

Texts = Sequence[tuple[str, str]]


@dataclass
class Plan:
    """A week (Monday is 0) and its exceptions, as people write them."""

    zone: str
    week: Mapping[int, Texts]
    exceptions: Mapping[dt.date, Texts] = field(default_factory=dict)

    def spans(self, date: dt.date) -> list[tuple[int, int]]:
        texts = self.exceptions[date] if date in self.exceptions else self.week.get(date.weekday(), ())
        return [(minutes(start), minutes(end)) for start, end in texts]

    def open_minutes(self, date: dt.date) -> list[bool]:
        found = [False] * (24 * 60)
        for start, end in self.spans(date):
            for minute in range(24 * 60):
                if start <= minute < end or end < start <= minute:
                    found[minute] = True
        if date not in self.exceptions:
            for start, end in self.spans(date - ONE_DAY):
                for minute in range(end if end < start else 0):
                    found[minute] = True
        return found


def minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


@lru_cache(maxsize=64)
def walk(zone: str, middle: dt.date, days: int) -> list[tuple[int, dt.datetime]]:
    """Every minute from `days` before to `days` after a date, and what the zone's wall clock shows then."""
    start = dt.datetime.combine(middle, dt.time(), dt.UTC) - days * ONE_DAY
    first = int(start.timestamp())
    tz = ZoneInfo(zone)
    return [
        (at, dt.datetime.fromtimestamp(at, tz).replace(tzinfo=None, fold=0))
        for at in range(first, first + 2 * days * 24 * 3600, MINUTE)
    ]


def beginnings(plan: Plan, first: dt.date, last: dt.date) -> dict[dt.datetime, dt.datetime]:
    """For each minute a wall clock can show, if it is open: the wall time at which its opening began."""
    found: dict[dt.datetime, dt.datetime] = {}
    began: dt.datetime | None = None
    date = first
    while date <= last:
        if all(plan.open_minutes(date - ONE_DAY)):
            began = None  # the day after one that was open all day begins afresh
        wall = dt.datetime.combine(date, dt.time())
        for is_open in plan.open_minutes(date):
            began = (began or wall) if is_open else None
            if began is not None:
                found[wall] = began
            wall += ONE_MINUTE
        date += ONE_DAY
    return found


def openings(
    plan: Plan, first: dt.date, last: dt.date, middle: dt.date, days: int = 8
) -> list[tuple[int, int]]:
    # An opening can last two days: the walk goes on for as long after the last date that is asked for.
    began = beginnings(plan, middle - (days + 2) * ONE_DAY, middle + (days + 2) * ONE_DAY)
    found: list[tuple[int, int]] = []
    current: dt.datetime | None = None
    for at, wall in walk(plan.zone, middle, days):
        beginning = began.get(wall)
        if beginning is not None and first <= beginning.date() <= last:
            if beginning == current:
                found[-1] = (found[-1][0], at + MINUTE)
            else:
                found.append((at, at + MINUTE))
            current = beginning
        else:
            current = None
    return found


def slots(
    open: Sequence[tuple[int, int]],
    busy: Iterable[tuple[int, int]],
    duration: int,
    step: int,
    earliest: int,
    before: int,
    after: int,
    unit: int = MINUTE,
) -> list[int]:
    """Starts, looking at every unit of time (a minute, a second) of every slot one by one."""
    opened = {at for start, end in open for at in range(start, end, unit)}
    blocked = {at for start, end in busy for at in range(start, end, unit)}
    found = []
    for start, end in open:
        for at in range(start, end, unit):
            if (at - start) % step or at < earliest:
                continue
            if not all(moment in opened for moment in range(at, at + duration, unit)):
                continue
            if any(moment in blocked for moment in range(at - before, at + duration + after, unit)):
                continue
            found.append(at)
    return found


def resolve(wall: dt.datetime, zone: str) -> list[int]:
    """Every instant at which the zone shows this wall time."""
    return [at for at, shown in walk(zone, wall.date(), 2) if shown == wall]


def moved_forward(wall: dt.datetime, zone: str) -> int:
    """The first instant to show this wall time; when it is skipped, as much later as the clock jumps."""
    steps = walk(zone, wall.date(), 3)
    for (_, before), (at, shown) in pairwise(steps):
        if shown == wall:
            return at
        if before < wall < shown:
            return at + int((wall - before - ONE_MINUTE).total_seconds())
    raise AssertionError(f"{wall} is never reached in {zone}")
