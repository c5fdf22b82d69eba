"""What platforms have, deprecated: OAuth clients, their managed users, their webhooks; asks no ranks."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.engine.service import token_row
from mockserver.providers.calcom.holdings import (
    BY_CLIENT,
    MANAGED_USER,
    PLATFORM_CLIENT,
    PLATFORM_WEBHOOK,
    cut,
    done,
    drop,
    not_found,
    shown,
    user_id,
)
from mockserver.providers.calcom.managed_users import PLATFORM, find_client, remove_user
from mockserver.providers.calcom.meetings import look_at_meetings
from mockserver.providers.calcom.people import organization_of
from mockserver.world.clock import iso_milli
from mockserver.world.store import Row

ALL = ("EVENT_TYPE", "BOOKING", "SCHEDULE", "APPS", "PROFILE")


# Clients


def create_platform_client(exchange: Exchange) -> Reply:
    """A client of the caller's organisation; its two credentials count from now on."""
    asked, who, store = exchange.data, exchange.who, exchange.store
    organization = organization_of(store, user_id(exchange))
    if organization is None:
        raise Refusal(403, "no-organization", pointer=exchange.plan.pointer)
    id, secret = exchange.new_id("platform-client"), exchange.new_id("platform-secret")
    every = [f"{name}_{way}" for name in ALL for way in ("READ", "WRITE")]
    names = set(asked["permissions"])
    row = {
        "areEmailsEnabled": True,
        "areDefaultEventTypesEnabled": False,
        "areCalendarEventsEnabled": True,
        **{name: value for name, value in asked.items() if name in _CLIENT_FIELDS},
        "id": id,
        "secret": secret,
        "permissions": every if "*" in names else [name for name in every if name in names],
        "organizationId": organization,
        "createdAt": iso_milli(exchange.now),
        "_account": who.account,
    }
    store.insert(PLATFORM_CLIENT, id, row)
    # The pair of them, and the secret alone where the path names the client.
    for token in (f"{id}:{secret}", secret):
        credential = token_row(
            persona="platform", account=who.account, user=id, scopes=(), plan=who.plan, kind=PLATFORM
        )
        store.insert(exchange.service.token_kind, token, credential)
    return reply_json(exchange, done({"clientId": id, "clientSecret": secret}))


_CLIENT_FIELDS = frozenset(
    (
        "name",
        "logo",
        "redirectUris",
        "bookingRedirectUri",
        "bookingCancelRedirectUri",
        "bookingRescheduleRedirectUri",
        "areEmailsEnabled",
        "areDefaultEventTypesEnabled",
        "areCalendarEventsEnabled",
    )
)


def delete_platform_client(exchange: Exchange) -> Reply:
    """Take a client away: its credentials, its users with their tokens, and its webhooks go with it."""
    row = exchange.service.resources["platform-client"].find(exchange, exchange.params["clientId"])
    store = exchange.store
    for user in store.listed(MANAGED_USER, BY_CLIENT, (row.id,)):
        remove_user(exchange, user)
    drop(exchange, store.listed(PLATFORM_WEBHOOK, BY_CLIENT, (row.id,)))
    for token in (f"{row.id}:{row.data['secret']}", row.data["secret"]):
        store.remove(exchange.service.token_kind, token)
    store.remove(PLATFORM_CLIENT, row.id)
    return reply_row(exchange, row)


# Webhooks


def create_platform_webhook(exchange: Exchange) -> Reply:
    """A subscription to what happens to the client's users: 409 for an address that has one."""
    client, asked, store = find_client(exchange), exchange.data, exchange.store
    for row in store.listed(PLATFORM_WEBHOOK, BY_CLIENT, (client.id,)):
        if row.data["subscriberUrl"] == asked["subscriberUrl"]:
            raise Refusal(409, "duplicate", kind="platform-webhook", pointer=exchange.plan.pointer)
    look_at_meetings(exchange)
    id = exchange.new_id("platform-webhook")
    data = {
        "id": id,
        "oAuthClientId": client.id,
        "subscriberUrl": asked["subscriberUrl"],
        "triggers": asked["triggers"],
        "active": asked["active"],
        "payloadTemplate": asked.get("payloadTemplate"),
    }
    if "secret" in asked:
        data["secret"] = asked["secret"]
    return reply_row(exchange, store.insert(PLATFORM_WEBHOOK, id, data))


def list_platform_webhooks(exchange: Exchange) -> Reply:
    """The client's subscriptions."""
    rows = exchange.store.listed(PLATFORM_WEBHOOK, BY_CLIENT, (find_client(exchange).id,))
    return reply_json(exchange, done([shown(row) for row in cut(exchange, rows)]))


def get_platform_webhook(exchange: Exchange) -> Reply:
    """One of them."""
    return reply_row(exchange, _webhook(exchange))


def update_platform_webhook(exchange: Exchange) -> Reply:
    """Change one of them."""
    look_at_meetings(exchange)
    row = _webhook(exchange)
    names = ("subscriberUrl", "triggers", "active", "payloadTemplate", "secret")
    asked = {name: exchange.data[name] for name in names if name in exchange.data}
    return reply_row(exchange, exchange.store.put(PLATFORM_WEBHOOK, row.id, {**row.data, **asked}))


def delete_platform_webhook(exchange: Exchange) -> Reply:
    """Take one of them away."""
    row = _webhook(exchange)
    exchange.store.remove(PLATFORM_WEBHOOK, row.id)
    return reply_row(exchange, row)


def delete_platform_webhooks(exchange: Exchange) -> Reply:
    """Take all of a client's subscriptions away."""
    rows = exchange.store.listed(PLATFORM_WEBHOOK, BY_CLIENT, (find_client(exchange).id,))
    drop(exchange, rows)
    return reply_json(exchange, done(f"{len(rows)} webhooks deleted"))


def _webhook(exchange: Exchange) -> Row:
    client = find_client(exchange)
    row = exchange.store.get(PLATFORM_WEBHOOK, exchange.params["webhookId"])
    if row is None or row.data["oAuthClientId"] != client.id:
        raise not_found("platform-webhook")
    return row
