"""The spots of a meeting type as an answer, date by date in the zone asked for; knows no bookings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.meetergo.access import find
from mockserver.providers.meetergo.bookings import hosts_asked_for
from mockserver.providers.meetergo.calendar import (
    blocked_starts,
    free_starts,
    openings,
    teams_of,
    terms_of,
)
from mockserver.providers.meetergo.kinds import USER
from mockserver.providers.meetergo.times import read_instant, stamp_of
from mockserver.scheduling.hours import day_bounds
from mockserver.scheduling.intervals import Instant, instant, instant_not_before
from mockserver.scheduling.slots import by_local_date, local_date
from mockserver.world.store import Row

MOST_DAYS: Final = 92
# Calendars reach so far: the instants of 1970 to 9990.
_FIRST: Final = date(1970, 1, 1)
_LAST: Final = date(9990, 12, 31)


def get_booking_availability(exchange: Exchange) -> Reply:
    """Free starts of a meeting type: 404 no such one, host, queue or appointment, 400 end before start.

    At most 92 days are answered, however many are asked for.
    """
    params, store = exchange.params, exchange.store
    meeting_type = find(exchange, "meeting-type", params["meetingTypeId"])
    named = {
        "hostIds": params.get("hostIds") or meeting_type.data["hostIds"],
        "queueId": params.get("queueId"),
    }
    hosts, anyone = hosts_asked_for(exchange, named)
    method = params.get("calculationMethod")
    teams = teams_of(hosts, anyone if method is None else method == "anyone")
    without = params.get("existingAppointmentId")
    if without is not None:
        find(exchange, "appointment", without)
    terms = terms_of(meeting_type, params.get("meetingDuration"), without)
    zone = params.get("timezone") or _zone_of(exchange, hosts)
    first, last, since, until = _stretch(str(params["start"]), str(params["end"]), zone)
    now = instant_not_before(exchange.now)
    since = max(since, now)
    free: Mapping[Instant, Row | None] = {}
    frames, shown = [], {}
    if since < until:
        frames = openings(store, terms, teams, since, until)
        free = free_starts(store, terms, teams, now, since, until)
        shown = {start: _spot(start, joined, terms.seats) for start, joined in free.items()}
        if params.get("troubleshoot"):
            for start, blocking in blocked_starts(store, terms, teams, now, since, until).items():
                if start not in free:
                    shown[start] = _spot(start, None, terms.seats, blocking)
    by_date = by_local_date(sorted(shown), zone)
    offered = by_local_date(free, zone)
    return reply_json(
        exchange,
        {
            "timezone": zone,
            "timeframes": [{"start": stamp_of(start), "end": stamp_of(end)} for start, end in frames],
            "dates": [
                {"date": day.isoformat(), "spots": [shown[start] for start in by_date.get(day, ())]}
                for day in map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
            ],
            "earliestAvailableDate": min(offered).isoformat() if offered else None,
        },
    )


def _spot(start: Instant, joined: Row | None, seats: int, blocking: Any = ()) -> dict[str, Any]:
    spot: dict[str, Any] = {
        "startTime": stamp_of(start),
        "unavailabilityEvents": [
            {"type": "appointment", "start": stamp_of(begins), "end": stamp_of(ends)}
            for begins, ends in sorted(set(blocking))
        ],
    }
    if joined is not None:
        taken = len(joined.data["attendees"])
        spot["appointment"] = {"id": joined.id, "totalSpots": seats, "takenSpots": taken}
    return spot


def _zone_of(exchange: Exchange, hosts: Any) -> str:
    row = exchange.store.get(USER, hosts[0]) if hosts else None
    return "UTC" if row is None else str(row.data["timezone"])


def _stretch(start: str, end: str, zone: str) -> tuple[date, date, Instant, Instant]:
    """The first and last date meant, and the instants between which starts are wanted."""
    first, since, _ = _boundary("start", start, zone)
    last, begins, ends = _boundary("end", end, zone)
    if last < first or ends <= since or (len(end) > 10 and len(start) > 10 and begins < since):
        wrong = Complaint("query", ("end",), "order", "must not be before start")
        raise Refusal(400, "invalid-parameters", problems=[wrong])
    if last.toordinal() - first.toordinal() >= MOST_DAYS:
        last = date.fromordinal(first.toordinal() + MOST_DAYS - 1)
        ends = day_bounds(last, last, zone).end
    return first, last, since, ends


def _boundary(name: str, text: str, zone: str) -> tuple[date, Instant, Instant]:
    """(date, first instant, instant after the last) of a date of the zone, or of an instant."""
    if len(text) == 10:
        day = min(max(date.fromisoformat(text), _FIRST), _LAST)
        return (day, *day_bounds(day, day, zone))
    when = read_instant(text)
    if when is None or not _FIRST.year <= when.year <= _LAST.year:
        wrong = Complaint("query", (name,), "range", "must be a time that calendars reach")
        raise Refusal(400, "invalid-parameters", problems=[wrong])
    at = instant(when)
    return local_date(at, zone), at, at + 1
