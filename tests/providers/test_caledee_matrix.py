"""Who may do what at Caledee: every operation with every persona, expected from the seed's list of scopes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.settings import Persona
from tests.providers.caledee_asking import INTRO, NORAS, Endpoint, booking, endpoints, needs_seeds

pytestmark = needs_seeds

TARGETS = {
    "/api/v2/availability": f"/api/v2/availability?eventTypeId={INTRO}&from=2026-04-13&to=2026-04-14",
    "/api/v2/bookings/{id}": f"/api/v2/bookings/{NORAS}",
}
# What names a row of the owner's, which is not there for anybody else.
NAMING = {
    ("GET", "/api/v2/availability"),
    ("POST", "/api/v2/bookings"),
    ("DELETE", "/api/v2/bookings/{id}"),
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock("caledee", data="busy-week", limits=False) as mock:
        yield mock


def call(mock: Mock, endpoint: Endpoint, **headers: str) -> Any:
    json = booking() if endpoint.method == "POST" else None
    return mock.call(endpoint.method, TARGETS.get(endpoint.path, endpoint.path), headers=headers, json=json)


def expected(persona: Persona, scope: str) -> int | None:
    """401, 403, or None for the operation's own answer."""
    if persona.revoked or persona.expired or persona.plan != "team":
        return 401
    return None if scope in persona.scopes else 403


def test_every_operation_answers_every_persona_as_the_list_of_scopes_says(mock: Mock) -> None:
    personas = mock.service().settings.personas
    assert {persona.name for persona in personas} >= {
        f"only-{e.scope.replace(':', '-')}" for e in endpoints()
    }
    asked = 0
    for endpoint in endpoints():
        for persona in personas:
            wanted = expected(persona, endpoint.scope)
            answer = call(mock.fork(), endpoint, authorization=f"Bearer {persona.token}")
            told = f"{endpoint} as {persona.name}: {answer}"
            if wanted is not None:
                assert answer.status == wanted, told
                assert answer.json.keys() == {"title", "message"}, told
            elif persona.name == "other" and (endpoint.method, endpoint.path) in NAMING:
                assert answer.status == 404, told
            else:
                assert answer.status == (201 if endpoint.method == "POST" else 200), told
            asked += 1
    assert asked == 8 * 14


def test_missing_malformed_and_unknown_credentials_are_401_everywhere(mock: Mock) -> None:
    for endpoint in endpoints():
        for header in (
            "",
            "Bearer",
            "Bearer ",
            "Bearer pat_",
            "Basic eDp5",
            "pat_owner",
            "Bearer pat_owner x",
        ):
            headers = {"authorization": header} if header else {}
            answer = call(mock, endpoint, **headers)
            assert answer.status == 401, f"{endpoint} with {header!r}: {answer}"


def test_a_plan_comes_before_a_scope(mock: Mock) -> None:
    for plan in ("free", "pro"):
        token = mock.tokens(scopes=["read:profile"], plan=plan)
        assert mock.call("GET", "/api/v2/leads", token=token).status == 401
        assert mock.call("GET", "/api/v2/me", token=token).status == 401
    token = mock.tokens(scopes=["read:profile"])
    assert token.startswith("pat_")
    assert mock.call("GET", "/api/v2/leads", token=token).status == 403
    assert mock.call("GET", "/api/v2/me", token=token).status == 200


def test_refusals_come_in_this_order() -> None:
    bad = {"eventTypeId": 5}
    with Mock("caledee", data="empty") as mock:

        def status(token: str | None, json: Any = bad) -> int:
            return mock.call("POST", "/api/v2/bookings", token=token, json=json).status

        assert status(None) == 401
        assert status(mock.token("only-read-leads")) == 403
        tight = mock.tokens(scopes=["write:bookings"], quota=1)
        assert [status(tight), status(tight)] == [400, 429]
        assert status(mock.token(), booking(eventTypeId="x")) == 404
        assert status(mock.token(), booking(startAt="2026-04-14T10:10:00Z")) == 409
        assert status(mock.token(), booking()) == 201


def test_six_hundred_requests_a_minute_and_what_headers_say() -> None:
    with Mock("caledee", data="empty") as mock:
        left = [int(mock.call("GET", "/api/v2/me", persona="owner").headers["x-ratelimit-remaining"])]
        left += [
            int(mock.call("GET", "/api/v2/leads", persona="owner").headers["x-ratelimit-remaining"])
            for _ in range(599)
        ]
        assert left == list(range(599, -1, -1))
        refused = mock.call("GET", "/api/v2/me", persona="owner")
        assert (refused.status, refused.json["title"]) == (429, "Too Many Requests")
        assert refused.headers["x-ratelimit-limit"] == "600"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert "retry-after" not in refused.headers
        reset = int(refused.headers["x-ratelimit-reset"])
        now = int(mock.clock.now.timestamp())
        assert now < reset <= now + 60
        assert mock.call("GET", "/api/v2/me", persona="reader").status == 200
        mock.clock.advance(reset - now - 1)
        assert mock.call("GET", "/api/v2/me", persona="owner").status == 429
        mock.clock.advance(1)
        assert mock.call("GET", "/api/v2/me", persona="owner").status == 200
