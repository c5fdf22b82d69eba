"""Platforms: clients, managed users, their tokens and webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver import Mock
from tests.providers.calcom_rest import CLIENT, Asker, mocks


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    yield from mocks()


@pytest.fixture
def ask(one: Mock) -> Asker:
    one.reset()
    return Asker(one)


USERS = f"/oauth-clients/{CLIENT}/users"
NEW = {"email": "Noa@example.com", "name": "Noa", "timeZone": "Asia/Kathmandu"}


def test_a_managed_user_has_tokens_and_working_hours(ask: Asker) -> None:
    made = ask("POST", USERS, 201, by="platform", json=NEW)
    assert made["user"]["email"] == f"noa+{CLIENT}@example.com"
    assert made["user"]["defaultScheduleId"] is not None
    assert ask("GET", "/me", token=made["accessToken"])["email"] == made["user"]["email"]
    ask("POST", USERS, 409, by="platform", json=NEW)
    assert len(ask("GET", USERS + "?emails=noa@example.com", by="platform")) == 1


def test_an_expired_access_token_is_498_and_refreshing_rotates(ask: Asker) -> None:
    made = ask("POST", USERS, 201, by="platform", json=NEW)
    ask.mock.clock.advance(3600)
    told = ask("GET", "/me", 498, token=made["accessToken"])
    assert told["error"]["message"] == "ACCESS_TOKEN_IS_EXPIRED"
    body = {"refreshToken": made["refreshToken"]}
    fresh = ask("POST", f"/oauth/{CLIENT}/refresh", by="platform-secret", json=body)
    ask("GET", "/me", token=fresh["accessToken"])
    ask("POST", f"/oauth/{CLIENT}/refresh", 400, by="platform-secret", json=body)
    forced = ask("POST", f"{USERS}/{made['user']['id']}/force-refresh", by="platform")
    ask("GET", "/me", 401, token=fresh["accessToken"])
    ask("GET", "/me", token=forced["accessToken"])


def test_a_deleted_user_is_gone_with_the_tokens(ask: Asker) -> None:
    made = ask("POST", USERS, 201, by="platform", json=NEW)
    user = f"{USERS}/{made['user']['id']}"
    assert ask("PATCH", user, by="platform", json={"name": "Noa B."})["name"] == "Noa B."
    ask("DELETE", user, by="platform")
    ask("GET", user, 404, by="platform")
    ask("GET", "/me", 401, token=made["accessToken"])


def test_a_new_client_acts_for_itself_only(ask: Asker) -> None:
    asked = {"name": "Second", "redirectUris": ["https://x.example.com"], "permissions": ["*"]}
    made = ask("POST", "/oauth-clients", 201, by="platform-owner", json=asked)
    token = f"{made['clientId']}:{made['clientSecret']}"
    assert ask("GET", f"/oauth-clients/{made['clientId']}/users", token=token) == []
    ask("GET", USERS, 403, token=token)
    ask("POST", "/oauth-clients", 403, by="member", json=asked)
    ask("DELETE", f"/oauth-clients/{made['clientId']}", by="platform-owner")
    ask("GET", f"/oauth-clients/{made['clientId']}/users", 401, token=token)


def test_webhooks_of_a_platform(ask: Asker) -> None:
    hooks = f"/oauth-clients/{CLIENT}/webhooks"
    asked = {"subscriberUrl": "https://hooks.example.com/a", "triggers": ["BOOKING_CREATED"], "active": True}
    made = ask("POST", hooks, 201, by="platform", json=asked)
    ask("POST", hooks, 409, by="platform", json=asked)
    assert (
        ask("PATCH", f"{hooks}/{made['id']}", by="platform-owner", json={"active": False})["active"] is False
    )
    assert made["id"] in [each["id"] for each in ask("GET", hooks, by="platform")]
    ask("GET", hooks, 404, by="owner")
    ask("DELETE", hooks, by="platform")
    ask("GET", f"{hooks}/{made['id']}", 404, by="platform")


def test_a_platform_is_told_of_what_happens_to_its_users_and_of_nobody_else(ask: Asker) -> None:
    body = {"title": "Visit", "slug": "visit", "lengthInMinutes": 30, "minimumBookingNotice": 0}
    visit = ask("POST", "/event-types", 201, by="managed", json=body)
    person = {"name": "Bo", "email": "bo@example.org", "timeZone": "UTC"}
    for event_type, start in ((visit["id"], "2026-04-07T10:00:00Z"), (15, "2026-04-08T06:15:00Z")):
        ask(
            "POST",
            "/bookings",
            201,
            by=None,
            json={"eventTypeId": event_type, "start": start, "attendee": person},
        )
    told = ask.mock.world.outbox.messages()
    assert [(each.url, each.event) for each in told] == [("https://hooks.invalid/clinic", "BOOKING_CREATED")]
