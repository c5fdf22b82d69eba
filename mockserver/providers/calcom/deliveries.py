"""What subscribers are told of bookings, queued in the outbox; knows payloads, not the wire."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import orjson

from mockserver.engine.exchange import Exchange
from mockserver.providers.calcom.holdings import BY_CLIENT, MANAGED_USER, PLATFORM_WEBHOOK
from mockserver.providers.calcom.kinds import BY_TYPE, BY_USER, EVENT_TYPE, EVENT_TYPE_WEBHOOK, WEBHOOK
from mockserver.providers.calcom.times import iso_milli
from mockserver.scheduling.hours import offset_at
from mockserver.world.outbox import Message
from mockserver.world.store import Row, Store

UNSIGNED: Final = "no-secret-provided"
_HOLE: Final = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def announce(exchange: Exchange, what: str, booking: Row, **more: Any) -> None:
    """Queue a message for each active subscription that wants to be told this: of the event type, of a host,
    or of the platform that manages a host."""
    store, hooks = exchange.store, []
    hooks += store.run(EVENT_TYPE_WEBHOOK, BY_TYPE, (booking.data["eventTypeId"],))[:]
    for host in booking.data["_hosts"]:
        hooks += store.run(WEBHOOK, BY_USER, (host,))[:]
        managed = store.get(MANAGED_USER, host)
        if managed is not None:
            hooks += store.run(PLATFORM_WEBHOOK, BY_CLIENT, (managed.data["_client"],))[:]
    told: dict[str, Any] | None = None
    for hook in hooks:
        if not hook.data["active"] or what not in hook.data["triggers"]:
            continue
        if told is None:
            told = {
                "triggerEvent": what,
                "createdAt": iso_milli(exchange.now),
                "payload": {**payload(store, booking), **more},
            }
        send(exchange, hook, what, told)


def send(exchange: Exchange, hook: Row, what: str, told: Mapping[str, Any]) -> None:
    """Queue one message, signed with the subscription's secret."""
    data = hook.data
    template = data.get("payloadTemplate")
    body = orjson.dumps(told) if template is None else rendered(template, told)
    secret = data.get("secret")
    signature = UNSIGNED if not secret else hmac.new(secret.encode(), body, sha256).hexdigest()
    exchange.world.outbox.put(
        Message(
            provider=exchange.service.slug,
            event=what,
            url=data["subscriberUrl"],
            body=body,
            made_at=exchange.now,
            headers=(
                ("Content-Type", "application/json"),
                ("X-Cal-Signature-256", signature),
                ("X-Cal-Webhook-Version", data.get("version") or "2021-10-20"),
            ),
            subscription=str(hook.id),
        )
    )


def rendered(template: str, told: Mapping[str, Any]) -> bytes:
    """A template with its `{{name}}` filled from the payload, as text; what is not known becomes nothing."""
    known = {**told["payload"], "triggerEvent": told["triggerEvent"], "createdAt": told["createdAt"]}

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
