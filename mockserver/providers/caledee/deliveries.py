"""What subscribers are told of bookings, queued in the outbox; knows payloads, not how they travel.

A message is as its first attempt sends it; the signature is made when it is sent, under the `_secret` of the
subscription that the message names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from mockserver.engine.exchange import Exchange
from mockserver.providers.caledee.kinds import BY_ACCOUNT, WEBHOOK
from mockserver.providers.caledee.times import iso_milli
from mockserver.world.outbox import Message
from mockserver.world.store import Row

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
    body: bytes | None = None
    for hook in exchange.store.run(WEBHOOK, BY_ACCOUNT, (booking.data["_account"],))[:]:
        if what not in hook.data["events"]:
            continue
        if body is None:
            body = orjson.dumps(payload(what, booking.data, exchange.now))
        exchange.world.outbox.put(
            Message(
                provider=exchange.service.slug,
                event=what,
                url=hook.data["url"],
                body=body,
                made_at=exchange.now,
                headers=(
                    ("Content-Type", "application/json"),
                    ("X-Caledee-Event", what),
                    ("X-Caledee-Delivery-Attempt", "1"),
                ),
                subscription=str(hook.id),
            )
        )


def payload(what: str, booking: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body of a delivery's first attempt."""
    names = _TOLD_OF_CANCELED if booking["status"] == "canceled" else _TOLD
    return {
        "event": what,
        "attempt": 1,
        "sentAt": iso_milli(now),
        "data": {name: booking[name] for name in names},
    }
