"""Data sets: the same for the same seed, possible by Caledee's own rules, and shown without a break."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from mockserver import Mock
from mockserver.providers.caledee.calendar import hours_of
from mockserver.providers.caledee.kinds import USER
from mockserver.providers.caledee.times import read_datetime
from mockserver.scheduling.intervals import instant
from tests.providers.caledee_asking import INTRO, book, found, slots, walk

CLOCKS = ["2026-04-06T08:00:00Z", "2026-10-25T01:15:00Z", "2027-03-28T12:00:00Z", "2028-02-29T23:59:59Z"]
PATHS = ["/me", "/event-types", "/bookings", "/leads", "/contacts"]


@pytest.fixture(scope="module")
def large() -> Iterator[Mock]:
    with Mock("caledee", seed=1, data="large", limits=False) as mock:
        yield mock


def active(mock: Mock) -> list[dict[str, Any]]:
    return [row for row in mock.state("booking") if row["status"] == "active"]


def no_host_is_twice_at_once(rows: list[dict[str, Any]]) -> bool:
    for host in {host for row in rows for host in row["_hosts"]}:
        spans = sorted((row["startAt"], row["endAt"]) for row in rows if host in row["_hosts"])
        if not all(first[1] <= second[0] for first, second in pairwise(spans)):
            return False
    return True


def is_within_hours(mock: Mock, row: dict[str, Any]) -> bool:
    start, end = (instant(read_datetime(row[name])) for name in ("startAt", "endAt"))
    for host in row["_hosts"]:
        user = mock.world.store.get(USER, host)
        assert user is not None
        if not any(opens <= start and end <= closes for opens, closes in hours_of(user).near(start)):
            return False
    return True


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_busy_week_is_possible(seed: int, clock: str) -> None:
    with Mock("caledee", seed=seed, clock=clock, limits=False) as mock:
        rows = mock.state("booking")
        made = rows[4:]
        assert 15 <= len(made) <= 25
        assert no_host_is_twice_at_once(active(mock))
        assert all(is_within_hours(mock, row) for row in rows)
        assert {row["booking"] for row in mock.state("busy")} == {row["id"] for row in active(mock)}
        assert any(row["status"] == "canceled" for row in made)
        assert {row["booked"] for row in mock.state("lead")} == {True, False}
        now = mock.clock.now.isoformat()[:19]
        assert all(row["createdAt"][:19] <= min(now, row["startAt"][:19]) for row in made)
        for lead in mock.state("lead"):
            followed = {row["invitee"]["email"] for row in rows if row["eventTypeId"] == lead["eventTypeId"]}
            assert lead["booked"] == (lead["email"] in followed)


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    def world(seed: int) -> list[bytes]:
        with Mock("caledee", seed=seed) as mock:
            return [mock.call("GET", "/api/v2" + path, persona="owner").body for path in PATHS]

    assert world(7) == world(7)
    assert world(7) != world(8)


def test_the_examples_of_the_document_can_be_booked_in_a_busy_week() -> None:
    with Mock("caledee") as mock:
        operation = mock.service().contract.data["paths"]["/bookings"]["post"]
        for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
            assert book(mock, **example["value"]).status == 201


@pytest.mark.parametrize("data", ["empty", "busy-week", "large"])
@pytest.mark.parametrize("clock", ["1900-01-01T00:00:00Z", "9899-12-30T23:00:00Z"])
def test_worlds_begin_at_the_ends_of_time_too(data: str, clock: str) -> None:
    with Mock("caledee", clock=clock, data=data) as mock:
        for path in PATHS:
            assert mock.call("GET", "/api/v2" + path, persona="owner").status == 200
        day = clock[:10]
        slots(mock, INTRO, f"{day}T00:00:00Z", f"{day}T23:00:00Z")


class TestLarge:
    def test_there_are_ten_thousand_bookings_more(self, large: Mock) -> None:
        rows = large.state("booking")
        assert len(rows) == 10_004
        assert sum(row["status"] == "canceled" for row in rows) == 2_001
        assert no_host_is_twice_at_once(active(large))
        starts = sorted(row["startAt"] for row in rows)
        assert (starts[0][:7], starts[-1][:7]) == ("2025-10", "2026-10")
        assert len({row["id"] for row in rows}) == len(rows)

    def test_every_row_is_shown_once(self, large: Mock) -> None:
        for path, kind in (("/bookings", "booking"), ("/leads", "lead")):
            seen = [
                row["id"]
                for who in ("owner", "other")
                for page in walk(large, path, who, limit=100)
                for row in page
            ]
            assert sorted(seen) == sorted(row["id"] for row in large.state(kind))

    def test_contacts_are_those_of_bookings_and_leads(self, large: Mock) -> None:
        addresses = {(row["_account"], row["invitee"]["email"]) for row in large.state("booking")}
        addresses |= {(row["_account"], row["email"]) for row in large.state("lead")}
        assert {(row["_account"], row["email"]) for row in large.state("contact")} == addresses
        assert len(large.state("contact")) == len(addresses)
        assert sum(row["bookings"] for row in large.state("contact")) == 10_004

    def test_slots_and_bookings_go_on(self, large: Mock) -> None:
        mock = large.fork()
        start = slots(mock, INTRO, "2026-04-07", "2026-05-07")[0]
        answer = book(mock, startAt=start)
        assert answer.status == 201
        assert found(mock, "/bookings", limit=1)["bookings"] == [answer.json]
        assert start not in slots(mock, INTRO, "2026-04-07", "2026-05-07")
