"""Whoever books what is offered, one after another, on days when clocks change: nobody meets two at once."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.scheduling.hours import open_intervals
from mockserver.scheduling.intervals import Interval
from mockserver.scheduling.slots import is_bookable, slots
from tests.scheduling import slow
from tests.scheduling.cases import compiled, odd_days, plans

MINUTE = 60
_lengths = st.sampled_from([15, 30, 45, 60]).map(lambda count: count * MINUTE)
_pauses = st.sampled_from([0, 5, 15]).map(lambda count: count * MINUTE)


@st.composite
def open_plans(draw: st.DrawFn) -> tuple[slow.Plan, dt.date]:
    """The same hours each day: of the night in which clocks change, of a day, or of both."""
    zone, middle = draw(odd_days)
    spans = draw(st.sampled_from([[("00:00", "05:00")], [("09:00", "12:00")], [("22:30", "03:15")]]))
    return slow.Plan(zone, dict.fromkeys(range(7), spans)), middle


class Book:
    """Who meets when, kept as plainly as can be: a list of starts, one for each seat."""

    def __init__(self, open: list[Interval], rules: dict[str, Any]) -> None:
        self.open, self.rules = open, rules
        self.seats: list[int] = []

    @property
    def busy(self) -> list[Interval]:
        return [Interval(at, at + self.rules["duration"]) for at in sorted(set(self.seats))]

    @property
    def taken(self) -> dict[int, int]:
        return {at: self.seats.count(at) for at in self.seats}

    def offered(self) -> list[int]:
        return slots(self.open, self.busy, taken=self.taken, **self.rules)

    def refused(self, at: int) -> object:
        return is_bookable(at, self.open, self.busy, taken=self.taken, **self.rules)

    def plainly(self) -> list[int]:
        """What is offered, start by start: each seat beside the meetings that are not this very one."""
        rules = self.rules
        reckoned = slow.slots(
            self.open, (), rules["duration"], rules["step"], rules["now"] + rules["minimum_notice"], 0, 0
        )
        return [at for at in reckoned if self.room(at)]

    def room(self, at: int) -> bool:
        rules = self.rules
        if at in self.seats:
            return self.seats.count(at) < int(rules["capacity"])
        begins, ends = at - rules["buffer_before"], at + rules["duration"] + rules["buffer_after"]
        return all(ends <= other or other + rules["duration"] <= begins for other in self.seats)


@settings(deadline=None)
@given(
    plans() | open_plans() | open_plans(), _lengths, _lengths, _pauses, _pauses, st.integers(1, 3), st.data()
)
def test_nobody_is_booked_twice_and_what_is_given_back_is_offered_again(
    made: tuple[slow.Plan, dt.date],
    duration: int,
    step: int,
    before: int,
    after: int,
    capacity: int,
    data: st.DataObject,
) -> None:
    plan, middle = made
    hours, overrides = compiled(plan)
    open = open_intervals(hours, overrides, middle, middle + slow.ONE_DAY)
    now = open[0].start + data.draw(_pauses) if open else 0
    rules = {
        "duration": duration,
        "step": step,
        "now": now,
        "minimum_notice": data.draw(_pauses),
        "buffer_before": before,
        "buffer_after": after,
        "capacity": capacity,
    }
    book = Book(open, rules)
    for _ in range(data.draw(st.sampled_from([2, 5, 9]))):
        offered = book.offered()
        assert offered == book.plainly()
        if book.seats and data.draw(st.sampled_from([False, False, True])):
            del book.seats[data.draw(st.integers(0, len(book.seats) - 1))]
            continue
        if not offered:
            break
        # Beside what is offered, starts that are not: a minute off, and one that is taken.
        at = data.draw(st.sampled_from(offered))
        for wrong in {at + MINUTE, *book.seats} - set(offered):
            assert book.refused(wrong) is not None
        assert book.refused(at) is None
        book.seats.append(at)
        assert book.seats.count(at) <= capacity
        book.seats.pop()
        assert book.offered() == offered
        book.seats.append(at)
    meetings = book.busy
    assert all(one.end <= other.start for one, other in pairwise(meetings))
