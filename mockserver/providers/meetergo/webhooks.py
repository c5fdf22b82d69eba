"""Subscribing to events; knows subscriptions, not what is delivered when."""

from __future__ import annotations

from typing import Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_row
from mockserver.providers.meetergo.kinds import BY_COMPANY, WEBHOOK
from mockserver.providers.meetergo.times import stamp

MOST: Final = 6


def create_webhook(exchange: Exchange) -> Reply:
    """Subscribe an address: 406 where the company has six."""
    asked, company = exchange.data, exchange.who.account
    if exchange.store.amount(WEBHOOK, BY_COMPANY, (company,)) >= MOST:
        raise Refusal(406, "webhook-limit", pointer=exchange.plan.pointer, limit=MOST)
    id = exchange.new_id("webhook")
    row = exchange.store.insert(
        WEBHOOK,
        id,
        {
            "id": id,
            "endpoint": asked["endpoint"],
            "description": asked.get("description"),
            "eventTypes": asked["eventTypes"],
            "companyId": company,
            "createdAt": stamp(exchange.now),
        },
    )
    return reply_row(exchange, row)
