"""What subscribers are told, queued in the outbox; knows payloads (unsigned), not how they travel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from mockserver.engine.exchange import Exchange
from mockserver.providers.meetergo.access import public
from mockserver.providers.meetergo.kinds import BY_COMPANY, MEETING_TYPE, WEBHOOK
from mockserver.world.outbox import Message
from mockserver.world.store import Row, Store

BOOKED: Final = "booking_created"
CANCELLED: Final = "booking_cancelled"
MOVED: Final = "booking_rescheduled"
JOINED: Final = "new_employee"

# At least once, says the documentation; how often it is tried is our choice. Seconds from try to try.
RETRIES: Final = (60.0, 600.0, 3600.0)

_APPOINTMENT: Final = (
    *("id", "secret", "start", "end", "location", "isCancelled", "rescheduledAt", "meetingInfo"),
    *("attendees", "hosts", "hostIds", "meetingTypeId", "companyId", "createdAt", "updatedAt"),
)
_MEETING_TYPE: Final = ("id", "slug", "meetingInfo", "metadata")


def announce(exchange: Exchange, what: str, row: Row) -> None:
    """Queue a message for each of the company's webhooks that wants this of an appointment or user."""
    hooks = exchange.store.run(WEBHOOK, BY_COMPANY, (row.data["companyId"],))
    if not len(hooks):
        return
    body: bytes | None = None
    for hook in hooks[:]:
        if what not in hook.data["eventTypes"]:
            continue
        if body is None:
            told = (
                {"webhookType": what, **public(row)} if what == JOINED else payload(exchange.store, what, row)
            )
            body = orjson.dumps(told)
        exchange.world.outbox.put(
            Message(
                provider=exchange.service.slug,
                event=what,
                url=hook.data["endpoint"],
                body=body,
                made_at=exchange.now,
                headers=(("Content-Type", "application/json"),),
                retries=RETRIES,
                subscription=str(hook.id),
            )
        )


def payload(store: Store, what: str, appointment: Row) -> Mapping[str, Any]:
    """The flat body of a delivery that is about an appointment."""
    data = appointment.data
    meeting_type = store.get(MEETING_TYPE, data["meetingTypeId"])
    about = None if meeting_type is None else {name: meeting_type.data[name] for name in _MEETING_TYPE}
    return {"webhookType": what, **{name: data[name] for name in _APPOINTMENT}, "meetingType": about}
