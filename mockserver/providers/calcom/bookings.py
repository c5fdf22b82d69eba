"""Booking: regular, in a series, with seats, or an instant meeting; knows what a request may ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.calendar import MINUTE, Place, place_at, teams_of, terms_of
from mockserver.providers.calcom.deliveries import announce
from mockserver.providers.calcom.event_types import type_named
from mockserver.providers.calcom.fields import check_answers, questions
from mockserver.providers.calcom.kinds import BOOKING, EVENT_TYPE, ORGANIZATION, TEAM, USER
from mockserver.providers.calcom.limits import active_bookings
from mockserver.providers.calcom.people import caller_id, stands_above
from mockserver.providers.calcom.records import (
    into_calendars,
    keep,
    new_attendee,
    new_booking,
    reply_booking,
    seated,
    shown,
)
from mockserver.providers.calcom.reservations import reservation_of, take_reserved
from mockserver.providers.calcom.times import END, read_start
from mockserver.scheduling.intervals import Instant, instant_not_before
from mockserver.scheduling.recurrence import occurrences
from mockserver.scheduling.slots import Unbookable
from mockserver.world.clock import iso_milli
from mockserver.world.store import Row, Store

_QUESTIONS: Final = "calcom questions"
_REFUSED: Final = {
    Unbookable.PAST: "booking-in-the-past",
    Unbookable.NOTICE: "out-of-bounds",
    Unbookable.HORIZON: "out-of-bounds",
}


def create_booking(exchange: Exchange) -> Reply:
    """Book: 404 no such event type, 400 a missing answer or a start that cannot be, 409 no seat is left."""
    asked = exchange.data
    event_type = event_type_asked_for(exchange, asked)
    data = event_type.data
    hosts = [host for team in teams_of(data) for host in team]
    above = stands_above(exchange.store, caller_id(exchange), hosts, data.get("teamId"))
    if data.get("bookingRequiresAuthentication") and not above:
        raise Refusal(
            403 if exchange.caller else 401, "booking-needs-authentication", pointer=exchange.plan.pointer
        )
    check_answers(_questions(event_type), _answers(asked))
    start = read_start(asked["start"])
    minutes = length_asked_for(data, asked)
    if asked.get("guests") and data["disableGuests"]:
        raise Refusal(400, "guests-not-allowed", pointer="/components/schemas/NewBooking/properties/guests")
    if asked.get("instant"):
        return reply_booking(exchange, _instant(exchange, event_type, start, minutes))
    starts = _starts(event_type, asked, start)
    _check_booker(exchange, event_type, asked)
    allowed = above and (asked.get("allowConflicts") or asked.get("allowBookingOutOfBounds"))
    fields: dict[str, Any] = {"status": status_of_new(data, starts[0], exchange)}
    if data["recurrence"]:
        fields["recurringBookingUid"] = exchange.new_id("series")
    booked = []
    for each in starts:
        place = seat_for(exchange, event_type, each, minutes, anyhow=bool(allowed))
        booked.append(_book(exchange, event_type, place, each, minutes, fields))
    if data["recurrence"]:
        told = [shown(exchange, row, seat) for row, seat in booked]
        return reply_json(exchange, {"status": "success", "data": told})
    return reply_booking(exchange, *booked[0])


def event_type_asked_for(exchange: Exchange, asked: Mapping[str, Any]) -> Row:
    """The event type that a request names by number, by slug and user, or by slug and team; else 404."""
    if "eventTypeId" in asked:
        row = exchange.store.get(EVENT_TYPE, int(asked["eventTypeId"]))
    else:
        row = type_named(exchange.store, asked["eventTypeSlug"], asked.get("username"), asked.get("teamSlug"))
    if row is None or not _in_organization(exchange.store, row, asked.get("organizationSlug")):
        told = asked.get("eventTypeId", asked.get("eventTypeSlug"))
        raise Refusal(404, "unknown-event-type", pointer="/x-resources/event-type", id=told)
    return row


def _in_organization(store: Store, event_type: Row, slug: str | None) -> bool:
    """Whether an event type's user or team belongs to the organisation of that slug, where one is named."""
    if slug is None:
        return True
    named = next((row for row in store.rows(ORGANIZATION) if row.data.get("_slug") == slug), None)
    data = event_type.data
    kind, id, field = (
        (TEAM, data["teamId"], "parentId") if "teamId" in data else (USER, data["ownerId"], "organizationId")
    )
    holder = store.get(kind, id)
    return named is not None and holder is not None and holder.data.get(field) == named.id


def length_asked_for(data: Mapping[str, Any], asked: Mapping[str, Any]) -> int:
    """The length in minutes that is meant; 400 where the event type does not offer it."""
    usual = int(data["lengthInMinutes"])
    minutes = int(asked.get("lengthInMinutes", asked.get("slotDuration", asked.get("duration", usual))))
    offered = data.get("lengthInMinutesOptions") or [usual]
    if minutes != usual and minutes not in offered:
        raise Refusal(
            400, "unknown-length", pointer="/x-resources/event-type", offered=offered, minutes=minutes
        )
    return minutes


def seat_for(
    exchange: Exchange,
    event_type: Row,
    start: Instant,
    minutes: int,
    without: str = "",
    *,
    anyhow: bool = False,
) -> Place:
    """Where a booking at that start goes; a refusal where nobody is free."""
    now = instant_not_before(exchange.now)
    terms = terms_of(event_type, now, minutes, without)
    reserved = reservation_of(exchange.store, event_type, start, now)
    place = place_at(exchange.store, terms, start, now, reserved=reserved)
    if isinstance(place, Unbookable):
        if place is Unbookable.FULL:
            raise Refusal(409, "no-seat-left", pointer=exchange.plan.pointer)
        if anyhow and place is not Unbookable.PAST and terms.rules.teams:
            return Place(terms.rules.teams[0])
        raise Refusal(400, _REFUSED.get(place, "not-available"), pointer=exchange.plan.pointer)
    if reserved:
        take_reserved(exchange.store, reserved)
    return place


def status_of_new(data: Mapping[str, Any], start: Instant, exchange: Exchange) -> str:
    """Whether a new booking waits for its host: always, or when it is sooner than the policy says."""
    policy = data.get("confirmationPolicy") or {"disabled": True}
    if policy.get("disabled"):
        return "accepted"
    if policy["type"] == "time":
        soon = policy["noticeThreshold"]
        seconds = soon["count"] * (3600 if soon["unit"] == "hours" else MINUTE)
        if start - instant_not_before(exchange.now) >= seconds:
            return "accepted"
    return "pending"


def _questions(event_type: Row) -> Sequence[Mapping[str, Any]]:
    """Of an event type's questions those whose answers have to be looked at."""
    found: Sequence[Mapping[str, Any]] | None = event_type.views.get(_QUESTIONS)
    if found is None:
        found = event_type.views[_QUESTIONS] = questions(event_type.data["bookingFields"])
    return found


def _answers(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    phone = asked["attendee"].get("phoneNumber")
    answers = asked.get("bookingFieldsResponses", {})
    return {"attendeePhoneNumber": phone, **answers} if phone else answers


def _starts(event_type: Row, asked: Mapping[str, Any], start: Instant) -> list[Instant]:
    """The starts of a series, or the one start; 400 where a count is given for what is no series."""
    rule = event_type.data["recurrence"]
    count = asked.get("recurrenceCount")
    if not rule:
        if count is not None:
            raise Refusal(
                400, "not-recurring", pointer="/components/schemas/NewBooking/properties/recurrenceCount"
            )
        return [start]
    if count is not None and count > rule["occurrences"]:
        raise Refusal(
            400, "too-many-recurrences", pointer="/x-resources/event-type", most=rule["occurrences"]
        )
    zone = asked["attendee"]["timeZone"]
    found = list(
        occurrences(start, rule["frequency"], rule["interval"], zone=zone, count=count or rule["occurrences"])
    )
    if found[-1] >= END:
        wrong = Complaint("body", ("start",), "range", "must be a time that calendars reach")
        raise Refusal(400, "invalid-body", problems=[wrong])
    return found


def _check_booker(exchange: Exchange, event_type: Row, asked: Mapping[str, Any]) -> None:
    limit = (event_type.data.get("bookerActiveBookingsLimit") or {}).get("maximumActiveBookings")
    email = asked["attendee"].get("email")
    if limit and email:
        now = instant_not_before(exchange.now)
        if active_bookings(exchange.store, event_type, email, now) >= limit:
            raise Refusal(400, "too-many-active-bookings", pointer="/x-resources/event-type", limit=limit)


def _book(
    exchange: Exchange, event_type: Row, place: Place, start: Instant, minutes: int, fields: Mapping[str, Any]
) -> tuple[Row, str | None]:
    """The booking that was made or joined, and the seat that was taken in it."""
    service, world, asked = exchange.service, exchange.world, exchange.data
    if place.joined is not None:
        return _take_seat(exchange, place.joined)
    stamp = iso_milli(exchange.now)
    data = new_booking(service, world, event_type, place.hosts, start, minutes, asked, stamp, fields)
    row = exchange.store.insert(BOOKING, data["uid"], data)
    if data["status"] == "accepted" or _blocks(event_type):
        into_calendars(world, data)
    announce(exchange, "BOOKING_REQUESTED" if data["status"] == "pending" else "BOOKING_CREATED", row)
    return row, data["_seats"][0] if data["_seats"] else None


def _blocks(event_type: Row) -> bool:
    policy = event_type.data.get("confirmationPolicy") or {}
    return bool(policy.get("blockUnconfirmedBookingsInBooker", True))


def _take_seat(exchange: Exchange, row: Row) -> tuple[Row, str | None]:
    asked = exchange.data
    person = new_attendee(exchange.world, asked["attendee"])
    if any(each["email"] == person["email"] for each in row.data["attendees"]):
        raise Refusal(409, "already-seated", pointer=exchange.plan.pointer)
    person = seated(exchange.service, exchange.world, person, asked)
    row = keep(exchange, row, attendees=[*row.data["attendees"], person])
    announce(exchange, "BOOKING_CREATED", row)
    return row, person["seatUid"]


def _instant(exchange: Exchange, event_type: Row, start: Instant, minutes: int) -> Row:
    """Ring all hosts of a team at once: nobody's hours or calendars are looked at or filled."""
    data = event_type.data
    if data.get("teamId") is None or not data["isInstantEvent"]:
        raise Refusal(400, "not-instant", pointer="/components/schemas/NewBooking/properties/instant")
    hosts = [host["userId"] for host in data["hosts"]]
    stamp, world = iso_milli(exchange.now), exchange.world
    fields = {"status": "pending", "_awaiting": True}
    made = new_booking(
        exchange.service, world, event_type, hosts, start, minutes, exchange.data, stamp, fields
    )
    row = exchange.store.insert(BOOKING, made["uid"], made)
    announce(exchange, "INSTANT_MEETING", row)
    return row
