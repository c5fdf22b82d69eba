"""Data sets: the same for the same seed, possible by Cal.com's own rules, and shown without a break."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver import Mock
from mockserver.providers.calcom.calendar import hours_of, schedule_of
from mockserver.providers.calcom.engagements import engagements
from mockserver.providers.calcom.kinds import EVENT_TYPE
from tests.providers.calcom_asking import INTRO, LISTED, OLDER, found, starts

CLOCKS = ["2026-04-06T08:00:00Z", "2026-10-25T01:15:00Z", "2027-03-28T12:00:00Z", "2028-02-29T23:59:59Z"]
STATIC = 6
# Long lists are asked for as they are: what the vendor's document has against rows is found in short ones.
CALL = Mock.call
PATHS = ["/me", "/event-types", "/schedules", "/webhooks", "/bookings?limit=100"]


@pytest.fixture(scope="module")
def large() -> Iterator[Mock]:
    with Mock("calcom", seed=1, data="large", limits=False) as mock:
        yield mock


def plain(mock: Mock, version: str, **query: Any) -> Any:
    """A page of the owner's bookings in that version."""
    target = f"/v2/bookings?{urlencode(query)}"
    answer = CALL(mock, "GET", target, persona="owner", headers={"cal-api-version": version})
    assert answer.status == 200, answer
    return answer.json


def live(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["status"] in ("accepted", "pending")]


def no_host_is_twice_at_once(rows: list[dict[str, Any]]) -> bool:
    for host in {host for row in rows for host in row["_hosts"]}:
        spans = sorted((row["_at"], row["_until"]) for row in rows if host in row["_hosts"])
        if not all(first[1] <= second[0] for first, second in pairwise(spans)):
            return False
    return True


def is_open(mock: Mock, row: dict[str, Any]) -> bool:
    """Whether every host of a booking has hours then, and neither an event nor a day away."""
    store = mock.world.store
    event_type = store.get(EVENT_TYPE, row["eventTypeId"])
    assert event_type is not None
    for host in row["_hosts"]:
        schedule = schedule_of(store, event_type, host)
        assert schedule is not None
        opened = hours_of(schedule).near(row["_at"])
        if not any(since <= row["_at"] and row["_until"] <= until for since, until in opened):
            return False
        if list(engagements(store, host, row["_at"], row["_until"])):
            return False
    return True


@pytest.mark.parametrize(("seed", "clock"), list(enumerate(CLOCKS, 1)))
def test_a_busy_week_is_possible(seed: int, clock: str) -> None:
    with Mock("calcom", seed=seed, clock=clock, limits=False) as mock:
        rows = mock.state("booking")
        made = [row for row in rows if row["id"] >= 100_000]
        assert len(rows) == STATIC + len(made)
        assert 15 <= len(made) <= 25
        assert no_host_is_twice_at_once(live(rows))
        assert all(is_open(mock, row) for row in made)
        assert {row["of"] for row in mock.state("busy")} == {row["uid"] for row in live(rows)}
        assert {row["status"] for row in made} >= {"accepted", "cancelled"}
        now = mock.clock.now.isoformat()[:19]
        assert all(row["createdAt"][:19] <= min(now, row["start"][:19]) for row in made)


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    def world(seed: int) -> list[bytes]:
        with Mock("calcom", seed=seed) as mock:
            headers = {"cal-api-version": LISTED}
            return [CALL(mock, "GET", f"/v2{path}", persona="owner", headers=headers).body for path in PATHS]

    assert world(7) == world(7)
    assert world(7) != world(8)


def test_an_empty_world_holds_what_the_document_names_and_nothing_else() -> None:
    with Mock("calcom", data="empty") as mock:
        assert len(mock.state("booking")) == STATIC
        assert len(mock.state("slot-reservation")) == 0
        assert "2026-04-07T08:00:00.000Z" in starts(mock, INTRO, "2026-04-07")


def test_every_booking_of_a_busy_week_can_be_read_and_all_are_listed_once() -> None:
    with Mock("calcom", limits=False) as mock:
        rows = [row for row in mock.state("booking") if "ana@example.com" in row["_people"]]
        for row in rows:
            assert found(mock, f"/bookings/{row['uid']}")["uid"] == row["uid"]
        listed = found(mock, "/bookings", version=LISTED, limit=100)
        assert sorted(each["uid"] for each in listed) == sorted(row["uid"] for row in rows)


def test_ten_thousand_bookings_are_possible(large: Mock) -> None:
    rows = large.state("booking")
    assert len(rows) >= 10_000 + STATIC
    assert len({row["uid"] for row in rows}) == len({row["id"] for row in rows}) == len(rows)
    assert no_host_is_twice_at_once(live(rows))
    times = sorted(row["start"] for row in rows)
    assert times[0] < "2025-11" < "2026-09" < times[-1]


@pytest.mark.parametrize("status", [None, "upcoming", "past", "cancelled", "unconfirmed", "recurring"])
def test_cursors_lead_through_all_of_a_large_world_once(large: Mock, status: str | None) -> None:
    """What the pages give is what the rows say, in the table's order, from its first page's anchor on."""
    now = large.clock.now.timestamp()
    wanted = [row for row in large.state("booking") if "ana@example.com" in row["_people"]]
    if status in ("upcoming", "past", "recurring"):
        wanted = [row for row in wanted if row["status"] == "accepted"]
        late = status == "past"
        wanted = [row for row in wanted if (row["_at"] < now if late else row["_at"] >= now - 3600)]
    elif status == "unconfirmed":
        wanted = [row for row in wanted if row["status"] == "pending" and row["_at"] >= now - 3600]
    elif status == "cancelled":
        wanted = [row for row in wanted if row["status"] in ("cancelled", "rejected")]
    if status == "recurring":
        wanted = [row for row in wanted if "recurringBookingUid" in row]
    query: dict[str, Any] = {"limit": 100} | ({} if status is None else {"status": status})
    seen: list[str] = []
    starts_seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = plain(large, LISTED, **query, **cursor)
        seen += [each["uid"] for each in page["data"]]
        starts_seen += [each["start"] for each in page["data"]]
        if not page["pagination"]["hasMore"]:
            break
        cursor = {"cursor": page["pagination"]["nextCursor"]}
    assert len(seen) == len(set(seen))
    assert set(seen) == {row["uid"] for row in wanted}
    descending = status in (None, "past", "cancelled")
    assert starts_seen == sorted(starts_seen, reverse=descending)


def test_taking_and_skipping_leads_through_all_of_a_large_world_once(large: Mock) -> None:
    wanted = {row["uid"] for row in large.state("booking") if "ana@example.com" in row["_people"]}
    seen: list[str] = []
    while True:
        page = plain(large, OLDER, take=250, skip=len(seen))
        seen += [each["uid"] for each in page["data"]]
        told = page["pagination"]
        assert told["totalItems"] == len(wanted)
        assert told["remainingItems"] == len(wanted) - len(seen)
        assert told["hasNextPage"] is (told["remainingItems"] > 0)
        if not told["hasNextPage"]:
            break
    assert len(seen) == len(wanted)
    assert set(seen) == wanted
