"""What subscribers are told of bookings, queued in the outbox; knows payloads, not how they travel.

A message is as its first attempt sends it; number, time and signature of an attempt are made when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from mockserver.engine.deliveries import JSON, Headers, Subscribing
from mockserver.engine.exchange import Exchange
from mockserver.engine.service import Service
from mockserver.providers.caledee.kinds import BY_ACCOUNT, WEBHOOK
from mockserver.world.clock import iso_milli
from mockserver.world.outbox import Message
from mockserver.world.store import Row
from mockserver.world.world import World

CREATED: Final = "booking_created"
CANCELED: Final = "booking_canceled"
RESCHEDULED: Final = "booking_rescheduled"

_TOLD: Final = (
    *("id", "eventTypeId", "eventTypeName", "hostId", "hostSlug", "startAt", "endAt", "durationMin"),
    *("status", "location", "invitee", "createdAt"),
)
_TOLD_OF_CANCELED: Final = (*_TOLD, "canceledAt", "cancelReason")


def announce(exchange: Exchange, what: str, booking: Row) -> None:
    """Queue a message for each subscription of the booking's account that wants to be told this."""
    told: dict[str, Any] | None = None
    for hook in exchange.store.listed(WEBHOOK, BY_ACCOUNT, (booking.data["_account"],)):
        data = hook.data
        if what not in data["events"] or data.get("_disabled"):
            continue
        if told is None:
            told = payload(what, booking.data, exchange.now)
        exchange.service.post.put(
            exchange.world,
            what,
            to=data["url"],
            subscription=str(hook.id),
            value=told,
            now=exchange.now,
            headers=_headers(what, 1),
            secret=data["_secret"],
        )


def renew(message: Message, attempt: int, at: datetime) -> tuple[bytes, Headers]:
    """What an attempt sends: each has its number and its time."""
    told = orjson.loads(message.body)
    told["attempt"], told["sentAt"] = attempt, iso_milli(at)
    return orjson.dumps(told), _headers(message.event, attempt)


def tried(service: Service, world: World, message: Message) -> None:
    """Count a subscription's failures in a row; with the last that is allowed it is told nothing more."""
    hook = world.store.get(WEBHOOK, message.subscription)
    if hook is None:
        return
    failures = 0 if message.attempts[-1].succeeded else hook.data.get("_failures", 0) + 1
    most = service.post.rules.disable_after
    disabled = bool(hook.data.get("_disabled")) or (most is not None and failures >= most)
    if (failures, disabled) == (hook.data.get("_failures", 0), bool(hook.data.get("_disabled"))):
        return
    world.store.put(WEBHOOK, hook.id, {**hook.data, "_failures": failures, "_disabled": disabled})
    if disabled:
        world.outbox.abandon(
            lambda each: (each.provider, each.subscription) == (message.provider, message.subscription),
            f"the subscription was disabled after {most} failures in a row",
        )


def subscribe(service: Service, world: World, wish: Subscribing) -> str:
    """A subscription of a persona's account: the API has no operation that makes one."""
    id = service.new_id(world, "webhook")
    account = next(each.account for each in service.settings.personas if each.name == wish.persona)
    row = {
        "id": id,
        "url": wish.url,
        "events": list(wish.events),
        "_account": account,
        "_secret": wish.secret,
    }
    world.store.insert(WEBHOOK, id, row)
    return id


def _headers(what: str, attempt: int) -> Headers:
    return (*JSON, ("X-Caledee-Event", what), ("X-Caledee-Delivery-Attempt", str(attempt)))


def payload(what: str, booking: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body of a delivery's first attempt."""
    names = _TOLD_OF_CANCELED if booking["status"] == "canceled" else _TOLD
    return {
        "event": what,
        "attempt": 1,
        "sentAt": iso_milli(now),
        "data": {name: booking[name] for name in names},
    }
