from __future__ import annotations

import pytest

from mockserver.world.clock import parse_clock
from mockserver.world.limits import Limit
from mockserver.world.outbox import Message
from mockserver.world.store import Index
from mockserver.world.world import World

ANIMAL = "zoo/animal"


def made(rows: int = 20, name: str = "default", space: str | None = None) -> World:
    world = World(name, 1, "busy-week", parse_clock("2026-04-06T08:00:00Z"), space=space)
    world.store.define(ANIMAL, [Index("name", order=("name",))])
    world.store.load(ANIMAL, [(f"a-{n}", {"name": f"{n:05}"}) for n in range(rows)])
    world.mark_pristine()
    return world


class Told:
    provider, operation, status = "zoo", "listAnimals", 200

    def __init__(self, id: str) -> None:
        self.id = id


def live(world: World, limit: Limit) -> list[object]:
    """Use everything a world has, and tell what came of it."""
    with world.store.transaction() as store:
        id = world.new_id("an-{base62:10}", ANIMAL)
        row = store.insert(ANIMAL, id, {"name": "new"})
        message = world.outbox.put(Message("zoo", "born", "https://example.com", b"", world.now))
    world.clock.advance(5)
    verdict = world.limits.take(limit, "key", world.clock.epoch())
    exchange = world.journal.next_id()
    world.journal.record(Told(exchange))
    fired = len(world.faults.matching("zoo", "listAnimals"))
    cursor = world.cursors.encode([id], b"")
    return [id, row.ordinal, message.id, message.made_at, verdict, exchange, fired, cursor]


def test_a_reset_world_gives_the_same_answers_again() -> None:
    limit = Limit("few", 2, 60)
    world = made()
    first = [live(world, limit) for _ in range(3)]
    world.faults.declare({"fault": "outage"})
    world.reset()
    assert [live(world, limit) for _ in range(3)] == first
    world.reset()
    assert world.store.count(ANIMAL) == 20
    assert not world.faults
    assert len(world.journal) == 0
    assert world.outbox.messages() == []
    assert world.now == parse_clock("2026-04-06T08:00:00Z").now()


def test_a_snapshot_can_be_restored_any_number_of_times() -> None:
    limit = Limit("few", 2, 60)
    world = made()
    world.faults.declare({"fault": "outage", "nth": 2})
    live(world, limit)
    snapshot = world.snapshot()
    runs = []
    for _ in range(3):
        runs.append([live(world, limit), live(world, limit)])
        world.restore(snapshot)
    assert runs[0] == runs[1] == runs[2]
    assert world.outbox.messages()[0].id == "m-1"
    assert len(world.journal) == 1


def test_a_fork_goes_its_own_way_from_the_same_place() -> None:
    limit = Limit("few", 2, 60)
    world = made()
    live(world, limit)
    fork = world.fork("other")
    assert (fork.name, fork.seed, fork.data, fork.space) == ("other", 1, "busy-week", "default")
    assert len(fork.journal) == 0
    assert fork.outbox.messages() == []
    told, original = live(fork, limit), live(world, limit)
    # The journals alone differ: the fork's starts empty.
    assert (told.pop(5), original.pop(5)) == ("x-1", "x-2")
    assert told == original
    fork.store.remove(ANIMAL, "a-1")
    assert world.store.get(ANIMAL, "a-1") is not None
    fork.reset()
    assert fork.store.count(ANIMAL) == 21


def test_a_world_that_nobody_marked_cannot_be_reset() -> None:
    world = World("raw", 1, "", parse_clock("2026-04-06T08:00:00Z"))
    with pytest.raises(RuntimeError, match="pristine"):
        world.reset()


def test_worlds_of_one_space_give_the_same_ids_and_of_two_do_not() -> None:
    limit = Limit("few", 2, 60)
    assert live(made(name="gw0", space="one"), limit) == live(made(name="gw1", space="one"), limit)
    assert live(made(name="gw0"), limit)[0] != live(made(name="gw1"), limit)[0]


def test_a_thousand_forks_of_ten_thousand_rows_copy_none() -> None:
    world = made(10_000)
    table = world.store.root().tables[ANIMAL]
    forks = [world.fork(f"w{number}") for number in range(1_000)]
    assert all(fork.store.root().tables[ANIMAL] is table for fork in forks)
    first = forks[0]
    first.store.put(ANIMAL, "a-5", {"name": "changed"})
    changed = 0
    for mine, theirs in zip(first.store.rows(ANIMAL), world.store.rows(ANIMAL), strict=True):
        changed += mine is not theirs
    assert changed == 1
    first.reset()
    assert first.store.root().tables[ANIMAL] is table
