"""What can be booked: made, listed, changed, removed; knows owners and slugs, no bookings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.render import without_private
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.fields import shown_fields
from mockserver.providers.calcom.kinds import (
    BY_OWNER,
    BY_TYPE,
    EVENT_TYPE,
    EVENT_TYPE_WEBHOOK,
    ORGANIZATION,
    PRIVATE_LINK,
    SCHEDULE,
    USER,
)
from mockserver.providers.calcom.people import caller_id, me, stands_above, team_named, user_named
from mockserver.world.store import Row, Store

PAGES: Final = "https://cal.com"
_DEFAULTS: Final[Mapping[str, Any]] = {
    "description": "",
    "disableGuests": False,
    "slotInterval": None,
    "minimumBookingNotice": 120,
    "beforeEventBuffer": 0,
    "afterEventBuffer": 0,
    "recurrence": None,
    "metadata": {},
    "price": 0,
    "currency": "usd",
    "lockTimeZoneToggleOnBookingPage": False,
    "seatsPerTimeSlot": None,
    "forwardParamsSuccessRedirect": True,
    "successRedirectUrl": None,
    "isInstantEvent": False,
    "scheduleId": None,
    "hidden": False,
    "bookingRequiresAuthentication": False,
}


def create_event_type(exchange: Exchange) -> Reply:
    """Make an event type: 400 the slug is taken, 404 no such schedule."""
    user = me(exchange)
    _check(exchange, user, exchange.data)
    id = int(exchange.new_id("event-type"))
    own = {"id": id, "ownerId": user.id, "users": [type_user(user)]}
    data = completed({**own, **known_fields(exchange)}, user)
    return _one(exchange, exchange.store.insert(EVENT_TYPE, id, data))


def list_event_types(exchange: Exchange) -> Reply:
    """A user's event types, of several users, or the caller's own; hidden ones to their owner only."""
    params, store, asks = exchange.params, exchange.store, caller_id(exchange)
    names = params["usernames"].split(",") if "usernames" in params else []
    if "username" in params:
        names.append(params["username"])
    owners = [int(user.id) for user in (user_named(store, name) for name in names) if user is not None]
    if not names and asks is not None:
        owners = [asks]
    organization = params.get("orgId")
    if "orgSlug" in params:
        found = (row for row in store.rows(ORGANIZATION) if row.data.get("_slug") == params["orgSlug"])
        organization = next((row.id for row in found), 0)
    rows: list[Row] = []
    for owner in dict.fromkeys(owners):
        user = store.get(USER, owner)
        if organization is not None and (user is None or user.data["organizationId"] != organization):
            continue
        rows += [
            row
            for row in store.listed(EVENT_TYPE, BY_OWNER, (owner,))
            if "teamId" not in row.data and (owner == asks or not row.data["hidden"])
        ]
    if "eventSlug" in params:
        rows = [row for row in rows if row.data["slug"] == params["eventSlug"]]
    rows.sort(key=lambda row: row.ordinal, reverse=params.get("sortCreatedAt") == "desc")
    return reply_json(exchange, {"status": "success", "data": [shown_type(row) for row in rows]})


def get_event_type(exchange: Exchange) -> Reply:
    """One event type: 404 there is none, 403 for those who are neither owner nor host nor above them."""
    row = find_type(exchange)
    data = row.data
    hosts = [data["ownerId"]] if "hosts" not in data else [host["userId"] for host in data["hosts"]]
    if not stands_above(exchange.store, caller_id(exchange), hosts, data.get("teamId")):
        raise Refusal(403, "not-your-event-type", pointer=exchange.plan.pointer)
    return _one(exchange, row)


def update_event_type(exchange: Exchange) -> Reply:
    """Change an event type: 404 there is none, 403 it is somebody else's, 400 the slug is taken."""
    row = own_type(exchange)
    user = me(exchange)
    _check(exchange, user, exchange.data, row)
    data = completed({**row.data, **known_fields(exchange)}, user)
    return _one(exchange, exchange.store.put(EVENT_TYPE, row.id, data))


def delete_event_type(exchange: Exchange) -> Reply:
    """Remove an event type with its links and webhooks: 404 there is none, 403 it is somebody else's."""
    row, store = own_type(exchange), exchange.store
    for kind in (PRIVATE_LINK, EVENT_TYPE_WEBHOOK):
        for each in store.listed(kind, BY_TYPE, (row.id,)):
            store.remove(kind, each.id)
    store.remove(EVENT_TYPE, row.id)
    told = {name: row.data[name] for name in ("id", "lengthInMinutes", "title", "slug")}
    return reply_json(exchange, {"status": "success", "data": told})


def find_type(exchange: Exchange) -> Row:
    """The event type that a path names; a 404 refusal where there is none."""
    id = exchange.params["eventTypeId"]
    row = exchange.store.get(EVENT_TYPE, id)
    if row is None:
        raise Refusal(404, "unknown-event-type", pointer="/x-resources/event-type", id=id)
    return row


def own_type(exchange: Exchange) -> Row:
    """The caller's event type that a path names: 404 there is none, 403 it is somebody else's."""
    row = find_type(exchange)
    if row.data["ownerId"] != caller_id(exchange) or "teamId" in row.data:
        raise Refusal(403, "not-your-event-type", pointer=exchange.plan.pointer)
    return row


def type_named(store: Store, slug: str, username: str | None, team: str | None) -> Row | None:
    """The event type of that slug, of a user or a team. What is no user's name may be a team's (seed 004)."""
    owner = None if username is None else user_named(store, username)
    if owner is not None:
        rows: Iterable[Row] = store.listed(EVENT_TYPE, BY_OWNER, (owner.id,))
        return next((row for row in rows if row.data["slug"] == slug and "teamId" not in row.data), None)
    group = team_named(store, team or username or "")
    if group is None:
        return None
    rows = store.rows(EVENT_TYPE)
    return next(
        (row for row in rows if row.data.get("teamId") == group.id and row.data["slug"] == slug), None
    )


def type_user(user: Row) -> dict[str, Any]:
    """A user as event types show one."""
    return {"id": user.id, "name": user.data["name"], "username": user.data["username"]}


def completed(data: Mapping[str, Any], user: Row | None) -> dict[str, Any]:
    """An event type's row with everything that answers need."""
    full = {**_DEFAULTS, **data}
    full.setdefault("locations", [{"type": "integration", "integration": "cal-video"}])
    full["bookingFields"] = shown_fields(full.get("bookingFields", ()))
    if (full["recurrence"] or {}).get("disabled"):
        full["recurrence"] = None
    if full.get("seats", {}).get("disabled"):
        del full["seats"]
    full["seatsPerTimeSlot"] = full.get("seats", {}).get("seatsPerTimeSlot")
    if user is not None:
        full["bookingUrl"] = f"{PAGES}/{user.data['username']}/{full['slug']}"
    return full


def shown_type(row: Row) -> dict[str, Any]:
    """An event type as answers show it."""
    return without_private(row.data)


def known_fields(exchange: Exchange) -> dict[str, Any]:
    """What a request says of an event type, as far as the document knows it."""
    return {name: value for name, value in exchange.data.items() if name in KNOWN}


KNOWN: Final = frozenset(
    (
        *("lengthInMinutes", "lengthInMinutesOptions", "title", "slug", "description", "locations"),
        *("bookingFields", "disableGuests", "slotInterval", "minimumBookingNotice", "beforeEventBuffer"),
        *("afterEventBuffer", "scheduleId", "bookingLimitsCount", "bookerActiveBookingsLimit"),
        *("onlyShowFirstAvailableSlot", "bookingLimitsDuration", "bookingWindow", "offsetStart"),
        *("bookerLayouts", "confirmationPolicy", "recurrence", "requiresBookerEmailVerification"),
        *("hideCalendarNotes", "lockTimeZoneToggleOnBookingPage", "color", "seats", "customName"),
        *("destinationCalendar", "useDestinationCalendarEmail", "hideCalendarEventDetails"),
        *("successRedirectUrl", "hideOrganizerEmail", "calVideoSettings", "hidden", "interfaceLanguage"),
        *("bookingRequiresAuthentication", "disableCancelling", "disableRescheduling"),
        *("allowReschedulingPastBookings", "allowReschedulingCancelledBookings", "showOptimizedSlots"),
    )
)


def _check(exchange: Exchange, user: Row, asked: Mapping[str, Any], row: Row | None = None) -> None:
    store = exchange.store
    if "slug" in asked:
        for each in store.listed(EVENT_TYPE, BY_OWNER, (user.id,)):
            if each.data["slug"] == asked["slug"] and (row is None or each.id != row.id):
                raise Refusal(400, "slug-taken", pointer="/x-resources/event-type")
    if "scheduleId" in asked:
        schedule = store.get(SCHEDULE, asked["scheduleId"])
        if schedule is None or schedule.data["ownerId"] != user.id:
            raise Refusal(404, "unknown-schedule", pointer="/x-resources/schedule", id=asked["scheduleId"])


def _one(exchange: Exchange, row: Row) -> Reply:
    return reply_json(exchange, {"status": "success", "data": shown_type(row)})
