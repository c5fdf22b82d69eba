"""Slots that are kept from others until the clock says otherwise; knows no bookings' rules."""

from __future__ import annotations

from typing import Any, Final

from mockserver.engine.diary import BY_HOST
from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.render import without_private
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.calendar import MINUTE, occupy, place_at, release, terms_of
from mockserver.providers.calcom.kinds import BUSY, EVENT_TYPE, RESERVATION
from mockserver.providers.calcom.people import caller_id
from mockserver.providers.calcom.times import read_start
from mockserver.scheduling.intervals import Instant, instant, instant_not_before
from mockserver.scheduling.slots import Unbookable
from mockserver.world.clock import iso_milli_at
from mockserver.world.store import Row, Store
from mockserver.world.world import World

_MINUTES: Final = 5


def reserve_slot(exchange: Exchange) -> Reply:
    """Keep a slot: 404 no such event type, 401 a length of one's own from nobody, 422 it is not free."""
    id = exchange.new_id("slot-reservation")
    return _one(exchange, _reserve(exchange, id))


def get_reservation(exchange: Exchange) -> Reply:
    """A reservation; null where there is none, or it has ended."""
    row = _live(exchange)
    return reply_json(exchange, {"status": "success", "data": None if row is None else _shown(row)})


def update_reservation(exchange: Exchange) -> Reply:
    """Keep another slot, or another while, under the same name: 404 there is none."""
    row = _find(exchange)
    take_reserved(exchange.store, str(row.id))
    return _one(exchange, _reserve(exchange, str(row.id)))


def delete_reservation(exchange: Exchange) -> Reply:
    """Give a slot back: 404 there is no such reservation."""
    take_reserved(exchange.store, str(_find(exchange).id))
    return reply_json(exchange, {"status": "success"})


def reservation_of(store: Store, event_type: Row, start: Instant, now: Instant) -> str:
    """The reservation of exactly that slot, "" where there is none.

    A booking of the very slot takes its reservation up: requests cannot name one (assumed).
    """
    if not store.count(RESERVATION):
        return ""
    hosts = event_type.data.get("hosts")
    numbers = [event_type.data["ownerId"]] if hosts is None else [host["userId"] for host in hosts]
    for host in numbers:
        for row in store.between(BUSY, BY_HOST, (host,), (start,), (start + 1,)):
            data = row.data
            if data["until"] > now:
                kept = store.get(RESERVATION, data["of"])
                if kept is not None and kept.data["eventTypeId"] == event_type.id:
                    return str(kept.id)
    return ""


def take_reserved(store: Store, id: str) -> None:
    """End a reservation."""
    row = store.get(RESERVATION, id)
    if row is not None:
        release(store, id, row.data["_hosts"])
        store.remove(RESERVATION, id)


def settle_reservations(world: World) -> None:
    """Take away the reservations that have ended by the world's clock."""
    now = instant_not_before(world.now)
    for row in list(world.store.rows(RESERVATION)):
        if row.data["_until"] <= now:
            take_reserved(world.store, str(row.id))


def _reserve(exchange: Exchange, id: str) -> Row:
    asked, store = exchange.data, exchange.store
    event_type = store.get(EVENT_TYPE, int(asked["eventTypeId"]))
    if event_type is None:
        raise Refusal(404, "unknown-event-type", pointer="/x-resources/event-type", id=asked["eventTypeId"])
    if "reservationDuration" in asked and caller_id(exchange) is None:
        raise Refusal(401, "reservation-needs-authentication", pointer=exchange.plan.pointer)
    kept = int(asked.get("reservationDuration", _MINUTES))
    data, now = event_type.data, instant_not_before(exchange.now)
    minutes = int(asked.get("slotDuration", data["lengthInMinutes"]))
    if minutes != data["lengthInMinutes"] and minutes not in data.get("lengthInMinutesOptions", ()):
        raise Refusal(400, "unknown-length", pointer="/x-resources/event-type", minutes=minutes)
    start = read_start(asked["slotStart"], "slotStart")
    place = place_at(store, terms_of(event_type, now, minutes), start, now)
    if isinstance(place, Unbookable):
        raise Refusal(422, "slot-not-free", pointer=exchange.plan.pointer)
    until = instant(exchange.now) + kept * MINUTE
    end = start + minutes * MINUTE
    hosts = place.hosts if place.joined is None else ()
    occupy(store, id, hosts, start, end, until)
    row: dict[str, Any] = {
        "eventTypeId": event_type.id,
        "slotStart": iso_milli_at(start),
        "slotEnd": iso_milli_at(end),
        "slotDuration": minutes,
        "reservationUid": id,
        "reservationDuration": kept,
        "reservationUntil": iso_milli_at(until),
        "_hosts": list(hosts),
        "_until": until,
    }
    return store.insert(RESERVATION, id, row)


def _live(exchange: Exchange) -> Row | None:
    row = exchange.store.get(RESERVATION, exchange.params["uid"])
    return row if row is not None and row.data["_until"] > instant_not_before(exchange.now) else None


def _find(exchange: Exchange) -> Row:
    row = _live(exchange)
    if row is None:
        uid = exchange.params["uid"]
        raise Refusal(404, "unknown-reservation", pointer="/x-resources/slot-reservation", uid=uid)
    return row


def _shown(row: Row) -> dict[str, Any]:
    return without_private(row.data)


def _one(exchange: Exchange, row: Row) -> Reply:
    return reply_json(exchange, {"status": "success", "data": _shown(row)})
