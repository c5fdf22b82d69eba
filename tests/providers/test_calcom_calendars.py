"""Calendars, conferencing apps, addresses and telephones: connected, checked, chosen, taken away."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

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


def test_a_calendar_is_connected_by_the_state_that_was_given_out(ask: Asker) -> None:
    """The state is good once."""
    ask("GET", "/calendars/google/check", 400, by="member")
    url = ask("GET", "/calendars/google/connect?redir=https://app.example.com/done", by="member")["authUrl"]
    state = parse_qs(urlsplit(url).query)["state"][0]
    back = f"/calendars/google/save?state={state}&code=x"
    assert dict(ask("GET", back, 301, by=None))["location"] == "https://app.example.com/done"
    ask("GET", back, 400, by=None)
    ask("GET", "/calendars/google/check", by="member")
    calendars = ask("GET", "/calendars", by="member")["connectedCalendars"]
    assert [each["primary"]["externalId"] for each in calendars] == ["cem@example.com"]


def test_a_disconnected_calendar_takes_what_was_chosen_of_it_along(ask: Asker) -> None:
    """Nobody disconnects somebody else's."""
    ask("POST", "/calendars/google/disconnect", 404, by="member", json={"id": 135})
    ask("POST", "/calendars/google/disconnect", json={"id": 135})
    assert ask("GET", "/calendars") == {"connectedCalendars": [], "destinationCalendar": None}
    ask("GET", "/calendars/google/check", 400)


def test_feeds_and_passwords_connect_too(ask: Asker) -> None:
    ask("GET", "/calendars/ics-feed/check", 400)
    ask("POST", "/calendars/ics-feed/save", 201, json={"urls": ["https://c.example.com/a.ics"]})
    ask("GET", "/calendars/ics-feed/check")
    ask("POST", "/calendars/apple/credentials", 201, json={"username": "ana@icloud.example", "password": "p"})
    ask("GET", "/calendars/apple/check")


def test_busy_times_are_those_of_the_calendars_named(ask: Asker) -> None:
    """An event that was cancelled keeps nobody busy."""
    base = "/calendars/busy-times?timeZone=Europe/Berlin&dateFrom=2026-04-07&dateTo=2026-04-07"
    named = "&calendarsToLoad[0][credentialId]=135&calendarsToLoad[0][externalId]=ana@example.com"
    busy = {
        "start": "2026-04-07T13:00:00.000Z",
        "end": "2026-04-07T14:00:00.000Z",
        "source": "google-calendar",
    }
    assert busy in ask("GET", base + named)
    ask("GET", base + named, 404, by="member")
    ask("GET", (base + named).replace("timeZone=Europe/Berlin&", ""), 400)
    event = "/calendars/google/events/4k7q2m9v1c8t3x6b5n0z"
    assert ask("PATCH", event, json={"status": "cancelled"})["status"] == "cancelled"
    assert busy not in ask("GET", base + named)
    ask("GET", "/calendars/google/event/4k7q2m9v1c8t3x6b5n0z", 404, by="member")


def test_calendars_are_chosen_among_those_that_are_connected(ask: Asker) -> None:
    chosen = {"integration": "google_calendar", "externalId": "holidays@example.com", "credentialId": 135}
    ask("POST", "/selected-calendars", 201, json=chosen)
    ask("POST", "/selected-calendars", 409, json=chosen)
    ask("POST", "/selected-calendars", 404, by="member", json=chosen)
    query = "?" + "&".join(f"{name}={value}" for name, value in chosen.items())
    ask("DELETE", "/selected-calendars" + query)
    ask("DELETE", "/selected-calendars" + query, 404)
    wanted = {"integration": "google_calendar", "externalId": "ana@example.com"}
    assert ask("PUT", "/destination-calendars", json=wanted)["credentialId"] == 135
    ask("PUT", "/destination-calendars", 404, json={**wanted, "externalId": "nobody@example.com"})


def test_conferencing_apps_are_connected_chosen_and_taken_away(ask: Asker) -> None:
    assert ask("GET", "/conferencing/default")["appSlug"] == "daily-video"
    ask("POST", "/conferencing/google-meet/default", 400)
    ask("POST", "/conferencing/google-meet/connect")
    ask("POST", "/conferencing/google-meet/default")
    assert ask("GET", "/conferencing/default")["appSlug"] == "google-meet"
    ask("DELETE", "/conferencing/google-meet/disconnect")
    ask("DELETE", "/conferencing/google-meet/disconnect", 400)
    assert ask("GET", "/conferencing/default")["appSlug"] == "daily-video"
    back = "returnTo=https://app.example.com/ok&onErrorReturnTo=https://app.example.com/no"
    url = ask("GET", f"/conferencing/msteams/oauth/auth-url?{back}")["url"]
    state = parse_qs(urlsplit(url).query)["state"][0]
    ask("GET", f"/conferencing/msteams/oauth/callback?state={state}&code=x", 301, by=None)
    assert [each["type"] for each in ask("GET", "/conferencing")] == ["zoom_video", "office365_video"]


def test_an_address_is_verified_with_the_code_that_was_asked_for(ask: Asker) -> None:
    base, email = "/verified-resources/emails", "new@example.com"
    told = {"email": email, "code": "123456"}
    ask("POST", base + "/verification-code/verify", 400, json=told)
    ask("POST", base + "/verification-code/request", json={"email": email})
    ask("POST", base + "/verification-code/verify", 400, json={**told, "code": "000000"})
    made = ask("POST", base + "/verification-code/verify", json=told)
    assert ask("GET", f"{base}/{made['id']}") == made
    ask("GET", f"{base}/{made['id']}", 404, by="member")
    assert [each["email"] for each in ask("GET", base)] == ["ana@example.com", email]


def test_a_telephone_is_registered_once(ask: Asker) -> None:
    path, token = "/notifications/subscriptions/app-push", "ExponentPushToken[abc]"
    asked = {"token": token, "platform": "IOS", "deviceId": "d1"}
    first = ask("POST", path, 201, json=asked)
    assert ask("POST", path, 201, json={**asked, "deviceId": "d2"})["id"] == first["id"]
    ask("DELETE", path, 404, by="member", json={"token": token})
    ask("DELETE", path, json={"token": token})
    ask("DELETE", path, 404, json={"token": token})
