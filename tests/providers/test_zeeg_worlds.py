"""Zeeg's worlds: the same requests get the same bytes, whatever ran before, beside or between."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from mockserver import Mock
from tests.providers.zeeg_asking import BERLIN, ask, booking, slots

DAYS = ["2026-04-13", "2026-04-14", "2026-04-15", "2026-04-16", "2026-04-17"]
OWN_PAGES = ("intro-30", "deep-dive-60")


class Zeeg(RuleBasedStateMachine):
    """One host's calendar against a plain model, each step done in a world and in a fork of it.

    The fork is asked the same and must answer the same bytes; a reset of the fork and the same requests
    once more must end in the same state.
    """

    events = Bundle("events")

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[tuple[str, int], str] = {}
        self.log: list[tuple[str, str, Any]] = []

    @initialize()
    def begin(self) -> None:
        self.mock = _mock()
        self.mock.reset()
        self.twin = self.mock.fork()

    def both(self, method: str, path: str, body: Any = None) -> Any:
        self.log.append((method, path, body))
        answer, other = (ask(mock, method, path, body) for mock in (self.mock, self.twin))
        assert (answer.status, answer.body) == (other.status, other.body)
        return answer

    @rule(target=events, day=st.sampled_from(DAYS), half=st.integers(17, 34), page=st.sampled_from(OWN_PAGES))
    def book(self, day: str, half: int, page: str) -> Any:
        long = page == "deep-dive-60"
        cells = [(day, half), (day, half + 1)] if long else [(day, half)]
        body = booking(
            date=day,
            eventTypeSlug=page,
            duration=60 if long else 30,
            start=f"{half // 2:02}:{half % 2 * 30:02}",
            question_answers=[{"question_id": 2, "answer": "x"}] if long else None,
        )
        answer = self.both("POST", "/event", body)
        open_then = all(18 <= cell < 34 for _, cell in cells)
        on_grid = not long or half % 2 == 0
        free = not any(cell in self.taken for cell in cells)
        static = ("2026-04-15", 18) in cells
        assert (answer.status == 200) is (open_then and on_grid and free and not static), answer
        if answer.status != 200:
            assert answer.status == 409
            return multiple()
        self.taken.update(dict.fromkeys(cells, answer.json["uuid"]))
        return answer.json["uuid"]

    @rule(event=consumes(events), again=st.booleans())
    def cancel(self, event: str, again: bool) -> None:
        assert self.both("PUT", f"/scheduled-events/{event}/cancel").status == 200
        self.taken = {cell: other for cell, other in self.taken.items() if other != event}
        if again:
            assert self.both("PUT", f"/scheduled-events/{event}/cancel").status == 409

    @invariant()
    def the_slots_are_what_the_model_leaves(self) -> None:
        if not hasattr(self, "mock"):
            return
        found = slots(self.mock, startDate=DAYS[0], endDate=DAYS[-1], timeZone=BERLIN)
        for day in DAYS:
            expected = [
                f"{half // 2:02}:{half % 2 * 30:02}"
                for half in range(18, 34)
                if (day, half) not in self.taken and (day, half) != ("2026-04-15", 18)
            ]
            assert found[day] == expected

    def teardown(self) -> None:
        if not hasattr(self, "mock"):
            return
        state = self.twin.state("event"), self.twin.state("busy"), self.twin.state("invitee")
        self.twin.reset()
        for method, path, body in self.log:
            ask(self.twin, method, path, body)
        assert (self.twin.state("event"), self.twin.state("busy"), self.twin.state("invitee")) == state
        self.twin.house.worlds.drop(self.twin.world.name)


@cache
def _mock() -> Mock:
    return Mock("zeeg", seed=1, data="empty", limits=False)


Zeeg.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestZeeg = Zeeg.TestCase


def test_a_fork_goes_its_own_way(zeeg: Mock) -> None:
    other = zeeg.fork()
    here = ask(zeeg, "POST", "/event", booking())
    there = ask(other, "POST", "/event", booking())
    assert (here.status, here.body) == (there.status, there.body)
    ask(other, "PUT", f"/scheduled-events/{here.json['uuid']}/cancel")
    assert zeeg.state("event")[-1]["status"] == "confirmed"
    assert other.state("event")[-1]["status"] == "cancelled"
    other.reset()
    assert len(other.state("event")) == 5


def test_other_requests_between_do_not_change_the_answers(zeeg: Mock) -> None:
    first = ask(zeeg, "POST", "/event", booking()).body
    zeeg.reset()
    for path in ("/whoami", "/event-types", "/availability/alex-mueller/event-types/intro-30"):
        ask(zeeg, "GET", path)
    ask(zeeg, "POST", "/event", booking(start="03:00"))
    ask(zeeg, "POST", "/agents/3c9e5a71-08d4-4b62-a1f7-5e20c6d8934b/outbound-calls", {"phoneNumber": "1"})
    assert ask(zeeg, "POST", "/event", booking()).body == first
