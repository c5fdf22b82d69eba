"""Teams and organisations inside organisations: made and taken away; asks no ranks (`permission` does)."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.paging import FARTHEST
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json, reply_row
from mockserver.providers.calcom.holdings import ROLE, cut, done, drop, not_found, of_user, shown, user_id
from mockserver.providers.calcom.keys import new_key
from mockserver.providers.calcom.kinds import MEMBERSHIP, ORGANIZATION, TEAM, TEAM_MEMBERSHIP, USER
from mockserver.providers.calcom.people import caller_id
from mockserver.world.store import Row

# Teams


def create_team(exchange: Exchange) -> Reply:
    """A team of an organisation, with the caller as its owner: 409 for a name in addresses that is taken."""
    organization, asked, store = find_organization(exchange), exchange.data, exchange.store
    slug = asked.get("slug") or "-".join(
        "".join(c if c.isalnum() else " " for c in asked["name"].lower()).split()
    )
    if any(
        row.data.get("slug") == slug and row.data.get("parentId") == organization.id
        for row in store.rows(TEAM)
    ):
        raise Refusal(409, "duplicate", kind="team", pointer=exchange.plan.pointer)
    id = exchange.service.new_row_id(exchange.world, exchange.service.resources["team"])
    told = {name: value for name, value in asked.items() if name in _TEAM_FIELDS}
    team = store.insert(
        TEAM,
        id,
        {
            **told,
            "id": id,
            "parentId": organization.id,
            "slug": slug or f"team-{id}",
            "isOrganization": False,
        },
    )
    creator = caller_id(exchange)
    user = None if creator is None else store.get(USER, creator)
    if user is not None:
        member = exchange.service.new_row_id(exchange.world, exchange.service.resources["team-membership"])
        store.insert(
            TEAM_MEMBERSHIP,
            member,
            {
                "id": member,
                "userId": user.id,
                "teamId": id,
                "accepted": asked.get("autoAcceptCreator", True),
                "role": "OWNER",
                "disableImpersonation": False,
                "user": {"email": user.data["email"], "username": user.data["username"]},
                "_role": None,
            },
        )
    return reply_row(exchange, team)


_TEAM_FIELDS = frozenset(
    (
        "name",
        "logoUrl",
        "calVideoLogo",
        "appLogo",
        "appIconLogo",
        "bio",
        "hideBranding",
        "isPrivate",
        "hideBookATeamMember",
        "metadata",
        "theme",
        "brandColor",
        "darkBrandColor",
        "bannerUrl",
        "timeFormat",
        "timeZone",
        "weekStart",
    )
)


def list_my_teams(exchange: Exchange) -> Reply:
    """The organisation's teams that the caller has joined."""
    organization, store = find_organization(exchange), exchange.store
    teams = []
    for each in of_user(exchange, TEAM_MEMBERSHIP, user_id(exchange)):
        team = store.get(TEAM, each.data["teamId"])
        if team is not None and each.data["accepted"] and team.data.get("parentId") == organization.id:
            teams.append(team)
    teams.sort(key=lambda row: row.data["id"])
    return reply_json(exchange, done([shown(row) for row in cut(exchange, teams)]))


def delete_team(exchange: Exchange) -> Reply:
    """Take a team away, and its memberships with it."""
    team = find_team(exchange)
    members = [row for row in exchange.store.rows(TEAM_MEMBERSHIP) if row.data["teamId"] == team.id]
    drop(exchange, members)
    exchange.store.remove(TEAM, team.id)
    return reply_row(exchange, team)


# Organisations inside an organisation


def list_managed_organizations(exchange: Exchange) -> Reply:
    """Those inside it, in order of their numbers; metadataValue says nothing without metadataKey."""
    manager, params = find_organization(exchange), exchange.params
    rows = sorted(
        (row for row in exchange.store.rows(ORGANIZATION) if row.data.get("_manager") == manager.id),
        key=lambda row: row.data["id"],
    )
    if (slug := params.get("slug")) is not None:
        rows = [row for row in rows if row.data.get("slug") == slug]
    if (key := params.get("metadataKey")) is not None:
        rows = [row for row in rows if key in row.data.get("metadata", {})]
        if (value := params.get("metadataValue")) is not None:
            rows = [row for row in rows if row.data["metadata"][key] == value]
    take, total = params.get("take") or 250, len(rows)
    skip = min(params.get("skip") or 0, FARTHEST)
    page = rows[skip : skip + take]
    pages = -(-total // take)
    pagination = {
        "totalItems": total,
        "remainingItems": max(0, total - skip - len(page)),
        "returnedItems": len(page),
        "itemsPerPage": take,
        "currentPage": skip // take + 1,
        "totalPages": pages,
        "hasNextPage": skip + len(page) < total,
        "hasPreviousPage": skip > 0,
    }
    return reply_json(exchange, {**done([shown(row) for row in page]), "pagination": pagination})


def create_managed_organization(exchange: Exchange) -> Reply:
    """An organisation inside another, with an API key of its own: 409 for a name that is taken."""
    manager, asked, store, who = find_organization(exchange), exchange.data, exchange.store, exchange.who
    if manager.data.get("_manager") is not None:
        raise Refusal(403, "organization-managed", pointer=exchange.plan.pointer)
    slug = asked.get("slug")
    if slug is not None and any(row.data.get("slug") == slug for row in store.rows(ORGANIZATION)):
        raise Refusal(409, "duplicate", kind="organization", pointer=exchange.plan.pointer)
    id = exchange.service.new_row_id(exchange.world, exchange.service.resources["organization"])
    row: dict[str, Any] = {"id": id, "name": asked["name"], "metadata": asked.get("metadata", {})}
    if slug is not None:
        row["slug"] = slug
    store.insert(ORGANIZATION, id, {**row, "_manager": manager.id, "_pbac": False})
    # Nobody is in it yet: its key acts as the one who made it.
    owner = next((r.data["userId"] for r in store.rows(MEMBERSHIP) if r.data["teamId"] == manager.id), 0)
    maker = caller_id(exchange) or owner
    key = new_key(
        exchange, asked, persona=f"organization:{id}", user=str(maker), account=who.account, plan=who.plan
    )
    return reply_json(exchange, done({**row, "apiKey": key}))


def delete_managed_organization(exchange: Exchange) -> Reply:
    """Take it away, with its teams, roles and memberships."""
    manager, store = find_organization(exchange), exchange.store
    row = store.get(ORGANIZATION, exchange.params["managedOrganizationId"])
    if row is None or row.data.get("_manager") != manager.id:
        raise not_found("organization")
    teams = [team for team in store.rows(TEAM) if team.data.get("parentId") == row.id]
    gone = {team.id for team in teams}
    drop(exchange, [each for each in store.rows(TEAM_MEMBERSHIP) if each.data["teamId"] in gone])
    drop(exchange, teams)
    drop(exchange, [each for each in store.rows(MEMBERSHIP) if each.data["teamId"] == row.id])
    drop(exchange, [each for each in store.rows(ROLE) if each.data["organizationId"] == row.id])
    store.remove(ORGANIZATION, row.id)
    return reply_row(exchange, row)


def find_organization(exchange: Exchange) -> Row:
    """The organisation of a path."""
    return exchange.service.resources["organization"].find(exchange, exchange.params["orgId"])


def find_team(exchange: Exchange) -> Row:
    """The team of a path, in the organisation of that path."""
    row = exchange.store.get(TEAM, exchange.params["teamId"])
    if row is None or row.data.get("parentId") != exchange.params["orgId"]:
        raise not_found("team")
    return row
