"""Single-use links: made for a page, spent by one booking; knows no slots."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_row
from mockserver.providers.zeeg.kinds import BY_TOKEN, LINK
from mockserver.world.clock import iso_micro
from mockserver.world.store import Row


def create_single_use_link(exchange: Exchange) -> Reply:
    """Make a link to a page: 404 no such page, 409 it is switched off."""
    page = exchange.service.resources["event-type"].find(exchange, exchange.params["uuid"])
    if not page.data["isActive"]:
        raise Refusal(409, "page-inactive", pointer=exchange.plan.pointer)
    id = exchange.new_id("single-use-link")
    token = exchange.world.new_id("{base62:24}", "zeeg/single-use-link token")
    row = exchange.store.insert(
        LINK,
        id,
        {
            "uuid": id,
            "url": f"{page.data['schedulingUrl']}?link={token}",
            "token": token,
            "eventTypeUri": page.data["uri"],
            "isUsed": False,
            "createdAt": iso_micro(exchange.now),
            "_account": page.data["_account"],
            "_user": exchange.who.user,
            "_eventType": page.id,
        },
    )
    return reply_row(exchange, row)


def spend_link(exchange: Exchange, page: Row, token: str) -> None:
    """Mark a link as used: 404 where there is none of that token for the page, 409 it was used before."""
    link = exchange.store.first(LINK, BY_TOKEN, (token,))
    if link is None or link.data["_eventType"] != page.id:
        raise Refusal(404, "not-found", kind="link", pointer=exchange.plan.pointer)
    if link.data["isUsed"]:
        raise Refusal(409, "link-used", pointer=exchange.plan.pointer)
    exchange.store.put(LINK, link.id, {**link.data, "isUsed": True})
