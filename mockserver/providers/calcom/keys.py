"""The caller's own key and telephones: API keys that replace each other, push subscriptions."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.holdings import PUSH, done, not_found, of_user, user_id
from mockserver.world.clock import iso_milli

DAY = 86_400.0


def refresh_api_key(exchange: Exchange) -> Reply:
    """A new key, valid for so many days or for ever; the old one is dead at once."""
    asked = exchange.data or {}
    who = exchange.who
    if asked.get("apiKeyNeverExpires") and "apiKeyDaysValid" in asked:
        raise Refusal(400, "key-for-ever-and-days", pointer=exchange.plan.pointer)
    key = new_key(exchange, asked, persona=who.persona, user=who.user, account=who.account, plan=who.plan)
    store, kind = exchange.store, exchange.service.token_kind
    old = store.get(kind, who.token)
    assert old is not None
    store.put(kind, who.token, {**old.data, "revoked": True})
    return reply_json(exchange, done({"apiKey": key}))


def new_key(
    exchange: Exchange, asked: dict[str, Any], *, persona: str, user: str, account: str, plan: str
) -> str:
    """An API key of that user, for as long as is asked for: 30 days where nothing is said."""
    days = asked.get("apiKeyDaysValid", 30)
    expires = None if asked.get("apiKeyNeverExpires") else exchange.world.clock.epoch() + days * DAY
    return exchange.service.mint(
        exchange.world,
        persona=persona,
        user=user,
        account=account,
        plan=plan,
        expires=expires,
        kind="api-key",
    )


def register_push_subscription(exchange: Exchange) -> Reply:
    """Remember a telephone; one that is known already is told of anew (assumed)."""
    asked, store, stamp = exchange.data, exchange.store, iso_milli(exchange.now)
    user = user_id(exchange)
    known = next(
        (row for row in of_user(exchange, PUSH, user) if row.data["identifier"] == asked["token"]), None
    )
    data = {
        "userId": user,
        "type": "APP_PUSH",
        "platform": asked["platform"],
        "identifier": asked["token"],
        "deviceId": asked["deviceId"],
        "updatedAt": stamp,
    }
    if known is not None:
        return reply_row(exchange, store.put(PUSH, known.id, {**known.data, **data}))
    id = exchange.service.new_row_id(exchange.world, exchange.service.resources["push-subscription"])
    return reply_row(exchange, store.insert(PUSH, id, {"id": id, **data, "createdAt": stamp}))


def remove_push_subscription(exchange: Exchange) -> Reply:
    """Forget a telephone: 404 for one that is not the caller's."""
    for row in of_user(exchange, PUSH, user_id(exchange)):
        if row.data["identifier"] == exchange.data["token"]:
            exchange.store.remove(PUSH, row.id)
            return reply_json(exchange, {"status": "success", "message": "App push subscription removed"})
    raise not_found("push-subscription")
