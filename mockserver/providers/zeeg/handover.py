"""Handing an event over to another host; knows the conditions, not how slots are reckoned."""

from __future__ import annotations

from typing import Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_row
from mockserver.providers.zeeg.calendar import is_free, next_free, occupy, release
from mockserver.providers.zeeg.deliveries import SCHEDULED, announce
from mockserver.providers.zeeg.kinds import EVENT, PAGE
from mockserver.providers.zeeg.people import find_user
from mockserver.providers.zeeg.records import active_invitees, host_entry, starts_at
from mockserver.scheduling.intervals import instant_not_before, moment
from mockserver.world.clock import iso_micro

RESCHEDULE_DAYS: Final = 60


def handover_event(exchange: Exchange) -> Reply:
    """Put another host of the page in the place of the present one; place and link stay.

    404 no such event or user; 409 not a round robin, cancelled, the user does not host the page or hosts
    the event already, or is not free although `requireHostAvailability` (true unless told otherwise) asks
    for it. With `fallbackToReschedule` the event then moves to the new host's next free slot within 60
    days instead.
    """
    store, asked = exchange.store, exchange.data
    event = exchange.service.resources["event"].find(exchange, exchange.params["uuid"])
    data = event.data
    if data["status"] == "cancelled":
        raise Refusal(409, "already-cancelled", pointer=exchange.plan.pointer)
    page = store.get(PAGE, data["_eventType"])
    if page is None or data["type"] != "ROUND_ROBIN":
        raise Refusal(409, "handover-impossible", pointer=exchange.plan.pointer)
    user = find_user(exchange, email=asked["newHostEmail"])
    host = str(user.id)
    if host not in page.data["_hosts"]:
        raise Refusal(409, "not-a-host", pointer=exchange.plan.pointer)
    if host in data["_hosts"]:
        raise Refusal(409, "already-host", pointer=exchange.plan.pointer)
    now = instant_not_before(exchange.now)
    start, duration = starts_at(data), data["duration"] * 60
    moved = False
    if asked.get("requireHostAvailability", True) and not is_free(store, page, host, start, duration, now):
        later = None
        if asked.get("fallbackToReschedule", False):
            later = next_free(store, page, host, duration, now, RESCHEDULE_DAYS)
        if later is None:
            raise Refusal(409, "host-unavailable", pointer=exchange.plan.pointer)
        start, moved = later, True
    release(store, str(event.id), data["_hosts"])
    occupy(store, str(event.id), str(page.id), (host,), start, start + duration)
    row = store.put(
        EVENT,
        event.id,
        {
            **data,
            "startTime": iso_micro(moment(start)),
            "endTime": iso_micro(moment(start + duration)),
            "hosts": [host_entry(store, host)],
            "updatedAt": iso_micro(exchange.now),
            "_hosts": [host],
        },
    )
    if moved:
        for invitee in active_invitees(row.data):
            announce(exchange, SCHEDULED, row, invitee, rescheduled=True)
    return reply_row(exchange, row)
