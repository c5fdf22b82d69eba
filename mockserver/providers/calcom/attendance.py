"""Guests, attendees and the place of a booking; knows who may change them, no slots."""

from __future__ import annotations

from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.deliveries import announce
from mockserver.providers.calcom.fields import place_text
from mockserver.providers.calcom.kinds import EVENT_TYPE
from mockserver.providers.calcom.records import (
    attends,
    find_booking,
    keep,
    managed,
    manages,
    new_attendee,
    seated,
    shown,
)
from mockserver.world.store import Row

_MOST: Final = 30


def add_guests(exchange: Exchange) -> Reply:
    """Ask more people to come: 400 there would be more than 30, or the event type has none."""
    row = _one_of_its_people(exchange)
    data = row.data
    event_type = exchange.store.get(EVENT_TYPE, data["eventTypeId"])
    if event_type is not None and event_type.data["disableGuests"]:
        raise Refusal(400, "guests-not-allowed", pointer="/x-resources/event-type")
    if data["status"] not in ("accepted", "pending"):
        raise Refusal(400, "already-cancelled", pointer=exchange.plan.pointer, uid=row.id)
    known = dict.fromkeys([*data["guests"], *(guest["email"] for guest in exchange.data["guests"])])
    if len(known) > _MOST:
        raise Refusal(400, "too-many-guests", pointer=exchange.plan.pointer, most=_MOST)
    row = keep(exchange, row, guests=list(known))
    return reply_json(exchange, {"status": "success", "data": shown(exchange, row)})


def list_attendees(exchange: Exchange) -> Reply:
    """The attendees of a booking, with their numbers."""
    row = _one_of_its_people(exchange)
    return reply_json(
        exchange, {"status": "success", "data": [_listed(each) for each in row.data["attendees"]]}
    )


def get_attendee(exchange: Exchange) -> Reply:
    """One attendee of a booking: 404 there is none of that number."""
    row, id = _one_of_its_people(exchange), exchange.params["attendeeId"]
    for person in row.data["attendees"]:
        if person["_id"] == id:
            return reply_json(exchange, {"status": "success", "data": _listed(person)})
    raise Refusal(404, "unknown-attendee", pointer="/x-resources/attendee", id=id)


def add_attendee(exchange: Exchange) -> Reply:
    """Add an attendee: 403 for those who are no people of the booking, 400 the address is there already."""
    row, asked = _one_of_its_people(exchange), exchange.data
    if row.data["status"] not in ("accepted", "pending"):
        raise Refusal(400, "already-cancelled", pointer=exchange.plan.pointer, uid=row.id)
    if any(person["email"] == asked["email"] for person in row.data["attendees"]):
        raise Refusal(400, "already-attends", pointer=exchange.plan.pointer)
    person = new_attendee(exchange.world, asked)
    if row.data["_seated"]:
        event_type = exchange.store.get(EVENT_TYPE, row.data["eventTypeId"])
        seats = None if event_type is None else event_type.data["seatsPerTimeSlot"]
        if seats is not None and len(row.data["attendees"]) >= seats:
            raise Refusal(400, "no-seat-left", pointer=exchange.plan.pointer)
        person = seated(exchange.service, exchange.world, person, {})
    row = keep(exchange, row, attendees=[*row.data["attendees"], person])
    return reply_json(
        exchange, {"status": "success", "data": {**_listed(person), "bookingId": row.data["id"]}}
    )


def update_booking_location(exchange: Exchange) -> Reply:
    """Change where a booking takes place: 403 it is not the caller's."""
    row = managed(exchange)
    place = place_text(exchange.data["location"], str(row.id))
    data = {"location": place}
    if place.startswith("http"):
        data["meetingUrl"] = place
    elif "meetingUrl" in row.data:
        data["meetingUrl"] = ""
    row = keep(exchange, row, **data)
    announce(exchange, "BOOKING_LOCATION_UPDATED", row)
    return reply_json(exchange, {"status": "success", "data": shown(exchange, row)})


def _one_of_its_people(exchange: Exchange) -> Row:
    row = find_booking(exchange)
    if not manages(exchange, row) and not attends(exchange, row):
        raise Refusal(403, "not-your-booking", pointer=exchange.plan.pointer)
    return row


def _listed(person: dict[str, Any]) -> dict[str, Any]:
    hidden = ("_id", "seatUid", "bookingFieldsResponses", "metadata")
    return {"id": person["_id"], **{name: value for name, value in person.items() if name not in hidden}}
