"""Who asks, and whose things they may see and change; knows users and memberships, no bookings' rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockserver.engine.exchange import Exchange
from mockserver.engine.refusals import Refusal
from mockserver.providers.calcom.kinds import BY_USER, MEMBERSHIP, TEAM, TEAM_MEMBERSHIP, USER
from mockserver.world.store import Row, Store


def caller_id(exchange: Exchange) -> int | None:
    """The number of the user whose credentials were sent; None for nobody and for platform clients."""
    caller = exchange.caller
    return int(caller.user) if caller is not None and caller.user.isdigit() else None


def me(exchange: Exchange) -> Row:
    """The user who asks; a 403 refusal for credentials that stand for nobody."""
    id = caller_id(exchange)
    row = None if id is None else exchange.store.get(USER, id)
    if row is None:
        raise Refusal(403, "no-user", pointer=exchange.plan.pointer)
    return row


def user_named(store: Store, name: str) -> Row | None:
    """The user of that name in addresses."""
    name = name.lower()
    return next((row for row in store.rows(USER) if row.data["username"] == name), None)


def team_named(store: Store, slug: str) -> Row | None:
    """The team of that name in addresses."""
    return next((row for row in store.rows(TEAM) if row.data.get("slug") == slug), None)


def organization_of(store: Store, user: int) -> int | None:
    """The organisation of a user."""
    row = store.get(USER, user)
    return None if row is None else row.data["organizationId"]


def rules_organization(store: Store, user: int, organization: int | None) -> bool:
    """Whether the user is an accepted admin or owner of that organisation."""
    return organization is not None and _rules(store, MEMBERSHIP, user, organization)


def rules_team(store: Store, user: int, team: int | None) -> bool:
    """Whether the user is an accepted admin or owner of that team, or of its organisation."""
    row = None if team is None else store.get(TEAM, team)
    if row is None:
        return False
    return _rules(store, TEAM_MEMBERSHIP, user, row.id) or rules_organization(
        store, user, row.data.get("parentId")
    )


def stands_above(store: Store, user: int | None, hosts: Iterable[int], team: int | None) -> bool:
    """Whether the user is one of the hosts, or rules their team, or an organisation of theirs."""
    if user is None:
        return False
    hosts = tuple(hosts)
    if user in hosts or rules_team(store, user, team):
        return True
    return any(rules_organization(store, user, organization_of(store, host)) for host in hosts)


def _rules(store: Store, kind: str, user: int, place: Any) -> bool:
    return any(
        row.data["teamId"] == place and row.data["accepted"] and row.data["role"] != "MEMBER"
        for row in store.listed(kind, BY_USER, (user,))
    )
