"""Reading, cancelling, moving and annotating appointments; knows what may be done, no hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.meetergo.access import find_own, public
from mockserver.providers.meetergo.bookings import seat_at, start_of
from mockserver.providers.meetergo.calendar import busy_rows, occupy, release, terms_of
from mockserver.providers.meetergo.deliveries import CANCELLED, MOVED, announce
from mockserver.providers.meetergo.kinds import APPOINTMENT, MEETING_TYPE, USER
from mockserver.providers.meetergo.records import cancel, lasts, starts_at
from mockserver.providers.meetergo.times import stamp, stamp_of
from mockserver.scheduling.hours import day_bounds
from mockserver.scheduling.intervals import instant
from mockserver.scheduling.slots import local_date
from mockserver.world.store import Row


def get_appointment(exchange: Exchange) -> Reply:
    """One appointment: 404 no such one in the company, 403 it is somebody else's."""
    return reply_row(exchange, _find(exchange))


def list_todays_appointments(exchange: Exchange) -> Reply:
    """What the acting user hosts today, by the clock of the user's zone."""
    store, caller = exchange.store, exchange.who
    user = store.get(USER, caller.user)
    assert user is not None, "whoever acts is there"
    zone = user.data["timezone"]
    today = local_date(instant(exchange.now), zone)
    since, until = day_bounds(today, today, zone)
    found = [
        store.get(APPOINTMENT, row.data["appointment"])
        for row in busy_rows(store, caller.user, since, until)
        if row.data["start"] >= since
    ]
    return reply_json(exchange, {"appointments": [public(row) for row in found if row is not None]})


def cancel_appointment(exchange: Exchange) -> Reply:
    """Cancel for everybody, or take one attendee out: 404 no such appointment or attendee, 400 cancelled."""
    asked = exchange.data if isinstance(exchange.data, dict) else {}
    row = _active(exchange)
    attendee = asked.get("attendeeId")
    if attendee is not None and not asked.get("cancelAll", False):
        left = [each for each in row.data["attendees"] if each["id"] != attendee]
        if len(left) == len(row.data["attendees"]):
            raise Refusal(404, "not-found", kind="attendee", pointer=exchange.plan.pointer)
        if left:
            return reply_row(exchange, _changed(exchange, row, {"attendees": left}))
    return reply_row(exchange, _cancel(exchange, row, asked.get("reason")))


def delete_appointment(exchange: Exchange) -> Reply:
    """The older way to cancel for everybody; answers without a body."""
    _cancel(exchange, _active(exchange), None)
    return Reply(204)


def reschedule_appointment(exchange: Exchange) -> Reply:
    """Move an appointment to another start of its hosts: 400 cancelled, or they are not free then."""
    store, asked = exchange.store, exchange.data
    row = _active(exchange)
    data = row.data
    hosts = tuple(data["hostIds"])
    meeting_type = store.get(MEETING_TYPE, data["meetingTypeId"])
    if asked.get("ignoreAvailability", False) or meeting_type is None:
        start = instant(start_of(asked["start"]))
    else:
        terms = terms_of(meeting_type, data["meetingInfo"]["duration"], str(row.id))
        start, seat = seat_at(exchange, terms, [hosts], asked["start"])
        if seat.joined is not None:
            # Another group meets then, and groups are not merged.
            raise Refusal(400, "slot-taken", pointer=exchange.plan.pointer)
    if start != starts_at(data):
        release(store, str(row.id), hosts)
        occupy(store, str(row.id), hosts, start, start + lasts(data))
    moved = _changed(
        exchange,
        row,
        {
            "start": stamp_of(start),
            "end": stamp_of(start + lasts(data)),
            "ics": {**data["ics"], "sequence": data["ics"]["sequence"] + 1},
            "rescheduledAt": stamp(exchange.now),
            "rescheduleCount": data["rescheduleCount"] + 1,
        },
    )
    announce(exchange, MOVED, moved)
    return reply_row(exchange, moved)


def update_notes(exchange: Exchange) -> Reply:
    """Replace the note of an appointment, cancelled or not."""
    return reply_row(exchange, _changed(exchange, _find(exchange), {"note": exchange.data["note"]}))


def update_transcription(exchange: Exchange) -> Reply:
    """Replace the transcription of an appointment, cancelled or not."""
    text = exchange.data["transcription"]
    return reply_row(exchange, _changed(exchange, _find(exchange), {"transcription": text}))


def _find(exchange: Exchange) -> Row:
    return find_own(exchange, "appointment", exchange.params["id"], "hostIds")


def _active(exchange: Exchange) -> Row:
    row = _find(exchange)
    if row.data["isCancelled"]:
        raise Refusal(400, "already-cancelled", pointer=exchange.plan.pointer)
    return row


def _cancel(exchange: Exchange, row: Row, reason: str | None) -> Row:
    gone = cancel(exchange.store, row, "api", exchange.who.user, reason, exchange.now)
    announce(exchange, CANCELLED, gone)
    return gone


def _changed(exchange: Exchange, row: Row, fields: Mapping[str, Any]) -> Row:
    return exchange.store.put(APPOINTMENT, row.id, {**row.data, **fields, "updatedAt": stamp(exchange.now)})
