"""Data sets: the same for the same seed, possible by Zeeg's own rules, and shown without a break."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from mockserver import Mock
from mockserver.providers.zeeg.hours import hours_for
from mockserver.providers.zeeg.kinds import PAGE
from mockserver.providers.zeeg.records import starts_at
from tests.providers.zeeg_asking import ask

LISTS = ["/scheduled-events?scope=all", "/event-types", "/schedules", "/webhooks", "/organizations/users"]
CLOCKS = ["2026-04-06T08:00:00Z", "2026-10-25T01:15:00Z", "2027-03-28T12:00:00Z", "2028-02-29T23:59:59Z"]


@pytest.fixture(scope="module")
def large() -> Iterator[Mock]:
    with Mock("zeeg", seed=1, data="large", limits=False) as mock:
        yield mock


def walk(mock: Mock, path: str, persona: str) -> Iterator[dict[str, Any]]:
    """Every row of a list, page by page."""
    size = "per_page" if "users" in path else "count"
    page = path + ("&" if "?" in path else "?") + f"{size}=100"
    following: str | None = f"/v2{page}"
    while following:
        answer = mock.call("GET", following, persona=persona)
        assert answer.status == 200, answer
        yield from answer.json["collection"]
        following = answer.json["pagination"]["nextPage"]


def no_host_is_twice_at_once(events: list[dict[str, Any]]) -> bool:
    hosts = {host for event in events for host in event["_hosts"]}
    for host in hosts:
        spans = sorted((e["startTime"], e["endTime"]) for e in events if host in e["_hosts"])
        if not all(first[1] <= second[0] for first, second in pairwise(spans)):
            return False
    return True


def active(mock: Mock) -> list[dict[str, Any]]:
    return [event for event in mock.state("event") if event["status"] != "cancelled"]


def is_within_hours(mock: Mock, event: dict[str, Any]) -> bool:
    store = mock.world.store
    page = store.get(PAGE, event["_eventType"])
    assert page is not None
    start = starts_at(event)
    for host in event["_hosts"]:
        hours = hours_for(store, page, host)
        assert hours is not None
        near = hours.near(start)
        if not any(s <= start and start + event["duration"] * 60 <= e for s, e in near):
            return False
    return True


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_busy_week_is_possible(seed: int, clock: str) -> None:
    with Mock("zeeg", seed=seed, clock=clock, limits=False) as mock:
        events = mock.state("event")
        assert 20 <= len(events) <= 35
        assert no_host_is_twice_at_once(active(mock))
        assert all(is_within_hours(mock, event) for event in events[5:])
        assert all(event["activeInviteesCount"] <= event["maxActiveInvitees"] for event in events)
        booked = {row["event"] for row in mock.state("busy")}
        assert booked == {event["uuid"] for event in active(mock)}
        made = events[5:]
        assert any(event["status"] == "cancelled" for event in made)
        assert any(event["guests"] for event in made)
        assert any(event["_phone"] for event in made)
        assert len(mock.state("note")) > 2
        now = mock.clock.now.isoformat()[:19]
        assert all(event["createdAt"][:19] <= min(now, event["startTime"][:19]) for event in made)
        for path in LISTS:
            for persona in ("owner", "other"):
                list(walk(mock, path, persona))
        for event in events:
            if event["_account"] == "acme":
                list(walk(mock, f"/scheduled-events/{event['uuid']}/notes", "owner"))


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    def world(seed: int) -> tuple[bytes, ...]:
        with Mock("zeeg", seed=seed) as mock:
            return tuple(mock.call("GET", "/v2" + path, persona="owner").body for path in LISTS)

    assert world(7) == world(7)
    assert world(7) != world(8)


def test_the_examples_of_the_document_can_be_booked_in_a_busy_week() -> None:
    with Mock("zeeg") as mock:
        operation = mock.service().contract.data["paths"]["/event"]["post"]
        for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
            assert ask(mock, "POST", "/event", example["value"]).status == 200


def test_an_empty_world_has_the_static_rows_only(zeeg: Mock) -> None:
    assert len(zeeg.state("event")) == 5
    assert len(zeeg.state("busy")) == 4


class TestLarge:
    def test_there_are_ten_thousand_events_more(self, large: Mock) -> None:
        events = large.state("event")
        assert len(events) == 10_005
        assert sum(event["status"] == "cancelled" for event in events) == 2_001
        assert no_host_is_twice_at_once(active(large))
        starts = sorted(event["startTime"] for event in events)
        assert starts[0][:7] == "2025-10"
        assert starts[-1][:7] == "2026-10"

    def test_every_row_is_shown_once(self, large: Mock) -> None:
        seen = [row["uuid"] for who in ("owner", "other") for row in walk(large, LISTS[0], who)]
        assert len(seen) == len(set(seen)) == 10_005

    def test_slots_and_bookings_go_on(self, large: Mock) -> None:
        path = "/availability/alex-mueller/event-types/intro-30?startDate=2026-04-07&endDate=2026-05-07"
        found = ask(large, "GET", path).json
        assert not found["isNotAvailable"]
