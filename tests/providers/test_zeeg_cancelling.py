"""Cancelling and handing over: slots come back, hosts change only to those who may and can."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock
from tests.providers.zeeg_asking import ALEX, JAMIE, ask, book, booked, cancel, day

SALES: dict[str, Any] = {
    "ownerSlug": "sales",
    "eventTypeSlug": "sales-call",
    "date": "2026-04-14",
    "start": "15:00",
}
INES = "zg-O6a1f0c3b9d28f"  # hosted by Jamie, 2026-04-16 16:00 in Berlin


def hand_over(mock: Mock, event: str, email: str = "alex.mueller@example.com", **more: Any) -> Any:
    return ask(mock, "PUT", f"/scheduled-events/{event}/handover", {"newHostEmail": email, **more})


class TestCancel:
    def test_a_cancelled_event_gives_its_slot_back(self, zeeg: Mock) -> None:
        before = day(zeeg, "2026-04-14")
        event = booked(zeeg)
        answer = cancel(zeeg, event)
        assert answer.json == {"success": True, "message": "Event cancelled successfully.", "status": 200}
        assert day(zeeg, "2026-04-14") == before
        assert booked(zeeg)["uuid"] != event["uuid"]

    def test_a_cancelled_event_says_who_when_and_why(self, zeeg: Mock) -> None:
        event = booked(zeeg)
        zeeg.clock.advance(90)
        ask(zeeg, "PUT", f"/scheduled-events/{event['uuid']}/cancel", {"cancellationReason": "Ill."})
        found = ask(zeeg, "GET", f"/scheduled-events/{event['uuid']}").json["resource"]
        assert (found["status"], found["activeInviteesCount"]) == ("cancelled", 0)
        assert found["updatedAt"] == "2026-04-06T08:01:30.000000Z"
        assert found["createdAt"] == event["createdAt"]
        assert found["invitees"][0]["cancellation"] == {
            "cancelledAt": "2026-04-06T08:01:30.000000Z",
            "cancelledBy": "Alex Mueller",
            "cancellerType": "host",
            "cancellationReason": "Ill.",
        }

    def test_a_cancelled_event_moves_between_the_filtered_lists(self, zeeg: Mock) -> None:
        event = booked(zeeg)
        cancel(zeeg, event)
        for status, there in (("confirmed", False), ("cancelled", True)):
            rows = ask(zeeg, "GET", f"/scheduled-events?status={status}&count=100").json["collection"]
            assert (event["uuid"] in [row["uuid"] for row in rows]) is there

    def test_nothing_is_cancelled_twice(self, zeeg: Mock) -> None:
        event = booked(zeeg)
        cancel(zeeg, event)
        assert cancel(zeeg, event).status == 409
        invitee = event["invitees"][0]["uuid"]
        assert ask(zeeg, "PUT", f"/scheduled-invitees/{invitee}/cancel").status == 409

    @pytest.mark.parametrize(
        "path", ["/scheduled-events/zg-none/cancel", "/scheduled-invitees/zg-none/cancel"]
    )
    def test_what_is_not_there_cannot_be_cancelled(self, zeeg: Mock, path: str) -> None:
        assert ask(zeeg, "PUT", path).status == 404

    def test_another_account_cannot_cancel(self, zeeg: Mock) -> None:
        event = booked(zeeg)
        for path in (
            f"/scheduled-events/{event['uuid']}",
            f"/scheduled-invitees/{event['invitees'][0]['uuid']}",
        ):
            assert ask(zeeg, "PUT", path + "/cancel", persona="other").status == 404
        assert zeeg.state("event")[-1]["status"] == "confirmed"

    def test_the_last_invitee_to_go_cancels_the_event(self, zeeg: Mock) -> None:
        event = booked(zeeg)
        assert ask(zeeg, "PUT", f"/scheduled-invitees/{event['invitees'][0]['uuid']}/cancel").status == 200
        assert zeeg.state("event")[-1]["status"] == "cancelled"
        assert "10:00" in day(zeeg, "2026-04-14")

    def test_the_other_invitees_of_a_group_stay(self, zeeg: Mock) -> None:
        assert ask(zeeg, "PUT", "/scheduled-invitees/zg-O6a1f0c3b9e33c/cancel").status == 200
        event = ask(zeeg, "GET", "/scheduled-events/zg-O6a1f0c3b9d290").json["resource"]
        assert (event["status"], event["activeInviteesCount"]) == ("confirmed", 1)
        cancelled = [invitee["cancellation"]["cancelledAt"] is not None for invitee in event["invitees"]]
        assert cancelled == [True, False]

    def test_a_reason_has_at_most_512_letters(self, zeeg: Mock) -> None:
        event = booked(zeeg)
        path = f"/scheduled-events/{event['uuid']}/cancel"
        assert ask(zeeg, "PUT", path, {"cancellationReason": "x" * 513}).status == 422
        assert ask(zeeg, "PUT", path, {"cancellationReason": "x" * 512}).status == 200


class TestHandOver:
    def test_a_free_host_takes_over(self, zeeg: Mock) -> None:
        answer = hand_over(zeeg, INES, requireHostAvailability=True)
        assert answer.status == 200
        event = answer.json["resource"]
        assert [host["slug"] for host in event["hosts"]] == ["alex-mueller"]
        assert event["startTime"] == "2026-04-16T14:00:00.000000Z"
        assert "16:00" not in day(zeeg, "2026-04-16")
        assert "10:00" in day(zeeg, "2026-04-16", "jamie-rivera", "coffee-30", timeZone="America/New_York")
        found = ask(zeeg, "GET", "/scheduled-events?scope=all&userSlug=alex-mueller").json["collection"]
        assert INES in [row["uuid"] for row in found]

    def test_a_busy_host_does_not_take_over(self, zeeg: Mock) -> None:
        booked(zeeg, date="2026-04-16", start="16:00")
        wanted: list[dict[str, Any]] = [{"requireHostAvailability": True}, {}]
        for more in wanted:
            answer = hand_over(zeeg, INES, **more)
            assert (answer.status, answer.json["message"]) == (
                409,
                "The new host is not free at that time.",
            )
        assert zeeg.state("event")[1]["_hosts"] == [JAMIE]

    def test_a_host_outside_of_their_hours_does_not_take_over(self, zeeg: Mock) -> None:
        event = booked(zeeg, **{**SALES, "start": "20:00"})
        assert event["hosts"][0]["slug"] == "jamie-rivera"
        assert hand_over(zeeg, event["uuid"]).status == 409

    def test_a_host_takes_over_whose_own_slots_begin_at_other_times(self, zeeg: Mock) -> None:
        special = [{"date": "2026-04-16", "timesets": [["09:10", "17:00"]]}]
        assert ask(zeeg, "PATCH", "/schedules/default", {"specialHours": special}).status == 200
        assert "16:00" not in day(zeeg, "2026-04-16")
        assert hand_over(zeeg, INES).status == 200

    def test_a_busy_host_takes_over_where_that_does_not_matter(self, zeeg: Mock) -> None:
        booked(zeeg, date="2026-04-16", start="16:00")
        assert hand_over(zeeg, INES, requireHostAvailability=False).status == 200
        rows = [row for row in zeeg.state("busy") if row["host"] == ALEX and row["event"] == INES]
        assert len(rows) == 1

    def test_an_event_that_falls_back_moves_to_the_new_hosts_next_free_slot(self, zeeg: Mock) -> None:
        for start in ("10:00", "10:30"):
            booked(zeeg, date="2026-04-06", start=start)
        booked(zeeg, date="2026-04-16", start="16:00")
        answer = hand_over(zeeg, INES, fallbackToReschedule=True)
        event = answer.json["resource"]
        assert (event["startTime"], event["endTime"]) == (
            "2026-04-06T09:00:00.000000Z",
            "2026-04-06T09:30:00.000000Z",
        )
        assert event["hosts"][0]["slug"] == "alex-mueller"
        assert "11:00" not in day(zeeg, "2026-04-06")
        assert "10:00" in day(zeeg, "2026-04-16", "jamie-rivera", "coffee-30", timeZone="America/New_York")

    @pytest.mark.parametrize(
        ("event", "email", "status", "message"),
        [
            (INES, "nobody@example.com", 404, "No such user."),
            (INES, "robin.stone@example.net", 404, "No such user."),
            (INES, "sam.taylor@example.com", 409, "The new host does not belong to this page."),
            (INES, "jamie.rivera@example.com", 409, "The new host hosts the event already."),
            (
                "zg-O6a1f0c3b9d27e",
                "jamie.rivera@example.com",
                409,
                "Only round-robin events can be handed over.",
            ),
            ("zg-O6a1f0c3b9d2a1", "jamie.rivera@example.com", 409, "It is cancelled already."),
            ("zg-none", "jamie.rivera@example.com", 404, "No such event."),
            ("zg-O6a1f0c3b9d2b2", "jamie.rivera@example.com", 404, "No such event."),
        ],
    )
    def test_what_cannot_be_handed_over_is_refused(
        self, zeeg: Mock, event: str, email: str, status: int, message: str
    ) -> None:
        answer = hand_over(zeeg, event, email)
        assert (answer.status, answer.json["message"]) == (status, message)

    def test_the_slot_of_the_old_host_can_be_booked_again(self, zeeg: Mock) -> None:
        first = booked(zeeg, **SALES)
        hand_over(zeeg, first["uuid"], "jamie.rivera@example.com")
        assert booked(zeeg, **SALES)["hosts"][0]["slug"] == "alex-mueller"
        assert book(zeeg, **SALES).status == 409
