"""What can be booked with a team; knows hosts and slugs, no ranks (those are asked before)."""

from __future__ import annotations

from typing import Any

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.refusals import Refusal
from mockserver.engine.replies import reply_json
from mockserver.providers.calcom.event_types import completed, known_fields, shown_type
from mockserver.providers.calcom.kinds import EVENT_TYPE, TEAM, TEAM_MEMBERSHIP, USER
from mockserver.world.store import Row


def list_team_event_types(exchange: Exchange) -> Reply:
    """A team's event types, cut by take and skip: 404 no such team in that organisation."""
    params = exchange.params
    rows = _types(exchange, _team(exchange))
    if "eventSlug" in params:
        rows = [row for row in rows if row.data["slug"] == params["eventSlug"]]
    skip = params.get("skip", 0)
    rows = rows[skip : skip + params.get("take", 250)]
    return reply_json(exchange, {"status": "success", "data": [shown_type(row) for row in rows]})


def create_team_event_type(exchange: Exchange) -> Reply:
    """Make an event type of a team: 400 the slug is taken, 404 a host who is nobody of the organisation."""
    asked, team = exchange.data, _team(exchange)
    if any(row.data["slug"] == asked["slug"] for row in _types(exchange, team)):
        raise Refusal(400, "slug-taken", pointer="/x-resources/event-type")
    id = int(exchange.new_id("event-type"))
    slug = team.data.get("slug", "")
    about = {"id": team.data["id"], "slug": slug, "name": team.data["name"], **_looks(slug)}
    own: dict[str, Any] = {
        "id": id,
        "teamId": int(team.id),
        "ownerId": None,
        "team": about,
        "hosts": _hosts(exchange, team),
        "schedulingType": asked["schedulingType"],
    }
    for name in ("assignAllTeamMembers", "rescheduleWithSameRoundRobinHost"):
        if name in asked:
            own[name] = asked[name]
    row = exchange.store.insert(EVENT_TYPE, id, completed({**own, **known_fields(exchange)}, None))
    return reply_json(exchange, {"status": "success", "data": shown_type(row)})


def get_team_event_type(exchange: Exchange) -> Reply:
    """One event type of a team: 404 there is none."""
    id, team = exchange.params["eventTypeId"], _team(exchange)
    row = exchange.store.get(EVENT_TYPE, id)
    if row is None or row.data.get("teamId") != team.id:
        raise Refusal(404, "unknown-event-type", pointer="/x-resources/event-type", id=id)
    return reply_json(exchange, {"status": "success", "data": shown_type(row)})


def _looks(slug: str) -> dict[str, str]:
    """What a team looks like as long as nobody says otherwise; the API's document wants all of it."""
    return {
        "bannerUrl": f"https://cal.com/banners/{slug}.png",
        "logoUrl": f"https://cal.com/logos/{slug}.png",
        "weekStart": "Sunday",
        "brandColor": "#292929",
        "darkBrandColor": "#fafafa",
        "theme": "light",
    }


def _team(exchange: Exchange) -> Row:
    row = exchange.store.get(TEAM, exchange.params["teamId"])
    if row is None or row.data.get("parentId") != exchange.params["orgId"]:
        raise Refusal(404, "not-found", kind="team", pointer="/x-resources/team")
    return row


def _types(exchange: Exchange, team: Row) -> list[Row]:
    return [row for row in exchange.store.rows(EVENT_TYPE) if row.data.get("teamId") == team.id]


def _hosts(exchange: Exchange, team: Row) -> list[dict[str, Any]]:
    asked, store = exchange.data, exchange.store
    wanted = list(asked.get("hosts", ()))
    if asked.get("assignAllTeamMembers"):
        members = (row.data for row in store.rows(TEAM_MEMBERSHIP) if row.data["teamId"] == team.id)
        wanted = [{"userId": member["userId"]} for member in members if member["accepted"]]
    found = []
    for host in {each["userId"]: each for each in wanted}.values():
        user = store.get(USER, int(host["userId"]))
        if user is None or user.data["organizationId"] != team.data.get("parentId"):
            raise Refusal(404, "unknown-host", pointer="/x-resources/user", id=host["userId"])
        known = {name: host[name] for name in ("mandatory", "priority") if name in host}
        about = {"name": user.data["name"] or "", "username": user.data["username"]}
        found.append({"userId": int(user.id), **known, **about})
    return found
