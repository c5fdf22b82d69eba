"""Who belongs where, and what ranks, roles and permissions allow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver import Mock
from tests.providers.calcom_rest import Asker, mocks


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    yield from mocks()


@pytest.fixture
def ask(one: Mock) -> Asker:
    one.reset()
    return Asker(one)


ORG = "/organizations/501"
TEAM = ORG + "/teams/621"
ROLE = ORG + "/roles/0b6f2c8e-53a1-4d97-b2e4-7c19f08d5a36"


@pytest.mark.parametrize(
    ("path", "may", "may_not"),
    [
        (ORG + "/memberships", ["owner", "admin"], ["member", "team-owner", "outsider", "platform-owner"]),
        (TEAM + "/memberships", ["owner", "admin", "team-owner", "team-admin"], ["member", "outsider"]),
        (TEAM, ["owner", "admin", "team-owner", "team-admin", "member"], ["outsider", "platform-owner"]),
        (ORG + "/organizations", ["owner", "admin"], ["member", "team-owner", "outsider"]),
    ],
)
def test_ranks_decide(ask: Asker, path: str, may: list[str], may_not: list[str]) -> None:
    """An organisation's owners and admins reach into its teams, its members do not."""
    for persona in may:
        ask("GET", path, by=persona)
    for persona in may_not:
        ask("GET", path, 403, by=persona)


def test_a_platform_rules_its_own_organisation_only(ask: Asker) -> None:
    """Its plan is below the one that managed organisations need."""
    ask("GET", "/organizations/502/memberships", by="platform")
    ask("GET", ORG + "/memberships", 403, by="platform")
    ask("GET", "/organizations/502/organizations", 403, by="platform")


def test_a_permission_stands_for_the_rank_where_permissions_count(ask: Asker) -> None:
    """Turned off, it is nothing; without it, the rank decides as ever."""
    role = ask("POST", ORG + "/roles", 201, json={"name": "Reader", "permissions": ["role.read"]})["id"]
    ask("PATCH", ORG + "/memberships/802", json={"customRoleId": role})
    ask("GET", ORG + "/roles", 403, by="member")
    world = ask.mock.world
    row = world.store.get("calcom/organization", 501)
    assert row is not None
    world.store.put("calcom/organization", 501, {**row.data, "_pbac": True})
    ask("GET", ORG + "/roles", by="member")
    ask("POST", ORG + "/roles", 403, by="member", json={"name": "X"})
    ask("GET", ORG + "/roles", by="admin")
    ask("DELETE", f"{ORG}/roles/{role}")
    ask("GET", ORG + "/roles", 403, by="member")


def test_permissions_are_added_listed_replaced_and_removed(ask: Asker) -> None:
    path = ROLE + "/permissions"
    assert ask("GET", path) == ["booking.read", "booking.update"]
    told = ask("POST", path, json={"permissions": ["booking.read", "team.read"]})
    assert told == ["booking.read", "booking.update", "team.read"]
    ask("DELETE", path + "/team.read", 204)
    ask("DELETE", path + "?permissions=booking.read,booking.update", 204)
    assert ask("GET", path) == []
    assert ask("PUT", path, json={"permissions": ["*.*"]}) == ["*.*"]
    ask("PUT", path, 400, json={"permissions": ["no.such"]})


def test_a_membership_is_made_once_and_its_end_is_that_of_the_teams(ask: Asker) -> None:
    made = ask("POST", ORG + "/memberships", 201, json={"userId": 15, "role": "MEMBER", "accepted": True})
    ask("POST", ORG + "/memberships", 409, json={"userId": 15, "role": "MEMBER"})
    ask("POST", ORG + "/memberships", 404, json={"userId": 999, "role": "MEMBER"})
    joined = ask("POST", TEAM + "/memberships", 201, json={"userId": 15, "role": "ADMIN", "accepted": True})
    ask("GET", TEAM + "/memberships", by="outsider")
    ask("DELETE", f"{ORG}/memberships/{made['id']}")
    ask("GET", f"{TEAM}/memberships/{joined['id']}", 404)
    ask("GET", TEAM + "/memberships", 403, by="outsider")


def test_teams_are_made_by_admins_and_belong_to_their_maker(ask: Asker) -> None:
    ask("POST", ORG + "/teams", 403, by="member", json={"name": "Sales"})
    made = ask("POST", ORG + "/teams", 201, by="admin", json={"name": "Sales"})
    ask("POST", ORG + "/teams", 409, json={"name": "Sales"})
    assert [each["id"] for each in ask("GET", ORG + "/teams/me", by="admin")] == [made["id"]]
    ask("DELETE", f"{ORG}/teams/{made['id']}", by="admin")
    ask("GET", f"{ORG}/teams/{made['id']}", 404)


def test_managed_organisations_have_keys_of_their_own(ask: Asker) -> None:
    asked = {"name": "Eastwind", "slug": "eastwind", "metadata": {"region": "east"}}
    made = ask("POST", ORG + "/organizations", 201, json=asked)
    assert made["apiKey"].startswith("cal_")
    ask("POST", ORG + "/organizations", 409, json=asked)
    found = ask("GET", ORG + "/organizations?metadataKey=region&metadataValue=east")
    assert [each["name"] for each in found] == ["Eastwind"]
    ask("DELETE", f"{ORG}/organizations/{made['id']}")
    ask("GET", f"{ORG}/organizations/{made['id']}", 404)


def test_nobody_is_away_twice(ask: Asker) -> None:
    path, away = ORG + "/users/12/ooo", {"start": "2026-06-01T00:00:00Z", "end": "2026-06-05T00:00:00Z"}
    made = ask("POST", path, 201, json=away)
    ask("POST", path, 409, json=away)
    ask("POST", path, 400, json={"start": away["end"], "end": away["start"]})
    ask(
        "POST",
        path,
        400,
        json={**away, "start": "2026-07-01T00:00:00Z", "end": "2026-07-02T00:00:00Z", "toUserId": 15},
    )
    ask("PATCH", f"{path}/{made['id']}", json={"notes": "At sea."})
    assert len(ask("GET", ORG + "/ooo?email=cem@example.com")) == 2
    ask("DELETE", f"{path}/{made['id']}")
    assert len(ask("GET", path)) == 1
    ask("GET", ORG + "/users/15/ooo", 404)


@pytest.mark.parametrize("skip", [1, 10**25])
def test_a_page_behind_the_end_is_empty_and_says_so(ask: Asker, skip: int) -> None:
    answer = ask.mock.call("GET", f"/v2{ORG}/organizations?skip={skip}", persona="owner")
    told = answer.json["pagination"]
    assert (answer.status, answer.json["data"], told["hasNextPage"]) == (200, [], False)
    assert (told["totalItems"], told["remainingItems"], told["hasPreviousPage"]) == (1, 0, True)
