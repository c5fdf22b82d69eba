"""Data sets: the same for the same seed, possible by meetergo's own rules, and shown without a break."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from mockserver import Mock
from mockserver.providers.meetergo.hours import timetable_for
from mockserver.providers.meetergo.kinds import MEETING_TYPE
from mockserver.providers.meetergo.records import starts_at
from tests.providers.meetergo_asking import ask

CLOCKS = ["2026-04-06T08:00:00Z", "2026-10-25T01:15:00Z", "2027-03-28T12:00:00Z", "2028-02-29T23:59:59Z"]
STATIC = 4


@pytest.fixture(scope="module")
def large() -> Iterator[Mock]:
    with Mock("meetergo", seed=1, data="large", limits=False) as mock:
        yield mock


def active(mock: Mock) -> list[dict[str, Any]]:
    return [row for row in mock.state("appointment") if not row["isCancelled"]]


def no_host_is_twice_at_once(rows: list[dict[str, Any]]) -> bool:
    for host in {host for row in rows for host in row["hostIds"]}:
        spans = sorted((row["start"], row["end"]) for row in rows if host in row["hostIds"])
        if not all(first[1] <= second[0] for first, second in pairwise(spans)):
            return False
    return True


def is_within_hours(mock: Mock, row: dict[str, Any]) -> bool:
    meeting_type = mock.world.store.get(MEETING_TYPE, row["meetingTypeId"])
    assert meeting_type is not None
    start = starts_at(row)
    end = start + 60 * row["meetingInfo"]["duration"]
    for host in row["hostIds"]:
        table = timetable_for(mock.world.store, meeting_type, host)
        assert table is not None
        if not any(opens <= start and end <= closes for opens, closes in table.near(start)):
            return False
    return True


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_busy_week_is_possible(seed: int, clock: str) -> None:
    with Mock("meetergo", seed=seed, clock=clock, limits=False) as mock:
        rows = mock.state("appointment")
        assert 18 <= len(rows) <= 30
        assert no_host_is_twice_at_once(active(mock))
        assert all(is_within_hours(mock, row) for row in rows[STATIC:])
        assert {row["appointment"] for row in mock.state("busy")} == {row["id"] for row in active(mock)}
        assert any(row["isCancelled"] for row in rows[STATIC:])
        emails = [row["item"]["email"] for row in mock.state("contact")]
        assert set(emails) == {each["email"] for row in rows for each in row["attendees"]}
        for path in ("/v4/appointment/paginated", "/v4/appointment/today", "/v4/user", "/crm", "/webhooks"):
            assert ask(mock, "GET", path).status == 200, path


def test_the_same_seed_gives_the_same_world() -> None:
    def everything(seed: int) -> Any:
        with Mock("meetergo", seed=seed) as mock:
            return mock.state("appointment"), mock.state("contact")

    assert everything(1) == everything(1)
    assert everything(1) != everything(2)


def test_a_large_world_has_ten_thousand_appointments(large: Mock) -> None:
    rows = large.state("appointment")
    assert len(rows) == 10_000 + STATIC
    assert no_host_is_twice_at_once(active(large))
    assert {row["appointment"] for row in large.state("busy")} == {row["id"] for row in active(large)}
    contacts = large.state("contact")
    assert len({(row["_account"], row["item"]["email"]) for row in contacts}) == len(contacts)


def test_a_large_world_is_paged_through_without_a_gap(large: Mock) -> None:
    total = ask(large, "GET", "/v4/appointment/paginated").json["total"]
    seen: list[str] = []
    for page in range(-(-total // 100)):
        answer = ask(large, "GET", f"/v4/appointment/paginated?page={page}&pageSize=100")
        assert answer.status == 200
        seen += [row["id"] for row in answer.json["appointments"]]
    assert len(seen) == len(set(seen)) == total
    # The rest are another company's.
    assert total == sum(row["companyId"].startswith("880e") for row in large.state("appointment"))
