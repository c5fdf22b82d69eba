"""Webhooks at the host's root: six of them, and what they are told."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver import Mock
from mockserver.openapi.document import open_document
from mockserver.openapi.places import specs_folder
from mockserver.openapi.schemas import Check, Schemas
from tests.providers.meetergo_asking import ANNA, COMPANY, NORAS, ask, booked

HOOK = {"endpoint": "https://hooks.example.org/meetergo", "eventTypes": ["booking_created"]}
ALL = ["booking_created", "booking_cancelled", "booking_rescheduled", "new_employee", "form_submission"]


@pytest.fixture(scope="module")
def payload() -> Check:
    data = open_document(specs_folder() / "meetergo" / "openapi.yaml").data
    return Schemas(data).check("/components/schemas/BookingPayload")


def subscribe(mock: Mock, **changes: Any) -> dict[str, Any]:
    answer = ask(mock, "POST", "/webhooks", HOOK | changes)
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.json
    return made


def told(mock: Mock) -> list[dict[str, Any]]:
    return [orjson.loads(message.body) for message in reversed(mock.world.outbox.messages("meetergo"))]


def test_a_webhook_is_made_listed_changed_and_deleted(meetergo: Mock) -> None:
    made = subscribe(meetergo, description="For the CRM")
    assert list(made) == ["id", "endpoint", "description", "eventTypes", "companyId", "createdAt"]
    assert (made["companyId"], made["createdAt"]) == (COMPANY, "2026-04-06T08:00:00.000Z")
    assert ask(meetergo, "GET", "/webhooks").json == [made]
    path = f"/webhooks/{made['id']}"
    changed = ask(meetergo, "PATCH", path, {"eventTypes": ["new_employee"]}).json
    assert changed == made | {"eventTypes": ["new_employee"]}
    assert ask(meetergo, "GET", path).json == changed
    assert ask(meetergo, "GET", path, None, "other").status == 404
    gone = ask(meetergo, "DELETE", path)
    assert (gone.status, gone.body) == (204, b"")
    assert ask(meetergo, "GET", "/webhooks").json == []


def test_it_is_at_the_hosts_root_and_nowhere_else(meetergo: Mock) -> None:
    assert ask(meetergo, "GET", "/v4/webhooks").status == 404
    assert ask(meetergo, "GET", "/v4/crm").status == 404
    assert ask(meetergo, "GET", "/user/me").status == 404
    wrong = ask(meetergo, "PUT", "/webhooks")
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET, POST")


def test_a_company_has_six_at_most(meetergo: Mock) -> None:
    made = [subscribe(meetergo) for _ in range(6)]
    seventh = ask(meetergo, "POST", "/webhooks", HOOK)
    assert seventh.json == {
        "statusCode": 406,
        "message": "The maximum number of webhooks is reached",
        "error": "Not Acceptable",
    }
    assert ask(meetergo, "POST", "/webhooks", HOOK, "other").status == 201
    ask(meetergo, "DELETE", f"/webhooks/{made[0]['id']}")
    subscribe(meetergo)


def test_bookings_cancellations_and_moves_are_told_flat(meetergo: Mock, payload: Check) -> None:
    subscribe(meetergo, eventTypes=ALL)
    made = booked(meetergo)
    ask(meetergo, "POST", f"/v4/appointment/{made['id']}/reschedule", {"start": "2026-04-14T12:00:00Z"})
    ask(meetergo, "POST", f"/v4/appointment/{made['id']}/cancel")
    found = told(meetergo)
    assert [each["webhookType"] for each in found] == [
        "booking_created",
        "booking_rescheduled",
        "booking_cancelled",
    ]
    for each in found:
        assert payload.ok(each), payload.problems(each)
        assert each["meetingType"].keys() == {"id", "slug", "meetingInfo", "metadata"}
    assert [each["isCancelled"] for each in found] == [False, False, True]
    message = meetergo.world.outbox.messages("meetergo")[0]
    assert message.headers == (("Content-Type", "application/json"),)


def test_only_what_was_subscribed_to_is_told(meetergo: Mock) -> None:
    subscribe(meetergo, eventTypes=["booking_cancelled"])
    booked(meetergo)
    assert told(meetergo) == []
    ask(meetergo, "DELETE", f"/v4/appointment/{NORAS}")
    assert [each["id"] for each in told(meetergo)] == [NORAS]


def test_a_new_user_is_told_of(meetergo: Mock) -> None:
    subscribe(meetergo, eventTypes=["new_employee"])
    asked = {"email": "john.smith@example.com", "givenName": "John", "familyName": "Smith"}
    made = ask(meetergo, "POST", "/v4/user", asked, "platform", ANNA).json
    (each,) = told(meetergo)
    assert (each["webhookType"], each["id"], each["email"]) == (
        "new_employee",
        made["userId"],
        asked["email"],
    )


def test_a_booking_that_is_refused_tells_nobody(meetergo: Mock) -> None:
    subscribe(meetergo, eventTypes=ALL)
    body = {"start": "2026-04-14T02:00:00Z"}
    assert ask(meetergo, "POST", f"/v4/appointment/{NORAS}/reschedule", body).status == 400
    assert told(meetergo) == []


@pytest.mark.parametrize(
    "endpoint", ["hooks.example.org", "ftp://hooks.example.org", "https://", "https://a b"]
)
def test_an_endpoint_is_an_address(meetergo: Mock, endpoint: str) -> None:
    answer = ask(meetergo, "POST", "/webhooks", HOOK | {"endpoint": endpoint})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "endpoint")
