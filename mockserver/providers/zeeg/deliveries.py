"""What subscribers are told of events, queued in the outbox; knows payloads, not how they travel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mockserver.engine.deliveries import JSON
from mockserver.engine.exchange import Exchange
from mockserver.providers.zeeg.kinds import BY_ACCOUNT, TEAM, WEBHOOK
from mockserver.scheduling.hours import zone_named
from mockserver.world.clock import parse_instant
from mockserver.world.outbox import Message
from mockserver.world.store import Row, Store

SCHEDULED: Final = "invitee.scheduled"
CANCELLED: Final = "invitee.cancelled"

# Not strftime: it follows the language of the machine.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def announce(
    exchange: Exchange, what: str, event: Row, invitee: Mapping[str, Any], *, rescheduled: bool = False
) -> None:
    """Queue a message for each subscription that wants to be told this of this event."""
    told: dict[str, Any] | None = None
    for hook in exchange.store.listed(WEBHOOK, BY_ACCOUNT, (event.data["_account"],)):
        data = hook.data
        if what not in data["events"]:
            continue
        if data["scope"] == "user" and data["_user"] not in event.data["_hosts"]:
            continue
        if told is None:
            told = payload(exchange.store, what, event, invitee, rescheduled=rescheduled)
        exchange.service.post.put(
            exchange.world,
            what,
            to=data["callbackUrl"],
            subscription=str(hook.id),
            value=told,
            now=exchange.now,
            secret=data["_secret"],
        )


def put_test(exchange: Exchange, hook: Row) -> None:
    """Queue a subscription's first message; no page describes it, so it is no webhook of the document."""
    secret, post = hook.data["_secret"], exchange.service.post
    body = b'{"event":"test"}'
    exchange.world.outbox.put(
        Message(
            provider=exchange.service.slug,
            event="test",
            url=hook.data["callbackUrl"],
            body=body,
            made_at=exchange.now,
            headers=(*JSON, *post.rules.signature.sign(body, secret).items()),
            retries=post.rules.retries,
            subscription=str(hook.id),
            secret=secret or "",
        )
    )


def payload(
    store: Store, what: str, event: Row, invitee: Mapping[str, Any], *, rescheduled: bool = False
) -> dict[str, Any]:
    """The flat body of a delivery."""
    data = event.data
    first, _, last = invitee["fullName"].partition(" ")
    zone = zone_named(invitee["timeZone"])
    start, end = (parse_instant(data[name]).astimezone(zone) for name in ("startTime", "endTime"))
    team = data["_team"]
    title = next((row.data["title"] for row in store.rows(TEAM) if row.data["slug"] == team), team)
    return {
        "event": what,
        "eventUri": data["uri"],
        "eventUuid": data["uuid"],
        "title": data["title"],
        "type": data["type"],
        "duration": data["duration"],
        "durationPretty": pretty_duration(data["duration"]),
        "inviteeSalutation": invitee["salutation"],
        "inviteeFirstName": first or None,
        "inviteeLastName": last or None,
        "inviteeName": invitee["fullName"],
        "inviteeEmail": invitee["email"],
        "inviteePhoneNumber": data["_phone"].get(invitee["uuid"]),
        "inviteeTimezone": invitee["timeZone"],
        "inviteeNumberOfSeats": 1,
        "inviteeUuid": invitee["uuid"],
        "startAt": data["startTime"],
        "endAt": data["endTime"],
        "inviteeStartAt": start.isoformat(),
        "inviteeEndAt": end.isoformat(),
        "inviteeStartAtPretty": pretty_time(start),
        "inviteeEndAtPretty": pretty_time(end),
        "hosts": {
            str(place): f"{host['firstName']} {host['lastName']}"
            for place, host in enumerate(data["hosts"], 1)
        },
        "hostDetails": data["hosts"],
        "teamName": title,
        "location": data["location"] and data["location"]["type"],
        **invitee["cancellation"],
        "isRescheduled": rescheduled,
    }


def pretty_duration(minutes: int) -> str:
    """`30 mins`, `1 hr`, `1 hr 30 mins`"""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} hr{'s' if hours > 1 else ''}"] if hours else []
    if rest:
        parts.append(f"{rest} min{'s' if rest > 1 else ''}")
    return " ".join(parts)


def pretty_time(local: datetime) -> str:
    """`11:00 - Wednesday, April 15, 2026`"""
    day, month = _DAYS[local.weekday()], _MONTHS[local.month - 1]
    return f"{local.hour:02}:{local.minute:02} - {day}, {month} {local.day}, {local.year}"
