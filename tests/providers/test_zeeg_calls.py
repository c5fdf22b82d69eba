"""Outbound calls: the guide they are made from, word for word, and what the clock does to them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.mock import Answer
from tests.providers.zeeg_asking import ask

ACTIVE = "3c9e5a71-08d4-4b62-a1f7-5e20c6d8934b"
INACTIVE = "e4b82d06-6f1a-4c35-9d78-b3a05e7c2f19"
RIVALS = "f15d6a93-b70c-4e28-8d41-962ac3e07b5f"
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
BODY = {"phoneNumber": "+4915112345678", "email": "alex.mueller@example.com", "fullName": "Alex Mueller"}


def call(mock: Mock, agent: str = ACTIVE, persona: str = "owner", **changes: Any) -> Answer:
    body = {name: value for name, value in {**BODY, **changes}.items() if value is not None}
    return ask(mock, "POST", f"/agents/{agent}/outbound-calls", body, persona)


@pytest.mark.seeds
@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds are not beside the repository")
class TestGuide:
    def test_the_two_bodies_of_the_guide_are_taken_as_they_stand(self, zeeg: Mock) -> None:
        (guide,) = SEEDS.glob("003*")
        text = guide.read_text()
        bodies = re.findall(r"-d '(\{.*?\})'", text, re.DOTALL)
        assert len(bodies) == 2
        shown = json.loads(re.search(r"^\{\n  \"id\".*?^\}", text, re.DOTALL | re.MULTILINE)[0])  # type: ignore[index]
        for body in bodies:
            answer = zeeg.call(
                "POST",
                f"/v2/agents/{ACTIVE}/outbound-calls",
                persona="owner",
                body=body.encode(),
                headers={"Content-Type": "application/json", "Accept": "application/json"},
            )
            assert answer.status == 201
            assert list(answer.json) == list(shown)
            asked = json.loads(body)
            expected = {**shown, "agentId": ACTIVE, "scheduledTime": None, **asked, "id": answer.json["id"]}
            assert answer.json == expected


class TestRefusals:
    @pytest.mark.parametrize(
        ("agent", "changes", "status", "message"),
        [
            (INACTIVE, {}, 400, "Agent is not active"),
            ("nobody", {}, 404, "Agent not found"),
            (RIVALS, {}, 404, "Agent not found"),
            (ACTIVE, {"phoneNumber": "015112345678"}, 422, "Invalid phone number format"),
            (ACTIVE, {"phoneNumber": "+49 151 12345678"}, 422, "Invalid phone number format"),
            (ACTIVE, {"phoneNumber": "+4915112345678\n"}, 422, "Invalid phone number format"),
            (ACTIVE, {"phoneNumber": "+٤٩١٥١١٢٣٤٥"}, 422, "Invalid phone number format"),
            (ACTIVE, {"phoneNumber": 4915112345678}, 422, "Invalid phone number format"),
            (ACTIVE, {"scheduledTime": "2026-04-06 07:59:59"}, 422, "Scheduled time in the past"),
            (ACTIVE, {"scheduledTime": "2026-04-06 08:00:00"}, 422, "Scheduled time in the past"),
            (ACTIVE, {"scheduledTime": "2026-02-30 08:00:00"}, 422, "There is no such scheduled time"),
            (ACTIVE, {"scheduledTime": "0000-01-01 08:00:00"}, 422, "There is no such scheduled time"),
            (ACTIVE, {"scheduledTime": "2030-04-06T08:00:00"}, 422, "The given data was invalid."),
            (ACTIVE, {"email": None}, 422, "The given data was invalid."),
            (ACTIVE, {"fullName": ""}, 422, "The given data was invalid."),
        ],
    )
    def test_each_refusal_has_the_message_of_the_guide(
        self, zeeg: Mock, agent: str, changes: dict[str, Any], status: int, message: str
    ) -> None:
        answer = call(zeeg, agent, **changes)
        assert (answer.status, answer.json["message"]) == (status, message)
        assert zeeg.state("outbound-call") == []

    def test_a_422_names_the_field(self, zeeg: Mock) -> None:
        assert list(call(zeeg, phoneNumber="1").json["errors"]) == ["phoneNumber"]
        assert list(call(zeeg, scheduledTime="2020-01-01 00:00:00").json["errors"]) == ["scheduledTime"]

    @pytest.mark.parametrize(
        ("persona", "agent", "changes", "status"),
        [
            ("revoked", "nobody", {"phoneNumber": "1"}, 401),
            ("reader", "nobody", {"phoneNumber": "1"}, 403),
            ("owner", "nobody", {"phoneNumber": "1"}, 422),
            ("owner", "nobody", {"scheduledTime": "2020-01-01 00:00:00"}, 404),
            ("owner", INACTIVE, {"scheduledTime": "2020-01-01 00:00:00"}, 400),
            ("owner", ACTIVE, {"scheduledTime": "2020-01-01 00:00:00"}, 422),
        ],
    )
    def test_of_several_faults_the_first_is_told(
        self, zeeg: Mock, persona: str, agent: str, changes: dict[str, str], status: int
    ) -> None:
        assert call(zeeg, agent, persona, **changes).status == status


class TestTime:
    @staticmethod
    def status(zeeg: Mock) -> str:
        return str(zeeg.state("outbound-call")[-1]["status"])

    def test_a_call_is_pending_and_then_completed(self, zeeg: Mock) -> None:
        assert call(zeeg).json["status"] == "pending"
        zeeg.clock.advance(59)
        assert self.status(zeeg) == "pending"
        zeeg.clock.advance(1)
        assert self.status(zeeg) == "completed"

    def test_a_call_to_a_number_that_ends_in_0000_fails(self, zeeg: Mock) -> None:
        call(zeeg, phoneNumber="+14155550000")
        zeeg.clock.advance(60)
        assert self.status(zeeg) == "failed"

    def test_a_scheduled_call_waits_for_its_time_in_utc(self, zeeg: Mock) -> None:
        assert call(zeeg, scheduledTime="2026-04-10 14:30:00").json["scheduledTime"] == "2026-04-10 14:30:00"
        zeeg.clock.set("2026-04-10T14:30:59Z")
        assert self.status(zeeg) == "pending"
        zeeg.clock.set("2026-04-10T14:31:00Z")
        assert self.status(zeeg) == "completed"

    def test_past_and_future_are_those_of_the_worlds_clock(self, zeeg: Mock) -> None:
        assert call(zeeg, scheduledTime="2026-04-10 14:30:00").status == 201
        zeeg.clock.set("2026-04-10T14:30:00Z")
        assert call(zeeg, scheduledTime="2026-04-10 14:30:00").status == 422
        assert call(zeeg, scheduledTime="2026-04-10 14:30:01").status == 201

    def test_calls_are_numbered(self, zeeg: Mock) -> None:
        assert [call(zeeg).json["id"] for _ in range(3)] == [1, 2, 3]
