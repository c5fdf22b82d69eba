"""Knows the hours of one timetable and remembers what it reckoned; must know neither events nor people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from mockserver.scheduling.hours import DAY, Override, WeeklyHours, open_intervals
from mockserver.scheduling.intervals import Instant, Interval
from mockserver.scheduling.slots import local_date

_REMEMBERED: Final = 1024
_ONE: Final = timedelta(days=1)


class Timetable:
    """Usual hours and the dates that differ. What was reckoned for a day is kept: neither ever changes."""

    __slots__ = ("_near", "overrides", "weekly", "zone")

    def __init__(self, weekly: WeeklyHours, overrides: Iterable[Override] = ()) -> None:
        self.zone: str = weekly.zone
        self.weekly = weekly
        self.overrides = tuple(overrides)
        self._near: dict[int, Sequence[Interval]] = {}

    def between(self, first: date, last: date) -> Sequence[Interval]:
        """The openings that begin on these dates of the timetable's zone, both included."""
        return open_intervals(self.weekly, self.overrides, first, last)

    def covering(self, since: Instant, until: Instant) -> Sequence[Interval]:
        """All openings that share an instant with `[since, until)`, whole, and some around them."""
        return self.between(local_date(since, self.zone) - _ONE, local_date(until, self.zone) + _ONE)

    def near(self, instant: Instant) -> Sequence[Interval]:
        """The openings of a day or two before and after an instant, those that it could lie in among them."""
        day = instant // DAY
        found = self._near.get(day)
        if found is None:
            if len(self._near) >= _REMEMBERED:
                self._near.clear()
            found = self._near[day] = self.covering(day * DAY, (day + 1) * DAY)
        return found
