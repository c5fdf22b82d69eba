"""Whether a caller may act where a path says: ranks, permissions, platforms; the reckoning is `access`'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mockserver.engine.exchange import Exchange
from mockserver.engine.membership import path_value
from mockserver.engine.refusals import Refusal
from mockserver.providers.calcom.access import Demand, Level, Membership, Place, Rank, may
from mockserver.providers.calcom.holdings import PLATFORM_CLIENT, ROLE, not_found, of_user
from mockserver.providers.calcom.kinds import MEMBERSHIP, ORGANIZATION, TEAM, TEAM_MEMBERSHIP
from mockserver.providers.calcom.managed_users import PLATFORM
from mockserver.providers.calcom.people import caller_id
from mockserver.world.store import Row


def authorize(exchange: Exchange) -> None:
    """403 where neither rank nor permission is enough, or a platform reaches for what is not its own; 404 for
    a team that the organisation does not have.

    Asked of operations with x-role or x-permission. Parameters are not judged yet: a number that is none is
    left to be refused as such.
    """
    caller, operation = exchange.caller, exchange.plan.operation
    if caller is None or operation is None or "role" not in operation.facts:
        return
    client = exchange.store.get(PLATFORM_CLIENT, caller.user) if caller.kind == PLATFORM else None
    values = {name: path_value(exchange, name) for name in ("orgId", "teamId")}
    _ask(exchange, client, operation.facts["role"], operation.facts.get("permission"), values)


def _ask(
    exchange: Exchange,
    client: Row | None,
    fact: Mapping[str, Any],
    permission: str | None,
    values: Mapping[str, str | None],
) -> None:
    store, level = exchange.store, cast(Level, fact["level"])
    pointer = exchange.plan.pointer + "/x-role"
    user = caller_id(exchange) if client is None else None
    memberships = [] if user is None else list(_memberships(exchange, user))
    named, told = values["orgId"], values["teamId"]
    if not all(text is None or text.isdecimal() for text in (named, told)):
        return
    if named is not None:
        organization: int | None = int(named)
    else:
        organization = next((each.place for each in memberships if each.level == "organization"), None)
    team = None if told is None else int(told)
    if client is not None:
        # A platform does in its organisation what an admin may (assumed).
        if client.data["organizationId"] != organization:
            raise Refusal(403, "role-required", role="MEMBER", pointer=pointer)
    else:
        row = None if organization is None else store.get(ORGANIZATION, organization)
        counts = row is not None and bool(row.data.get("_pbac", False))
        place = Place(organization, team, permissions_count=counts)
        if not may(memberships, Demand(level, cast(Rank, fact["least"]), permission), place):
            raise Refusal(
                403,
                "role-required",
                role=permission if counts and permission else f"{level} {fact['least']}",
                pointer=pointer,
            )
    if team is not None:
        found = store.get(TEAM, team)
        if found is None or found.data.get("parentId") != organization:
            raise not_found("team")


def _memberships(exchange: Exchange, user: int) -> Iterator[Membership]:
    levels: tuple[tuple[Level, str], ...] = (("organization", MEMBERSHIP), ("team", TEAM_MEMBERSHIP))
    for level, kind in levels:
        for row in of_user(exchange, kind, user):
            data = row.data
            role = None if data.get("_role") is None else exchange.store.get(ROLE, data["_role"])
            permissions = frozenset() if role is None else frozenset(role.data["permissions"])
            rank = cast(Rank, data["role"].lower())
            yield Membership(level, data["teamId"], rank, permissions, data["accepted"])
