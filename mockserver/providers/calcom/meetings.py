"""Meetings that begin and end as the world's clock goes on, told to who subscribed; knows no other event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from mockserver.engine.exchange import Exchange
from mockserver.engine.service import Service
from mockserver.providers.calcom.deliveries import (
    ENDED,
    OF_MEETINGS,
    STARTED,
    payload,
    send,
    subscribers,
)
from mockserver.providers.calcom.holdings import PLATFORM_WEBHOOK
from mockserver.providers.calcom.kinds import BOOKING, BY_TYPE, EVENT_TYPE_WEBHOOK, MEETINGS, WEBHOOK
from mockserver.scheduling.hours import DAY
from mockserver.scheduling.intervals import Instant, instant, moment
from mockserver.world.clock import iso_milli_at
from mockserver.world.store import Row, Store
from mockserver.world.world import World

# Bookings go by when they begin: one that began longer ago than this has ended.
_LONGEST: Final = 31 * DAY
_TOLD: Final = "told"


def begin(world: World) -> None:
    """Nothing that began or ended before now is told of."""
    world.store.put(MEETINGS, _TOLD, {"until": instant(world.now)})


def settle_meetings(service: Service, world: World) -> None:
    """Tell of the meetings that have begun or ended since this was last asked, in the order of time."""
    store, now = world.store, instant(world.now)
    since = _told_until(store, now)
    if since == now:
        return
    if since < now and _wanted(store):
        changes = sorted(_changes(store, since, now), key=lambda each: (each[0], each[2].ordinal))
        for at, what, row in changes:
            told = {"triggerEvent": what, "createdAt": iso_milli_at(at), **payload(store, row)}
            for hook in subscribers(store, row, what):
                send(service, world, hook, what, told, moment(at))
    begin(world)


def look_at_meetings(exchange: Exchange) -> None:
    """Before a subscription is made or changed: what was until now is settled, what comes is waited for."""
    settle_meetings(exchange.service, exchange.world)
    exchange.world.outbox.ring()


def next_meeting(world: World) -> datetime | None:
    """When the next meeting begins or ends that somebody wants to be told of; None where nobody does.

    That may lie in the past: a running clock may have passed it since meetings were last told of.
    """
    store = world.store
    if not _wanted(store):
        return None
    now = instant(world.now)
    since = min(_told_until(store, now), now)
    found = min((at for at, _, _ in _changes(store, since, None)), default=None)
    return None if found is None else moment(found)


def _told_until(store: Store, now: Instant) -> Instant:
    """Up to when meetings were told of; now where that was never noted."""
    last = store.get(MEETINGS, _TOLD)
    until: Instant = now if last is None else last.data["until"]
    return until


def _wanted(store: Store) -> bool:
    return any(
        not OF_MEETINGS.isdisjoint(row.data["triggers"])
        for kind in (WEBHOOK, EVENT_TYPE_WEBHOOK, PLATFORM_WEBHOOK)
        for row in store.rows(kind)
    )


def _changes(store: Store, since: Instant, until: Instant | None) -> Iterator[tuple[Instant, str, Row]]:
    """What begins or ends after `since`: up to `until`, or without one at least the next of each type."""
    view = store.index(BOOKING, BY_TYPE)
    for key in view.partitions():
        run = view.partition(key)
        last = len(run) if until is None else run.bisect_left((until + 1,))
        for place in range(run.bisect_left((since - _LONGEST,)), last):
            row = run[place]
            data = row.data
            if data["status"] != "accepted" or data["_awaiting"]:
                continue
            for at, what in ((data["_at"], STARTED), (data["_until"], ENDED)):
                if since < at and (until is None or at <= until):
                    yield at, what, row
            if until is None and data["_at"] > since:
                break
