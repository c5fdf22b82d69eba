from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.world.cursors import MAX_LENGTH, CursorError, Cursors

CURSORS = Cursors(b"secret")
BOUND = b"listEvents owner status=confirmed"

positions = st.lists(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=20)), max_size=6
)


def kind_of(text: str, bound: bytes = BOUND, now: float = 0.0, cursors: Cursors = CURSORS) -> str:
    with pytest.raises(CursorError) as caught:
        cursors.decode(text, bound, now)
    return caught.value.kind


@given(position=positions, bound=st.binary(max_size=80))
def test_a_position_comes_back_as_it_was(position: list[object], bound: bytes) -> None:
    text = CURSORS.encode(position, bound)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert CURSORS.decode(text, bound, 1e12) == position
    assert Cursors(b"secret").encode(tuple(position), bound) == text


@given(position=positions, at=st.integers(0, 10_000), letter=st.sampled_from("AZaz09_-=+/ é\0"))
def test_any_change_is_noticed(position: list[object], at: int, letter: str) -> None:
    text = CURSORS.encode(position, BOUND)
    at %= len(text)
    for changed in (text[:at] + letter + text[at + 1 :], text[:at] + letter + text[at:], text[:at]):
        if changed != text:
            assert kind_of(changed) == "malformed"


@given(text=st.text(max_size=200))
def test_a_text_that_is_no_cursor_is_malformed(text: str) -> None:
    assert kind_of(text) == "malformed"


def test_a_cursor_of_other_filters_is_foreign_and_one_of_another_world_malformed() -> None:
    text = CURSORS.encode([1], BOUND)
    assert kind_of(text, b"listEvents reader") == "foreign"
    assert kind_of(text, cursors=Cursors(b"other")) == "malformed"
    assert kind_of("A" * (MAX_LENGTH + 1)) == "malformed"


def test_a_cursor_is_stale_from_its_last_second_on() -> None:
    text = CURSORS.encode([1], BOUND, expires=100.0)
    assert CURSORS.decode(text, BOUND, 99.999) == [1]
    assert kind_of(text, now=100.0) == "stale"
