from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.world.ids import Ids, parse_shape

IDS = Ids(1, "default")


def test_a_value_depends_on_seed_space_kind_and_ordinal_and_on_nothing_else() -> None:
    shape = "zg-{base62:20}"
    first = IDS.make(shape, "zeeg/event", 1)
    IDS.make(shape, "zeeg/other", 5)
    assert Ids(1, "default").make(shape, "zeeg/event", 1) == first
    # Written down: the ids of a seed stay the same from one release to the next.
    assert first == "zg-tTkmzXxdJfdLOsZJ5t5W"
    others = {
        Ids(2, "default").make(shape, "zeeg/event", 1),
        Ids(1, "other").make(shape, "zeeg/event", 1),
        IDS.make(shape, "zeeg/user", 1),
        IDS.make(shape, "zeeg/event", 2),
    }
    assert len(others | {first}) == 5


@given(ordinal=st.integers(1, 10**9))
def test_every_shape_is_as_it_says(ordinal: int) -> None:
    text = IDS.make("a-{base62:12}-{hex:70}-{digits:6}-{ordinal}.{uuid}", "zoo/animal", ordinal)
    match = re.fullmatch(
        rf"a-[0-9A-Za-z]{{12}}-[0-9a-f]{{70}}-[1-9][0-9]{{5}}-{ordinal}\.([0-9a-f-]{{36}})", text
    )
    assert match
    made = uuid.UUID(match.group(1))
    assert made.version == 4
    assert made.variant == uuid.RFC_4122
    assert str(made) == match.group(1)


def test_ten_thousand_ids_differ() -> None:
    shape = parse_shape("{base62:20}")
    assert len({IDS.make(shape, "zoo/animal", ordinal) for ordinal in range(10_000)}) == 10_000


def test_fewer_bytes_are_the_beginning_of_more() -> None:
    many = IDS.bytes("zoo/animal", 1, 200)
    assert len(many) == 200
    assert IDS.bytes("zoo/animal", 1, 10) == many[:10]
    assert many[:64] != many[64:128]


def test_a_source_of_numbers_repeats_itself() -> None:
    assert IDS.random("zoo/animal", 1).random() == IDS.random("zoo/animal", 1).random()
    assert IDS.random("zoo/animal", 1).random() != IDS.random("zoo/animal", 2).random()


@pytest.mark.parametrize(
    "text",
    [
        "{base62}",
        "{base62:0}",
        "{hex:1001}",
        "{uuid:4}",
        "{ordinal:2}",
        "{word:3}",
        "{",
        "a}",
        "{}",
        "{Hex:3}",
    ],
)
def test_a_shape_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="shape"):
        parse_shape(text)


def test_a_shape_without_a_field_is_a_constant() -> None:
    assert IDS.make("me", "zoo/animal", 1) == "me"
