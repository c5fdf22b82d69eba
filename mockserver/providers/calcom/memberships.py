"""Who belongs to organisations and teams: let in, changed, let out; asks no ranks (`permission` does)."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_row
from mockserver.providers.calcom.holdings import ROLE, not_found, of_user
from mockserver.providers.calcom.kinds import MEMBERSHIP, TEAM, TEAM_MEMBERSHIP, USER
from mockserver.providers.calcom.organizations import find_organization, find_team
from mockserver.world.store import Row


def create_membership(exchange: Exchange) -> Reply:
    """Let a user into an organisation: 404 for nobody, 409 for a member."""
    organization = find_organization(exchange)
    row = _join(exchange, "membership", int(organization.id), {"attributes": []}, int(organization.id))
    user = exchange.store.get(USER, row.data["userId"])
    if user is not None and user.data["organizationId"] is None and row.data["accepted"]:
        told = {"isPlatform": False, "id": organization.id}
        exchange.store.put(
            USER, user.id, {**user.data, "organizationId": organization.id, "organization": told}
        )
    return reply_row(exchange, row)


def update_membership(exchange: Exchange) -> Reply:
    """Change rank, role or acceptance: 404 for a role that the organisation does not have."""
    return _change(exchange, "membership", int(find_organization(exchange).id))


def update_team_membership(exchange: Exchange) -> Reply:
    """The same in a team."""
    return _change(exchange, "team-membership", int(find_team(exchange).id))


def delete_membership(exchange: Exchange) -> Reply:
    """Let a user out of an organisation, and with it out of its teams."""
    organization, store = find_organization(exchange), exchange.store
    row = _member(exchange, "membership", int(organization.id))
    user = row.data["userId"]
    for each in of_user(exchange, TEAM_MEMBERSHIP, user):
        team = store.get(TEAM, each.data["teamId"])
        if team is not None and team.data.get("parentId") == organization.id:
            store.remove(TEAM_MEMBERSHIP, each.id)
    store.remove(MEMBERSHIP, row.id)
    known = store.get(USER, user)
    if known is not None and known.data["organizationId"] == organization.id:
        left = {name: value for name, value in known.data.items() if name != "organization"}
        store.put(USER, user, {**left, "organizationId": None})
    return reply_row(exchange, row)


def create_team_membership(exchange: Exchange) -> Reply:
    """Let a member of the organisation into a team: 404 for nobody, 409 for a member of the team."""
    team = find_team(exchange)
    return reply_row(exchange, _join(exchange, "team-membership", int(team.id), {}, exchange.params["orgId"]))


def delete_team_membership(exchange: Exchange) -> Reply:
    """Let a user out of a team."""
    row = _member(exchange, "team-membership", int(find_team(exchange).id))
    exchange.store.remove(TEAM_MEMBERSHIP, row.id)
    return reply_row(exchange, row)


def _join(exchange: Exchange, name: str, place: int, more: dict[str, Any], organization: int) -> Row:
    asked, store, kind = exchange.data, exchange.store, f"calcom/{name}"
    user = store.get(USER, asked["userId"])
    if user is None:
        raise not_found("user")
    if any(row.data["teamId"] == place for row in of_user(exchange, kind, int(user.id))):
        raise Refusal(409, "already-member", pointer=exchange.plan.pointer)
    _known_role(exchange, asked.get("customRoleId"), organization)
    id = exchange.service.new_row_id(exchange.world, exchange.service.resources[name])
    names = ("email", "username", "name", "avatarUrl", "bio")
    told = {name: user.data[name] for name in names if user.data.get(name) is not None}
    data = {
        "id": id,
        "userId": user.id,
        "teamId": place,
        "accepted": asked.get("accepted", False),
        "role": asked["role"],
        "disableImpersonation": asked.get("disableImpersonation", False),
        "user": told,
        "_role": asked.get("customRoleId"),
        **more,
    }
    return store.insert(kind, id, data)


def _change(exchange: Exchange, name: str, place: int) -> Reply:
    asked = exchange.data
    row = _member(exchange, name, place)
    data = dict(row.data)
    data.update({each: asked[each] for each in ("accepted", "role", "disableImpersonation") if each in asked})
    if "customRoleId" in asked:
        _known_role(exchange, asked["customRoleId"], exchange.params["orgId"])
        data["_role"] = asked["customRoleId"]
    return reply_row(exchange, exchange.store.put(row.kind, row.id, data))


def _member(exchange: Exchange, name: str, place: int) -> Row:
    row = exchange.store.get(f"calcom/{name}", exchange.params["membershipId"])
    if row is None or row.data["teamId"] != place:
        raise not_found(name)
    return row


def _known_role(exchange: Exchange, role: str | None, organization: int) -> None:
    row = None if role is None else exchange.store.get(ROLE, role)
    if role is not None and (row is None or row.data["organizationId"] not in (None, organization)):
        raise not_found("role")
