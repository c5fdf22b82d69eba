"""Booking: the slot is taken, the page is obeyed, and refusals say why."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock
from tests.providers.zeeg_asking import ALEX, JAMIE, SAM, ask, book, booked, day

WORKSHOP: dict[str, Any] = {
    "eventTypeSlug": "workshop",
    "date": "2026-04-14",
    "start": "18:00",
    "duration": 60,
}
SALES: dict[str, Any] = {"ownerSlug": "sales", "eventTypeSlug": "sales-call", "date": "2026-04-14"}
DIVE: dict[str, Any] = {"eventTypeSlug": "deep-dive-60", "duration": 60}
COFFEE: dict[str, Any] = {
    "ownerSlug": "jamie-rivera",
    "eventTypeSlug": "coffee-30",
    "timeZone": "America/New_York",
    "phone": "+14155551234",
}


class TestCreated:
    def test_a_booking_answers_the_event_unwrapped(self, zeeg: Mock) -> None:
        event = booked(zeeg, guests=["lea@example.org"], utm={"utm_source": "letter"})
        assert event["startTime"] == "2026-04-14T08:00:00.000000Z"
        assert event["endTime"] == "2026-04-14T08:30:00.000000Z"
        assert event["status"] == "confirmed"
        assert event["createdAt"] == event["currentTime"] == "2026-04-06T08:00:00.000000Z"
        assert [host["slug"] for host in event["hosts"]] == ["alex-mueller"]
        assert event["guests"] == ["lea@example.org"]
        (invitee,) = event["invitees"]
        assert invitee["fullName"] == "Mira Oduya"
        assert invitee["utm"]["utm_source"] == "letter"
        assert invitee["utm"]["utm_term"] is None
        assert invitee["customQueryParams"] == []
        assert "_account" not in event

    def test_a_created_event_is_found_again(self, zeeg: Mock) -> None:
        event = booked(zeeg)
        assert ask(zeeg, "GET", f"/scheduled-events/{event['uuid']}").json == {"resource": event}
        found = ask(zeeg, "GET", "/scheduled-events?inviteeEmail=mira.oduya@example.org").json
        assert found["collection"] == [event]

    def test_a_created_event_takes_its_slot_away_on_every_page_of_its_host(self, zeeg: Mock) -> None:
        assert "10:00" in day(zeeg, "2026-04-14")
        booked(zeeg)
        assert "10:00" not in day(zeeg, "2026-04-14")
        assert "10:30" in day(zeeg, "2026-04-14")
        assert "10:00" not in day(zeeg, "2026-04-14", page="deep-dive-60")

    def test_other_hosts_keep_their_slots(self, zeeg: Mock) -> None:
        before = day(zeeg, "2026-04-14", "jamie-rivera", "coffee-30")
        booked(zeeg)
        assert day(zeeg, "2026-04-14", "jamie-rivera", "coffee-30") == before

    def test_of_two_requests_for_one_slot_one_wins(self, zeeg: Mock) -> None:
        assert [book(zeeg).status for _ in range(2)] == [200, 409]
        assert book(zeeg).json["message"] == "The slot is no longer available."

    def test_a_refused_booking_changes_nothing(self, zeeg: Mock) -> None:
        booked(zeeg)
        before = {kind: zeeg.state(kind) for kind in ("event", "busy", "invitee")}
        assert book(zeeg).status == 409
        assert {kind: zeeg.state(kind) for kind in before} == before

    def test_an_overlap_is_refused_as_well(self, zeeg: Mock) -> None:
        booked(zeeg, start="10:30")
        assert book(zeeg, **DIVE, question_answers=[{"question_id": 2, "answer": "x"}]).status == 409

    def test_the_start_is_meant_in_the_zone_of_the_invitee(self, zeeg: Mock) -> None:
        event = booked(zeeg, timeZone="Asia/Kathmandu", start="13:45")
        assert event["startTime"] == "2026-04-14T08:00:00.000000Z"
        assert event["invitees"][0]["timeZone"] == "Asia/Kathmandu"

    @pytest.mark.parametrize(
        ("kind", "options", "shown", "joins"),
        [
            ("GOOGLE_MEET", {}, "Google Meet", True),
            ("ZOOM", {}, "Zoom", True),
            ("IN_PERSON", {"address": "1 Main Street", "details": "ring twice"}, "1 Main Street", False),
            ("PHONE_CALL", {"callType": "I_WILL_CALL"}, "Phone Call", False),
            ("CARRIER_PIGEON", {}, "CARRIER_PIGEON", False),
        ],
    )
    def test_the_place_is_shown(
        self, zeeg: Mock, kind: str, options: dict[str, str], shown: str, joins: bool
    ) -> None:
        event = booked(zeeg, location=kind, locationOptions=options, phone="+4915112345678")
        assert event["location"]["type"] == shown
        assert (event["location"]["joinUrl"] is not None) is joins

    def test_the_examples_of_the_document_can_be_booked_as_they_stand(self, zeeg: Mock) -> None:
        operation = zeeg.service().contract.data["paths"]["/event"]["post"]
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        for name, example in examples.items():
            assert ask(zeeg, "POST", "/event", example["value"]).status == 200, name


class TestRefused:
    @pytest.mark.parametrize(
        "changes",
        [
            {"ownerSlug": "nobody"},
            {"eventTypeSlug": "nothing"},
            {"ownerSlug": "robin-stone", "eventTypeSlug": "chat-15"},
        ],
    )
    def test_a_page_that_is_not_there_for_the_account_is_404(
        self, zeeg: Mock, changes: dict[str, str]
    ) -> None:
        answer = book(zeeg, **changes)
        assert (answer.status, answer.json["message"]) == (404, "No such scheduling page.")

    def test_a_page_that_is_switched_off_cannot_be_booked(self, zeeg: Mock) -> None:
        answer = book(zeeg, ownerSlug="jamie-rivera", eventTypeSlug="old-demo", duration=45)
        assert (answer.status, answer.json["message"]) == (409, "This page cannot be booked.")

    @pytest.mark.parametrize(
        "changes",
        [
            {"date": "2026-04-03"},  # past
            {"date": "2026-04-06", "start": "09:30"},  # earlier today
            {"start": "08:30"},  # before hours
            {"start": "17:00"},  # after hours
            {"start": "16:45"},  # would end after hours, and is off the grid
            {"start": "10:10"},  # off the grid
            {"date": "2026-04-18"},  # Saturday
            {"date": "2026-05-01"},  # closed by an exception
            {"date": "2027-03-28", "start": "02:30"},  # a time that the clock skips
            {"date": "9999-12-31", "start": "23:30"},
            {"date": "0001-01-01", "start": "00:00"},
        ],
    )
    def test_a_start_that_the_page_does_not_offer_is_409(self, zeeg: Mock, changes: dict[str, str]) -> None:
        answer = book(zeeg, **changes)
        assert (answer.status, answer.json["message"]) == (409, "There is no such slot on this page.")

    def test_a_day_opened_by_an_exception_can_be_booked(self, zeeg: Mock) -> None:
        assert day(zeeg, "2026-05-09") == ["10:00", "10:30", "11:00", "11:30"]
        booked(zeeg, date="2026-05-09", start="11:30")

    def test_the_slot_in_which_the_clock_stands_is_past(self, zeeg: Mock) -> None:
        assert "10:00" in day(zeeg, "2026-04-06")
        zeeg.clock.advance(1)
        assert "10:00" not in day(zeeg, "2026-04-06")
        assert book(zeeg, date="2026-04-06").status == 409

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"duration": 45}, ["duration"]),
            ({**COFFEE, "phone": None}, ["phone"]),
            ({"location": "PHONE_CALL"}, ["phone", "locationOptions.callType"]),
            ({"location": "IN_PERSON", "locationOptions": {"address": "x"}}, ["locationOptions.details"]),
            ({"phone": "015112345678"}, ["phone"]),
            ({"phone": "+49 151 12345678"}, ["phone"]),
            ({"guests": ["nobody"]}, ["guests.0"]),
            (DIVE, ["question_answers"]),
            ({**DIVE, "question_answers": [{"question_id": 2, "answer": " "}]}, ["question_answers"]),
            (
                {
                    **DIVE,
                    "question_answers": [
                        {"question_id": 2, "answer": "x"},
                        {"question_id": 3, "answer": "many"},
                    ],
                },
                ["question_answers.1.answer"],
            ),
            (
                {
                    **DIVE,
                    "question_answers": [
                        {"question_id": 2, "answer": "x"},
                        {"question_id": 1, "answer": "y"},
                    ],
                },
                ["question_answers.1.question_id"],
            ),
            (
                {
                    **DIVE,
                    "question_answers": [
                        {"question_id": 2, "answer": "x"},
                        {"question_id": 2, "answer": "y"},
                    ],
                },
                ["question_answers.1.question_id"],
            ),
        ],
    )
    def test_what_the_page_does_not_allow_is_422_with_its_field(
        self, zeeg: Mock, changes: dict[str, Any], fields: list[str]
    ) -> None:
        answer = book(zeeg, **changes)
        assert answer.status == 422
        assert sorted(answer.json["errors"]) == sorted(fields)

    def test_answers_come_back_in_the_order_of_the_questions(self, zeeg: Mock) -> None:
        event = booked(
            zeeg,
            **DIVE,
            question_answers=[
                {"question_id": 3, "answer": "10 to 99"},
                {"question_id": 2, "answer": "Moving"},
            ],
        )
        assert [item["answer"] for item in event["invitees"][0]["questions"]] == ["Moving", "10 to 99"]

    def test_the_durations_that_a_page_offers_have_slots_of_their_own(self, zeeg: Mock) -> None:
        hours = day(zeeg, "2026-04-14", "jamie-rivera", "coffee-30", duration=60, timeZone="America/New_York")
        assert hours == ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00", "16:00"]
        assert day(zeeg, "2026-04-14", "jamie-rivera", "coffee-30", duration=45) == []
        event = booked(zeeg, **COFFEE, duration=60, start="13:00")
        assert event["duration"] == 60

    def test_a_duration_written_as_a_decimal_is_a_whole_number_all_the_same(self, zeeg: Mock) -> None:
        assert booked(zeeg, duration=30.0)["duration"] == 30


class TestGroups:
    def test_a_group_event_has_seats(self, zeeg: Mock) -> None:
        first = booked(zeeg, **WORKSHOP)
        assert (first["maxActiveInvitees"], first["activeInviteesCount"]) == (5, 1)
        for number in range(2, 6):
            assert "18:00" in day(zeeg, "2026-04-14", page="workshop")
            event = booked(zeeg, **WORKSHOP, email=f"guest{number}@example.org")
            assert event["uuid"] == first["uuid"]
            assert event["activeInviteesCount"] == len(event["invitees"]) == number
        assert "18:00" not in day(zeeg, "2026-04-14", page="workshop")
        assert book(zeeg, **WORKSHOP).json["message"] == "The slot is no longer available."
        assert len(zeeg.state("event")) == 6

    def test_an_invitee_who_goes_leaves_a_seat(self, zeeg: Mock) -> None:
        for number in range(5):
            event = booked(zeeg, **WORKSHOP, email=f"guest{number}@example.org")
        gone = event["invitees"][2]["uuid"]
        assert ask(zeeg, "PUT", f"/scheduled-invitees/{gone}/cancel").status == 200
        assert "18:00" in day(zeeg, "2026-04-14", page="workshop")
        event = booked(zeeg, **WORKSHOP, email="late@example.org")
        assert (event["activeInviteesCount"], len(event["invitees"])) == (5, 6)

    def test_a_group_that_everybody_left_begins_anew(self, zeeg: Mock) -> None:
        first = booked(zeeg, **WORKSHOP)
        ask(zeeg, "PUT", f"/scheduled-invitees/{first['invitees'][0]['uuid']}/cancel")
        assert booked(zeeg, **WORKSHOP)["uuid"] != first["uuid"]

    def test_the_group_of_the_static_rows_can_be_joined(self, zeeg: Mock) -> None:
        event = booked(zeeg, **{**WORKSHOP, "date": "2026-04-21"})
        assert (event["uuid"], event["activeInviteesCount"]) == ("zg-O6a1f0c3b9d290", 3)


class TestTeams:
    def test_a_round_robin_goes_to_the_first_free_host(self, zeeg: Mock) -> None:
        hosts = [booked(zeeg, **SALES, start="15:00")["hosts"][0]["slug"] for _ in range(2)]
        assert hosts == ["alex-mueller", "jamie-rivera"]
        assert book(zeeg, **SALES, start="15:00").json["message"] == "The slot is no longer available."

    def test_a_round_robin_offers_what_any_host_offers(self, zeeg: Mock) -> None:
        offered = day(zeeg, "2026-04-14", "sales", "sales-call", timeZone="Europe/Berlin")
        assert offered[0] == "09:00"
        assert offered[-1] == "22:30"
        assert "18:30" not in offered  # Jamie's break, and Alex has gone home

    def test_a_booked_host_is_not_offered_twice(self, zeeg: Mock) -> None:
        booked(zeeg, **SALES, start="09:00")
        offered = day(zeeg, "2026-04-14", "sales", "sales-call", timeZone="Europe/Berlin")
        assert "09:00" not in offered

    def test_a_collective_page_needs_everybody(self, zeeg: Mock) -> None:
        page = ("sales", "joint-review")
        offered = day(zeeg, "2026-04-14", *page, timeZone="Europe/Berlin")
        assert offered == ["15:00", "15:30", "16:00", "16:30"]
        event = booked(zeeg, **{**SALES, "eventTypeSlug": "joint-review"}, start="15:30")
        assert [host["slug"] for host in event["hosts"]] == ["alex-mueller", "jamie-rivera"]
        assert "15:30" not in day(zeeg, "2026-04-14")
        assert "09:30" not in day(zeeg, "2026-04-14", "jamie-rivera", "coffee-30")
        booked(zeeg, **COFFEE, start="10:00")
        assert day(zeeg, "2026-04-14", *page, timeZone="Europe/Berlin") == ["15:00", "16:30"]

    def test_busy_rows_name_every_host(self, zeeg: Mock) -> None:
        event = booked(zeeg, **{**SALES, "eventTypeSlug": "joint-review"}, start="15:30")
        rows = [row for row in zeeg.state("busy") if row["event"] == event["uuid"]]
        assert [row["host"] for row in rows] == [ALEX, JAMIE]
        assert SAM not in {row["host"] for row in rows}


class TestLinks:
    @staticmethod
    def link(zeeg: Mock, page: str) -> str:
        answer = ask(zeeg, "POST", f"/event-types/{page}/single-use-link")
        assert answer.status == 201
        assert answer.json["resource"]["url"].endswith(answer.json["resource"]["token"])
        return str(answer.json["resource"]["token"])

    def test_a_link_serves_once(self, zeeg: Mock) -> None:
        token = self.link(zeeg, "2f8b6c1d-4e3a-4b7f-9d25-6a0c8e1f3b57")
        booked(zeeg, sharedLinkToken=token)
        answer = book(zeeg, sharedLinkToken=token, start="11:00")
        assert (answer.status, answer.json["message"]) == (409, "The link was used already.")

    def test_a_booking_that_fails_does_not_spend_the_link(self, zeeg: Mock) -> None:
        token = self.link(zeeg, "2f8b6c1d-4e3a-4b7f-9d25-6a0c8e1f3b57")
        assert book(zeeg, sharedLinkToken=token, start="03:00").status == 409
        assert not zeeg.state("single-use-link")[0]["isUsed"]
        booked(zeeg, sharedLinkToken=token)

    def test_a_link_of_another_page_is_unknown(self, zeeg: Mock) -> None:
        token = self.link(zeeg, "d61c38f5-7a90-4e1b-8c43-25be94f07a68")
        assert book(zeeg, sharedLinkToken=token).status == 404
        assert book(zeeg, sharedLinkToken="nonsense").status == 404

    def test_a_page_that_is_switched_off_gets_no_link(self, zeeg: Mock) -> None:
        old_demo = "e90c5b18-3fd7-42a6-8e64-0b7a91d2c5f3"
        assert ask(zeeg, "POST", f"/event-types/{old_demo}/single-use-link").status == 409

    def test_a_link_to_nothing_is_404(self, zeeg: Mock) -> None:
        assert ask(zeeg, "POST", "/event-types/nothing/single-use-link").status == 404


class TestToggle:
    PAGE = "/event-types/2f8b6c1d-4e3a-4b7f-9d25-6a0c8e1f3b57/toggle"

    def test_a_page_turns_round_without_a_body(self, zeeg: Mock) -> None:
        assert [ask(zeeg, "PATCH", self.PAGE).json["resource"]["isActive"] for _ in range(3)] == [
            False,
            True,
            False,
        ]

    def test_a_page_is_set_as_the_body_says(self, zeeg: Mock) -> None:
        for wanted in (True, False, False):
            assert ask(zeeg, "PATCH", self.PAGE, {"isActive": wanted}).json["resource"]["isActive"] is wanted

    def test_a_page_that_is_switched_off_has_no_slots_and_no_bookings(self, zeeg: Mock) -> None:
        ask(zeeg, "PATCH", self.PAGE)
        assert day(zeeg, "2026-04-14") == []
        assert book(zeeg).status == 409
        ask(zeeg, "PATCH", self.PAGE)
        booked(zeeg)

    def test_a_page_of_another_account_is_404(self, zeeg: Mock) -> None:
        assert ask(zeeg, "PATCH", self.PAGE, persona="other").status == 404
