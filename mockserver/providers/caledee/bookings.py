"""Booking a slot, moving and cancelling; knows what a request may ask, not how slots are reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_row
from mockserver.engine.service import Service
from mockserver.providers.caledee.calendar import hosts_at, occupy, release
from mockserver.providers.caledee.contacts import mark_booked, note_activity
from mockserver.providers.caledee.deliveries import CANCELED, CREATED, RESCHEDULED, announce
from mockserver.providers.caledee.kinds import BOOKING, USER
from mockserver.providers.caledee.times import read_start
from mockserver.scheduling.intervals import Instant, instant_not_before
from mockserver.scheduling.slots import Unbookable
from mockserver.world.clock import iso_milli, iso_milli_at
from mockserver.world.store import Row
from mockserver.world.world import World

MOVED: Final = "Rescheduled."
# No slot is looked for after the year 9955: calendars end soon after it, and clocks before it.
END: Final[Instant] = 252_000_000_000


def create_booking(exchange: Exchange) -> Reply:
    """Book a slot: 404 no such event type or booking, 400 a length it lacks, 409 the slot is not free."""
    asked, store = exchange.data, exchange.store
    event_type = exchange.service.resources["event-type"].find(exchange, asked["eventTypeId"])
    minutes = offered_duration(event_type, asked.get("durationMin"), "body", "durationMin")
    old = None
    if "rescheduleOf" in asked:
        old = exchange.service.resources["booking"].find(exchange, asked["rescheduleOf"])
        if old.data["status"] == "canceled":
            raise Refusal(409, "already-canceled", pointer=exchange.plan.pointer)
        release(store, old)
    start = read_start(asked["startAt"])
    now = instant_not_before(exchange.now)
    hosts: tuple[str, ...] | Unbookable = Unbookable.OFF_GRID
    if start is not None and start < END:
        hosts = hosts_at(store, event_type, start, minutes, now)
    if start is None or isinstance(hosts, Unbookable):
        rule = "slot-taken" if hosts is Unbookable.BUSY else "slot-unavailable"
        raise Refusal(409, rule, pointer=exchange.plan.pointer)
    stamp = iso_milli(exchange.now)
    row = book(exchange.service, exchange.world, event_type, hosts, start, minutes, asked, stamp)
    if old is None:
        announce(exchange, CREATED, row)
    else:
        announce(exchange, CANCELED, store.put(BOOKING, old.id, canceled(old, stamp, MOVED)))
        announce(exchange, RESCHEDULED, row)
    return reply_row(exchange, row)


def cancel_booking(exchange: Exchange) -> Reply:
    """Cancel a booking: 404 no such booking. What was cancelled before stays as it was."""
    row = exchange.service.resources["booking"].find(exchange, exchange.params["id"])
    if row.data["status"] != "canceled":
        store = exchange.store
        release(store, row)
        stamp = iso_milli(exchange.now)
        row = store.put(BOOKING, row.id, canceled(row, stamp, exchange.params.get("reason")))
        data = row.data
        note_activity(exchange.service, exchange.world, data["_account"], data["invitee"]["email"], stamp)
        announce(exchange, CANCELED, row)
    return reply_row(exchange, row)


def offered_duration(event_type: Row, asked: Any, place: str, field: str) -> int:
    """The length in minutes that is meant; 400 where the event type does not offer it."""
    data = event_type.data
    minutes = data["durationMin"] if asked is None else int(asked)
    if minutes not in data["durations"]:
        offered = ", ".join(map(str, data["durations"]))
        wrong = Complaint(place, (field,), "enum", f"is not offered here; choose {offered}")
        raise Refusal(400, "unknown-duration", problems=[wrong], pointer="/x-resources/event-type")
    return int(minutes)


def book(
    service: Service,
    world: World,
    event_type: Row,
    hosts: tuple[str, ...],
    start: Instant,
    minutes: int,
    asked: Mapping[str, Any],
    stamp: str,
) -> Row:
    """A new booking in its hosts' calendars, known to contacts and leads.

    `asked` is the body of POST /bookings, `stamp` the time of booking as rows have it.
    """
    data = new_booking(service, world, event_type, hosts, start, minutes, asked, stamp)
    row = world.store.insert(BOOKING, data["id"], data)
    occupy(world.store, event_type, data["id"], hosts, start, minutes)
    invitee = data["invitee"]
    note_activity(service, world, data["_account"], invitee["email"], stamp, invitee["name"], bookings=1)
    mark_booked(world, event_type, invitee["email"])
    return row


def new_booking(
    service: Service,
    world: World,
    event_type: Row,
    hosts: tuple[str, ...],
    start: Instant,
    minutes: int,
    asked: Mapping[str, Any],
    stamp: str,
) -> dict[str, Any]:
    """The row of a new booking; arguments as for `book`."""
    about, who = event_type.data, asked["invitee"]
    host = world.store.get(USER, hosts[0])
    if host is None:
        raise LookupError(f"a booking has a host {hosts[0]!r} who is no user")
    place = asked.get("location")
    return {
        "id": service.new_id(world, "booking"),
        "eventTypeId": event_type.id,
        "eventTypeName": about["name"],
        "hostId": host.id,
        "hostSlug": host.data["slug"],
        "startAt": iso_milli_at(start),
        "endAt": iso_milli_at(start + minutes * 60),
        "durationMin": minutes,
        "status": "active",
        "location": about["_location"]
        if place is None
        else {"kind": place["kind"], "value": place.get("value")},
        "invitee": {
            "name": who["name"],
            "email": who["email"],
            "timezone": who.get("timezone") or host.data["timezone"],
        },
        "createdAt": stamp,
        "canceledAt": None,
        "cancelReason": None,
        "_account": about["_account"],
        "_hosts": list(hosts),
    }


def canceled(booking: Row, stamp: str, reason: str | None) -> dict[str, Any]:
    """A booking's data once it is cancelled, at the time that `stamp` says."""
    return {**booking.data, "status": "canceled", "canceledAt": stamp, "cancelReason": reason}
