"""Whatever request Cal.com's pages print runs, host and placeholders changed, and is answered so."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from mockserver import Mock
from tests.providers.calcom_reading import seed, seeds

pytestmark = [
    *seeds,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]

# The guide was written when its dates lay ahead.
BEFORE = "2024-01-14T12:00:00Z"
FENCE = re.compile(r"```(\w+) theme=\{null\} (.*?)```", re.DOTALL)
# What each command is answered with: its status and what in its data shows that it was understood.
ANSWERS: dict[tuple[str, str], tuple[int, set[str]]] = {
    ("GET", "/v2/me"): (200, {"id", "username", "email", "timeZone"}),
    ("GET", "/v2/slots"): (200, {"slots"}),
    ("POST", "/v2/bookings"): (201, {"id", "uid", "status", "start", "end", "attendees", "eventType"}),
    ("POST", "/v2/bookings/{bookingUid}/reschedule"): (201, {"uid", "rescheduledFromUid"}),
    ("POST", "/v2/bookings/{bookingUid}/cancel"): (200, {"uid", "status", "cancellationReason"}),
    ("GET", "/v2/event-types"): (200, set()),
    ("GET", "/v2/credits/available"): (200, {"hasCredits", "balance"}),
    ("POST", "/v2/credits/charge"): (200, {"charged", "remainingBalance"}),
    ("POST", "/v2/webhooks"): (201, {"id", "subscriberUrl", "triggers", "active"}),
}


def blocks() -> list[tuple[str, str]]:
    """The fenced blocks of the pages, each with its language."""
    return [(language, text.strip()) for language, text in FENCE.findall(seed())]


def commands() -> list[str]:
    """The curl commands that ask the API."""
    return [text for language, text in blocks() if language == "bash" and "api.cal.com/v2" in text]


def answer_after(command: str) -> Any:
    """The answer that is printed right after a command; None where there is none."""
    found = blocks()
    place = found.index(("bash", command))
    if place + 1 < len(found) and found[place + 1][0] == "json" and '"status"' in found[place + 1][1]:
        return orjson.loads(found[place + 1][1])
    return None


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock("calcom", clock=BEFORE, data="empty") as mock:
        yield mock


def run(command: str, mock: Mock) -> tuple[int, Any]:
    """Run a command with host and placeholders changed: (status, body)."""
    command = command.replace("https://api.cal.com", mock.url).replace(
        "cal_live_xxxxxxxxxxxx", mock.token("owner")
    )
    if "{bookingUid}" in command:
        command = command.replace("{bookingUid}", booked(mock))
    # The pages stand on one line: a backslash went on to the next.
    command = command.replace("\\ -", "-")
    done = subprocess.run(
        ["sh", "-c", re.sub(r"^curl ", "curl -s -w '\\n%{http_code}' ", command)],
        capture_output=True,
        check=True,
        timeout=20,
    )
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), orjson.loads(body)


def booked(mock: Mock) -> str:
    """A booking as the guide makes it, to be moved or cancelled."""
    person = {"name": "John Doe", "email": "john@example.com", "timeZone": "America/New_York"}
    body = {
        "eventTypeSlug": "15min",
        "username": "bailey",
        "start": "2024-01-15T09:00:00Z",
        "attendee": person,
    }
    answer = mock.call("POST", "/v2/bookings", json=body, headers={"cal-api-version": "2024-08-13"})
    assert answer.status == 201, answer
    uid: str = answer.json["data"]["uid"]
    return uid


def test_every_command_is_answered_as_the_guide_says(mock: Mock) -> None:
    start, printed = mock.snapshot(), commands()
    assert len(printed) == 11
    for command in printed:
        mock.restore(start)
        method, url = re.findall(r'curl -X (\w+) "([^"]+)"', command)[0]
        status, body = run(command, mock)
        path = urlsplit(url).path
        wanted, names = ANSWERS[method, path]
        assert status == wanted, (command, body)
        assert body["status"] == "success"
        data = body["data"]
        if names:
            assert names <= data.keys(), (command, data)
        if (shown := answer_after(command)) is not None:
            assert shape(body) == shape(shown), command
        if path == "/v2/event-types":
            assert {"15min", "consultation"} <= {each["slug"] for each in data}


def test_the_answers_that_are_printed_are_three_and_those_of_credits_come_to_the_letter(mock: Mock) -> None:
    start = mock.snapshot()
    printed = [command for command in commands() if answer_after(command) is not None]
    assert len(printed) == 3
    mock.restore(start)
    for command in printed:
        if "/credits/" in command:
            assert run(command, mock)[1] == answer_after(command)


def test_the_slots_of_the_guide_are_those_printed(mock: Mock) -> None:
    (command,) = [each for each in commands() if "/v2/slots?" in each]
    _, body = run(command, mock)
    (shown,) = [answer_after(command)]
    for day, slots in shown["data"]["slots"].items():
        assert {slot["time"] for slot in slots} <= {
            slot["time"].replace(".000Z", "Z") for slot in body["data"]["slots"][day]
        }


def test_the_question_that_the_guide_answers_has_to_be_answered(mock: Mock) -> None:
    (command,) = [each for each in commands() if "consultation" in each]
    before, _, after = command.partition(', "bookingFieldsResponses"')
    status, body = run(before + " }'", mock)
    assert after
    assert (status, body["error"]["code"]) == (400, "BadRequestException")
    assert "company_size" in body["error"]["message"]


def test_check_then_charge_is_done_once_however_often_it_is_sent(mock: Mock) -> None:
    (script,) = [
        text for language, text in blocks() if language == "typescript" and "/credits/charge" in text
    ]
    headers = dict(re.findall(r'"([\w-]+)": "([^"]+)"', script.partition("};")[0]))
    headers = {name: value.replace("cal_live_xxxxxxxxxxxx", mock.token()) for name, value in headers.items()}
    available = mock.call("GET", "/v2/credits/available", headers=headers).json["data"]
    assert available["hasCredits"] is True
    charge = {"credits": 5, "creditFor": "AI_AGENT", "externalRef": "thread-1-2"}
    told = [mock.call("POST", "/v2/credits/charge", headers=headers, json=charge) for _ in range(3)]
    assert [answer.status for answer in told] == [200] * 3
    left = mock.call("GET", "/v2/credits/available", headers=headers).json["data"]["balance"]
    assert left["monthlyRemaining"] == available["balance"]["monthlyRemaining"] - 5


def test_the_address_with_brackets_in_the_reference_works(mock: Mock) -> None:
    (url,) = re.findall(r"`(https://api\.cal\.com/v2/calendars/busy-times\?[^`]+)`", seed())
    target = url.removeprefix("https://api.cal.com")
    target = re.sub(r"(externalId\]=)[^&`]+", r"\g<1>ana%40example.com", target)
    answer = mock.call("GET", target, persona="owner")
    assert (answer.status, answer.json) == (200, {"status": "success", "data": []})


def test_the_bodies_of_the_reference_cancel_a_booking_and_a_seat(mock: Mock) -> None:
    bodies = [
        orjson.loads(body) for body in re.findall(r"`(\{\"(?:cancellationReason|seatUid)[^`]+\})`", seed())
    ]
    assert {name for body in bodies for name in body} == {"cancellationReason", "seatUid"}
    start = mock.snapshot()
    for body in bodies:
        mock.restore(start)
        uid = booked(mock)
        if "seatUid" in body:
            uid, body["seatUid"] = "bk_4Workshop", "3be561a9-31f1-4b8e-aefc-9d9a085f0dd1"
        answer = mock.call(
            "POST", f"/v2/bookings/{uid}/cancel", json=body, headers={"cal-api-version": "2024-08-13"}
        )
        assert answer.status == 200, (body, answer)


def shape(value: Any) -> Any:
    """What remains of an answer without its values: names, and of lists and days one of a kind."""
    if isinstance(value, dict):
        return {re.sub(r"\d{4}-\d\d-\d\d", "a day", name): shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        kinds: list[Any] = []
        for kind in map(shape, value):
            if kind not in kinds:
                kinds.append(kind)
        return kinds
    return type(value).__name__
