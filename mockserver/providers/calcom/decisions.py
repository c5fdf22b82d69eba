"""What hosts decide of bookings: confirm, decline, who was absent, who takes over; knows no slots."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.calendar import busy_rows, hours_of, release, schedule_of
from mockserver.providers.calcom.deliveries import announce
from mockserver.providers.calcom.engagements import engagements
from mockserver.providers.calcom.kinds import BUSY, EVENT_TYPE, USER
from mockserver.providers.calcom.people import me
from mockserver.providers.calcom.records import (
    end,
    find_booking,
    host_shown,
    into_calendars,
    keep,
    managed,
    manages,
    shown,
)
from mockserver.scheduling.intervals import instant_not_before
from mockserver.world.store import Row


def confirm_booking(exchange: Exchange) -> Reply:
    """Accept a pending booking: 400 it is not pending, 403 it is not the caller's."""
    row = _decided(exchange)
    row = keep(exchange, row, status="accepted", _awaiting=False)
    if exchange.store.get(BUSY, f"{row.id} {row.data['_hosts'][0]}") is None:
        into_calendars(exchange.world, row.data)
    announce(exchange, "BOOKING_CREATED", row)
    return _one(exchange, row)


def decline_booking(exchange: Exchange) -> Reply:
    """Reject a pending booking: 400 it is not pending, 403 it is not the caller's."""
    row = _decided(exchange, "not-pending")
    reason = (exchange.data or {}).get("reason", "")
    row = end(exchange, row, "rejected", reason, "")
    announce(exchange, "BOOKING_REJECTED", row, rejectionReason=reason or None)
    return _one(exchange, row)


def mark_absent(exchange: Exchange) -> Reply:
    """Note who did not come: 400 before the booking begins, 404 no such attendee."""
    row, asked = managed(exchange), exchange.data
    if row.data["_at"] > instant_not_before(exchange.now):
        raise Refusal(400, "not-begun", pointer=exchange.plan.pointer)
    absent = {each["email"]: each["absent"] for each in asked.get("attendees", ())}
    unknown = absent.keys() - {person["email"] for person in row.data["attendees"]}
    if unknown:
        raise Refusal(404, "unknown-attendee", pointer="/x-resources/attendee", id=min(unknown))
    people = [
        {**person, "absent": absent.get(person["email"], person["absent"])}
        for person in row.data["attendees"]
    ]
    row = keep(exchange, row, attendees=people, absentHost=asked.get("host", row.data["absentHost"]))
    announce(exchange, "BOOKING_NO_SHOW_UPDATED", row)
    return _one(exchange, row)


def reassign_booking(exchange: Exchange) -> Reply:
    """Give a round robin's booking to another host who is free: 400 it is none, or nobody else is."""
    row, event_type = _round_robin(exchange)
    for host in event_type.data["hosts"]:
        number = host["userId"]
        if number not in row.data["_hosts"] and _free(exchange, event_type, row, number):
            return _give(exchange, row, number, "")
    raise Refusal(400, "no-other-host", pointer=exchange.plan.pointer)


def reassign_booking_to_user(exchange: Exchange) -> Reply:
    """Give a round robin's booking to that host: 404 no such host, 400 no round robin, or not free."""
    row, event_type = _round_robin(exchange)
    number = exchange.params["userId"]
    if all(host["userId"] != number for host in event_type.data["hosts"]):
        raise Refusal(404, "unknown-host", pointer="/x-resources/event-type", id=number)
    if number not in row.data["_hosts"] and not _free(exchange, event_type, row, number):
        raise Refusal(400, "host-not-free", pointer=exchange.plan.pointer)
    return _give(exchange, row, number, (exchange.data or {}).get("reason", ""))


def _decided(exchange: Exchange, rule: str = "already-confirmed") -> Row:
    row = find_booking(exchange)
    if not manages(exchange, row):
        raise Refusal(403, "trpc-permission", pointer=exchange.plan.pointer)
    status = row.data["status"]
    if status != "pending" or row.data["_awaiting"]:
        rule = rule if status == "accepted" else "not-pending"
        raise Refusal(400, rule, pointer=exchange.plan.pointer, state=status)
    return row


def _round_robin(exchange: Exchange) -> tuple[Row, Row]:
    row = managed(exchange)
    event_type = exchange.store.get(EVENT_TYPE, row.data["eventTypeId"])
    if event_type is None or event_type.data.get("schedulingType") != "roundRobin":
        raise Refusal(400, "not-round-robin", pointer=exchange.plan.pointer)
    if row.data["status"] not in ("accepted", "pending"):
        raise Refusal(400, "already-cancelled", pointer=exchange.plan.pointer, uid=row.id)
    return row, event_type


def _free(exchange: Exchange, event_type: Row, row: Row, host: int) -> bool:
    """Whether a host has hours and nothing else when the booking takes place."""
    store, start, stop = exchange.store, row.data["_at"], row.data["_until"]
    schedule = schedule_of(store, event_type, host)
    if schedule is None or not any(a <= start and stop <= b for a, b in hours_of(schedule).near(start)):
        return False
    if engagements(store, host, start, stop):
        return False
    return not busy_rows(store, host, start, stop, instant_not_before(exchange.now), str(row.id))


def _give(exchange: Exchange, row: Row, host: int, reason: str) -> Reply:
    store = exchange.store
    user = store.get(USER, host)
    if user is None:
        raise Refusal(404, "unknown-host", pointer="/x-resources/user", id=host)
    held = store.get(BUSY, f"{row.id} {row.data['_hosts'][0]}") is not None
    release(store, str(row.id), row.data["_hosts"])
    before, who = row.data["hosts"][0]["name"], host_shown(user)
    title = row.data["title"].replace(f"between {before} ", f"between {who['name']} ")
    row = keep(exchange, row, hosts=[who], _hosts=[host], title=title, _reassigned=(me(exchange).id, reason))
    if held:
        into_calendars(exchange.world, row.data)
    announce(exchange, "BOOKING_REASSIGNED", row)
    told = {name: who[name] for name in ("id", "name", "email", "displayEmail")}
    return reply_json(exchange, {"status": "success", "data": {"bookingUid": row.id, "reassignedTo": told}})


def _one(exchange: Exchange, row: Row) -> Reply:
    return reply_json(exchange, {"status": "success", "data": shown(exchange, row)})
