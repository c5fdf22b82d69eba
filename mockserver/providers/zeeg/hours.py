"""Schedules as hours to reckon with, compiled once for each row; knows no events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from mockserver.providers.zeeg.kinds import BY_USER, SCHEDULE
from mockserver.scheduling.hours import DAY, Override, WeeklyHours, offset_at, open_intervals
from mockserver.scheduling.intervals import Instant, Interval
from mockserver.scheduling.slots import local_date
from mockserver.world.store import Row, Store

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_VIEW: Final = "zeeg hours"
_REMEMBERED: Final = 1024


class Hours:
    """The hours of one schedule row. What was reckoned for a day is kept: the row never changes."""

    __slots__ = ("_near", "overrides", "weekly", "zone")

    def __init__(self, schedule: Mapping[str, Any]) -> None:
        self.zone: str = schedule["timezone"]
        self.weekly = WeeklyHours.of(
            self.zone, {DAYS.index(day["day"]): day["timesets"] for day in schedule["weeklyHours"]}
        )
        self.overrides = tuple(
            Override.of(date.fromisoformat(special["date"]), special["timesets"])
            for special in schedule["specialHours"]
        )
        self._near: dict[int, Sequence[Interval]] = {}

    def between(self, first: date, last: date) -> Sequence[Interval]:
        """The openings that begin on these dates of the schedule's zone, both included."""
        return open_intervals(self.weekly, self.overrides, first, last)

    def near(self, instant: Instant) -> Sequence[Interval]:
        """The openings that begin on the date that the zone shows then, the day before and the day after."""
        day = (instant + offset_at(instant, self.zone)) // DAY
        found = self._near.get(day)
        if found is None:
            if len(self._near) >= _REMEMBERED:
                self._near.clear()
            before, after = local_date((day - 1) * DAY, "UTC"), local_date((day + 1) * DAY, "UTC")
            found = self._near[day] = self.between(before, after)
        return found


def hours_of(schedule: Row) -> Hours:
    """The hours of a schedule row."""
    found: Hours | None = schedule.views.get(_VIEW)
    if found is None:
        found = schedule.views[_VIEW] = Hours(schedule.data)
    return found


def default_schedule(store: Store, user: str) -> Row | None:
    """The schedule that applies to a user where a page names no other."""
    run = store.run(SCHEDULE, BY_USER, (user, True))
    return run[0] if len(run) else None


def hours_for(store: Store, page: Row, host: str) -> Hours | None:
    """When a host can be booked on a page; None when there is no schedule to say so."""
    named = page.data["_schedule"]
    schedule = default_schedule(store, host) if named is None else store.get(SCHEDULE, named)
    return None if schedule is None else hours_of(schedule)
