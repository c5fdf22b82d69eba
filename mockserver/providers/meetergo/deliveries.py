"""What subscribers are told, queued in the outbox; knows payloads (unsigned), not how they travel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.engine.exchange import Exchange
from mockserver.providers.meetergo.access import public
from mockserver.providers.meetergo.kinds import BY_COMPANY, MEETING_TYPE, WEBHOOK
from mockserver.world.store import Row, Store

BOOKED: Final = "booking_created"
CANCELLED: Final = "booking_cancelled"
MOVED: Final = "booking_rescheduled"
JOINED: Final = "new_employee"

_APPOINTMENT: Final = (
    *("id", "secret", "start", "end", "location", "isCancelled", "rescheduledAt", "meetingInfo"),
    *("attendees", "hosts", "hostIds", "meetingTypeId", "companyId", "createdAt", "updatedAt"),
)
_MEETING_TYPE: Final = ("id", "slug", "meetingInfo", "metadata")


def announce(exchange: Exchange, what: str, row: Row) -> None:
    """Queue a message for each of the company's webhooks that wants this of an appointment or user."""
    told: Mapping[str, Any] | None = None
    for hook in exchange.store.listed(WEBHOOK, BY_COMPANY, (row.data["companyId"],)):
        if what not in hook.data["eventTypes"]:
            continue
        if told is None:
            told = (
                {"webhookType": what, **public(row)} if what == JOINED else payload(exchange.store, what, row)
            )
        exchange.service.post.put(
            exchange.world,
            what,
            to=hook.data["endpoint"],
            subscription=str(hook.id),
            value=told,
            now=exchange.now,
        )


def payload(store: Store, what: str, appointment: Row) -> Mapping[str, Any]:
    """The flat body of a delivery that is about an appointment."""
    data = appointment.data
    meeting_type = store.get(MEETING_TYPE, data["meetingTypeId"])
    about = None if meeting_type is None else {name: meeting_type.data[name] for name in _MEETING_TYPE}
    return {"webhookType": what, **{name: data[name] for name in _APPOINTMENT}, "meetingType": about}
