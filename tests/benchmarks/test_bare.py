from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import orjson

from benchmarks.bare import build, load

VALID: dict[str, Any] = {"start": "2027-01-04T08:00:00Z", "attendee": {"timeZone": "UTC"}}
REFUSED: dict[str, Any] = {"attendee": {}}


def recorded(method: str, status: int, body: str, asked: str = "") -> dict[str, Any]:
    return {
        "method": method,
        "path": "/v2/bookings",
        "asked": asked,
        "status": status,
        "headers": [["content-type", "application/json"]],
        "body": base64.b64encode(body.encode()).decode(),
    }


def answered(app: Any, method: str, body: bytes = b"") -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app({"method": method, "path": "/v2/bookings"}, receive, send))
    assert sent[0]["headers"] == [(b"content-type", b"application/json")]
    return sent[0]["status"], sent[1]["body"]


def test_a_refused_body_is_known_by_what_it_says_and_any_other_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_bytes(
        orjson.dumps(
            [
                recorded("GET", 200, "[]"),
                recorded("POST", 201, '{"id":1}', orjson.dumps(VALID).decode()),
                recorded("REFUSED", 400, '{"error":1}', orjson.dumps(REFUSED).decode()),
            ]
        )
    )
    app = build(*load(str(file)))
    assert answered(app, "GET") == (200, b"[]")
    assert answered(app, "POST", orjson.dumps(VALID)) == (201, b'{"id":1}')
    assert answered(app, "POST", orjson.dumps({**VALID, "start": "later"})) == (201, b'{"id":1}')
    assert answered(app, "POST", b' { "attendee" : {} } ') == (400, b'{"error":1}')


def test_where_nothing_is_to_be_refused_everything_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_bytes(orjson.dumps([recorded("POST", 201, "{}", "{}")]))
    assert answered(build(*load(str(file))), "POST", b"{}") == (201, b"{}")
