"""How far ahead and how often an event type can be booked; knows windows and counts, no calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from mockserver.providers.calcom.kinds import BOOKING, BY_TYPE
from mockserver.providers.calcom.times import END
from mockserver.scheduling.hours import DAY, day_bounds
from mockserver.scheduling.intervals import Instant
from mockserver.scheduling.slots import local_date
from mockserver.world.store import Row, Store

PERIODS: Final = ("day", "week", "month", "year")
_LIVE: Final = frozenset(("accepted", "pending"))


class Bounds(NamedTuple):
    """The stretch in which starts can be booked."""

    since: Instant
    until: Instant


_ANY: Final = Bounds(0, END)


def bounds_of(data: Mapping[str, Any], now: Instant) -> Bounds:
    """What an event type's booking window means at a time. Dates are those of UTC (assumed)."""
    window = data.get("bookingWindow")
    if not window or window.get("disabled"):
        return _ANY
    if window["type"] == "range":
        first, last = (date.fromisoformat(day) for day in window["value"])
        if last < first or not first.year >= 1970 or last.year >= 9950:
            return Bounds(0, 0)
        return Bounds(*day_bounds(first, last, "UTC"))
    today, days = local_date(now, "UTC"), int(window["value"])
    if window["type"] == "calendarDays":
        return Bounds(0, (now // DAY + days + 1) * DAY)
    while days > 0:
        today += timedelta(days=1)
        days -= today.weekday() < 5
    return Bounds(0, day_bounds(today, today, "UTC").end)


def period_of(at: Instant, period: str) -> Bounds:
    """The day, week (from Monday), month or year of UTC that an instant lies in."""
    day = local_date(at, "UTC")
    if period == "week":
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
    elif period == "month":
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    elif period == "year":
        first, last = day.replace(month=1, day=1), day.replace(month=12, day=31)
    else:
        first = last = day
    return Bounds(*day_bounds(first, last, "UTC"))


def within_limits(
    store: Store, event_type: Row, starts: Iterable[Instant], without: str = ""
) -> list[Instant]:
    """Those starts whose periods are not full yet: neither in bookings nor in minutes."""
    data = event_type.data
    counts = _set(data.get("bookingLimitsCount"))
    minutes = _set(data.get("bookingLimitsDuration"))
    if not counts and not minutes:
        return list(starts)
    length = data["lengthInMinutes"]
    known: dict[tuple[str, Instant], tuple[int, int]] = {}
    kept = []
    for start in starts:
        for period in counts.keys() | minutes.keys():
            stretch = period_of(start, period)
            used = known.get((period, stretch.since))
            if used is None:
                used = known[period, stretch.since] = _used(store, event_type, stretch, without)
            if used[0] >= counts.get(period, used[0] + 1):
                break
            if used[1] + length > minutes.get(period, used[1] + length):
                break
        else:
            kept.append(start)
    return kept


def _set(limits: Mapping[str, Any] | None) -> Mapping[str, int]:
    if not limits or limits.get("disabled"):
        return {}
    return {period: int(limits[period]) for period in PERIODS if limits.get(period)}


def _used(store: Store, event_type: Row, stretch: Bounds, without: str) -> tuple[int, int]:
    rows = store.between(BOOKING, BY_TYPE, (event_type.id,), (stretch.since,), (stretch.until,))
    live = [row for row in rows if row.data["status"] in _LIVE and row.id != without]
    return len(live), sum(row.data["duration"] for row in live)


def active_bookings(store: Store, event_type: Row, email: str, now: Instant) -> int:
    """How many bookings of that event type somebody still has to come."""
    rows = store.between(BOOKING, BY_TYPE, (event_type.id,), (now,), (END,))
    return sum(1 for row in rows if row.data["status"] in _LIVE and email in row.data["_people"])
