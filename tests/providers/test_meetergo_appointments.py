"""Appointments: listed, read, cancelled, moved, annotated; by whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from tests.providers.meetergo_asking import (
    ANNA,
    CARLA,
    CARLAS,
    NORAS,
    SHORT,
    WORKSHOP,
    appointment,
    ask,
    attendee,
    booked,
    spots,
)

LIST = "/v4/appointment/paginated"


@pytest.fixture(scope="module")
def busy() -> Iterator[Mock]:
    with Mock("meetergo", data="busy-week", limits=False) as mock:
        yield mock


def listed(mock: Mock, query: str = "", persona: str = "owner", user: str | None = None) -> list[Any]:
    answer = ask(mock, "GET", f"{LIST}?pageSize=100&{query}", None, persona, user)
    assert answer.status == 200, answer
    assert answer.json.keys() == {"appointments", "total"}
    assert answer.json["total"] == len(answer.json["appointments"])
    found: list[Any] = answer.json["appointments"]
    return found


def test_pages_count_from_zero_and_part_the_list(busy: Mock) -> None:
    whole = listed(busy)
    assert len(whole) >= 20
    assert [row["start"] for row in whole] == sorted(row["start"] for row in whole)
    pages = [ask(busy, "GET", f"{LIST}?page={page}&pageSize=7").json for page in range(6)]
    assert [row for page in pages for row in page["appointments"]] == whole
    assert {page["total"] for page in pages} == {len(whole)}
    assert len(ask(busy, "GET", LIST).json["appointments"]) == 20
    for query in ("page=-1", "pageSize=0", "pageSize=101", "page=x"):
        assert ask(busy, "GET", f"{LIST}?{query}").status == 400, query


@pytest.mark.parametrize(
    ("query", "test"),
    [
        ("status=active", lambda row: not row["isCancelled"]),
        ("status=cancelled", lambda row: row["isCancelled"]),
        (f"meetingTypeId={SHORT}", lambda row: row["meetingTypeId"] == SHORT),
        ("search=NORA", lambda row: "Nora" in row["attendees"][0]["fullname"]),
        ("search=sales", lambda row: row["meetingInfo"]["name"] == "Sales call"),
        ("start=2026-04-09T14:00:00Z", lambda row: row["start"] >= "2026-04-09T14:00:00.000Z"),
        ("end=2026-04-09T16:00:00%2B02:00", lambda row: row["start"] <= "2026-04-09T14:00:00.000Z"),
        (
            f"start=2026-04-08T00:00:00Z&status=active&meetingTypeId={SHORT}&sortBy=createdAt",
            lambda row: (
                row["start"] > "2026-04-08" and not row["isCancelled"] and row["meetingTypeId"] == SHORT
            ),
        ),
    ],
)
def test_filters_leave_exactly_what_they_say(busy: Mock, query: str, test: Any) -> None:
    whole = listed(busy)
    found = listed(busy, query)
    key = "createdAt" if "createdAt" in query else "start"
    wanted = sorted((row for row in whole if test(row)), key=lambda row: row[key])
    assert {row["id"] for row in found} == {row["id"] for row in wanted}
    assert [row[key] for row in found] == [row[key] for row in wanted]
    assert found


def test_order_goes_by_what_is_asked(busy: Mock) -> None:
    made = [row["createdAt"] for row in listed(busy, "sortBy=createdAt&sortDirection=desc")]
    assert made == sorted(made, reverse=True)
    starts = [row["start"] for row in listed(busy, "sortDirection=desc")]
    assert starts == sorted(starts, reverse=True)


def test_a_member_sees_its_own_and_an_admin_all(busy: Mock) -> None:
    whole = listed(busy)
    own = [row["id"] for row in whole if CARLA in row["hostIds"]]
    assert own
    assert [row["id"] for row in listed(busy, "", "member")] == own
    assert listed(busy, "", "admin") == listed(busy, "", "platform", ANNA) == whole
    assert [row["id"] for row in listed(busy, "", "platform", CARLA)] == own
    assert {row["companyId"] for row in listed(busy, "", "other")} <= {"e36a7c19-f052-4d8b-8e94-b1c75d20a6f8"}
    assert ask(busy, "GET", f"/v4/appointment/{NORAS}", None, "member").status == 403
    assert ask(busy, "GET", f"/v4/appointment/{CARLAS}", None, "member").status == 200


def test_today_is_the_acting_users_day(meetergo: Mock) -> None:
    def today(persona: str) -> list[str]:
        answer = ask(meetergo, "GET", "/v4/appointment/today", None, persona)
        return [row["start"] for row in answer.json["appointments"]]

    assert today("owner") == ["2026-04-06T13:00:00.000Z"]
    assert today("admin") == []
    # It is the 14th already where Carla is.
    meetergo.clock.set("2026-04-13T15:00:00Z")
    assert today("member") == ["2026-04-13T23:30:00.000Z"]
    assert ask(meetergo, "DELETE", f"/v4/appointment/{CARLAS}").status == 204
    assert today("member") == []


def test_a_cancellation_says_who_when_and_why(meetergo: Mock) -> None:
    answer = ask(meetergo, "POST", f"/v4/appointment/{NORAS}/cancel", {"reason": "Ill"}, "admin")
    assert answer.status == 200
    assert answer.json["isCancelled"] is True
    assert answer.json["cancel"] == {
        "actionSource": "api",
        "actionAt": "2026-04-06T08:00:00.000Z",
        "actionBy": "6e94a0b7-3f18-4d5c-b260-c81f7d05e9a4",
        "reason": "Ill",
    }
    again = ask(meetergo, "POST", f"/v4/appointment/{NORAS}/cancel")
    assert (again.status, again.json["message"]) == (400, "The appointment is cancelled already")
    assert ask(meetergo, "DELETE", f"/v4/appointment/{NORAS}").status == 400
    moving = ask(meetergo, "POST", f"/v4/appointment/{NORAS}/reschedule", {"start": "2026-04-16T07:00:00Z"})
    assert moving.status == 400


def test_one_attendee_leaves_and_the_last_cancels(meetergo: Mock) -> None:
    for number in range(3):
        who = attendee(email=f"a{number}@example.org")
        made = booked(meetergo, meetingTypeId=WORKSHOP, start="2026-04-14T16:00:00Z", attendee=who)
    path = f"/v4/appointment/{made['id']}/cancel"
    assert ask(meetergo, "POST", path, {"attendeeId": ANNA}).status == 404
    for left in (2, 1):
        now = appointment(meetergo, made["id"])
        after = ask(meetergo, "POST", path, {"attendeeId": now["attendees"][0]["id"]}).json
        assert (len(after["attendees"]), after["isCancelled"]) == (left, False)
    last = ask(meetergo, "POST", path, {"attendeeId": after["attendees"][0]["id"]}).json
    assert (len(last["attendees"]), last["isCancelled"]) == (1, True)


def test_cancel_all_goes_before_one_attendee(meetergo: Mock) -> None:
    for number in range(2):
        who = attendee(email=f"a{number}@example.org")
        made = booked(meetergo, meetingTypeId=WORKSHOP, start="2026-04-14T16:00:00Z", attendee=who)
    asked = {"attendeeId": made["attendees"][0]["id"], "cancelAll": True, "cancelEntireSeries": True}
    assert ask(meetergo, "POST", f"/v4/appointment/{made['id']}/cancel", asked).json["isCancelled"] is True


def test_an_appointment_moves_and_takes_its_time_along(meetergo: Mock) -> None:
    made = booked(meetergo)
    path = f"/v4/appointment/{made['id']}/reschedule"
    moved = ask(meetergo, "POST", path, {"start": "2026-04-14T15:00:00+02:00"}).json
    assert (moved["start"], moved["end"]) == ("2026-04-14T13:00:00.000Z", "2026-04-14T13:30:00.000Z")
    assert (moved["rescheduleCount"], moved["rescheduledAt"]) == (1, "2026-04-06T08:00:00.000Z")
    assert moved["ics"]["sequence"] == 1
    assert "14T08:00" in spots(meetergo)
    assert "14T13:00" not in spots(meetergo)
    # Half an hour back, over its own place.
    assert ask(meetergo, "POST", path, {"start": "2026-04-14T12:30:00Z"}).status == 200


def test_moving_asks_for_a_free_start_unless_told_not_to(meetergo: Mock) -> None:
    made = booked(meetergo)
    path = f"/v4/appointment/{made['id']}/reschedule"
    for start in ("2026-04-15T07:00:00Z", "2026-04-14T02:00:00Z"):
        assert ask(meetergo, "POST", path, {"start": start}).status == 400
        moved = ask(meetergo, "POST", path, {"start": start, "ignoreAvailability": True})
        assert moved.status == 200, moved
    assert ask(meetergo, "POST", path, {}).json["errors"][0]["field"] == "start"


def test_notes_and_transcriptions_are_replaced(meetergo: Mock) -> None:
    path = f"/v4/appointment/{NORAS}"
    assert ask(meetergo, "PATCH", f"{path}/notes", {"note": "Hello"}).json["note"] == "Hello"
    told = ask(meetergo, "PATCH", f"{path}/transcription", {"transcription": "A: hi"}).json
    assert (told["note"], told["transcription"]) == ("Hello", "A: hi")
    assert ask(meetergo, "PATCH", f"{path}/notes", {}).status == 400
    assert ask(meetergo, "PATCH", f"{path}/notes", {"note": ""}, "other").status == 404
    assert appointment(meetergo, NORAS) == told
