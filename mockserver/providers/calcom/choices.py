"""Which calendars bookings are written to, and which make their user busy; connects none."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.holdings import (
    CREDENTIAL,
    DESTINATION,
    SELECTED,
    done,
    not_found,
    of_user,
    shown,
    user_id,
)
from mockserver.providers.calcom.people import me
from mockserver.world.store import Row


def update_destination_calendar(exchange: Exchange) -> Reply:
    """Choose where new bookings go: 404 for a calendar that the caller is not connected to."""
    asked, user, store = exchange.data, me(exchange), exchange.store
    for row in of_user(exchange, CREDENTIAL, int(user.id)):
        if row.data["type"] != asked["integration"]:
            continue
        for calendar in row.data.get("_calendars", ()):
            if calendar["externalId"] == asked["externalId"]:
                break
        else:
            continue
        data = {
            "integration": asked["integration"],
            "externalId": asked["externalId"],
            "primaryEmail": user.data["email"],
            "userId": user.id,
            "eventTypeId": None,
            "credentialId": row.id,
            "delegationCredentialId": None,
            "name": calendar["name"],
            "primary": bool(calendar["primary"]),
            "readOnly": calendar["readOnly"],
            "email": calendar.get("email", calendar["externalId"]),
            "integrationTitle": asked["integration"].replace("_", " ").title(),
        }
        if calendar["readOnly"]:
            raise Refusal(400, "calendar-read-only", pointer=exchange.plan.pointer)
        before = destination_of(exchange, int(user.id))
        if before is not None:
            store.put(DESTINATION, before.id, {"id": before.id, **data})
        else:
            id = exchange.service.new_row_id(
                exchange.world, exchange.service.resources["destination-calendar"]
            )
            store.insert(DESTINATION, id, {"id": id, **data})
        names = ("userId", "integration", "externalId", "credentialId")
        return reply_json(exchange, done({name: data[name] for name in names}))
    raise not_found("credential")


def add_selected_calendar(exchange: Exchange) -> Reply:
    """Let a calendar make the caller busy: 404 for one not connected, 409 where it does."""
    asked, user = exchange.data, user_id(exchange)
    calendar_in(exchange, user, asked["credentialId"], asked["externalId"], asked["integration"])
    id = f"{asked['credentialId']} {asked['externalId']}"
    if exchange.store.get(SELECTED, id) is not None:
        raise Refusal(409, "duplicate", kind="selected-calendar", pointer=exchange.plan.pointer)
    data = {name: asked[name] for name in ("integration", "externalId", "credentialId")}
    return reply_row(exchange, exchange.store.insert(SELECTED, id, {"_id": id, "userId": user, **data}))


def remove_selected_calendar(exchange: Exchange) -> Reply:
    """Let it no more: 404 for one that did not."""
    params = exchange.params
    row = exchange.store.get(SELECTED, f"{params['credentialId']} {params['externalId']}")
    if (
        row is None
        or row.data["userId"] != user_id(exchange)
        or row.data["integration"] != params["integration"]
    ):
        raise not_found("selected-calendar")
    exchange.store.remove(SELECTED, row.id)
    return reply_json(exchange, done(shown(row)))


def calendar_in(
    exchange: Exchange, user: int, credential: int, calendar: str, integration: str | None = None
) -> Row:
    """The user's connection that has that calendar; a 404 refusal where there is none."""
    row = exchange.store.get(CREDENTIAL, credential)
    if row is None or row.data["userId"] != user or integration not in (None, row.data["type"]):
        raise not_found("credential")
    if not any(each["externalId"] == calendar for each in row.data.get("_calendars", ())):
        raise not_found("calendar")
    return row


def destination_of(exchange: Exchange, user: int) -> Row | None:
    """Where a user's bookings are written."""
    return next((row for row in exchange.store.rows(DESTINATION) if row.data["userId"] == user), None)


def selected_of(exchange: Exchange, user: int) -> Sequence[Row]:
    """The calendars that make a user busy."""
    return of_user(exchange, SELECTED, user)
