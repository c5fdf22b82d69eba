"""Users and teams: who is asking, and who joins a team; knows no events."""

from __future__ import annotations

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_row
from mockserver.providers.zeeg.kinds import BY_EMAIL, BY_SLUG, MEMBER, TEAM, USER
from mockserver.world.clock import iso_micro
from mockserver.world.store import Row


def find_user(exchange: Exchange, *, email: str | None = None, slug: str | None = None) -> Row:
    """The user of the caller's account with that address, or that slug; a 404 refusal otherwise."""
    account = exchange.who.account
    index, name = (BY_SLUG, slug) if email is None else (BY_EMAIL, email)
    row = exchange.store.first(USER, index, (account, name))
    if row is None:
        raise Refusal(404, "not-found", kind="user", pointer="/x-resources/user")
    return row


def whoami(exchange: Exchange) -> Reply:
    """The user to whom the token belongs: 404 when the workspace has no such user any more."""
    return reply_row(exchange, exchange.service.resources["user"].find(exchange, exchange.who.user))


def add_team_member(exchange: Exchange) -> Reply:
    """Put a user into a team: 404 no such team or user, 409 already in it."""
    store, asked = exchange.store, exchange.data
    team = exchange.service.resources["team"].find(exchange, exchange.params["teamId"])
    user = find_user(exchange, email=asked.get("email"), slug=asked.get("slug"))
    if user.id in team.data["_members"]:
        raise Refusal(409, "already-member", pointer=exchange.plan.pointer)
    stamp = iso_micro(exchange.now)
    store.put(TEAM, team.id, {**team.data, "_members": [*team.data["_members"], user.id]})
    shown = {name: team.data[name] for name in ("uuid", "title", "slug", "url")}
    store.put(USER, user.id, {**user.data, "teams": [*user.data["teams"], shown], "updatedAt": stamp})
    id = store.next_ordinal(MEMBER)
    row = store.insert(
        MEMBER,
        id,
        {
            "id": id,
            "role": asked["role"],
            "user": {name: user.data[name] for name in ("uuid", "firstName", "lastName", "email", "slug")},
            "team": {name: team.data[name] for name in ("uuid", "title", "slug")},
            "createdAt": stamp,
            "updatedAt": stamp,
            "_account": team.data["_account"],
        },
    )
    return reply_row(exchange, row)
