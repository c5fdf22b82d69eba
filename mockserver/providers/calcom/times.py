"""How Cal.com writes instants, and reads those of requests; knows no rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from mockserver.engine.refusals import Complaint, Refusal
from mockserver.scheduling.hours import day_bounds, offset_at, zone_named
from mockserver.scheduling.intervals import Instant, instant, instant_not_before, moment
from mockserver.world.clock import iso_milli_at

_DATE: Final = 10
# Calendars and clocks end soon after; nothing is booked there.
END: Final[Instant] = 252_000_000_000


def iso_in(when: Instant, zone: str | None) -> str:
    """`2026-04-15T11:00:00.000+02:00`; with Z without a zone, or where it is no whole minutes off."""
    if zone is None or offset_at(when, zone) % 60:
        return iso_milli_at(when)
    return moment(when).astimezone(zone_named(zone)).isoformat(timespec="milliseconds")


def read_datetime(text: str) -> datetime:
    """An aware datetime from RFC 3339, which also has `t`, `z` and leap seconds."""
    return datetime.fromisoformat(text.upper().replace(":60", ":59"))


def read_start(text: str, field: str = "start") -> Instant:
    """The instant of a start; a 400 refusal for one that calendars do not reach."""
    try:
        found = instant(read_datetime(text))
    except OverflowError:
        found = -1
    if not 0 <= found < END:
        wrong = Complaint("body", (field,), "range", "must be a time that calendars reach")
        raise Refusal(400, "invalid-body", problems=[wrong])
    return found


def read_bound(text: str, field: str, *, last: bool = False) -> Instant:
    """The instant of a date-time, or at which a date (UTC) begins, or ends where it is the last."""
    try:
        if len(text) == _DATE:
            day = date.fromisoformat(text)
            if not 1970 <= day.year < 9950:
                raise OverflowError
            bounds = day_bounds(day, day, "UTC")
            return bounds.end if last else bounds.start
        found = instant_not_before(read_datetime(text))
    except OverflowError:
        found = -1
    if not 0 <= found < END:
        wrong = Complaint("query", (field,), "range", "must be a time that calendars reach")
        raise Refusal(400, "invalid-parameters", problems=[wrong])
    return found
