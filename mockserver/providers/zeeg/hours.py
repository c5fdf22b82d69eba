"""Schedules as hours to reckon with, compiled once for each row; knows no events."""

from __future__ import annotations

from datetime import date
from typing import Final

from mockserver.providers.zeeg.kinds import BY_USER, SCHEDULE
from mockserver.scheduling.hours import Override, WeeklyHours
from mockserver.scheduling.timetable import Timetable
from mockserver.world.store import Row, Store

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_VIEW: Final = "zeeg hours"


def hours_of(schedule: Row) -> Timetable:
    """The hours of a schedule row."""
    found: Timetable | None = schedule.views.get(_VIEW)
    if found is None:
        data = schedule.data
        weekly = {DAYS.index(day["day"]): day["timesets"] for day in data["weeklyHours"]}
        special = [Override.of(date.fromisoformat(s["date"]), s["timesets"]) for s in data["specialHours"]]
        found = schedule.views[_VIEW] = Timetable(WeeklyHours.of(data["timezone"], weekly), special)
    return found


def default_schedule(store: Store, user: str) -> Row | None:
    """The schedule that applies to a user where a page names no other."""
    return store.first(SCHEDULE, BY_USER, (user, True))


def hours_for(store: Store, page: Row, host: str) -> Timetable | None:
    """When a host can be booked on a page; None when there is no schedule to say so."""
    named = page.data["_schedule"]
    schedule = default_schedule(store, host) if named is None else store.get(SCHEDULE, named)
    return None if schedule is None else hours_of(schedule)
