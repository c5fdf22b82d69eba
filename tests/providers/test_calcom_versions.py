"""Cal.com's dated versions, operation by operation, and what its own pages do not agree on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from mockserver.mock import Answer
from mockserver.openapi.contract import Operation
from tests.providers.calcom_asking import BOS, INTRO, NEWEST, OLDER, PAST, SLOTS, ask, refused
from tests.providers.calcom_reading import pages, seeds

HEADER = "cal-api-version"


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    with Mock("calcom", data="empty", limits=False) as mock:
        yield mock


@pytest.fixture(scope="module")
def one_strict() -> Iterator[Mock]:
    with Mock("calcom", data="empty", limits=False, strict=True) as mock:
        yield mock


@pytest.fixture
def cal(one: Mock) -> Mock:
    one.reset()
    return one


@pytest.fixture
def strict(one_strict: Mock) -> Mock:
    one_strict.reset()
    return one_strict


def bare(operation: Operation) -> str:
    """The operation's path with something in the place of each name."""
    return re.sub(r"\{(\w+)\}", lambda name: "7" if name[1].endswith("Id") else "google", operation.address)


def asked(mock: Mock, operation: Operation, version: str | None) -> Answer:
    headers = {} if version is None else {HEADER: version}
    return mock.call(operation.method, bare(operation), headers=headers)


def absent(answer: Answer, operation: Operation) -> bool:
    """Whether the answer is that there is no such operation, before anything else was looked at."""
    message = f"Cannot {operation.method} {bare(operation)}"
    return answer.status == 404 and bool(answer.json["error"]["message"] == message)


def test_each_operation_is_there_in_its_versions_and_without_one_as_is_declared(cal: Mock) -> None:
    seen = {"required": 0, "falling back": 0, "any": 0}
    for operation in cal.service().contract.operations:
        fact = operation.facts.get("version")
        if fact is None:
            for version in (None, OLDER, "2020-01-01", "nonsense"):
                assert not absent(asked(cal, operation, version), operation), (operation.id, version)
            seen["any"] += 1
            continue
        for version in fact["accepts"]:
            assert not absent(asked(cal, operation, version), operation), (operation.id, version)
        needed = fact["default"] == "required"
        for version in (None, "2020-01-01", "nonsense"):
            assert absent(asked(cal, operation, version), operation) is needed, (operation.id, version)
        seen["required" if needed else "falling back"] += 1
    assert min(seen.values()) > 10, seen


class TestSeed:
    pytestmark = seeds

    def test_what_a_page_says_of_a_missing_version_is_what_happens(self, cal: Mock) -> None:
        """Pages put it in three ways: a 404, a version that is required, an older one that answers."""
        operations = {(each.method, each.path): each for each in cal.service().contract.operations}
        told = {True: 0, False: 0}
        for page in pages():
            operation = operations[page.method.upper(), page.path]
            if "404 error" in page.text or re.search(r"cal-api-version: `?\d{4}", page.text):
                needed = True
            elif "default to an older version" in page.text:
                needed = False
            else:
                continue
            assert absent(asked(cal, operation, None), operation) is needed, page.title
            told[needed] += 1
        assert told == {True: 8, False: 19}


def test_who_leaves_the_version_out_is_told_that_the_guide_forbids_it(cal: Mock, strict: Mock) -> None:
    for mock in (cal, strict):
        plain = ask(mock, "GET", f"/bookings/{BOS}", None, None, version=None)
        assert plain.status == 200
        (warning,) = plain.exchange.warnings or []
        assert "no cal-api-version" in warning
        assert "guide for agents (a 404)" in warning
        assert not ask(mock, "GET", f"/bookings/{BOS}", None, None, version=NEWEST).exchange.warnings


def test_a_list_looks_as_its_version_says(cal: Mock) -> None:
    newest = ask(cal, "GET", "/bookings", version="2026-05-01", limit=1).json["pagination"]
    older = ask(cal, "GET", "/bookings", version=OLDER, take=1).json["pagination"]
    assert set(newest) == {"nextCursor", "hasMore"}
    assert older.keys() >= {"totalItems", "remainingItems", "itemsPerPage", "currentPage", "totalPages"}


GUIDE = "/slots?username=bailey&eventSlug=15min&startTime=2026-04-07T00:00:00Z&endTime=2026-04-08T00:00:00Z"
PRINTED = "/slots?username=bailey&eventTypeSlug=15min&start=2026-04-07T00:00:00Z&end=2026-04-08T00:00:00Z"
HOOK = {"subscriberUrl": "https://x.example/a", "active": True}
PERSON = {"name": "Kim", "email": "kim@example.org", "timeZone": "UTC"}
MOVED = {"start": "2026-12-02T10:00:00Z"}
# Method, path, body, version and persona of a form that the pages do not agree on, how it is refused where
# only what the reference knows is accepted, what names it in the warning, and the form of the reference.
Form = tuple[str, str, Any, str, str | None]
DISPUTED: list[tuple[str, Form, int, str, Form]] = [
    ("slots", ("GET", GUIDE, None, OLDER, None), 404, "2024-08-13", ("GET", PRINTED, None, SLOTS, None)),
    (
        "event types",
        ("GET", "/event-types?username=bailey", None, OLDER, "owner"),
        404,
        "2024-08-13",
        ("GET", "/event-types?username=bailey", None, "2024-06-14", "owner"),
    ),
    (
        "triggers",
        ("POST", "/webhooks", {**HOOK, "eventTriggers": ["BOOKING_CREATED"]}, OLDER, "owner"),
        400,
        "eventTriggers",
        ("POST", "/webhooks", {**HOOK, "triggers": ["BOOKING_CREATED"]}, OLDER, "owner"),
    ),
    (
        "reason",
        ("POST", f"/bookings/{BOS}/reschedule", {**MOVED, "rescheduleReason": "late"}, OLDER, None),
        400,
        "rescheduleReason",
        ("POST", f"/bookings/{BOS}/reschedule", {**MOVED, "reschedulingReason": "late"}, OLDER, None),
    ),
]


@pytest.mark.parametrize(
    ("form", "status", "named", "reference"), [row[1:] for row in DISPUTED], ids=[row[0] for row in DISPUTED]
)
def test_both_forms_work_and_the_disputed_one_is_told_of(
    cal: Mock, strict: Mock, form: Form, status: int, named: str, reference: Form
) -> None:
    def send(mock: Mock, how: Form) -> Answer:
        method, path, body, version, persona = how
        return ask(mock, method, path, body, persona, version)

    answer = send(cal, form)
    assert answer.status in (200, 201), answer
    assert answer.exchange.warnings is not None
    assert any(named in warning for warning in answer.exchange.warnings)
    for warning in answer.exchange.warnings:
        assert "disputed" in warning
        assert "seed 004" in warning
    cal.reset()
    plain = send(cal, reference)
    assert plain.status == answer.status
    assert not plain.exchange.warnings
    refused(send(strict, form), status)
    assert send(strict, reference).status == plain.status


def test_what_bookings_do_not_know_is_refused_in_one_sentence(strict: Mock) -> None:
    """Bookings are read by a pipe of their own; everything else tells of each property (facts 4.3)."""
    body = {**MOVED, "rescheduleReason": "late"}
    for path, sent, name in (
        (f"/bookings/{BOS}/reschedule", body, "rescheduleReason"),
        (f"/bookings/{BOS}/cancel", {"why": "late"}, "why"),
        ("/bookings", {"eventTypeId": INTRO, **MOVED, "attendee": PERSON, "foo": 1}, "foo"),
    ):
        error = ask(strict, "POST", path, sent, None).json["error"]
        assert error["message"] == f"{name} property is wrong,property {name} should not exist "
        assert error["details"] == {"message": error["message"], "error": "Bad Request", "statusCode": 400}
    other = ask(strict, "POST", "/schedules", {"name": "Late"}).json["error"]
    assert other["message"] == "Bad Request Exception"
    assert {each["property"] for each in other["details"]["errors"]} == {"timeZone", "isDefault"}


def test_a_reason_is_kept_under_either_name(cal: Mock) -> None:
    for name in ("rescheduleReason", "reschedulingReason"):
        cal.reset()
        moved = ask(cal, "POST", f"/bookings/{BOS}/reschedule", {**MOVED, name: "late"}, None).json["data"]
        assert moved["reschedulingReason"] == "late"


def test_links_of_recordings_are_good_for_an_hour_and_new_ones_can_be_had(cal: Mock) -> None:
    def expiries() -> list[int]:
        recordings = ask(cal, "GET", f"/bookings/{PAST}/recordings", version=NEWEST).json["data"]
        links = [each["downloadLink"] for each in recordings]
        links += ask(cal, "GET", f"/bookings/{PAST}/transcripts", version=NEWEST).json["data"]
        return [int(link.rpartition("=")[2]) for link in links]

    now = int(cal.clock.now.timestamp())
    assert expiries() == [now + 3600] * 2
    cal.clock.advance(3601)
    assert expiries() == [now + 7201] * 2


def test_an_organisation_that_is_named_has_to_be_the_one(cal: Mock) -> None:
    day = {"start": "2026-04-07", "end": "2026-04-07"}
    for who, slug, organization, status in (
        ({"username": "ana"}, "intro", "acme", 200),
        ({"username": "ana"}, "intro", "globex", 404),
        ({"username": "ana"}, "intro", "nowhere", 404),
        ({"teamSlug": "support"}, "demo", "acme", 200),
        ({"teamSlug": "support"}, "demo", "globex", 404),
        ({"username": "rob"}, "chat", "acme", 404),
    ):
        query = {"eventTypeSlug": slug, "organizationSlug": organization, **who, **day}
        assert ask(cal, "GET", "/slots", None, None, SLOTS, **query).status == status, query
    body = {"eventTypeSlug": "intro", "username": "ana", "start": "2026-04-07T08:00:00Z", "attendee": PERSON}
    refused(ask(cal, "POST", "/bookings", {**body, "organizationSlug": "globex"}, None), 404)
    made = ask(cal, "POST", "/bookings", {**body, "organizationSlug": "acme"}, None)
    assert (made.status, made.json["data"]["eventTypeId"]) == (201, INTRO)
