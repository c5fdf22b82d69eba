"""How Caledee writes instants, and reads those of requests; knows no rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from mockserver.scheduling.hours import day_bounds, zone_named
from mockserver.scheduling.intervals import Instant, instant, instant_not_before, moment

_DATE: Final = 10
_WITH_MINUTES: Final = len("2026-04-15T09:00:00+02:00")


def iso_local(when: Instant, zone: str) -> str:
    """`2026-04-15T11:00:00+02:00`; in UTC where the zone's clock is no whole minutes ahead of it."""
    text = moment(when).astimezone(zone_named(zone)).isoformat()
    return text if len(text) == _WITH_MINUTES else moment(when).isoformat()


def read_datetime(text: str) -> datetime:
    """An aware datetime from RFC 3339, which also has `t`, `z` and leap seconds."""
    return datetime.fromisoformat(text.upper().replace(":60", ":59"))


def read_moment(text: str, zone: str) -> Instant:
    """The first instant that is not before an RFC 3339 date-time, or at which a zone begins a date."""
    if len(text) == _DATE:
        day = date.fromisoformat(text)
        return day_bounds(day, day, zone).start
    return instant_not_before(read_datetime(text))


def read_start(text: str) -> Instant | None:
    """The instant of a date-time; None for a fraction of a second, at which nothing starts."""
    found = read_datetime(text)
    return None if found.microsecond else instant(found)


def is_date(text: str) -> bool:
    """Whether that is a date and not a date-time."""
    return len(text) == _DATE
