"""Weekly hours and their exceptions; knows owners and the default, no event types."""

from __future__ import annotations

from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.calendar import WEEKDAYS
from mockserver.providers.calcom.kinds import BY_OWNER, SCHEDULE, USER
from mockserver.providers.calcom.people import caller_id, me
from mockserver.world.store import Row

_KNOWN: Final = ("name", "timeZone", "isDefault", "availability", "overrides")


def create_schedule(exchange: Exchange) -> Reply:
    """Make a schedule; a new default takes the place of the old one."""
    user = me(exchange)
    id = int(exchange.new_id("schedule"))
    office = {"days": list(WEEKDAYS[:5]), "startTime": "09:00", "endTime": "17:00"}
    data = {"id": id, "ownerId": user.id, "availability": [office], "overrides": [], **_known(exchange)}
    row = exchange.store.insert(SCHEDULE, id, data)
    return _one(exchange, _only_default(exchange, row))


def list_schedules(exchange: Exchange) -> Reply:
    """The caller's schedules."""
    rows = exchange.store.listed(SCHEDULE, BY_OWNER, (me(exchange).id,))
    return reply_json(exchange, {"status": "success", "data": [row.data for row in rows]})


def get_default_schedule(exchange: Exchange) -> Reply:
    """The caller's default schedule, null where there is none."""
    rows = exchange.store.listed(SCHEDULE, BY_OWNER, (me(exchange).id,))
    found = next((row.data for row in rows if row.data["isDefault"]), None)
    return reply_json(exchange, {"status": "success", "data": found})


def get_schedule(exchange: Exchange) -> Reply:
    """A schedule of the caller's: 404 there is none, 403 it is somebody else's."""
    return _one(exchange, _own(exchange))


def update_schedule(exchange: Exchange) -> Reply:
    """Change a schedule; hours are replaced as a whole."""
    row = _own(exchange)
    row = exchange.store.put(SCHEDULE, row.id, {**row.data, **_known(exchange)})
    return _one(exchange, _only_default(exchange, row))


def delete_schedule(exchange: Exchange) -> Reply:
    """Remove a schedule of the caller's."""
    row = _own(exchange)
    exchange.store.remove(SCHEDULE, row.id)
    user = me(exchange)
    if user.data["defaultScheduleId"] == row.id:
        exchange.store.put(USER, user.id, {**user.data, "defaultScheduleId": None})
    return reply_json(exchange, {"status": "success"})


def make_default(exchange: Exchange, row: Row) -> Row:
    """Make a schedule its owner's only default."""
    store, owner = exchange.store, row.data["ownerId"]
    for each in store.listed(SCHEDULE, BY_OWNER, (owner,)):
        if each.data["isDefault"] and each.id != row.id:
            store.put(SCHEDULE, each.id, {**each.data, "isDefault": False})
    user = store.get(USER, owner)
    if user is not None:
        store.put(USER, owner, {**user.data, "defaultScheduleId": row.id})
    return store.put(SCHEDULE, row.id, {**row.data, "isDefault": True})


def _only_default(exchange: Exchange, row: Row) -> Row:
    return make_default(exchange, row) if row.data["isDefault"] else row


def _known(exchange: Exchange) -> dict[str, Any]:
    return {name: exchange.data[name] for name in _KNOWN if name in exchange.data}


def _own(exchange: Exchange) -> Row:
    id = exchange.params["scheduleId"]
    row = exchange.store.get(SCHEDULE, id)
    if row is None:
        raise Refusal(404, "unknown-schedule", pointer="/x-resources/schedule", id=id)
    if row.data["ownerId"] != caller_id(exchange):
        raise Refusal(403, "not-your-schedule", pointer=exchange.plan.pointer)
    return row


def _one(exchange: Exchange, row: Row) -> Reply:
    return reply_json(exchange, {"status": "success", "data": row.data})
