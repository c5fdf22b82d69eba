"""Addresses under which an event type can be booked for a while; knows no bookings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.event_types import PAGES, own_type
from mockserver.providers.calcom.kinds import BY_TYPE, PRIVATE_LINK
from mockserver.providers.calcom.times import read_datetime
from mockserver.world.store import Row


def create_private_link(exchange: Exchange) -> Reply:
    """Make a link of an event type of the caller's; without any end it can be used once."""
    event_type = own_type(exchange)
    id = exchange.new_id("private-link")
    data = {
        "linkId": id,
        "eventTypeId": event_type.id,
        "bookingUrl": f"{PAGES}/d/{id}/{event_type.data['slug']}",
        **_end(exchange.data, 0),
    }
    return _one(exchange, exchange.store.insert(PRIVATE_LINK, id, data))


def list_private_links(exchange: Exchange) -> Reply:
    """All links of an event type of the caller's."""
    rows = exchange.store.listed(PRIVATE_LINK, BY_TYPE, (own_type(exchange).id,))
    return reply_json(exchange, {"status": "success", "data": [_shown(exchange, row) for row in rows]})


def update_private_link(exchange: Exchange) -> Reply:
    """Give a link another end: 404 there is no such link."""
    row = _find(exchange)
    kept = {name: row.data[name] for name in ("linkId", "eventTypeId", "bookingUrl")}
    data = {**kept, **_end(exchange.data, row.data.get("usageCount", 0))}
    if not exchange.data.keys() & {"expiresAt", "maxUsageCount"}:
        data = dict(row.data)
    return _one(exchange, exchange.store.put(PRIVATE_LINK, row.id, data))


def delete_private_link(exchange: Exchange) -> Reply:
    """Remove a link: 404 there is no such link."""
    row = _find(exchange)
    exchange.store.remove(PRIVATE_LINK, row.id)
    told = {"linkId": row.id, "message": "Private link deleted"}
    return reply_json(exchange, {"status": "success", "data": told})


def _find(exchange: Exchange) -> Row:
    event_type, id = own_type(exchange), exchange.params["linkId"]
    row = exchange.store.get(PRIVATE_LINK, id)
    if row is None or row.data["eventTypeId"] != event_type.id:
        raise Refusal(404, "unknown-private-link", pointer="/x-resources/private-link", id=id)
    return row


def _end(asked: Mapping[str, Any], used: int) -> dict[str, Any]:
    if "expiresAt" in asked:
        return {"expiresAt": asked["expiresAt"]}
    return {"maxUsageCount": asked.get("maxUsageCount", 1), "usageCount": used}


def _shown(exchange: Exchange, row: Row) -> dict[str, Any]:
    data = row.data
    if "expiresAt" in data:
        try:
            expired = read_datetime(data["expiresAt"]) <= exchange.now
        except OverflowError:
            expired = False
    else:
        expired = data["usageCount"] >= data["maxUsageCount"]
    return {**data, "isExpired": expired}


def _one(exchange: Exchange, row: Row) -> Reply:
    return reply_json(exchange, {"status": "success", "data": _shown(exchange, row)})
