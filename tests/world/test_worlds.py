from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mockserver.world.clock import Clock, parse_clock
from mockserver.world.world import World
from mockserver.world.worlds import WorldError, Worlds

BEGUN = datetime(2026, 4, 6, 8, tzinfo=UTC)


class Maker:
    def __init__(self) -> None:
        self.calls: list[tuple[str, int, str]] = []

    def __call__(self, name: str, seed: int, data: str) -> World:
        self.calls.append((name, seed, data))
        world = World(name, seed, data, parse_clock("2026-04-06T08:00:00Z"))
        world.store.define("zoo/animal")
        world.store.insert("zoo/animal", "rex", {"seed": seed})
        return world


def kind_of(error: pytest.ExceptionInfo[WorldError]) -> str:
    return error.value.kind


def test_the_default_world_is_always_there() -> None:
    worlds = Worlds(Maker(), seed=4, data="few")
    assert worlds.get("default") is worlds.default is worlds.find("default")
    assert (worlds.default.seed, worlds.default.data) == (4, "few")
    with pytest.raises(WorldError) as error:
        worlds.drop("default")
    assert kind_of(error) == "default"


def test_a_fresh_world_is_made_once_for_its_seed_and_data_and_shared_after() -> None:
    make = Maker()
    worlds = Worlds(make, seed=1)
    one, two, other = worlds.create("one"), worlds.create("two"), worlds.create("other", seed=2)
    assert make.calls == [("default", 1, ""), ("default", 2, "")]
    assert one.store.get("zoo/animal", "rex") is two.store.get("zoo/animal", "rex")
    assert other.seed == 2
    shape = "{base62:20}"
    assert one.new_id(shape, "zoo/animal") == two.new_id(shape, "zoo/animal")
    assert other.new_id(shape, "zoo/animal") != worlds.default.new_id(shape, "zoo/animal")


def test_names_are_given_in_turn_and_never_taken_from_others() -> None:
    worlds = Worlds(Maker())
    worlds.create("w2")
    assert [worlds.create().name for _ in range(3)] == ["w1", "w3", "w4"]
    worlds.drop("w3")
    assert worlds.create().name == "w5"
    assert worlds.names() == ["default", "w2", "w1", "w4", "w5"]
    assert "w3" not in worlds
    assert len(worlds) == 5


@pytest.mark.parametrize("name", ["", "a/b", "é", "a b", "x" * 65, "a\n", "٣"])
def test_a_name_that_does_not_fit_into_a_path_is_refused(name: str) -> None:
    worlds = Worlds(Maker())
    with pytest.raises(WorldError) as error:
        worlds.create(name)
    assert kind_of(error) == "name"


def test_a_fork_of_a_named_world_has_its_rows() -> None:
    worlds = Worlds(Maker(), seed=1)
    worlds.default.store.insert("zoo/animal", "new", {})
    assert worlds.create("copy", from_="default").store.count("zoo/animal") == 2
    assert worlds.create("fresh").store.count("zoo/animal") == 1


def test_what_cannot_be_made_is_said_and_nothing_changes() -> None:
    worlds = Worlds(Maker(), limit=2)
    worlds.create("one")
    attempts: list[tuple[str, Callable[[], World]]] = [
        ("exists", lambda: worlds.create("one")),
        ("full", lambda: worlds.create("two")),
        ("options", lambda: worlds.create(from_="one", data="few")),
    ]
    for kind, attempt in attempts:
        with pytest.raises(WorldError) as error:
            attempt()
        assert kind_of(error) == kind
    worlds.drop("one")
    for call in (worlds.get, worlds.drop, lambda name: worlds.create(from_=name)):
        with pytest.raises(WorldError) as error:
            call("one")
        assert kind_of(error) == "unknown"
    assert worlds.find("one") is None
    assert worlds.names() == ["default"]


def test_a_reset_brings_back_the_beginning_or_another_seed() -> None:
    worlds = Worlds(Maker(), seed=1)
    world = worlds.create("one")
    world.store.remove("zoo/animal", "rex")
    assert worlds.reset("one") is world
    assert world.store.count("zoo/animal") == 1
    other = worlds.reset("one", seed=9)
    assert other is worlds.get("one")
    assert (other.name, other.seed, other.data) == ("one", 9, "")


def test_seeds_without_end_do_not_fill_the_memory() -> None:
    make = Maker()
    worlds = Worlds(make)
    for seed in range(1, 30):
        worlds.reset("default", seed=seed)
    worlds.reset("default", seed=29)
    assert len(make.calls) == 30


def test_a_fresh_world_begins_at_its_beginning_however_long_the_others_ran() -> None:
    ticked = [0.0]

    def make(name: str, seed: int, data: str) -> World:
        return World(name, seed, data, Clock("running", BEGUN, tick=lambda: ticked[0]))

    worlds = Worlds(make)
    ticked[0] += 1000
    assert worlds.default.now == BEGUN + timedelta(seconds=1000)
    assert worlds.create("fresh").now == BEGUN
    assert worlds.reset("default", seed=2).now == BEGUN
    assert worlds.create("fork", from_="fresh").now == BEGUN
