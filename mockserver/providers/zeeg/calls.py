"""Calls that an agent makes: asked for now, made when the clock gets there; knows no telephones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_row
from mockserver.engine.service import Service
from mockserver.providers.zeeg.kinds import AGENT, BY_STATUS, CALL
from mockserver.world.run import order_key
from mockserver.world.world import World

# A call is over this many seconds after it was due, and has failed where the number ends like this.
LASTS: Final = 60
UNREACHABLE: Final = "0000"


def create_outbound_call(exchange: Exchange) -> Reply:
    """Ask for a call: 404 no such agent, 400 the agent is off, 422 a time that is past or does not exist.

    What the document says of the body (422, the telephone number among it) was checked before.
    """
    asked, id = exchange.data, exchange.params["agentUuid"]
    agent = exchange.store.get(AGENT, id)
    if agent is None or agent.data["_account"] != exchange.who.account:
        raise Refusal(404, "agent-not-found", pointer=exchange.plan.pointer)
    if not agent.data["isActive"]:
        raise Refusal(400, "agent-not-active", pointer=exchange.plan.pointer)
    scheduled = asked.get("scheduledTime")
    due = exchange.now if scheduled is None else _due(scheduled, exchange.now)
    number = exchange.store.next_ordinal(CALL)
    row = exchange.store.insert(
        CALL,
        number,
        {
            "id": number,
            "status": "pending",
            "agentId": id,
            "phoneNumber": asked["phoneNumber"],
            "email": asked["email"],
            "fullName": asked["fullName"],
            "additionalData": asked.get("additionalData"),
            "scheduledTime": scheduled,
            "_account": agent.data["_account"],
            "_user": exchange.who.user,
            "_due": due.timestamp(),
        },
    )
    return reply_row(exchange, row)


def _due(text: str, now: datetime) -> datetime:
    """The instant of `YYYY-MM-DD HH:mm:ss` in UTC, which must lie in the future."""
    try:
        due = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        wrong = Complaint("body", ("scheduledTime",), "format", "must be a day and time that exist")
        raise Refusal(422, "invalid-scheduled-time", problems=[wrong]) from None
    if due <= now:
        wrong = Complaint("body", ("scheduledTime",), "future", "must be in the future")
        raise Refusal(422, "scheduled-time-in-the-past", problems=[wrong])
    return due


def settle_calls(_: Service, world: World) -> None:
    """Let the calls be over whose time has passed on the world's clock: completed, or failed."""
    store = world.store
    run = store.run(CALL, BY_STATUS, ("pending",))
    over = world.clock.epoch() - LASTS
    for row in run[: run.bisect_right(order_key(over))]:
        failed = row.data["phoneNumber"].endswith(UNREACHABLE)
        store.put(CALL, row.id, {**row.data, "status": "failed" if failed else "completed"})
