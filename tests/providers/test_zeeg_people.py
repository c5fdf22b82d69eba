"""Users and teams: who is asking, and who joins."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock
from tests.providers.zeeg_asking import SAM, ask

TEAM = "/teams/7d1f4c2a-9b3e-4f60-8a57-1c2e5d9b0f34/members"


def test_the_logged_in_user_is_that_of_the_token(zeeg: Mock) -> None:
    assert ask(zeeg, "GET", "/whoami").json["resource"]["slug"] == "alex-mueller"
    assert ask(zeeg, "GET", "/whoami", persona="other").json["resource"]["slug"] == "robin-stone"


def test_a_token_of_an_account_without_the_user_is_nobody(zeeg: Mock) -> None:
    token = zeeg.tokens(account="somewhere-else")
    assert zeeg.call("GET", "/v2/whoami", token=token).status == 404


@pytest.mark.parametrize("name", [{"email": "sam.taylor@example.com"}, {"slug": "sam-taylor"}])
def test_a_new_member_is_in_the_team_and_on_the_list_of_users(zeeg: Mock, name: dict[str, str]) -> None:
    answer = ask(zeeg, "POST", TEAM, {"role": "member", **name})
    assert answer.status == 201
    assert answer.json["data"]["id"] == 3
    assert answer.json["data"]["user"]["uuid"] == SAM
    users = ask(zeeg, "GET", "/organizations/users").json["collection"]
    (sam,) = (user for user in users if user["uuid"] == SAM)
    assert [team["slug"] for team in sam["teams"]] == ["sales"]
    assert sam["updatedAt"] == "2026-04-06T08:00:00.000000Z"


def test_nobody_joins_twice(zeeg: Mock) -> None:
    body = {"role": "manager", "slug": "sam-taylor"}
    assert [ask(zeeg, "POST", TEAM, body).status for _ in range(2)] == [201, 409]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (TEAM, {"role": "member", "slug": "nobody"}, 404),
        (TEAM, {"role": "member", "slug": "robin-stone"}, 404),
        ("/teams/nothing/members", {"role": "member", "slug": "sam-taylor"}, 404),
        (
            "/teams/c05a93be-7e14-4d28-bf61-48d7203ea9c5/members",
            {"role": "member", "slug": "sam-taylor"},
            404,
        ),
        (TEAM, {"role": "member", "slug": "jamie-rivera"}, 409),
        (TEAM, {"role": "member"}, 422),
        (TEAM, {"role": "king", "slug": "sam-taylor"}, 422),
        (TEAM, {"role": "member", "slug": "sam-taylor", "email": "sam.taylor@example.com"}, 422),
    ],
)
def test_who_cannot_join_is_refused(zeeg: Mock, path: str, body: dict[str, Any], status: int) -> None:
    assert ask(zeeg, "POST", path, body).status == status
    assert len(zeeg.state("team-member")) == 2


def test_a_list_is_limited_to_ones_own_events_unless_all_are_asked_for(zeeg: Mock) -> None:
    def hosts(path: str) -> set[str]:
        rows = ask(zeeg, "GET", path).json["collection"]
        return {host["slug"] for row in rows for host in row["hosts"]}

    assert hosts("/scheduled-events?count=100") == {"alex-mueller"}
    assert hosts("/scheduled-events?count=100&scope=all") == {"alex-mueller", "jamie-rivera"}
