"""Switching scheduling pages on and off; knows no bookings."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.replies import reply_row
from mockserver.providers.zeeg.kinds import PAGE


def toggle_event_type(exchange: Exchange) -> Reply:
    """Set whether a page can be booked, or turn it round when nothing is said: 404 no such page."""
    page = exchange.service.resources["event-type"].find(exchange, exchange.params["uuid"])
    asked = exchange.data if isinstance(exchange.data, dict) else {}
    active = asked.get("isActive", not page.data["isActive"])
    return reply_row(exchange, exchange.store.put(PAGE, page.id, {**page.data, "isActive": active}))
