"""Making, changing and deleting meeting types; knows their fields, not how starts are reckoned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.replies import reply_row
from mockserver.providers.meetergo.access import demand, find, find_hosts, find_own, sees_all
from mockserver.providers.meetergo.kinds import MEETING_TYPE
from mockserver.providers.meetergo.times import stamp
from mockserver.world.store import Row

_INFO: Final = {"description": None, "channel": "connect", "bufferBefore": 0, "bufferAfter": 0}
_FIELDS: Final = ("slug", "availabilityId", "minimumNotice", "maxAttendees", "doubleOptIn", "metadata")
_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")


def create_meeting_type(exchange: Exchange) -> Reply:
    """Make a meeting type of the acting user or of those named: 404 no such host or availability, 403."""
    hosts = exchange.data.get("hostIds", [exchange.who.user])
    _check(exchange, exchange.data)
    return reply_row(exchange, new_meeting_type(exchange, exchange.data, hosts))


def new_meeting_type(exchange: Exchange, asked: Mapping[str, Any], hosts: Sequence[str]) -> Row:
    """The row of a new meeting type of those hosts."""
    id, now = exchange.new_id("meeting-type"), stamp(exchange.now)
    info = {"name": asked["meetingInfo"]["name"], **_INFO, **asked["meetingInfo"]}
    slug = _NO_LETTERS.sub("-", info["name"].lower()).strip("-") or "meeting"
    return exchange.store.insert(
        MEETING_TYPE,
        id,
        {
            "id": id,
            "slug": asked.get("slug") or slug,
            "meetingInfo": info,
            "hostIds": list(hosts),
            "availabilityId": asked.get("availabilityId"),
            "minimumNotice": asked.get("minimumNotice", 0),
            "maxAttendees": asked.get("maxAttendees", 1),
            "doubleOptIn": asked.get("doubleOptIn", False),
            "metadata": asked.get("metadata", {}),
            "companyId": exchange.who.account,
            "createdAt": now,
            "updatedAt": now,
        },
    )


def update_meeting_type(exchange: Exchange) -> Reply:
    """Change a meeting type: 404 no such one, no such host or availability, 403 somebody else's."""
    row, asked = _find(exchange), exchange.data
    _check(exchange, asked)
    data = {**row.data, **{name: asked[name] for name in (*_FIELDS, "hostIds") if name in asked}}
    data["meetingInfo"] = {**data["meetingInfo"], **asked.get("meetingInfo", {})}
    data["updatedAt"] = stamp(exchange.now)
    return reply_row(exchange, exchange.store.put(MEETING_TYPE, row.id, data))


def delete_meeting_type(exchange: Exchange) -> Reply:
    """Take a meeting type away; what was booked stays: 404 no such one, 403 somebody else's."""
    exchange.store.remove(MEETING_TYPE, _find(exchange).id)
    return Reply(204)


def _find(exchange: Exchange) -> Row:
    return find_own(exchange, "meeting-type", exchange.params["id"], "hostIds")


def _check(exchange: Exchange, asked: Mapping[str, Any]) -> None:
    """Hosts and availability that are named are there, and the acting user may name them."""
    if "hostIds" in asked:
        hosts = find_hosts(exchange, asked["hostIds"])
        if not sees_all(exchange.who):
            for host in hosts:
                demand(exchange, [host])
    if asked.get("availabilityId") is not None:
        find(exchange, "availability", asked["availabilityId"])
