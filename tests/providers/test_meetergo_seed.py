"""What meetergo's own page prints: its request, its response, its quota, its errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from tests.providers.meetergo_asking import ACTING, ANNA, ask, needs_seeds, page

pytestmark = needs_seeds


@pytest.fixture
def mock() -> Iterator[Mock]:
    with Mock("meetergo", data="empty") as mock:
        yield mock


def printed(after: str) -> Any:
    """The first JSON object that the page prints after some words."""
    text = page().split(after, 1)[1]
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]


def curl() -> tuple[str, str, dict[str, str], Any]:
    """Method, path, headers and body of the page's curl, its token's placeholders filled in."""
    command = page().split("curl -X ", 1)[1].split("\n}'", 1)[0]
    method, url = re.match(r'(\w+) "https://api\.meetergo\.com([^"]+)"', command).groups()  # type: ignore[union-attr]
    headers = dict(found.split(": ", 1) for found in re.findall(r'-H "([^"]+)"', command))
    return method, url, headers, printed("-d ")


def test_the_curl_makes_a_user_as_printed(mock: Mock) -> None:
    method, path, headers, body = curl()
    assert headers["Authorization"] == "Bearer ak_live:uuid:secret"
    headers["Authorization"] = f"Bearer {mock.token('platform')}"
    fields = {name.lower(): value for name, value in headers.items()}
    answer = mock.call(method, path, headers=fields, json=body)
    assert answer.status == 201, answer
    wanted = printed("Response:")
    assert list(answer.json) == list(wanted)
    assert answer.json["bookingUrl"] == wanted["bookingUrl"]
    uuid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    for name, value in answer.json.items():
        assert name == "bookingUrl" or uuid.fullmatch(value), name


def test_the_user_is_ready_for_bookings_at_once(mock: Mock) -> None:
    made = ask(mock, "POST", "/v4/user", printed("-d "), "platform").json
    user = ask(mock, "GET", f"/v4/user/{made['userId']}", None, "platform", ANNA).json
    assert {name: user[name] for name in printed("-d ")} == printed("-d ")
    query = f"meetingTypeId={made['meetingTypeId']}&start=2026-04-14&end=2026-04-14"
    found = ask(mock, "GET", f"/v4/booking-availability?{query}", None, "platform").json
    assert found["timezone"] == "Europe/London"
    assert found["dates"][0]["spots"][0]["startTime"] == "2026-04-14T08:00:00.000Z"
    body = {
        "meetingTypeId": made["meetingTypeId"],
        "start": found["dates"][0]["spots"][0]["startTime"],
        "hostIds": [made["userId"]],
        "attendee": {"email": "a@example.org", "fullname": "A B", "receiveReminders": False, "notes": {}},
    }
    assert ask(mock, "POST", "/v4/booking", body, "platform", made["userId"]).status == 201


def test_a_refusal_has_the_printed_shape(mock: Mock) -> None:
    wanted = printed("Error Response Format")
    answer = ask(mock, "POST", "/v4/user", printed("-d ") | {"email": "john.smith"}, "platform")
    assert answer.status == wanted["statusCode"] == 400
    # The page on errors has "error" as well.
    assert answer.json.keys() - {"error"} == wanted.keys()
    assert answer.json["message"] == wanted["message"]
    assert [error.keys() for error in answer.json["errors"]] == [wanted["errors"][0].keys()]
    assert answer.json["errors"][0]["field"] == wanted["errors"][0]["field"]


def test_the_quota_is_a_hundred_a_minute_after_two_hundred_at_once(mock: Mock) -> None:
    assert "100 requests/minute per API key" in page()
    assert "Burst allowanceUp to 200 requests" in page()

    def allowed(persona: str) -> int:
        count = 0
        while (answer := ask(mock, "GET", "/v4/user/me", None, persona)).status == 200:
            count += 1
        assert answer.status == 429
        assert answer.json == {
            "statusCode": 429,
            "message": "Too Many Requests",
            "error": "Too Many Requests",
        }
        return count

    assert allowed("owner") == 200
    mock.clock.advance(6)
    assert allowed("owner") == 10
    assert allowed("admin") == 200
    mock.clock.advance(60)
    assert allowed("owner") == 100
    mock.clock.advance(3600)
    assert allowed("owner") == 200


def test_every_status_of_the_table_is_declared(mock: Mock) -> None:
    table = page().split("CodeMeaning\n")[1].split("\n\n")[0]
    statuses = re.findall(r"^(\d{3})", table, re.MULTILINE)
    declared = {status for each in mock.service().contract.operations for status in each.responses}
    assert set(statuses) - declared == {"500"}


def test_the_acting_header_is_the_printed_one(mock: Mock) -> None:
    assert f"{ACTING}: <user-uuid>" in page()
    assert mock.service().contract.facts["acting-user"]["header"] == ACTING
    for prefix in re.findall(r"Authorization: Bearer (rgo-|ak_live:)", page()):
        assert any(persona.token.startswith(prefix) for persona in mock.service().settings.personas)
