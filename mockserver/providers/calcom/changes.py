"""Moving and cancelling bookings, whole, in series and by seat; knows states, not how slots are reckoned."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.bookings import seat_for, status_of_new
from mockserver.providers.calcom.calendar import MINUTE
from mockserver.providers.calcom.deliveries import announce
from mockserver.providers.calcom.kinds import BOOKING, BY_SEAT, EVENT_TYPE, USER
from mockserver.providers.calcom.people import caller_id, me
from mockserver.providers.calcom.records import (
    end,
    find_booking,
    host_shown,
    indexed,
    into_calendars,
    keep,
    managed,
    manages,
    reply_booking,
    series_of,
    shown,
)
from mockserver.providers.calcom.times import read_start
from mockserver.scheduling.intervals import Instant, instant_not_before
from mockserver.world.clock import iso_milli, iso_milli_at
from mockserver.world.store import Row

_LIVE = ("accepted", "pending")


def get_booking(exchange: Exchange) -> Reply:
    """A booking, or all meetings of a series: 404 there is neither."""
    uid = exchange.params["bookingUid"]
    series = series_of(exchange, uid)
    if series:
        told = [shown(exchange, row) for row in series]
        return reply_json(exchange, {"status": "success", "data": told})
    return reply_booking(exchange, find_booking(exchange))


def get_booking_by_seat(exchange: Exchange) -> Reply:
    """The booking that a seat is in: 404 there is no such seat."""
    uid = exchange.params["seatUid"]
    rows = exchange.store.listed(BOOKING, BY_SEAT, (uid,))
    if not rows:
        raise Refusal(404, "unknown-seat", pointer="/x-resources/booking", uid=uid)
    return reply_json(exchange, {"status": "success", "data": shown(exchange, rows[0])})


def reschedule_booking(exchange: Exchange) -> Reply:
    """Make a booking at the new time in place of the old: 404 there is none, 400 state or time forbids it."""
    asked, row = exchange.data, find_booking(exchange)
    data = row.data
    _check_movable(exchange, row)
    event_type = exchange.store.get(EVENT_TYPE, data["eventTypeId"])
    if event_type is None:
        raise Refusal(404, "unknown-event-type", pointer="/x-resources/event-type", id=data["eventTypeId"])
    start = read_start(asked["start"])
    seat = asked.get("seatUid")
    if data["_seated"] and seat is None and not manages(exchange, row):
        raise Refusal(400, "seat-needed", pointer="/components/schemas/Reschedule/properties/seatUid")
    if seat is not None and seat not in data["_seats"]:
        raise Refusal(404, "unknown-seat", pointer="/x-resources/booking", uid=seat)
    reason = asked.get("reschedulingReason", asked.get("rescheduleReason", ""))
    by = asked.get("rescheduledBy") or _email_of_caller(exchange)
    if seat is not None:
        return _move_seat(exchange, row, event_type, seat, start, reason, by)
    place = seat_for(exchange, event_type, start, data["duration"], str(row.id))
    uid = exchange.new_id("booking")
    hosts = place.hosts if place.joined is None else tuple(data["_hosts"])
    host_moves = any(by == host["email"] for host in data["hosts"])
    status = data["status"]
    if status == "accepted" and not host_moves:
        status = status_of_new(event_type.data, start, exchange)
    moved = {
        **data,
        "id": 100_000 + exchange.store.next_ordinal(BOOKING),
        "uid": uid,
        "hosts": [host_shown(user) for user in (exchange.store.get(USER, host) for host in hosts) if user],
        "status": status,
        "start": iso_milli_at(start),
        "end": iso_milli_at(start + data["duration"] * MINUTE),
        "createdAt": iso_milli(exchange.now),
        "updatedAt": None,
        "icsUid": data["icsUid"],
        "reschedulingReason": reason,
        "rescheduledByEmail": by,
        "rescheduledFromUid": row.id,
        "_at": start,
        "_until": start + data["duration"] * MINUTE,
        "_hosts": list(hosts),
    }
    gone = end(exchange, row, "cancelled", reason, by, rescheduledToUid=uid, rescheduledByEmail=by)
    new = exchange.store.insert(BOOKING, uid, indexed(moved))
    into_calendars(exchange.world, new.data)
    _tell_moved(exchange, new, gone, by)
    return reply_json(exchange, {"status": "success", "data": shown(exchange, new)})


def request_reschedule(exchange: Exchange) -> Reply:
    """Cancel a booking and ask its attendee for another time: 403 not one's own, 400 it is over already."""
    row = managed(exchange)
    _check_cancellable(exchange, row)
    reason = (exchange.data or {}).get("rescheduleReason", "")
    by = _email_of_caller(exchange)
    row = end(exchange, row, "cancelled", reason, by, reschedulingReason=reason)
    more = {"cancelledBy": by, "cancellationReason": reason, "requestReschedule": True}
    announce(exchange, "BOOKING_CANCELLED", row, **more)
    return reply_json(exchange, {"status": "success"})


def cancel_booking(exchange: Exchange) -> Reply:
    """Cancel a booking, a series, the rest of a series, or a seat: 404 there is none, 400 it is over."""
    asked = exchange.data if isinstance(exchange.data, dict) else {}
    reason, by = asked.get("cancellationReason", ""), _email_of_caller(exchange)
    series = series_of(exchange, exchange.params["bookingUid"])
    if series:
        if series[0].data["_seated"]:
            raise Refusal(400, "seated-series", pointer=exchange.plan.pointer)
        live = [each for each in series if each.data["status"] in _LIVE and not _over(exchange, each)]
        if not live:
            _check_cancellable(exchange, series[-1])
        return reply_json(exchange, {"status": "success", "data": _cancel(exchange, live, reason, by)})
    row = find_booking(exchange)
    if "seatUid" in asked:
        return _cancel_seat(exchange, row, asked["seatUid"], reason, by)
    _check_cancellable(exchange, row)
    if row.data["_seated"] and not manages(exchange, row):
        raise Refusal(403, "only-host-cancels-seats", pointer=exchange.plan.pointer)
    event_type = exchange.store.get(EVENT_TYPE, row.data["eventTypeId"])
    rule = {} if event_type is None else event_type.data.get("disableCancelling", {})
    if rule.get("disabled") and not manages(exchange, row):
        raise Refusal(400, "cancelling-disabled", pointer="/x-resources/event-type")
    if asked.get("cancelSubsequentBookings") and "recurringBookingUid" in row.data:
        rest = [
            each
            for each in series_of(exchange, row.data["recurringBookingUid"])
            if each.data["_at"] >= row.data["_at"] and each.data["status"] in _LIVE
        ]
        return reply_json(exchange, {"status": "success", "data": _cancel(exchange, rest, reason, by)})
    return reply_json(exchange, {"status": "success", "data": _cancel(exchange, [row], reason, by)[0]})


def _cancel(exchange: Exchange, rows: list[Row], reason: str, by: str) -> list[dict[str, Any]]:
    told = []
    for row in rows:
        row = end(exchange, row, "cancelled", reason, by)
        announce(
            exchange, "BOOKING_CANCELLED", row, cancelledBy=by or None, cancellationReason=reason or None
        )
        told.append(shown(exchange, row))
    return told


def _cancel_seat(exchange: Exchange, row: Row, seat: str, reason: str, by: str) -> Reply:
    if seat not in row.data["_seats"]:
        raise Refusal(404, "unknown-seat", pointer="/x-resources/booking", uid=seat)
    _check_cancellable(exchange, row)
    left = [person for person in row.data["attendees"] if person["seatUid"] != seat]
    if left:
        row = keep(exchange, row, attendees=left)
        announce(
            exchange, "BOOKING_CANCELLED", row, cancelledBy=by or None, cancellationReason=reason or None
        )
        return reply_json(exchange, {"status": "success", "data": shown(exchange, row)})
    return reply_json(exchange, {"status": "success", "data": _cancel(exchange, [row], reason, by)[0]})


def _move_seat(
    exchange: Exchange, row: Row, event_type: Row, seat: str, start: Instant, reason: str, by: str
) -> Reply:
    """Move one person: into the booking that has seats at that time, or a new one; the others stay."""
    store, data = exchange.store, row.data
    if len(data["attendees"]) > 1 and start == data["_at"]:
        raise Refusal(400, "not-available", pointer=exchange.plan.pointer)
    alone = len(data["attendees"]) == 1
    place = seat_for(exchange, event_type, start, data["duration"], str(row.id) if alone else "")
    person = next(each for each in data["attendees"] if each["seatUid"] == seat)
    if place.joined is not None and place.joined.id != row.id:
        new = keep(exchange, place.joined, attendees=[*place.joined.data["attendees"], person])
    else:
        uid = exchange.new_id("booking")
        users = (store.get(USER, host) for host in place.hosts)
        fresh = {
            **data,
            "id": 100_000 + store.next_ordinal(BOOKING),
            "uid": uid,
            "hosts": [host_shown(user) for user in users if user],
            "start": iso_milli_at(start),
            "end": iso_milli_at(start + data["duration"] * MINUTE),
            "createdAt": iso_milli(exchange.now),
            "updatedAt": None,
            "attendees": [person],
            "reschedulingReason": reason,
            "rescheduledByEmail": by,
            "rescheduledFromUid": row.id,
            "_at": start,
            "_until": start + data["duration"] * MINUTE,
            "_hosts": list(place.hosts),
        }
        new = store.insert(BOOKING, uid, indexed(fresh))
        into_calendars(exchange.world, new.data)
    if alone:
        gone = end(exchange, row, "cancelled", reason, by, rescheduledToUid=new.id)
    else:
        left = [each for each in data["attendees"] if each["seatUid"] != seat]
        gone = keep(exchange, row, attendees=left)
    _tell_moved(exchange, new, gone, by)
    return reply_json(exchange, {"status": "success", "data": shown(exchange, new, seat)})


def _tell_moved(exchange: Exchange, new: Row, old: Row, by: str) -> None:
    announce(
        exchange,
        "BOOKING_RESCHEDULED",
        new,
        rescheduleId=old.data["id"],
        rescheduleUid=old.data["uid"],
        rescheduleStartTime=old.data["start"],
        rescheduleEndTime=old.data["end"],
        rescheduledBy=by or None,
    )


def _check_movable(exchange: Exchange, row: Row) -> None:
    data = row.data
    if data["status"] == "cancelled" and "rescheduledToUid" in data:
        uid, to = data["uid"], data["rescheduledToUid"]
        raise Refusal(400, "rescheduled-already", pointer=exchange.plan.pointer, uid=uid, to=to)
    if data["status"] not in _LIVE or data["_awaiting"]:
        status = "awaiting_host" if data["_awaiting"] else data["status"]
        raise Refusal(400, "not-reschedulable", pointer=exchange.plan.pointer, uid=data["uid"], state=status)
    event_type = exchange.store.get(EVENT_TYPE, data["eventTypeId"])
    about = {} if event_type is None else event_type.data
    if _over(exchange, row) and not about.get("allowReschedulingPastBookings"):
        raise Refusal(400, "booking-is-over", pointer=exchange.plan.pointer, uid=data["uid"])
    rule = about.get("disableRescheduling") or {}
    late = rule.get("minutesBefore")
    soon = late and data["_at"] - instant_not_before(exchange.now) < late * MINUTE
    if (rule.get("disabled") or soon) and not manages(exchange, row):
        raise Refusal(400, "rescheduling-disabled", pointer="/x-resources/event-type")


def _check_cancellable(exchange: Exchange, row: Row) -> None:
    data = row.data
    if data["status"] not in _LIVE:
        rule = "already-cancelled" if data["status"] == "cancelled" else "already-rejected"
        raise Refusal(400, rule, pointer=exchange.plan.pointer, uid=data["uid"])
    if _over(exchange, row):
        raise Refusal(400, "booking-is-over", pointer=exchange.plan.pointer, uid=data["uid"])


def _over(exchange: Exchange, row: Row) -> bool:
    return bool(row.data["_until"] <= instant_not_before(exchange.now))


def _email_of_caller(exchange: Exchange) -> str:
    return str(me(exchange).data["email"]) if caller_id(exchange) is not None else ""
