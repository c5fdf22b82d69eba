from __future__ import annotations

from random import Random

from mockserver.world.cast import first_name, somebody


def test_the_same_dice_give_the_same_people() -> None:
    assert [somebody(Random(4)) for _ in range(2)] == [somebody(Random(4))] * 2
    assert len({somebody(Random(seed)) for seed in range(50)}) == 50


def test_nobody_has_their_addresses() -> None:
    for seed in range(50):
        who = somebody(Random(seed))
        assert who.email == f"{who.first}.{who.last}{who.number}@example.org".lower()
        assert who.name.split() == [who.first, who.last]
        assert first_name(Random(seed)) == who.first
