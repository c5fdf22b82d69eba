"""Credits: how many are left, and charging them once for each reference; knows no prices."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.holdings import BALANCE, CHARGE, done, user_id

# What somebody has of whom nothing else is said (assumed).
MONTHLY, ADDITIONAL = 500, 200


def get_available_credits(exchange: Exchange) -> Reply:
    """What the caller has left. An organisation's members use the organisation's credits (assumed)."""
    balance = balance_of(exchange, purse(exchange))
    return reply_json(exchange, done({"hasCredits": sum(balance.values()) > 0, "balance": balance}))


def charge_credits(exchange: Exchange) -> Reply:
    """Take credits, the monthly ones first; nothing is taken twice for one reference.

    Sent again, a reference gets its first answer; with too little left nothing is taken, and the same
    reference may try again (both assumed).
    """
    asked, store = exchange.data, exchange.store
    owner = purse(exchange)
    reference = asked.get("externalRef")
    told = None if reference is None else store.get(CHARGE, f"{owner}:{reference}")
    if told is not None:
        return reply_json(exchange, done(told.data["answer"]))
    left, wanted = balance_of(exchange, owner), asked["credits"]
    charged = wanted <= sum(left.values())
    if charged:
        monthly = min(wanted, left["monthlyRemaining"])
        left = {
            "monthlyRemaining": left["monthlyRemaining"] - monthly,
            "additional": left["additional"] - (wanted - monthly),
        }
        row = {"_id": owner, **left}
        if store.get(BALANCE, owner) is None:
            store.insert(BALANCE, owner, row)
        else:
            store.put(BALANCE, owner, row)
    answer = {"charged": charged, "remainingBalance": left}
    if charged and reference is not None:
        store.insert(CHARGE, f"{owner}:{reference}", {"answer": answer, "for": asked["creditFor"]})
    return reply_json(exchange, done(answer))


def purse(exchange: Exchange) -> str:
    """Whose credits a caller uses: those of the account, where it has some, or else the caller's own."""
    who = exchange.who
    if exchange.store.get(BALANCE, who.account) is not None:
        return who.account
    return f"user-{user_id(exchange)}"


def balance_of(exchange: Exchange, owner: str) -> dict[str, Any]:
    """What is left in a purse."""
    row = exchange.store.get(BALANCE, owner)
    if row is None:
        return {"monthlyRemaining": MONTHLY, "additional": ADDITIONAL}
    return {name: row.data[name] for name in ("monthlyRemaining", "additional")}
