"""Booking a time of a meeting type; knows what a request may ask, not how starts are reckoned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.meetergo.access import find, find_hosts, find_own
from mockserver.providers.meetergo.calendar import Seat, Terms, find_seat, teams_of, terms_of
from mockserver.providers.meetergo.deliveries import BOOKED, CANCELLED, announce
from mockserver.providers.meetergo.kinds import PROVISIONAL, USER
from mockserver.providers.meetergo.records import book, cancel
from mockserver.providers.meetergo.times import read_instant
from mockserver.scheduling.intervals import Instant, instant, instant_not_before
from mockserver.scheduling.slots import Unbookable

_TAKEN: Final = (Unbookable.BUSY, Unbookable.FULL)


def create_booking(exchange: Exchange) -> Reply:
    """Book a start: 404 no such meeting type, host, queue or appointment, 400 the start is not free.

    A meeting type that wants a confirmation gets a provisional booking, which takes no time from anybody.
    """
    asked, store, now = exchange.data, exchange.store, exchange.now
    meeting_type = find(exchange, "meeting-type", asked["meetingTypeId"])
    hosts, anyone = hosts_asked_for(exchange, asked)
    replaced = None
    if "rescheduledFromId" in asked:
        replaced = find_own(exchange, "appointment", asked["rescheduledFromId"], "hostIds")
        if replaced.data["isCancelled"]:
            raise Refusal(400, "already-cancelled", pointer=exchange.plan.pointer)
    terms = terms_of(meeting_type, asked.get("duration"), None if replaced is None else str(replaced.id))
    start, seat = seat_at(exchange, terms, teams_of(hosts, anyone), asked["start"])
    if meeting_type.data["doubleOptIn"]:
        id = exchange.new_id("provisional-booking")
        waiting = {"provisionalBookingId": id, "_asked": asked, "_account": exchange.who.account}
        store.insert(PROVISIONAL, id, waiting)
        return reply_json(exchange, {"bookingType": "DoubleOptIn", "provisionalBookingId": id})
    if replaced is not None:
        gone = cancel(store, replaced, "reschedule", exchange.who.user, None, now)
        announce(exchange, CANCELLED, gone)
    row = book(exchange.service, exchange.world, meeting_type, seat, start, asked, now, replaced)
    announce(exchange, BOOKED, row)
    return reply_json(exchange, {"appointmentId": row.id, "secret": row.data["secret"]})


def hosts_asked_for(exchange: Exchange, asked: Mapping[str, Any]) -> tuple[Sequence[str], bool]:
    """The hosts that a request names, and whether anyone of them will do: 404 for those who are not there.

    A queue goes before hosts where both are named.
    """
    if asked.get("queueId") is not None:
        queue = find(exchange, "queue", asked["queueId"])
        # Whoever left the company is asked no more.
        return [host for host in queue.data["hostIds"] if exchange.store.get(USER, host) is not None], True
    return find_hosts(exchange, asked["hostIds"]), False


def seat_at(
    exchange: Exchange, terms: Terms, teams: Sequence[tuple[str, ...]], text: str
) -> tuple[Instant, Seat]:
    """The start that a text means, and who is free then; a 400 refusal where nobody is."""
    start = instant(start_of(text))
    seat = find_seat(exchange.store, terms, teams, start, instant_not_before(exchange.now))
    if isinstance(seat, Unbookable):
        rule = "slot-taken" if seat in _TAKEN else "slot-unavailable"
        raise Refusal(400, rule, pointer=exchange.plan.pointer, reason=seat.value)
    return start, seat


def start_of(text: str) -> datetime:
    """The instant of a start; a 400 refusal for one that calendars do not reach."""
    when = read_instant(text)
    if when is None or not 1970 <= when.year <= 9990:
        wrong = Complaint("body", ("start",), "range", "must be a time that calendars reach")
        raise Refusal(400, "invalid-body", problems=[wrong])
    return when
