"""In which order Cal.com refuses, and how often somebody may ask: quotas, blocks and their headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from mockserver.mock import Answer

STAMP = {"cal-api-version": "2024-08-13"}
GOOD = {"guests": [{"email": "dee@example.org"}]}
BAD: dict[str, Any] = {"guests": []}
UNKNOWN = "/v2/bookings/bk_nobody/guests"
KNOWN = "/v2/bookings/bk_7QxV2mPz9LrT/guests"

# Each request has everything wrong from one step on; the first step that objects is the one that answers.
ORDER = [
    ("no such path", "/v2/nowhere", {}, BAD, 404, "Cannot POST /v2/nowhere"),
    ("no version", UNKNOWN, {"cal-api-version": None}, BAD, 404, f"Cannot POST {UNKNOWN}"),
    ("unknown version", UNKNOWN, {"cal-api-version": "2020-01-01"}, BAD, 404, f"Cannot POST {UNKNOWN}"),
    ("no credentials", UNKNOWN, {}, BAD, 401, "No authentication method provided"),
    ("malformed", UNKNOWN, {"authorization": "Basic eDp5"}, BAD, 401, "No authentication method provided"),
    ("unknown key", UNKNOWN, {"authorization": "Bearer cal_nobody"}, BAD, 401, "Invalid API Key"),
    ("revoked key", UNKNOWN, {"authorization": "Bearer cal_revoked"}, BAD, 401, "Invalid API Key"),
    ("expired key", UNKNOWN, {"authorization": "Bearer cal_expired"}, BAD, 401, "Your api key is expired"),
    (
        "expired user",
        UNKNOWN,
        {"authorization": "Bearer mat_managed-expired"},
        BAD,
        498,
        "ACCESS_TOKEN_IS_EXPIRED",
    ),
    ("missing scope", UNKNOWN, {"authorization": "Bearer oat_only-BOOKING_READ"}, BAD, 403, "BOOKING_WRITE"),
    ("bad body", UNKNOWN, {"authorization": "Bearer cal_owner"}, BAD, 400, "Bad Request Exception"),
    ("no booking", UNKNOWN, {"authorization": "Bearer cal_owner"}, GOOD, 404, "was not found"),
    ("not theirs", KNOWN, {"authorization": "Bearer cal_outsider"}, GOOD, 403, "permission"),
    ("nothing", KNOWN, {"authorization": "Bearer cal_owner"}, GOOD, 200, ""),
]


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    with Mock("calcom", data="empty") as mock:
        yield mock


@pytest.fixture
def mock(one: Mock) -> Mock:
    one.reset()
    return one


@pytest.mark.parametrize(
    ("wrong", "path", "headers", "body", "status", "told"), ORDER, ids=[r[0] for r in ORDER]
)
def test_the_first_step_that_objects_answers(
    mock: Mock, wrong: str, path: str, headers: dict[str, str | None], body: Any, status: int, told: str
) -> None:
    sent = {name: value for name, value in {**STAMP, **headers}.items() if value is not None}
    answer = mock.call("POST", path, headers=sent, json=body)
    assert answer.status == status, (wrong, answer)
    if told:
        error = answer.json["error"]
        assert told in error["message"]
        assert answer.json["status"] == "error"
        assert answer.json["path"] == path
        assert answer.headers["x-request-id"]
        if "details" in error:
            assert error["details"]["statusCode"] == status


def test_the_quota_is_asked_before_the_scope_and_after_the_credentials(mock: Mock) -> None:
    reader = mock.tokens(scopes=["BOOKING_READ"], quota=1)
    assert mock.call("GET", "/v2/me", token=reader).status == 403
    assert mock.call("GET", "/v2/me", token=reader).status == 429
    assert mock.call("GET", "/v2/me", headers={"authorization": "Bearer cal_nobody"}).status == 401


def test_a_plan_is_asked_before_a_rank_and_a_rank_before_the_path_is_judged(mock: Mock) -> None:
    path = "/v2/organizations/502/organizations"
    assert mock.call("GET", path, persona="platform-owner").status == 403
    assert "SCALE" in mock.call("GET", path, persona="platform-owner").json["error"]["message"]
    member = mock.call("GET", "/v2/organizations/501/organizations", persona="member")
    assert "admin" in member.json["error"]["message"]
    assert mock.call("GET", "/v2/organizations/501/teams/999/memberships", persona="owner").status == 404


def test_a_key_has_120_requests_a_minute_and_is_blocked_for_a_minute(mock: Mock) -> None:
    def ask(persona: str | None = "owner") -> Answer:
        return mock.call("GET", "/v2/event-types" if persona is None else "/v2/me", persona=persona)

    left = [int(ask().headers["x-ratelimit-remaining-default"]) for _ in range(120)]
    assert left == list(range(119, -1, -1))
    mock.clock.advance(30)
    refused = ask()
    assert refused.status == 429
    assert refused.json["error"] == {
        "code": "ThrottlerException",
        "message": "CustomThrottlerGuard - Too many requests. Please try again later.",
    }
    assert refused.headers["x-ratelimit-limit-default"] == "120"
    assert refused.headers["x-ratelimit-reset-default"] == "60"
    assert "retry-after" not in refused.headers
    # The block begins when the limit is passed, not when the window did.
    mock.clock.advance(59)
    assert ask().status == 429
    assert ask("member").status == 200
    assert ask(None).headers["x-ratelimit-limit-default"] == "120"
    mock.clock.advance(1)
    assert ask().status == 200


@pytest.mark.parametrize("persona", ["oauth", "managed", "platform"])
def test_what_stands_for_a_client_has_500(mock: Mock, persona: str) -> None:
    path = "/v2/oauth-clients/clq8vk3n2000008l4f6r2d9ah/users" if persona == "platform" else "/v2/me"
    answer = mock.call("GET", path, persona=persona)
    assert (answer.status, answer.headers["x-ratelimit-limit-default"]) == (200, "500")


OWN = [
    ("guests", 5, "POST", KNOWN, GOOD, "booking_guests_add"),
    ("attendees", 5, "POST", "/v2/bookings/bk_7QxV2mPz9LrT/attendees", {}, "booking_attendees_add"),
    ("location", 5, "PATCH", "/v2/bookings/bk_7QxV2mPz9LrT/location", {}, "booking_location_update"),
    (
        "sessions",
        60,
        "GET",
        "/v2/bookings/bk_3PastIntro/conferencing-sessions",
        None,
        "conferencing_sessions",
    ),
]


@pytest.mark.parametrize(
    ("name", "most", "method", "path", "body", "header"), OWN, ids=[row[0] for row in OWN]
)
def test_own_limits_block_for_a_minute_and_no_other_operation(
    mock: Mock, name: str, most: int, method: str, path: str, body: Any, header: str
) -> None:
    version = {"cal-api-version": "2026-02-25" if name == "sessions" else "2024-08-13"}

    def ask() -> Answer:
        return mock.call(method, path, persona="owner", json=body, headers=version)

    answers = [ask() for _ in range(most + 1)]
    assert [answer.status == 429 for answer in answers] == [False] * most + [True]
    told = [answer.headers[f"x-ratelimit-remaining-{header}"] for answer in answers]
    assert told == [str(left) for left in (*range(most - 1, -1, -1), 0)]
    assert "retry-after" not in answers[-1].headers
    assert mock.call("GET", "/v2/me", persona="owner").status == 200
    mock.clock.advance(59)
    assert ask().status == 429
    mock.clock.advance(1)
    assert ask().status != 429


def test_an_upstream_that_refuses_says_when_to_come_back(mock: Mock) -> None:
    """The conferencing provider's own 429 is a fault; only it has Retry-After."""
    mock.faults.declare("rate-limit-storm", operation="getConferencingSessions", retry_after=17)
    path, headers = "/v2/bookings/bk_3PastIntro/conferencing-sessions", {"cal-api-version": "2026-02-25"}
    refused = mock.call("GET", path, persona="owner", headers=headers)
    assert (refused.status, refused.headers["retry-after"]) == (429, "17")
    assert refused.json["status"] == "error"
