"""What the tests of Cal.com's rules ask of it, in few words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from mockserver import Mock
from mockserver.mock import Answer

INTRO, REVIEW, WEEKLY, WORKSHOP, CONSULTING, DEMO, PANEL = 7, 8, 9, 10, 11, 22, 23
NEWEST, OLDER, LISTED, SLOTS = "2026-02-25", "2024-08-13", "2026-05-01", "2024-09-04"
PENDING, PAST, SEATED, DEMOED, ROBS, BOS = (
    *("bk_2PendingReview", "bk_3PastIntro", "bk_4Workshop", "bk_5Demo", "bk_6Robs"),
    "bk_7QxV2mPz9LrT",
)


def served(**options: Any) -> Iterator[Mock]:
    """A mock of Cal.com."""
    with Mock("calcom", **options) as mock:
        yield mock


def ask(
    mock: Mock,
    method: str,
    path: str,
    json: Any = None,
    persona: str | None = "owner",
    version: str | None = NEWEST,
    **query: Any,
) -> Answer:
    """The answer to one request of that persona, in that version."""
    told = urlencode(query)
    headers = {} if version is None else {"cal-api-version": version}
    target = f"/v2{path}" + (f"?{told}" if told else "")
    return mock.call(method, target, persona=persona, json=json, headers=headers)


def found(mock: Mock, path: str, persona: str | None = "owner", version: str = NEWEST, **query: Any) -> Any:
    """The data of a request that must work."""
    answer = ask(mock, "GET", path, persona=persona, version=version, **query)
    assert answer.status == 200, answer
    return answer.json["data"]


def done(
    mock: Mock, path: str, json: Any = None, persona: str | None = "owner", version: str = NEWEST
) -> Any:
    """The data of a POST that must work."""
    answer = ask(mock, "POST", path, json, persona, version)
    assert answer.status in (200, 201), answer
    return answer.json.get("data")


def refused(answer: Answer, status: int) -> str:
    """The message of a refusal with that status."""
    assert answer.status == status, answer
    assert answer.json["status"] == "error"
    message: str = answer.json["error"]["message"]
    return message


def booking(**changes: Any) -> dict[str, Any]:
    """The body of a booking that works, with some fields changed; those that are None are left out."""
    body: dict[str, Any] = {
        "eventTypeId": INTRO,
        "start": "2026-04-07T08:00:00Z",
        "attendee": {"name": "Kim Poe", "email": "kim@example.org", "timeZone": "America/New_York"},
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def booked(mock: Mock, persona: str | None = None, **changes: Any) -> Any:
    """A booking that must work."""
    return done(mock, "/bookings", booking(**changes), persona)


def starts(mock: Mock, event_type: int, day: str, **query: Any) -> list[str]:
    """The free starts of a day."""
    days = found(mock, "/slots", None, SLOTS, eventTypeId=event_type, start=day, end=day, **query)
    return [slot["start"] for slots in days.values() for slot in slots]
