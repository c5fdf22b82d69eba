"""Several calendars as one: open when all are, busy when one is; or any of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.scheduling.calendars import Calendar, slots_of_any, together
from mockserver.scheduling.intervals import merge
from mockserver.scheduling.slots import slots

pairs = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda p: (p[0], p[0] + p[1])))
calendars = st.lists(st.builds(Calendar, pairs.map(merge), pairs), min_size=1, max_size=3)


@given(calendars)
def test_together_an_instant_is_open_when_it_is_for_all_and_busy_when_it_is_for_one(
    each: list[Calendar],
) -> None:
    joint = together(each)
    for instant in range(60):
        assert _in(joint.open, instant) == all(_in(one.open, instant) for one in each)
        assert _in(joint.busy, instant) == any(_in(one.busy, instant) for one in each)


@given(calendars, st.integers(1, 5), st.integers(0, 2))
def test_a_slot_of_any_is_a_slot_of_one_of_them(each: list[Calendar], duration: int, buffer: int) -> None:
    found = slots_of_any(each, duration=duration, now=3, buffer_before=buffer)
    alone = [slots(open, busy, duration=duration, now=3, buffer_before=buffer) for open, busy in each]
    assert found == sorted({start for starts in alone for start in starts})


def test_nobody_has_no_calendar() -> None:
    with pytest.raises(ValueError, match="nobody"):
        together([])
    assert slots_of_any([], duration=5, now=0) == []


def _in(stretches: object, instant: int) -> bool:
    assert isinstance(stretches, list)
    return any(start <= instant < end for start, end in stretches)
