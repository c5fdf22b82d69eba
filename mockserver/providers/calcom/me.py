"""The profile and booking limits of whoever asks; knows users, no bookings."""

from __future__ import annotations

from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.render import without_private
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.kinds import SCHEDULE, USER
from mockserver.providers.calcom.limits import PERIODS
from mockserver.providers.calcom.people import me
from mockserver.providers.calcom.schedules import make_default
from mockserver.world.store import Row

_KNOWN: Final = (
    "name",
    "timeFormat",
    "defaultScheduleId",
    "weekStart",
    "timeZone",
    "locale",
    "avatarUrl",
    "bio",
)


def get_me(exchange: Exchange) -> Reply:
    """The caller's profile."""
    return _one(exchange, me(exchange))


def update_me(exchange: Exchange) -> Reply:
    """Change the profile: 404 no such schedule, 409 the address is somebody else's. A new address waits."""
    asked, store, user = exchange.data, exchange.store, me(exchange)
    data = {**user.data, **{name: asked[name] for name in _KNOWN if name in asked}}
    if "email" in asked and asked["email"] != data["email"]:
        email = asked["email"]
        if any(row.data["email"] == email for row in store.rows(USER)):
            raise Refusal(409, "email-taken", pointer=exchange.plan.pointer)
        if data.get("_managed") or email in data.get("_verified", ()):
            data["email"] = email
        else:
            data["_waiting"] = email
    user = store.put(USER, user.id, data)
    if "defaultScheduleId" in asked:
        schedule = store.get(SCHEDULE, asked["defaultScheduleId"])
        if schedule is None or schedule.data["ownerId"] != user.id:
            id = asked["defaultScheduleId"]
            raise Refusal(404, "unknown-schedule", pointer="/x-resources/schedule", id=id)
        make_default(exchange, schedule)
    return _one(exchange, me(exchange))


def get_booking_limits(exchange: Exchange) -> Reply:
    """How often the caller can be booked: 403 outside an organisation."""
    return _limits(exchange, _member(exchange))


def update_booking_limits(exchange: Exchange) -> Reply:
    """Set the bounds that are named and remove those that are null: 403 outside an organisation."""
    user = _member(exchange)
    known = {period: exchange.data[period] for period in PERIODS if period in exchange.data}
    limits = {**_bounds(user), **known}
    return _limits(exchange, exchange.store.put(USER, user.id, {**user.data, "_limits": limits}))


def clear_booking_limits(exchange: Exchange) -> Reply:
    """Remove all bounds: 403 outside an organisation."""
    user = _member(exchange)
    return _limits(exchange, exchange.store.put(USER, user.id, {**user.data, "_limits": {}}))


def _member(exchange: Exchange) -> Row:
    user = me(exchange)
    if user.data["organizationId"] is None:
        raise Refusal(403, "outside-organization", pointer=exchange.plan.pointer)
    return user


def _bounds(user: Row) -> dict[str, Any]:
    return {**dict.fromkeys(PERIODS), **user.data.get("_limits", {})}


def _limits(exchange: Exchange, user: Row) -> Reply:
    return reply_json(exchange, {"status": "success", "data": _bounds(user)})


def _one(exchange: Exchange, user: Row) -> Reply:
    told = without_private(user.data)
    return reply_json(exchange, {"status": "success", "data": told})
