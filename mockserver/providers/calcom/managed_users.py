"""Users whom platforms manage, and their tokens, deprecated: made, changed, taken away."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.engine.service import token_row
from mockserver.providers.calcom.holdings import (
    BY_CLIENT,
    BY_USER,
    MANAGED_USER,
    REFRESH,
    done,
    drop,
    not_found,
    of_user,
    shown,
    user_id,
)
from mockserver.providers.calcom.kinds import BY_OWNER, MEMBERSHIP, SCHEDULE, USER
from mockserver.providers.calcom.managed import Purpose, claims, managed_address, write_token
from mockserver.providers.calcom.people import rules_organization
from mockserver.world.clock import iso_milli
from mockserver.world.store import Row

PLATFORM = "client"
WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def list_managed_users(exchange: Exchange) -> Reply:
    """The client's users, those of some addresses only where they are named: by theirs or the managed one."""
    client, params = find_client(exchange), exchange.params
    rows = list(exchange.store.listed(MANAGED_USER, BY_CLIENT, (str(client.id),)))
    if (emails := params.get("emails")) is not None:
        wanted = {each.lower() for each in emails} | {
            managed_address(e.lower(), str(client.id)) for e in emails
        }
        rows = [row for row in rows if row.data["email"] in wanted]
    skip, take = params.get("offset", 0), params.get("limit", 50)
    return reply_json(exchange, done([shown(row) for row in rows[skip : skip + take]]))


def get_managed_user(exchange: Exchange) -> Reply:
    """One of the client's users."""
    return reply_row(exchange, _user(exchange, find_client(exchange)))


def create_managed_user(exchange: Exchange) -> Reply:
    """A user with tokens and, where a time zone is told, working hours: 409 for a known address."""
    asked, client, store = exchange.data, find_client(exchange), exchange.store
    email = managed_address(asked["email"].lower(), str(client.id))
    _free(exchange, email)
    service = exchange.service
    id = _number(exchange)
    row: dict[str, Any] = {
        "id": id,
        "email": email,
        "username": email.partition("@")[0].replace("+", "-").replace(".", "-"),
        "name": asked["name"],
        "bio": asked.get("bio"),
        "timeZone": asked.get("timeZone", "Europe/London"),
        "weekStart": asked.get("weekStart", "Sunday"),
        "createdDate": iso_milli(exchange.now),
        "timeFormat": asked.get("timeFormat", 12),
        "defaultScheduleId": None,
        "locale": asked.get("locale", "en"),
        "avatarUrl": asked.get("avatarUrl"),
        "metadata": asked.get("metadata", {}),
        "_client": str(client.id),
    }
    if "timeZone" in asked:
        schedule = service.new_row_id(exchange.world, service.resources["schedule"])
        hours = {"days": WEEK, "startTime": "09:00", "endTime": "17:00"}
        told = {"id": schedule, "ownerId": id, "name": "Default schedule", "timeZone": asked["timeZone"]}
        told |= {"availability": [hours], "isDefault": True, "overrides": []}
        store.insert(SCHEDULE, schedule, told)
        row["defaultScheduleId"] = schedule
    user = store.insert(MANAGED_USER, id, row)
    organization = client.data["organizationId"]
    store.insert(USER, id, _as_user(row, organization))
    member = service.new_row_id(exchange.world, service.resources["membership"])
    store.insert(
        MEMBERSHIP,
        member,
        {
            "id": member,
            "userId": id,
            "teamId": organization,
            "accepted": True,
            "role": "MEMBER",
            "disableImpersonation": False,
            "user": {"email": email, "username": row["username"], "name": row["name"]},
            "attributes": [],
        },
    )
    return reply_json(exchange, done({**_tokens(exchange, client, user), "user": shown(user)}))


def update_managed_user(exchange: Exchange) -> Reply:
    """Change a user: 409 for an address that another one has, 404 for a schedule that is not the user's."""
    client, asked, store = find_client(exchange), dict(exchange.data), exchange.store
    row = _user(exchange, client)
    if "email" in asked:
        asked["email"] = managed_address(asked["email"].lower(), str(client.id))
        if asked["email"] != row.data["email"]:
            _free(exchange, asked["email"])
    if "defaultScheduleId" in asked:
        schedule = store.get(SCHEDULE, asked["defaultScheduleId"])
        if schedule is None or schedule.data["ownerId"] != row.id:
            raise not_found("schedule")
    fields = {name: asked[name] for name in _USER_FIELDS if name in asked}
    changed = store.put(MANAGED_USER, row.id, {**row.data, **fields})
    known = store.get(USER, row.id)
    if known is not None:
        store.put(USER, row.id, {**known.data, **{n: v for n, v in fields.items() if n != "metadata"}})
    return reply_row(exchange, changed)


_USER_FIELDS = (
    "email",
    "name",
    "defaultScheduleId",
    "timeFormat",
    "weekStart",
    "timeZone",
    "locale",
    "avatarUrl",
    "bio",
    "metadata",
)


def delete_managed_user(exchange: Exchange) -> Reply:
    """Take a user away; their tokens are dead at once."""
    row = _user(exchange, find_client(exchange))
    remove_user(exchange, row)
    return reply_row(exchange, row)


# Tokens


def force_refresh_managed_user_tokens(exchange: Exchange) -> Reply:
    """New tokens for a user whose tokens were lost; the old ones are dead at once."""
    client = find_client(exchange)
    return reply_json(exchange, done(_tokens(exchange, client, _user(exchange, client))))


def refresh_managed_user_tokens(exchange: Exchange) -> Reply:
    """New tokens for a refresh token, which is used up by it: 400 for one that is not good (assumed)."""
    client = find_client(exchange)
    row = exchange.store.get(REFRESH, exchange.data["refreshToken"])
    now = exchange.world.clock.epoch()
    if row is None or row.data["client"] != client.id or row.data["spent"] or row.data["expires"] <= now:
        raise Refusal(400, "refresh-token-not-good", pointer=exchange.plan.pointer)
    user = exchange.store.get(MANAGED_USER, int(row.data["user"]))
    if user is None:
        raise not_found("managed-user")
    return reply_json(exchange, done(_tokens(exchange, client, user)))


def _tokens(exchange: Exchange, client: Row, user: Row) -> dict[str, Any]:
    """New tokens of a user, in place of all that were."""
    _take_tokens(exchange, user)
    store, now = exchange.store, exchange.world.clock.epoch()
    purposes: tuple[Purpose, Purpose] = ("access_token", "refresh_token")
    access, refresh = (
        claims(purpose, str(client.id), int(user.id), now, exchange.new_id("managed-token"))
        for purpose in purposes
    )
    secret = client.data["secret"]
    access_token, refresh_token = write_token(access, secret), write_token(refresh, secret)
    store.insert(
        exchange.service.token_kind,
        access_token,
        token_row(
            persona=f"managed:{user.id}",
            account=client.data["_account"],
            user=str(user.id),
            scopes=(),
            plan=exchange.who.plan,
            expires=access.expires / 1000,
            kind="managed",
        ),
    )
    kept = {"client": str(client.id), "user": str(user.id), "expires": refresh.expires / 1000, "spent": False}
    store.insert(REFRESH, refresh_token, {**kept, "access": access_token, "family": ""})
    return {
        "accessToken": access_token,
        "refreshToken": refresh_token,
        "accessTokenExpiresAt": access.expires,
        "refreshTokenExpiresAt": refresh.expires,
    }


def _take_tokens(exchange: Exchange, user: Row) -> None:
    store = exchange.store
    for row in exchange.store.listed(REFRESH, BY_USER, (str(user.id),)):
        store.remove(exchange.service.token_kind, row.data["access"])
        store.remove(REFRESH, row.id)


def remove_user(exchange: Exchange, user: Row) -> None:
    """Take a managed user away with all that is theirs."""
    store = exchange.store
    _take_tokens(exchange, user)
    drop(exchange, of_user(exchange, MEMBERSHIP, int(user.id)))
    drop(exchange, store.listed(SCHEDULE, BY_OWNER, (user.id,)))
    store.remove(USER, user.id)
    store.remove(MANAGED_USER, user.id)


def _number(exchange: Exchange) -> int:
    """A number that neither a user nor a managed user has."""
    while True:
        service = exchange.service
        id = int(service.new_row_id(exchange.world, service.resources["managed-user"]))
        if exchange.store.get(USER, id) is None and exchange.store.get(MANAGED_USER, id) is None:
            return id


def _free(exchange: Exchange, email: str) -> None:
    if any(row.data["email"] == email for row in exchange.store.rows(MANAGED_USER)):
        raise Refusal(409, "duplicate", kind="managed-user", pointer=exchange.plan.pointer)


def _as_user(row: dict[str, Any], organization: int) -> dict[str, Any]:
    names = (
        "id",
        "username",
        "email",
        "name",
        "bio",
        "timeFormat",
        "defaultScheduleId",
        "weekStart",
        "timeZone",
        "locale",
        "avatarUrl",
    )
    return {
        **{name: row[name] for name in names},
        "organizationId": organization,
        "organization": {"isPlatform": True, "id": organization},
    }


def find_client(exchange: Exchange) -> Row:
    """The client of a path: 404 for one of another account, 403 for one that another client asks for.

    An API key has to be that of an owner or admin of the client's organisation (assumed of webhooks).
    """
    row = exchange.service.resources["platform-client"].find(exchange, exchange.params["clientId"])
    who = exchange.who
    if who.kind == PLATFORM:
        if who.user != row.id:
            raise Refusal(403, "foreign-client", pointer=exchange.plan.pointer)
    elif not rules_organization(exchange.store, user_id(exchange), row.data["organizationId"]):
        raise Refusal(403, "role-required", role="organization admin", pointer=exchange.plan.pointer)
    return row


def _user(exchange: Exchange, client: Row) -> Row:
    row = exchange.store.get(MANAGED_USER, exchange.params["userId"])
    if row is None or row.data["_client"] != client.id:
        raise not_found("managed-user")
    return row
