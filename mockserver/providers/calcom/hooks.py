"""Subscriptions of users and of event types; knows addresses and owners, no deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.event_types import own_type
from mockserver.providers.calcom.kinds import BY_ADDRESS, BY_TYPE, BY_USER, EVENT_TYPE_WEBHOOK, WEBHOOK
from mockserver.providers.calcom.meetings import look_at_meetings
from mockserver.providers.calcom.people import caller_id, me
from mockserver.world.store import Row

_KNOWN: Final = ("subscriberUrl", "active", "payloadTemplate", "secret", "version", "time", "timeUnit")


def create_webhook(exchange: Exchange) -> Reply:
    """Subscribe the caller: 409 there is a subscription of that address already."""
    user = me(exchange)
    return _create(exchange, WEBHOOK, {"userId": int(user.id)})


def list_webhooks(exchange: Exchange) -> Reply:
    """The caller's subscriptions, cut by take and skip."""
    return _list(exchange, exchange.store.listed(WEBHOOK, BY_USER, (me(exchange).id,)))


def get_webhook(exchange: Exchange) -> Reply:
    """One subscription: 404 there is none, 403 it is somebody else's."""
    return _one(exchange, _own(exchange))


def update_webhook(exchange: Exchange) -> Reply:
    """Change a subscription."""
    return _update(exchange, WEBHOOK, "userId", _own(exchange))


def delete_webhook(exchange: Exchange) -> Reply:
    """Remove a subscription, which is answered."""
    row = _own(exchange)
    exchange.store.remove(WEBHOOK, row.id)
    return _one(exchange, row)


def create_event_type_webhook(exchange: Exchange) -> Reply:
    """Subscribe to an event type of the caller's: 409 there is a subscription of that address already."""
    return _create(exchange, EVENT_TYPE_WEBHOOK, {"eventTypeId": int(own_type(exchange).id)})


def list_event_type_webhooks(exchange: Exchange) -> Reply:
    """The subscriptions of an event type, cut by take and skip."""
    return _list(exchange, exchange.store.listed(EVENT_TYPE_WEBHOOK, BY_TYPE, (own_type(exchange).id,)))


def get_event_type_webhook(exchange: Exchange) -> Reply:
    """One subscription of an event type: 404 there is none."""
    return _one(exchange, _of_type(exchange))


def update_event_type_webhook(exchange: Exchange) -> Reply:
    """Change a subscription of an event type."""
    return _update(exchange, EVENT_TYPE_WEBHOOK, "eventTypeId", _of_type(exchange))


def delete_event_type_webhook(exchange: Exchange) -> Reply:
    """Remove a subscription of an event type, which is answered."""
    row = _of_type(exchange)
    exchange.store.remove(EVENT_TYPE_WEBHOOK, row.id)
    return _one(exchange, row)


def delete_event_type_webhooks(exchange: Exchange) -> Reply:
    """Remove all subscriptions of an event type, and say how many."""
    rows = exchange.store.listed(EVENT_TYPE_WEBHOOK, BY_TYPE, (own_type(exchange).id,))
    for row in rows:
        exchange.store.remove(EVENT_TYPE_WEBHOOK, row.id)
    return reply_json(exchange, {"status": "success", "data": f"{len(rows)} webhooks deleted"})


def _create(exchange: Exchange, kind: str, owner: Mapping[str, int]) -> Reply:
    (number,) = owner.values()
    look_at_meetings(exchange)
    _refuse_twice(exchange, kind, number, exchange.data["subscriberUrl"])
    id = exchange.new_id("webhook")
    fresh: dict[str, Any] = {"payloadTemplate": None, "version": "2021-10-20", "triggers": []}
    return _one(exchange, exchange.store.insert(kind, id, {"id": id, **owner, **fresh, **_known(exchange)}))


def _update(exchange: Exchange, kind: str, owner: str, row: Row) -> Reply:
    look_at_meetings(exchange)
    url = exchange.data.get("subscriberUrl", row.data["subscriberUrl"])
    _refuse_twice(exchange, kind, row.data[owner], url, row.id)
    return _one(exchange, exchange.store.put(kind, row.id, {**row.data, **_known(exchange)}))


def _refuse_twice(exchange: Exchange, kind: str, owner: int, url: str, but: Any = None) -> None:
    if any(row.id != but for row in exchange.store.listed(kind, BY_ADDRESS, (owner, url))):
        raise Refusal(409, "webhook-exists", pointer=exchange.plan.pointer)


def _known(exchange: Exchange) -> dict[str, Any]:
    asked = exchange.data
    data = {name: asked[name] for name in _KNOWN if name in asked}
    triggers = asked.get("triggers", asked.get("eventTriggers"))
    if triggers is not None:
        data["triggers"] = list(dict.fromkeys(triggers))
    return data


def _own(exchange: Exchange) -> Row:
    id = exchange.params["webhookId"]
    row = exchange.store.get(WEBHOOK, id)
    if row is None:
        raise Refusal(404, "unknown-webhook", pointer="/x-resources/webhook", id=id)
    if row.data["userId"] != caller_id(exchange):
        raise Refusal(403, "not-your-webhook", pointer=exchange.plan.pointer)
    return row


def _of_type(exchange: Exchange) -> Row:
    event_type, id = own_type(exchange), exchange.params["webhookId"]
    row = exchange.store.get(EVENT_TYPE_WEBHOOK, id)
    if row is None or row.data["eventTypeId"] != event_type.id:
        raise Refusal(404, "unknown-webhook", pointer="/x-resources/event-type-webhook", id=id)
    return row


def _list(exchange: Exchange, rows: list[Row]) -> Reply:
    skip = exchange.params.get("skip", 0)
    rows = rows[skip : skip + exchange.params.get("take", 250)]
    return reply_json(exchange, {"status": "success", "data": [row.data for row in rows]})


def _one(exchange: Exchange, row: Row) -> Reply:
    return reply_json(exchange, {"status": "success", "data": row.data})
