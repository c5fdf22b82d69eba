"""What the tests of Caledee's rules ask of it, in few words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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

ALEX, JAMIE, ROBIN = "cm8f2k4q0000070alexmuel00", "cm8f2k4q0000170jamierive0", "cm8f2k4q0000270robinsto00"
INTRO, DEEP_DIVE = "cm8f2k4q00001a7d3e5b9c0f1", "cm8f2k4q00002b8e4f6c0d1a2"
SALES_CALL, JOINT_REVIEW, RIVAL_CHAT = (
    "cm8f2k4q00003c9f5a7d1e2b3",
    "cm8f2k4q00004d0a6b8e2f3c4",
    "cm8f2k4q00005e1b7c9f3a4d5",
)
NORAS, OLEKS, VERAS = "cm8f2k4q00011d7e3f5b9c0a1", "cm8f2k4q00013f9a5b7d1e2c3", "cm8f2k4q00014a0b6c8e2f3d4"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A line of the seed's list: the path without its query, and that by name; `…` stands for a value."""

    method: str
    path: str
    query: Mapping[str, str]
    scope: str


def seed() -> str:
    """The provider's own page."""
    return next(SEEDS.glob("002_*.txt")).read_text(encoding="utf-8")


def endpoints() -> list[Endpoint]:
    """The seed's list of endpoints with their scopes."""
    found = re.findall(r"^- (GET|POST|DELETE)(/api/v2/\S+?)(?:\?(\S+?))?scope: (\S+)$", seed(), re.MULTILINE)
    return [
        Endpoint(method, path, dict(re.findall(r"(\w+)=([^&]+)", query)), scope)
        for method, path, query, scope in found
    ]


def ask(mock: Mock, method: str, path: str, json: Any = None, persona: str = "owner", **query: Any) -> Answer:
    """The answer to one request of that persona; `from_` stands for the parameter from."""
    told = urlencode({name.rstrip("_"): value for name, value in query.items()})
    return mock.call(method, f"/api/v2{path}" + (f"?{told}" if told else ""), persona=persona, json=json)


def found(mock: Mock, path: str, persona: str = "owner", **query: Any) -> Any:
    """What a request that must work finds."""
    answer = ask(mock, "GET", path, persona=persona, **query)
    assert answer.status == 200, answer
    return answer.json


def slots(
    mock: Mock, event_type: str, from_: str, to: str, persona: str = "owner", **query: Any
) -> list[str]:
    """The free starts in a window."""
    told = found(mock, "/availability", persona, eventTypeId=event_type, from_=from_, to=to, **query)
    return [slot["startAt"] for slot in told["slots"]]


def booking(**changes: Any) -> dict[str, Any]:
    """The body of a booking that works, with some fields changed; those that are None are left out."""
    body: dict[str, Any] = {
        "eventTypeId": INTRO,
        "startAt": "2026-04-14T10:00:00+02:00",
        "invitee": {"name": "Mira Oduya", "email": "mira.oduya@example.org", "timezone": "Asia/Tokyo"},
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def book(mock: Mock, persona: str = "owner", **changes: Any) -> Answer:
    """The answer to a booking."""
    return ask(mock, "POST", "/bookings", booking(**changes), persona)


def booked(mock: Mock, **changes: Any) -> dict[str, Any]:
    """A booking that must work."""
    answer = book(mock, **changes)
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.json
    return made


def cancel(mock: Mock, id: str, persona: str = "owner", **query: Any) -> Answer:
    """The answer to a cancellation."""
    return ask(mock, "DELETE", f"/bookings/{id}", persona=persona, **query)


def walk(mock: Mock, path: str, persona: str = "owner", **query: Any) -> Iterator[list[dict[str, Any]]]:
    """Every page of a list that gives cursors."""
    key = path.strip("/")
    page = found(mock, path, persona, **query)
    yield page[key]
    while page["nextCursor"] is not None:
        page = found(mock, path, persona, **query, cursor=page["nextCursor"])
        yield page[key]
