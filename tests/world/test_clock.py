from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

import pytest

from mockserver.world.clock import Clock, instant_of, iso_micro, iso_seconds, parse_clock, parse_instant

MONDAY = datetime(2026, 4, 6, 8, 0, tzinfo=UTC)


class Time:
    """A source of real time that a test moves."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


def test_a_fixed_clock_stands_still_until_it_is_moved() -> None:
    clock = parse_clock("2026-04-06T08:00:00Z")
    assert clock.now() is clock.now()
    assert clock.now() == MONDAY
    assert clock.epoch() == MONDAY.timestamp()
    clock.advance(90.5)
    assert iso_micro(clock.now()) == "2026-04-06T08:01:30.500000Z"
    clock.set(MONDAY)
    assert clock.now() == MONDAY


def test_a_running_clock_goes_on_from_where_it_was_put() -> None:
    tick = Time(1000.0)
    clock = Clock("running", MONDAY, tick=tick)
    tick.seconds += 5
    assert clock.now() == MONDAY + timedelta(seconds=5)
    clock.advance(60)
    assert clock.epoch() == MONDAY.timestamp() + 65
    clock.set(MONDAY)
    tick.seconds += 1
    assert clock.now() == MONDAY + timedelta(seconds=1)


@pytest.mark.parametrize("kind", ["fixed", "running", "system"])
def test_a_reading_is_the_instant_that_the_clock_showed(kind: Literal["fixed", "running", "system"]) -> None:
    time = Time(1_000_000.123457)
    clock = Clock(kind, MONDAY + timedelta(microseconds=1), wall=time, tick=time)
    clock.advance(0.7)
    reading, now = clock.reading(), clock.now()
    time.seconds += 10
    assert instant_of(reading) == now
    assert instant_of(reading).tzinfo is UTC


def test_a_system_clock_keeps_its_shift() -> None:
    wall = Time(MONDAY.timestamp())
    clock = Clock("system", wall=wall)
    assert clock.now() == MONDAY
    clock.advance(-3600)
    wall.seconds += 10
    assert clock.now() == MONDAY + timedelta(seconds=10 - 3600)


@pytest.mark.parametrize("kind", ["fixed", "running"])
def test_a_mark_brings_the_same_instant_back(kind: str) -> None:
    clock = parse_clock(f"{kind}:2026-04-06T08:00:00Z")
    clock.set(MONDAY)
    mark = clock.mark()
    clock.advance(86_400)
    clock.return_to(mark)
    assert timedelta(0) <= clock.now() - MONDAY < timedelta(hours=1)


def test_a_mark_brings_the_shift_of_a_system_clock_back() -> None:
    wall = Time(MONDAY.timestamp())
    clock = Clock("system", wall=wall)
    mark = clock.mark()
    clock.advance(86_400)
    wall.seconds += 1
    clock.return_to(mark)
    assert clock.epoch() == wall.seconds


def test_a_fork_shows_the_same_and_is_moved_on_its_own() -> None:
    tick = Time(5.0)
    for clock in (Clock("fixed", MONDAY), Clock("running", MONDAY, tick=tick)):
        clock.advance(7)
        fork = clock.fork()
        assert fork.now() == clock.now()
        fork.advance(1)
        assert fork.now() - clock.now() == timedelta(seconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-04-06",
        "2026-04-06T08:00:00",
        "running:",
        "running:soon",
        "stopped:2026-04-06T08:00:00Z",
    ],
)
def test_a_text_that_is_no_clock_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="2026-04-06T08:00:00Z"):
        parse_clock(text)


def test_no_clock_leaves_the_calendar() -> None:
    for clock in (Clock("fixed", MONDAY), Clock("running", MONDAY), Clock("system")):
        before = clock.epoch()
        for seconds in (1e12, -1e12, 2.6e11, -5e9, 1e300, float("inf"), float("nan")):
            with pytest.raises(ValueError, match="clock"):
                clock.advance(seconds)
        for year in (1, 1899, 9901, 9999):
            with pytest.raises(ValueError, match="between the years 1900 and 9900"):
                clock.set(datetime(year, 6, 1, tzinfo=UTC))
        assert abs(clock.epoch() - before) < 3600
    with pytest.raises(ValueError, match="between the years"):
        parse_instant("0001-01-01T00:00:00+05:00")
    with pytest.raises(ValueError, match="between the years 1900 and 9900"):
        parse_clock("running:9999-12-31T23:59:59Z")
    with pytest.raises(ValueError, match="needs an instant"):
        Clock("fixed")
    with pytest.raises(ValueError, match="fixed, running or system"):
        Clock("sundial", MONDAY)  # type: ignore[arg-type]


def test_instants_are_written_in_utc_whatever_their_zone() -> None:
    berlin = datetime(2026, 4, 15, 11, 0, 0, 250, tzinfo=timezone(timedelta(hours=2)))
    assert iso_micro(berlin) == "2026-04-15T09:00:00.000250Z"
    assert iso_seconds(berlin) == "2026-04-15T09:00:00Z"
    assert parse_instant("2026-04-15T11:00:00+02:00").tzinfo is UTC


def test_a_clock_begins_anew_where_it_began() -> None:
    tick = Time(1000.0)
    clock = Clock("running", MONDAY, tick=tick)
    tick.seconds += 500
    clock.advance(60)
    assert clock.anew().now() == MONDAY
