"""Rows of bookings: made, shown, moved and ended; knows what they hold, not what requests may ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.render import Project, without_private
from mockserver.engine.replies import reply_json, reply_row
from mockserver.engine.service import Service
from mockserver.providers.calcom.calendar import MINUTE, occupy, release
from mockserver.providers.calcom.fields import place_asked_for
from mockserver.providers.calcom.kinds import BOOKING, BY_SERIES, USER
from mockserver.providers.calcom.people import caller_id, stands_above
from mockserver.scheduling.intervals import Instant
from mockserver.world.clock import iso_milli, iso_milli_at
from mockserver.world.store import Row
from mockserver.world.world import World

_NUMBERS: Final = (
    100_000  # of bookings and attendees that are made; those that are there from the start are lower
)
_HOST: Final = "calcom host"
STATES: Final[Mapping[str, str]] = {
    "accepted": "live",
    "pending": "unconfirmed",
    "cancelled": "cancelled",
    "rejected": "cancelled",
}


def host_shown(user: Row) -> dict[str, Any]:
    """A host as bookings show one: the same object each time, which nobody may change."""
    found: dict[str, Any] | None = user.views.get(_HOST)
    if found is None:
        data = user.data
        found = user.views[_HOST] = {
            "id": user.id,
            "name": data["name"] or data["username"],
            "email": data["email"],
            "displayEmail": data["email"],
            "username": data["username"],
            "timeZone": data["timeZone"],
        }
    return found


def new_attendee(world: World, asked: Mapping[str, Any]) -> dict[str, Any]:
    """An attendee as rows have one. Whoever has a telephone only gets an address made of its number."""
    email = asked.get("email") or f"{asked['phoneNumber'].lstrip('+')}@sms.cal.com"
    person = {
        "_id": _NUMBERS + world.store.take("calcom/attendees"),
        "name": asked.get("name") or email.partition("@")[0],
        "email": email,
        "displayEmail": email,
        "timeZone": asked.get("timeZone", "UTC"),
        "language": asked.get("language", "en"),
        "absent": False,
    }
    if "phoneNumber" in asked:
        person["phoneNumber"] = asked["phoneNumber"]
    return person


def seated(
    service: Service, world: World, person: dict[str, Any], asked: Mapping[str, Any]
) -> dict[str, Any]:
    """The same attendee with a seat of their own."""
    answers = {**asked.get("bookingFieldsResponses", {}), "name": person["name"], "email": person["email"]}
    return {
        **person,
        "seatUid": service.new_id(world, "seat"),
        "bookingFieldsResponses": answers,
        "metadata": asked.get("metadata", {}),
    }


def new_booking(
    service: Service,
    world: World,
    event_type: Row,
    hosts: Sequence[int],
    start: Instant,
    minutes: int,
    asked: Mapping[str, Any],
    stamp: str,
    fields: Mapping[str, Any],
) -> dict[str, Any]:
    """The row of a new booking; `asked` is the body of POST /bookings, `stamp` the time of booking.

    `fields` are those that do not follow from that.
    """
    about, store = event_type.data, world.store
    uid = service.new_id(world, "booking")
    users = [user for user in (store.get(USER, host) for host in hosts) if user is not None]
    person = new_attendee(world, asked["attendee"])
    seats = about.get("seats", {}).get("seatsPerTimeSlot")
    if seats:
        person = seated(service, world, person, asked)
    place = asked.get("meetingUrl") or place_asked_for(about["locations"], asked.get("location"), uid)
    first = users[0].data["name"] if users else about["title"]
    answers = {**asked.get("bookingFieldsResponses", {}), "name": person["name"], "email": person["email"]}
    data: dict[str, Any] = {
        "id": _NUMBERS + store.next_ordinal(BOOKING),
        "uid": uid,
        "title": f"{about['title']} between {first} and {person['name']}",
        "description": str(answers.get("notes") or about["description"]),
        "hosts": [host_shown(user) for user in users],
        "status": "accepted",
        "start": iso_milli_at(start),
        "end": iso_milli_at(start + minutes * MINUTE),
        "duration": minutes,
        "eventTypeId": event_type.id,
        "eventType": {"id": event_type.id, "slug": about["slug"]},
        "location": place,
        "absentHost": False,
        "createdAt": stamp,
        "updatedAt": None,
        "metadata": dict(asked.get("metadata", {})),
        "icsUid": f"{uid}@Cal.com",
        "attendees": [person],
        "guests": list(asked.get("guests", ())),
        "bookingFieldsResponses": {**answers, "displayEmail": person["email"]},
        "_seated": bool(seats),
        "_open": bool(about.get("seats", {}).get("showAttendeeInfo")),
        "_team": about.get("teamId"),
        "_at": start,
        "_until": start + minutes * MINUTE,
        "_hosts": list(hosts),
        "_awaiting": False,
        **fields,
    }
    if place.startswith("http"):
        data["meetingUrl"] = place
    return indexed(data)


def indexed(data: dict[str, Any]) -> dict[str, Any]:
    """The row with what its indexes go by set anew: whose it is, its seats, and the state lists know."""
    people = [person["email"] for person in (*data["hosts"], *data["attendees"])]
    state = STATES[data["status"]]
    data["_people"] = list(dict.fromkeys(people))
    data["_seats"] = [person["seatUid"] for person in data["attendees"] if "seatUid" in person]
    data["_state"] = state
    return data


def keep(exchange: Exchange, row: Row, **fields: Any) -> Row:
    """The booking with these fields changed now."""
    data = {**row.data, **fields, "updatedAt": iso_milli(exchange.now)}
    return exchange.store.put(BOOKING, row.id, indexed(data))


def end(exchange: Exchange, row: Row, status: str, reason: str, by: str, **fields: Any) -> Row:
    """The booking, cancelled or rejected; its hosts have that time again."""
    release(exchange.store, str(row.id), row.data["_hosts"])
    return keep(exchange, row, status=status, cancellationReason=reason, cancelledByEmail=by, **fields)


def into_calendars(world: World, data: Mapping[str, Any]) -> None:
    """Take the booking's time, from all of its hosts. Buffers are looked at when somebody else books."""
    occupy(world.store, data["uid"], data["_hosts"], data["_at"], data["_until"])


def find_booking(exchange: Exchange, uid: str | None = None) -> Row:
    """The booking that a path names; a 404 refusal where there is none."""
    uid = exchange.params["bookingUid"] if uid is None else uid
    row = exchange.store.get(BOOKING, uid)
    if row is None:
        raise Refusal(404, "unknown-booking", pointer="/x-resources/booking", uid=uid)
    return row


def series_of(exchange: Exchange, uid: str) -> list[Row]:
    """The meetings of a series, in order; none where the identifier is that of no series."""
    return exchange.store.listed(BOOKING, BY_SERIES, (uid,)) if uid else []


def manages(exchange: Exchange, row: Row) -> bool:
    """Whether whoever asks is a host of the booking, or rules their team or organisation."""
    return stands_above(exchange.store, caller_id(exchange), row.data["_hosts"], row.data["_team"])


def managed(exchange: Exchange) -> Row:
    """The booking that a path names; 404 where there is none, 403 where the caller is not above it."""
    row = find_booking(exchange)
    if not manages(exchange, row):
        raise Refusal(403, "not-your-booking", pointer=exchange.plan.pointer)
    return row


def attends(exchange: Exchange, row: Row) -> bool:
    """Whether whoever asks is one of the booking's attendees."""
    id = caller_id(exchange)
    user = None if id is None else exchange.store.get(USER, id)
    return user is not None and user.data["email"] in row.data["_people"]


def hides_people(row: Row) -> bool:
    """Whether only who is above the booking sees its attendees: others have seats of their own."""
    return bool(row.data["_seated"] and not row.data["_open"])


def public(row: Row) -> dict[str, Any]:
    """The booking as everybody sees it from whom it hides nobody."""
    told = without_private(row.data)
    told["attendees"] = [without_private(person) for person in told["attendees"]]
    if row.data["_seated"]:
        del told["guests"], told["bookingFieldsResponses"]
    return told


def without_people(row: Row) -> dict[str, Any]:
    """The booking as everybody else sees it: seats are taken, nobody says by whom."""
    return {**public(row), "attendees": []}


def view_for(exchange: Exchange, row: Row) -> Project:
    """How a booking is shown to whoever asks."""
    return without_people if hides_people(row) and not manages(exchange, row) else public


def shown(exchange: Exchange, row: Row, seat: str | None = None) -> dict[str, Any]:
    """The booking as whoever asks may see it; `seat` is the one that this request took."""
    told = view_for(exchange, row)(row)
    if seat is not None and row.data["_seated"]:
        told["seatUid"] = seat
    return told


def reply_booking(exchange: Exchange, row: Row, seat: str | None = None) -> Reply:
    """A reply with that booking as whoever asks may see it; `seat` is the one that this request took."""
    if seat is not None and row.data["_seated"]:
        return reply_json(exchange, {"status": "success", "data": shown(exchange, row, seat)})
    return reply_row(exchange, row, project=view_for(exchange, row))
