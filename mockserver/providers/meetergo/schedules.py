"""Making, reading, changing and deleting availabilities; knows what hours are possible, no appointments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_row
from mockserver.providers.meetergo.access import find_own
from mockserver.providers.meetergo.hours import DAYS, complaints, week_of
from mockserver.providers.meetergo.kinds import AVAILABILITY, BY_AVAILABILITY, MEETING_TYPE, USER
from mockserver.world.store import Row, Store

# What a new user gets.
USUAL: Final = {
    **{day: {"enabled": True, "hours": [{"start": "09:00", "end": "17:00"}]} for day in DAYS[:5]},
    **{day: {"enabled": False, "hours": []} for day in DAYS[5:]},
}


def create_availability(exchange: Exchange) -> Reply:
    """Make an availability of the acting user: 400 hours that cannot be."""
    user = exchange.store.get(USER, exchange.who.user)
    assert user is not None, "whoever acts is there"
    _check(exchange.data)
    asked = {"timezone": user.data["timezone"], **exchange.data}
    return reply_row(exchange, new_availability(exchange, str(user.id), asked))


def new_availability(exchange: Exchange, user: str, asked: Mapping[str, Any], default: bool = False) -> Row:
    """The row of a new availability of a user."""
    id = exchange.new_id("availability")
    return exchange.store.insert(
        AVAILABILITY,
        id,
        {
            "id": id,
            "name": asked["name"],
            "timezone": asked["timezone"],
            "schedule": week_of(asked["schedule"]),
            "exceptions": sorted(asked.get("exceptions", ()), key=lambda each: str(each["date"])),
            "isDefault": default,
            "_account": exchange.who.account,
            "_user": user,
        },
    )


def get_availability(exchange: Exchange) -> Reply:
    """One availability: 404 no such one in the company, 403 it is somebody else's."""
    return reply_row(exchange, _find(exchange))


def update_availability(exchange: Exchange) -> Reply:
    """Change an availability: 404, 403, 400 hours that cannot be. Days not named keep their hours."""
    row, asked = _find(exchange), exchange.data
    _check(asked)
    data = {**row.data, **{name: asked[name] for name in ("name", "timezone") if name in asked}}
    if "schedule" in asked:
        week = {**data["schedule"], **week_of(asked["schedule"])}
        data["schedule"] = {day: week[day] for day in DAYS if day in week}
    if "exceptions" in asked:
        data["exceptions"] = sorted(asked["exceptions"], key=lambda each: str(each["date"]))
    return reply_row(exchange, exchange.store.put(AVAILABILITY, row.id, data))


def delete_availability(exchange: Exchange) -> Reply:
    """Take an availability away: 404, 403, 400 it is a default one."""
    row = _find(exchange)
    if row.data["isDefault"]:
        raise Refusal(400, "default-stays", pointer=exchange.plan.pointer)
    remove_availability(exchange.store, row)
    return Reply(204)


def remove_availability(store: Store, row: Row) -> None:
    """Take it away; meeting types that name it follow their hosts' default again."""
    for meeting_type in store.listed(MEETING_TYPE, BY_AVAILABILITY, (row.id,)):
        store.put(MEETING_TYPE, meeting_type.id, {**meeting_type.data, "availabilityId": None})
    store.remove(AVAILABILITY, row.id)


def _find(exchange: Exchange) -> Row:
    return find_own(exchange, "availability", exchange.params["id"], "_user")


def _check(asked: Mapping[str, Any]) -> None:
    wrong = complaints(asked)
    if wrong:
        raise Refusal(400, "invalid-body", problems=wrong)
