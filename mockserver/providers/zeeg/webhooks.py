"""Subscribing to events; knows subscriptions, not what is delivered when."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.replies import reply_row
from mockserver.providers.zeeg.deliveries import put_test
from mockserver.providers.zeeg.kinds import USER, WEBHOOK
from mockserver.world.clock import iso_micro


def create_webhook(exchange: Exchange) -> Reply:
    """Subscribe an address, and queue a first message for it; the answer does not wait for its delivery."""
    asked, caller = exchange.data, exchange.who
    user = exchange.store.get(USER, caller.user)
    named = ("firstName", "lastName", "slug")
    id = exchange.new_id("webhook")
    stamp = iso_micro(exchange.now)
    row = exchange.store.insert(
        WEBHOOK,
        id,
        {
            "uuid": id,
            "name": None,
            "description": None,
            "callbackUrl": asked["callbackUrl"],
            "scope": asked["scope"],
            "creator": {name: "" if user is None else user.data[name] for name in named},
            "events": asked["events"],
            "organization": None,
            "apiVersion": None,
            "createdAt": stamp,
            "updatedAt": stamp,
            "_account": caller.account,
            "_user": caller.user,
            "_secret": asked.get("token"),
        },
    )
    put_test(exchange, row)
    return reply_row(exchange, row)
