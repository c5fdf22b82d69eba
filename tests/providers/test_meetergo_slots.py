"""When a meeting type can be booked: hours, exceptions, buffers, notice, hosts, seats and zones."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import Mock
from tests.providers.meetergo_asking import (
    ANNA,
    BEN,
    CARLA,
    DEEP,
    NORAS,
    QUEUE,
    RAVI,
    RIVALS,
    SALES,
    SHORT,
    WITH_CARLA,
    WORKSHOP,
    appointment,
    ask,
    attendee,
    availability,
    book,
    booked,
    field_errors,
    spots,
)


def test_a_working_day_has_its_half_hours(meetergo: Mock) -> None:
    found = availability(meetergo)
    assert found["timezone"] == "Europe/Berlin"
    assert found["timeframes"] == [{"start": "2026-04-14T07:00:00.000Z", "end": "2026-04-14T15:00:00.000Z"}]
    assert found["earliestAvailableDate"] == "2026-04-14"
    assert len(spots(meetergo)) == 16
    assert spots(meetergo)[0] == "14T07:00"
    assert found["dates"][0]["spots"][0].keys() == {"startTime", "unavailabilityEvents"}


def test_what_is_booked_is_gone_and_comes_back(meetergo: Mock) -> None:
    before = spots(meetergo)
    made = booked(meetergo, start="2026-04-14T08:00:00Z")
    assert set(before) - set(spots(meetergo)) == {"14T08:00"}
    assert ask(meetergo, "POST", f"/v4/appointment/{made['id']}/cancel").status == 200
    assert spots(meetergo) == before


def test_exceptions_close_and_open_dates(meetergo: Mock) -> None:
    query = {"start": "2026-05-01", "end": "2026-05-09", "timezone": "Europe/Berlin"}
    found = {day["date"]: len(day["spots"]) for day in availability(meetergo, **query)["dates"]}
    assert [found[f"2026-05-{day:02}"] for day in (1, 2, 4, 9)] == [0, 0, 16, 4]


def test_buffers_and_notice_keep_their_distance(meetergo: Mock) -> None:
    booked(meetergo, start="2026-04-14T10:00:00Z")  # 12:00 to 12:30 in Berlin
    found = spots(meetergo, DEEP)
    assert "14T09:00" not in found  # would end at 12:00, and needs a quarter of an hour more
    assert "14T10:00" not in found
    assert {"14T08:00", "14T11:00"} <= set(found)
    today = spots(meetergo, DEEP, start="2026-04-06", end="2026-04-07")
    assert today[0] == "07T08:00"  # the clock shows 08:00, and a day's notice is wanted


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ({}, "15T13:00"),
        ({"calculationMethod": "anyone"}, "15T07:30"),
        ({"queueId": QUEUE}, "15T07:30"),
        ({"queueId": QUEUE, "calculationMethod": "everyone"}, "15T13:00"),
        ({"hostIds": [BEN]}, "15T13:00"),
        ({"hostIds": [ANNA, BEN], "calculationMethod": "anyone"}, "15T07:30"),
        ({"hostIds": [ANNA, CARLA]}, None),
    ],
)
def test_everyone_or_anyone_is_free(meetergo: Mock, query: dict[str, object], first: str | None) -> None:
    # Nora has Anna at 09:00 in Berlin on that day; Ben begins at 09:00 in New York.
    found = spots(meetergo, SALES, start="2026-04-15", end="2026-04-15", **query)
    assert (found[0] if found else None) == first


def test_an_appointment_that_moves_is_not_in_its_own_way(meetergo: Mock) -> None:
    query = {"start": "2026-04-15", "end": "2026-04-15"}
    assert "15T07:00" not in spots(meetergo, **query)
    assert "15T07:00" in spots(meetergo, existingAppointmentId=NORAS, **query)


def test_troubleshooting_shows_what_is_in_the_way(meetergo: Mock) -> None:
    query = {"start": "2026-04-15", "end": "2026-04-15", "troubleshoot": "true"}
    day = availability(meetergo, **query)["dates"][0]["spots"]
    assert len(day) == 16
    assert day[0] == {
        "startTime": "2026-04-15T07:00:00.000Z",
        "unavailabilityEvents": [
            {"type": "appointment", "start": "2026-04-15T07:00:00.000Z", "end": "2026-04-15T07:30:00.000Z"}
        ],
    }
    assert all(not spot["unavailabilityEvents"] for spot in day[1:])


def test_seats_are_shared_until_they_are_taken(meetergo: Mock) -> None:
    start = "2026-04-14T16:00:00Z"
    ids = set()
    for number in range(5):
        who = attendee(email=f"a{number}@example.org")
        answer = book(meetergo, meetingTypeId=WORKSHOP, start=start, attendee=who)
        assert answer.status == 201, answer
        ids.add(answer.json["appointmentId"])
        spot = availability(meetergo, WORKSHOP)["dates"][0]["spots"]
        if number < 4:
            assert spot[0]["appointment"] == {"id": min(ids), "totalSpots": 5, "takenSpots": number + 1}
        else:
            assert [each["startTime"] for each in spot] == ["2026-04-14T17:00:00.000Z"]
    assert len(ids) == 1
    full = book(meetergo, meetingTypeId=WORKSHOP, start=start)
    assert (full.status, full.json["message"]) == (400, "The selected time is no longer available")
    assert len(appointment(meetergo, ids.pop())["attendees"]) == 5


@pytest.mark.parametrize(
    ("zone", "day", "spots_there"),
    [
        ("Europe/Berlin", "2026-03-29", 0),
        ("Europe/Berlin", "2026-10-26", 16),
        ("Australia/Lord_Howe", "2026-04-06", 16),
    ],
)
def test_a_change_of_the_clock_leaves_a_working_day_whole(zone: str, day: str, spots_there: int) -> None:
    with Mock("meetergo", data="empty", clock="2026-03-01T00:00:00Z") as mock:
        which = WITH_CARLA if zone == "Australia/Lord_Howe" else SHORT
        found = availability(mock, which, start=day, end=day, timezone=zone)
        assert len(found["dates"][0]["spots"]) == spots_there


def test_dates_are_those_of_the_zone_asked_for(meetergo: Mock) -> None:
    # Carla's Tuesday begins on Monday evening in Berlin.
    found = availability(meetergo, WITH_CARLA, start="2026-04-20", end="2026-04-21", timezone="Europe/Berlin")
    assert [day["date"] for day in found["dates"]] == ["2026-04-20", "2026-04-21"]
    assert found["dates"][0]["spots"][-1]["startTime"] == "2026-04-20T06:00:00.000Z"


def test_instants_bound_the_answer_exactly(meetergo: Mock) -> None:
    query = {"start": "2026-04-14T10:00:00+02:00", "end": "2026-04-14T11:00:00+02:00"}
    assert spots(meetergo, **query) == ["14T08:00", "14T08:30", "14T09:00"]


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2026-04-15", "2026-04-14", 400),
        ("2026-04-14T10:00:00Z", "2026-04-14T09:00:00Z", 400),
        ("0001-01-01", "0001-01-02", 200),
        ("9999-12-31", "9999-12-31", 200),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:60Z", 400),
        ("2026-04-14t08:00:00z", "2026-04-14", 200),
        ("soon", "2026-04-14", 400),
        ("2026-02-30", "2026-04-14", 400),
    ],
)
def test_odd_stretches_are_answered_or_refused(meetergo: Mock, start: str, end: str, status: int) -> None:
    answer = ask(
        meetergo,
        "GET",
        f"/v4/booking-availability?meetingTypeId={SHORT}&start={start}&end={end}&timezone=Pacific/Apia",
    )
    assert answer.status == status, answer


def test_at_most_92_days_are_answered(meetergo: Mock) -> None:
    found = availability(meetergo, start="2026-04-14", end="2027-04-14")
    assert (len(found["dates"]), found["dates"][-1]["date"]) == (92, "2026-07-14")


def test_what_is_not_there_is_404_and_what_is_missing_400(meetergo: Mock) -> None:
    base = "/v4/booking-availability?start=2026-04-14&end=2026-04-14"
    assert field_errors(ask(meetergo, "GET", base)) == ["meetingTypeId"]
    for query in (
        f"&meetingTypeId={RIVALS}",
        f"&meetingTypeId={SHORT}&hostIds={RAVI}",
        f"&meetingTypeId={SHORT}&queueId={RAVI}",
        f"&meetingTypeId={SHORT}&existingAppointmentId={RAVI}",
    ):
        assert ask(meetergo, "GET", base + query).status == 404, query


@given(
    st.sampled_from([SHORT, DEEP, SALES, WORKSHOP, WITH_CARLA]),
    st.integers(0, 20),
    st.integers(0, 95),
    st.sampled_from([30, 45, 60, None]),
)
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
def test_a_start_can_be_booked_exactly_when_it_is_offered(
    meetergo: Mock, which: str, day: int, quarter: int, minutes: int | None
) -> None:
    start = f"2026-04-{7 + day:02}T{quarter // 4:02}:{quarter % 4 * 15:02}:00Z"
    hosts = next(row["hostIds"] for row in meetergo.state("meeting-type") if row["id"] == which)
    query = {} if minutes is None else {"meetingDuration": minutes}
    found = availability(meetergo, which, start=start, end=start, timezone="UTC", **query)
    offered = [spot["startTime"] for each in found["dates"] for spot in each["spots"]]
    fork = meetergo.snapshot()
    answer = book(meetergo, meetingTypeId=which, start=start, hostIds=hosts, duration=minutes)
    meetergo.restore(fork)
    assert (answer.status == 201) == bool(offered), (answer, offered)
