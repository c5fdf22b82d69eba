"""Users, their meeting types and availabilities: made, read, changed, deleted; by whom."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock
from mockserver.mock import Answer
from tests.providers.meetergo_asking import (
    ANNA,
    BEN,
    CARLA,
    EVENINGS,
    QUEUE,
    RAVI,
    SALES,
    SHORT,
    WORKSHOP,
    ask,
    book,
    field_errors,
    spots,
)

JOHN = {"email": "john.smith@example.com", "givenName": "John", "familyName": "Smith"}
DEFAULT = "660e8400-e29b-41d4-a716-446655440101"


def key(mock: Mock, method: str, path: str, json: Any = None) -> Answer:
    return ask(mock, method, path, json, "platform", ANNA)


def test_slugs_are_plain_and_nobody_has_them_twice(meetergo: Mock) -> None:
    urls = []
    for number, (given, family) in enumerate(
        [("John", "Smith"), ("John", "Smith"), ("Jörg", "Ümit"), ("李", "伟")]
    ):
        asked = JOHN | {"email": f"a{number}@example.com", "givenName": given, "familyName": family}
        urls.append(key(meetergo, "POST", "/v4/user", asked).json["bookingUrl"].split("/")[3])
    assert urls == ["john-smith", "john-smith-2", "jorg-umit", "user"]


def test_an_address_is_somebodys_only_once(meetergo: Mock) -> None:
    assert key(meetergo, "POST", "/v4/user", JOHN).status == 201
    again = key(meetergo, "POST", "/v4/user", JOHN)
    assert (again.status, again.json["message"]) == (400, "A user with this email already exists")
    assert key(meetergo, "PATCH", f"/v4/user/{BEN}", {"email": JOHN["email"]}).status == 400
    assert key(meetergo, "PATCH", f"/v4/user/{BEN}", {"email": "ben.okafor@example.com"}).status == 200
    # Another company has its own.
    assert ask(meetergo, "POST", "/v4/user", JOHN, "other-platform").status == 201


def test_a_user_is_changed_and_keeps_the_slug(meetergo: Mock) -> None:
    changed = key(meetergo, "PATCH", f"/v4/user/{BEN}", {"givenName": "Benjamin", "timezone": "UTC"}).json
    assert (changed["fullName"], changed["slug"]) == ("Benjamin Okafor", "ben-okafor")
    assert key(meetergo, "GET", f"/v4/user/{BEN}").json == changed
    assert field_errors(key(meetergo, "PATCH", f"/v4/user/{BEN}", {"timezone": "Mars/Base"})) == ["timezone"]
    assert key(meetergo, "PATCH", f"/v4/user/{RAVI}", {"givenName": "X"}).status == 404


def test_who_is_deleted_is_gone_with_what_is_theirs_alone(meetergo: Mock) -> None:
    assert key(meetergo, "DELETE", f"/v4/user/{BEN}").status == 204
    assert key(meetergo, "GET", f"/v4/user/{BEN}").status == 404
    assert ask(meetergo, "GET", "/v4/user/me", None, "admin").status == 403
    sales = key(meetergo, "GET", f"/v4/meeting-type/{SALES}").json
    assert sales["hostIds"] == [ANNA]
    assert BEN not in {host for row in meetergo.state("meeting-type") for host in row["hostIds"]}
    assert BEN not in {row["_user"] for row in meetergo.state("availability")}
    # The queue asks who is left.
    asked: dict[str, Any] = {"meetingTypeId": SALES, "hostIds": None, "queueId": QUEUE}
    assert book(meetergo, **asked, start="2026-04-14T08:00:00Z").status == 201
    assert book(meetergo, **asked, start="2026-04-14T20:00:00Z").status == 400


def test_the_owner_stays(meetergo: Mock) -> None:
    answer = key(meetergo, "DELETE", f"/v4/user/{ANNA}")
    assert (answer.status, answer.json["message"]) == (400, "The owner of the company cannot be deleted")


def test_lists_of_users_are_of_the_company_and_a_member_sees_itself(meetergo: Mock) -> None:
    def users(persona: str, user: str | None = None) -> list[str]:
        return [row["id"] for row in ask(meetergo, "GET", "/v4/user", None, persona, user).json]

    assert users("owner") == users("admin") == users("platform", CARLA) == [ANNA, BEN, CARLA]
    assert (users("member"), users("other")) == ([CARLA], [RAVI])
    assert ask(meetergo, "GET", f"/v4/user/{ANNA}", None, "member").status == 403
    assert ask(meetergo, "GET", "/v4/user/me", None, "platform", CARLA).json["id"] == CARLA
    assert ask(meetergo, "GET", "/v4/user/me", None, "platform").json["id"] == ANNA


def test_a_meeting_type_is_made_changed_and_deleted(meetergo: Mock) -> None:
    asked = {"meetingInfo": {"name": "A first look", "duration": 45}}
    made = ask(meetergo, "POST", "/v4/meeting-type", asked, "member").json
    assert (made["slug"], made["hostIds"], made["maxAttendees"]) == ("a-first-look", [CARLA], 1)
    path = f"/v4/meeting-type/{made['id']}"
    changed = ask(
        meetergo, "PATCH", path, {"meetingInfo": {"bufferAfter": 15}, "slug": "look"}, "member"
    ).json
    assert (changed["meetingInfo"]["duration"], changed["meetingInfo"]["bufferAfter"]) == (45, 15)
    assert changed["slug"] == "look"
    assert ask(meetergo, "GET", path, None, "admin").json == changed
    assert ask(meetergo, "DELETE", path, None, "member").status == 204
    assert ask(meetergo, "GET", path).status == 404


def test_a_member_makes_meeting_types_of_its_own_only(meetergo: Mock) -> None:
    asked = {"meetingInfo": {"name": "A", "duration": 30}, "hostIds": [ANNA]}
    assert ask(meetergo, "POST", "/v4/meeting-type", asked, "member").status == 403
    assert ask(meetergo, "POST", "/v4/meeting-type", asked, "admin").status == 201
    for wrong, field in (
        ({"hostIds": [ANNA, RAVI]}, "hostIds.1"),
        ({"availabilityId": RAVI}, "availabilityId"),
    ):
        refused = ask(meetergo, "POST", "/v4/meeting-type", asked | wrong)
        assert refused.status == 400
        assert field_errors(refused) == [field]
        assert ask(meetergo, "PATCH", f"/v4/meeting-type/{SHORT}", wrong).status == 400
    assert ask(meetergo, "PATCH", f"/v4/meeting-type/{SHORT}", {"slug": "x"}, "member").status == 403
    own = ask(meetergo, "GET", "/v4/meeting-type", None, "member").json
    assert {host for row in own for host in row["hostIds"]} == {CARLA}
    assert len(ask(meetergo, "GET", "/v4/meeting-type").json) == 8


def test_both_forms_of_a_week_are_the_same_week(meetergo: Mock) -> None:
    newer = {
        "monday": {"enabled": True, "hours": [{"start": "08:00", "end": "10:00"}]},
        "sunday": {"enabled": True, "hours": [{"start": "11:00", "end": "24:00"}]},
    }
    older = [
        {"dayOfWeek": 0, "intervals": [{"from": "11:00", "to": "24:00"}]},
        {"dayOfWeek": 1, "intervals": [{"from": "08:00", "to": "10:00"}]},
    ]
    made = [
        ask(meetergo, "POST", "/v4/availability", {"name": "x", "schedule": week}).json
        for week in (newer, older)
    ]
    assert made[0]["schedule"] == made[1]["schedule"] == newer
    assert (made[0]["timezone"], made[0]["exceptions"], made[0]["isDefault"]) == ("Europe/Berlin", [], False)


def test_changed_hours_change_what_can_be_booked(meetergo: Mock) -> None:
    path = f"/v4/availability/{DEFAULT}"
    short = {"schedule": {"tuesday": {"enabled": True, "hours": [{"start": "09:00", "end": "10:00"}]}}}
    assert ask(meetergo, "PATCH", path, short).json["schedule"]["monday"]["enabled"] is True
    assert spots(meetergo) == ["14T07:00", "14T07:30"]
    closed = {"exceptions": [{"date": "2026-04-14", "enabled": False, "hours": []}]}
    assert ask(meetergo, "PATCH", path, closed).status == 200
    assert spots(meetergo) == []
    assert ask(meetergo, "PATCH", path, {"exceptions": []}).status == 200
    off = {"schedule": {"tuesday": {"enabled": False, "hours": [{"start": "09:00", "end": "10:00"}]}}}
    assert ask(meetergo, "PATCH", path, off).status == 200
    assert spots(meetergo) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (
            {"schedule": {"monday": {"enabled": True, "hours": [{"start": "10:00", "end": "10:00"}]}}},
            "schedule.monday.hours.0.end",
        ),
        (
            {
                "schedule": {
                    "monday": {
                        "enabled": True,
                        "hours": [{"start": "10:00", "end": "12:00"}, {"start": "11:00", "end": "13:00"}],
                    }
                }
            },
            "schedule.monday.hours",
        ),
        ({"schedule": [{"dayOfWeek": 1, "intervals": []}] * 2}, "schedule.1.dayOfWeek"),
        (
            {"schedule": [{"dayOfWeek": 1, "intervals": [{"from": "10:00", "to": "09:00"}]}]},
            "schedule.0.intervals.0.end",
        ),
        ({"exceptions": [{"date": "2026-05-01", "enabled": False, "hours": []}] * 2}, "exceptions.1.date"),
    ],
)
def test_hours_that_cannot_be_are_named(meetergo: Mock, asked: dict[str, Any], field: str) -> None:
    before = meetergo.state("availability")
    answer = ask(meetergo, "PATCH", f"/v4/availability/{DEFAULT}", asked)
    assert (answer.status, field_errors(answer)) == (400, [field])
    assert meetergo.state("availability") == before


def test_an_availability_that_goes_leaves_meeting_types_to_the_default(meetergo: Mock) -> None:
    default = ask(meetergo, "DELETE", f"/v4/availability/{DEFAULT}")
    assert (default.status, default.json["message"]) == (400, "The default availability cannot be deleted")
    assert ask(meetergo, "DELETE", f"/v4/availability/{EVENINGS}").status == 204
    assert ask(meetergo, "GET", f"/v4/meeting-type/{WORKSHOP}").json["availabilityId"] is None
    assert spots(meetergo, WORKSHOP)[0] == "14T07:00"
    names = [row["name"] for row in ask(meetergo, "GET", "/v4/availability", None, "member").json]
    assert names == ["Island time"]
