"""Where worlds begin: with the same rows, however long it takes to make them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.house import House, known_slugs
from mockserver.world.clock import Clock, parse_instant

BEGINNING = parse_instant("2026-04-06T08:00:00Z")


def begun(seconds: float) -> House:
    """A house whose clock goes on by so many seconds each time that somebody looks."""
    looks = itertools.count()
    return House(known_slugs(), clock=Clock("running", BEGINNING, tick=lambda: next(looks) * seconds))


def rows(house: House) -> Mapping[str, Any]:
    store = house.worlds.default.store
    return {kind: [row.data for row in store.rows(kind)] for kind in store.kinds()}


@pytest.mark.parametrize("seconds", [3600.0, 0.001])
def test_what_a_world_begins_with_does_not_tell_how_long_that_took(seconds: float) -> None:
    house = begun(seconds)
    assert rows(house) == rows(begun(0.0))
    assert house.worlds.default.clock.kind == "running"
    assert house.worlds.default.now > BEGINNING
