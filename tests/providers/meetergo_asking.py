"""What the tests of meetergo's rules ask of it, in few words."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver import Mock
from mockserver.mock import Answer

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
needs_seeds = [
    pytest.mark.seeds,
    pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds are not beside the repository"),
]

ACTING = "x-meetergo-api-user-id"
ANNA, BEN = "2b6f0d84-91c7-4a3e-8f52-d07e6a41b9c3", "6e94a0b7-3f18-4d5c-b260-c81f7d05e9a4"
CARLA, RAVI = "91d3f5a8-2c60-4b7e-95e1-7a04d8c6f3b2", "a8f25c67-d913-4e0b-b746-0c9e83d1572f"
COMPANY = "880e8400-e29b-41d4-a716-446655440003"
SHORT, DEEP = "4d8c1f60-7b25-4e93-a0d6-5c19e8b3f742", "770e8400-e29b-41d4-a716-446655440201"
SALES, WORKSHOP = "8e35b7a9-0c64-4d12-b9f8-62a1d7e4c053", "770e8400-e29b-41d4-a716-446655440202"
CONFIRMED, WITH_CARLA = "770e8400-e29b-41d4-a716-446655440203", "770e8400-e29b-41d4-a716-446655440205"
RIVALS = "770e8400-e29b-41d4-a716-446655440206"
QUEUE = "f1a97c3e-5d80-4b26-9e47-30c8b2d6a519"
NORAS, CARLAS = "0a5d9e31-c84f-4b72-86e0-1f3b7d6294ca", "0a5d9e31-c84f-4b72-86e0-1f3b7d6294cd"
EVENINGS = "c7b20e95-8a41-4f6d-9d13-e50b68f7a21c"


def page(number: str = "001") -> str:
    """The provider's documentation page, as it stands."""
    return next(SEEDS.glob(f"{number}_*.txt")).read_text(encoding="utf-8")


def ask(
    mock: Mock, method: str, path: str, json: Any = None, persona: str = "owner", user: str | None = None
) -> Answer:
    """The answer to one request of that persona; `user` is whom a platform key acts as."""
    headers = {} if user is None else {ACTING: user}
    return mock.call(method, path, persona=persona, json=json, headers=headers)


def booking(**changes: Any) -> dict[str, Any]:
    """The body of a booking that works, with some fields changed; those changed to None are left out."""
    body = {
        "meetingTypeId": SHORT,
        "start": "2026-04-14T10:00:00+02:00",
        "hostIds": [ANNA],
        "attendee": attendee(),
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def attendee(**changes: Any) -> dict[str, Any]:
    """Somebody who books."""
    who = {"email": "mira.oduya@example.org", "fullname": "Mira Oduya", "receiveReminders": True, "notes": {}}
    return {name: value for name, value in (who | changes).items() if value is not None}


def book(mock: Mock, persona: str = "owner", **changes: Any) -> Answer:
    """The answer to a booking."""
    return ask(mock, "POST", "/v4/booking", booking(**changes), persona)


def booked(mock: Mock, **changes: Any) -> dict[str, Any]:
    """The appointment of a booking that must work."""
    answer = book(mock, **changes)
    assert answer.status == 201, answer
    return appointment(mock, answer.json["appointmentId"])


def appointment(mock: Mock, id: str) -> dict[str, Any]:
    """An appointment as it is now."""
    answer = ask(mock, "GET", f"/v4/appointment/{id}")
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    return found


def availability(mock: Mock, meeting_type: str = SHORT, **query: Any) -> dict[str, Any]:
    """The whole answer about free spots."""
    query = {"meetingTypeId": meeting_type, "start": "2026-04-14", "end": "2026-04-14"} | query
    answer = ask(mock, "GET", "/v4/booking-availability?" + urlencode(query, doseq=True))
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.json
    return found


def spots(mock: Mock, meeting_type: str = SHORT, **query: Any) -> list[str]:
    """The free starts, as `14T08:00`."""
    found = availability(mock, meeting_type, **query)
    return [
        spot["startTime"][8:16]
        for day in found["dates"]
        for spot in day["spots"]
        if not spot["unavailabilityEvents"]
    ]


def field_errors(answer: Answer) -> list[str]:
    """The fields that a refusal names."""
    return [error["field"] for error in answer.json["errors"]]
