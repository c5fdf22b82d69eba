"""What subscribers are told of bookings, queued in the outbox; knows payloads, not the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from mockserver.engine.deliveries import JSON
from mockserver.engine.exchange import Exchange
from mockserver.engine.service import Service
from mockserver.providers.calcom.holdings import BY_CLIENT, MANAGED_USER, PLATFORM_WEBHOOK
from mockserver.providers.calcom.kinds import BY_TYPE, BY_USER, EVENT_TYPE, EVENT_TYPE_WEBHOOK, WEBHOOK
from mockserver.scheduling.hours import offset_at
from mockserver.world.clock import iso_milli
from mockserver.world.store import Row, Store
from mockserver.world.world import World

STARTED: Final = "MEETING_STARTED"
ENDED: Final = "MEETING_ENDED"
OF_MEETINGS: Final = frozenset((STARTED, ENDED))

_HOLE: Final = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def announce(exchange: Exchange, what: str, booking: Row, **more: Any) -> None:
    """Queue a message for each active subscription that wants to be told this: of the event type, of a host,
    or of the platform that manages a host."""
    hooks = _hooks(exchange.store, booking)
    if not hooks:
        return
    if any(not OF_MEETINGS.isdisjoint(hook.data["triggers"]) for hook in hooks):
        # Whoever delivers by a clock that runs looks anew when the next meeting begins or ends.
        exchange.world.outbox.ring()
    told: dict[str, Any] | None = None
    for hook in hooks:
        if what not in hook.data["triggers"]:
            continue
        if told is None:
            told = {
                "triggerEvent": what,
                "createdAt": iso_milli(exchange.now),
                "payload": {**payload(exchange.store, booking), **more},
            }
        send(exchange.service, exchange.world, hook, what, told, exchange.now)


def subscribers(store: Store, booking: Row, what: str) -> list[Row]:
    """Who is to be told that of a booking."""
    return [hook for hook in _hooks(store, booking) if what in hook.data["triggers"]]


def _hooks(store: Store, booking: Row) -> list[Row]:
    """The active subscriptions that a booking concerns."""
    hooks = store.listed(EVENT_TYPE_WEBHOOK, BY_TYPE, (booking.data["eventTypeId"],))
    for host in booking.data["_hosts"]:
        hooks += store.listed(WEBHOOK, BY_USER, (host,))
        managed = store.get(MANAGED_USER, host)
        if managed is not None:
            hooks += store.listed(PLATFORM_WEBHOOK, BY_CLIENT, (managed.data["_client"],))
    # Two hosts of one platform are told of once.
    return list({hook.id: hook for hook in hooks if hook.data["active"]}.values())


def send(
    service: Service, world: World, hook: Row, what: str, told: Mapping[str, Any], now: datetime
) -> None:
    """Queue one message, signed with the subscription's secret; a template of its own stands for the body."""
    data = hook.data
    template = data.get("payloadTemplate")
    service.post.put(
        world,
        what,
        to=data["subscriberUrl"],
        subscription=str(hook.id),
        value=told,
        now=now,
        body=None if template is None else rendered(template, told),
        headers=(*JSON, ("X-Cal-Webhook-Version", data.get("version") or "2021-10-20")),
        secret=data.get("secret"),
    )


def rendered(template: str, told: Mapping[str, Any]) -> bytes:
    """A template with its `{{name}}` filled from the payload, as text; what is not known becomes nothing."""
    known = {**told, **told.get("payload", {})}

    def fill(hole: re.Match[str]) -> str:
        value: Any = known
        for part in hole[1].split("."):
            if isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                value = value.get(part) if isinstance(value, dict) else None
        return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()

    return _HOLE.sub(fill, template).encode()


def payload(store: Store, booking: Row) -> dict[str, Any]:
    """The booking as deliveries have it."""
    data = booking.data
    event_type = store.get(EVENT_TYPE, data["eventTypeId"])
    title = data["title"] if event_type is None else event_type.data["title"]
    hosts = [_person(host, data["_at"]) for host in data["hosts"]]
    attendees = []
    for person in data["attendees"]:
        first, _, last = person["name"].partition(" ")
        attendees.append({**_person(person, data["_at"]), "firstName": first, "lastName": last})
    answers = data["bookingFieldsResponses"]
    return {
        "type": data["eventType"]["slug"],
        "title": data["title"],
        "description": data["description"],
        "startTime": data["start"],
        "endTime": data["end"],
        "organizer": hosts[0] if hosts else {},
        "attendees": attendees,
        "responses": {
            slug: {"label": slug, "value": value} for slug, value in answers.items() if slug != "displayEmail"
        },
        "location": data["location"],
        "uid": data["uid"],
        "bookingId": data["id"],
        "eventTypeId": data["eventTypeId"],
        "status": data["status"].upper(),
        "eventTitle": title,
        "length": data["duration"],
        "metadata": data["metadata"],
    }


def _person(person: Mapping[str, Any], at: int) -> dict[str, Any]:
    told = {
        "name": person["name"],
        "email": person["email"],
        "timeZone": person["timeZone"],
        "language": {"locale": person.get("language", "en")},
        "utcOffset": offset_at(at, person["timeZone"]) // 60,
    }
    for name in ("id", "username", "phoneNumber"):
        if name in person:
            told[name] = person[name]
    return told
