"""Whose token it is, and what the API says of itself; knows no bookings."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.replies import reply_json, reply_row


def get_me(exchange: Exchange) -> Reply:
    """The user to whom the token belongs: 404 when the account has no such user any more."""
    return reply_row(exchange, exchange.service.resources["user"].find(exchange, exchange.who.user))


def get_description(exchange: Exchange) -> Reply:
    """The mock's own document in standard OpenAPI, without facts."""
    return reply_json(exchange, without_facts(exchange.service.contract.data))


def without_facts(value: Any) -> Any:
    """A part of a document without its `x-` keys."""
    if isinstance(value, dict):
        return {key: without_facts(inner) for key, inner in value.items() if key[:2] != "x-"}
    if isinstance(value, list):
        return [without_facts(inner) for inner in value]
    return value
