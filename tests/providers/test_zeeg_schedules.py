"""Schedules: what is changed changes the slots, what cannot be is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock
from tests.providers.zeeg_asking import ask, booked, day

DEFAULT = "/schedules/default"
EVENINGS = "/schedules/Lp7VxR25mc"


def monday(*spans: list[str]) -> dict[str, Any]:
    return {"weeklyHours": [{"day": "Mon", "timesets": list(spans)}]}


class TestDefault:
    def test_the_default_schedule_is_that_of_the_tokens_user(self, zeeg: Mock) -> None:
        assert ask(zeeg, "GET", DEFAULT).json["resource"]["uuid"] == "Wk4TzQ81nb"
        assert ask(zeeg, "GET", DEFAULT, persona="other").json["resource"]["uuid"] == "Zr2CmP58vh"

    def test_new_hours_make_new_slots(self, zeeg: Mock) -> None:
        answer = ask(zeeg, "PATCH", DEFAULT, monday(["08:00", "09:00"]))
        assert answer.json["success"] is True
        assert answer.json["resource"]["updatedAt"] == "2026-04-06T08:00:00.000000Z"
        assert day(zeeg, "2026-04-13") == ["08:00", "08:30"]
        booked(zeeg, date="2026-04-13", start="08:30")

    def test_days_that_are_not_named_keep_their_hours(self, zeeg: Mock) -> None:
        before = day(zeeg, "2026-04-14")
        week = ask(zeeg, "PATCH", DEFAULT, monday()).json["resource"]["weeklyHours"]
        assert [entry["day"] for entry in week] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        assert day(zeeg, "2026-04-13") == []
        assert day(zeeg, "2026-04-14") == before

    def test_an_exception_is_made_and_lifted(self, zeeg: Mock) -> None:
        before = day(zeeg, "2026-04-14")
        special = {"date": "2026-04-14", "timesets": []}
        answer = ask(zeeg, "PATCH", DEFAULT, {"specialHours": [special]})
        dates = [entry["date"] for entry in answer.json["resource"]["specialHours"]]
        assert dates == ["2026-04-14", "2026-05-01", "2026-05-09"]
        assert day(zeeg, "2026-04-14") == []
        answer = ask(zeeg, "PATCH", DEFAULT, {"specialHours": [{**special, "timesets": None}]})
        assert "2026-04-14" not in [entry["date"] for entry in answer.json["resource"]["specialHours"]]
        assert day(zeeg, "2026-04-14") == before

    def test_another_zone_moves_the_hours(self, zeeg: Mock) -> None:
        ask(zeeg, "PATCH", DEFAULT, {"timezone": "America/New_York"})
        assert day(zeeg, "2026-04-14", timeZone="Europe/Berlin")[0] == "15:00"

    def test_the_schedule_of_somebody_else_is_named_by_address(self, zeeg: Mock) -> None:
        answer = ask(zeeg, "PATCH", DEFAULT, {"email": "jamie.rivera@example.com", **monday()})
        assert answer.json["resource"]["email"] == "jamie.rivera@example.com"
        assert day(zeeg, "2026-04-13", "jamie-rivera", "coffee-30") == []

    @pytest.mark.parametrize("email", ["nobody@example.com", "robin.stone@example.net"])
    def test_the_schedule_of_nobody_here_is_404(self, zeeg: Mock, email: str) -> None:
        assert ask(zeeg, "PATCH", DEFAULT, {"email": email, **monday()}).status == 404


class TestByUuid:
    def test_lists_are_replaced_whole(self, zeeg: Mock) -> None:
        assert day(zeeg, "2026-04-14", page="workshop") == ["18:00", "19:00"]
        answer = ask(zeeg, "PATCH", EVENINGS, {"title": "Mondays", **monday(["18:00", "19:00"])})
        assert answer.json["resource"]["title"] == "Mondays"
        assert day(zeeg, "2026-04-14", page="workshop") == []
        assert day(zeeg, "2026-04-13", page="workshop") == ["18:00"]
        assert ask(zeeg, "GET", EVENINGS).json["resource"]["title"] == "Mondays"

    def test_what_a_schedule_is_cannot_be_changed(self, zeeg: Mock) -> None:
        before = ask(zeeg, "GET", EVENINGS).json["resource"]
        ask(zeeg, "PATCH", EVENINGS, {"uuid": "x", "isDefault": True, "_account": "rival", "title": "New"})
        assert ask(zeeg, "GET", EVENINGS).json["resource"] == {
            **before,
            "title": "New",
            "updatedAt": before["currentTime"],
        }

    def test_a_schedule_of_another_account_is_404(self, zeeg: Mock) -> None:
        assert ask(zeeg, "PATCH", EVENINGS, {"title": "Mine"}, persona="other").status == 404


@pytest.mark.parametrize("path", [DEFAULT, EVENINGS])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (monday(["10:00", "09:00"]), "weeklyHours.0.timesets.0"),
        (monday(["10:00", "10:00"]), "weeklyHours.0.timesets.0"),
        (monday(["09:00", "11:00"], ["10:00", "12:00"]), "weeklyHours.0.timesets"),
        ({"weeklyHours": [{"day": "Mon", "timesets": []}] * 2}, "weeklyHours.1.day"),
        ({"specialHours": [{"date": "2026-04-14", "timesets": []}] * 2}, "specialHours.1.date"),
        (monday(["9:00", "11:00"]), "weeklyHours.0.timesets.0.0"),
        ({"specialHours": [{"date": "2026-02-30", "timesets": []}]}, "specialHours.0.date"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
    ],
)
def test_hours_that_cannot_be_are_422_with_their_place(
    zeeg: Mock, path: str, body: dict[str, Any], field: str
) -> None:
    before = zeeg.state("schedule")
    answer = ask(zeeg, "PATCH", path, body)
    assert (answer.status, list(answer.json["errors"])) == (422, [field])
    assert zeeg.state("schedule") == before


def test_spans_that_touch_are_fine(zeeg: Mock) -> None:
    assert ask(zeeg, "PATCH", DEFAULT, monday(["09:00", "10:00"], ["10:00", "10:30"])).status == 200
    assert day(zeeg, "2026-04-13") == ["09:00", "09:30", "10:00"]
