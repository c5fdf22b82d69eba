"""What the tests of Zeeg's rules ask of it, in few words."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from mockserver import Mock
from mockserver.mock import Answer

ALEX, JAMIE, SAM, ROBIN = "QX7M4KD2W9RTB5H", "N3VJ8PLC6ZFY1GA", "T5HB2RXW7KMQ9DE", "L8CZ4NGP3YJV6SF"
INTRO = "2f8b6c1d-4e3a-4b7f-9d25-6a0c8e1f3b57"
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


def ask(mock: Mock, method: str, path: str, json: Any = None, persona: str = "owner") -> Answer:
    """The answer to one request of that persona."""
    return mock.call(method, "/v2" + path, persona=persona, json=json)


def booking(**changes: Any) -> dict[str, Any]:
    """The body of a booking that works, with some fields changed; MISSING ones are left out as None."""
    body = {
        "ownerSlug": "alex-mueller",
        "eventTypeSlug": "intro-30",
        "date": "2026-04-14",
        "duration": 30,
        "name": "Mira Oduya",
        "email": "mira.oduya@example.org",
        "timeZone": BERLIN,
        "start": "10:00",
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def book(mock: Mock, persona: str = "owner", **changes: Any) -> Answer:
    """The answer to a booking."""
    return ask(mock, "POST", "/event", booking(**changes), persona)


def booked(mock: Mock, **changes: Any) -> dict[str, Any]:
    """The event of a booking that must work."""
    answer = book(mock, **changes)
    assert answer.status == 200, answer
    event: dict[str, Any] = answer.json
    return event


def slots(
    mock: Mock, owner: str = "alex-mueller", page: str = "intro-30", **query: Any
) -> dict[str, list[str]]:
    """The free slots by date."""
    return {day["date"]: day["slots"] for day in availability(mock, owner, page, **query)["availability"]}


def availability(
    mock: Mock, owner: str = "alex-mueller", page: str = "intro-30", **query: Any
) -> dict[str, Any]:
    """The whole answer about free slots."""
    answer = ask(mock, "GET", f"/availability/{owner}/event-types/{page}?{urlencode(query)}")
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    return found


def day(
    mock: Mock, date: str, owner: str = "alex-mueller", page: str = "intro-30", **query: Any
) -> list[str]:
    """The free slots of one date."""
    return slots(mock, owner, page, startDate=date, endDate=date, **query)[date]


def cancel(mock: Mock, event: dict[str, Any]) -> Answer:
    """The answer to the cancellation of an event."""
    return ask(mock, "PUT", f"/scheduled-events/{event['uuid']}/cancel")
