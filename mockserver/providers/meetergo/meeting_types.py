"""Making, changing and deleting meeting types; knows their fields, not how starts are reckoned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Complaint, Refusal
from mockserver.engine.replies import reply_row
from mockserver.providers.meetergo.access import demand, find_own, sees_all
from mockserver.providers.meetergo.kinds import AVAILABILITY, MEETING_TYPE, USER
from mockserver.providers.meetergo.times import stamp
from mockserver.world.store import Row

_INFO: Final = {"description": None, "channel": "connect", "bufferBefore": 0, "bufferAfter": 0}
_FIELDS: Final = ("slug", "availabilityId", "minimumNotice", "maxAttendees", "doubleOptIn", "metadata")
_NO_LETTERS: Final = re.compile(r"[^a-z0-9]+")


def create_meeting_type(exchange: Exchange) -> Reply:
    """Make a meeting type of the acting user or of those named: 400 no such host or availability, 403."""
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
    """Change a meeting type: 404 no such one, 400 no such host or availability, 403 somebody else's."""
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
    """Hosts and availability that are named are there (400), and the acting user may name them (403).

    Not 404: that would say that the meeting type itself is not there.
    """
    store, company = exchange.store, exchange.who.account
    unknown = [
        Complaint("body", ("hostIds", place), "unknown", "must be a user of the company")
        for place, id in enumerate(asked.get("hostIds", ()))
        if (row := store.get(USER, id)) is None or row.data["companyId"] != company
    ]
    hours = asked.get("availabilityId")
    if hours is not None and (
        (found := store.get(AVAILABILITY, hours)) is None or found.data["_account"] != company
    ):
        unknown.append(
            Complaint("body", ("availabilityId",), "unknown", "must be an availability of the company")
        )
    if unknown:
        raise Refusal(400, "invalid-body", problems=unknown, pointer=exchange.plan.pointer)
    if not sees_all(exchange.who):
        for id in asked.get("hostIds", ()):
            demand(exchange, [id])
