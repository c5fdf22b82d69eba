"""Asking other companies' users for consent: states that go out and come back once; asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.engine.exchange import Exchange
from mockserver.engine.refusals import Refusal
from mockserver.providers.calcom.holdings import CONSENT

LIFETIME = 3_600.0  # seconds (assumed)


def ask_consent(
    exchange: Exchange,
    user: int,
    app: str,
    *,
    back: str | None = None,
    back_on_error: str | None = None,
    trial: bool = False,
) -> str:
    """A state to send along; `back` is where the user goes after it. A trial leaves nothing behind."""
    state = exchange.new_id("consent")
    exchange.store.insert(
        CONSENT,
        state,
        {
            "user": user,
            "app": app,
            "back": back,
            "backOnError": back_on_error,
            "trial": trial,
            "expires": exchange.world.clock.epoch() + LIFETIME,
        },
    )
    return state


def take_consent(exchange: Exchange, state: str, app: str) -> Mapping[str, Any]:
    """What was asked with that state, which is used up by it; a 400 refusal for any other."""
    row = exchange.store.get(CONSENT, state)
    if row is None or row.data["app"] != app or row.data["expires"] <= exchange.world.clock.epoch():
        raise Refusal(400, "unknown-state", pointer=exchange.plan.pointer)
    exchange.store.remove(CONSENT, state)
    return row.data
