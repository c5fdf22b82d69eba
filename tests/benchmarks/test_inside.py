from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import flat, stages
from benchmarks.flat import EVERY, Asked, Line
from benchmarks.inside import Inside, least_of
from benchmarks.load import Ask
from benchmarks.peers.subjects import CALCOM

STATUSES = {"list": b"200", "get": b"200", "post": b"201", "refused": b"422"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Inside]]:
    """Makes mocks without a socket, as `flat` does, and closes them in the end."""
    there: list[Inside] = []

    def make(*arguments: Any, **more: Any) -> Inside:
        there.append(Inside(*arguments, **more))
        return there[-1]

    monkeypatch.setattr(flat, "Inside", make)
    yield make
    for each in there:
        each.close()


def status(put: Callable[[], object]) -> bytes:
    answer = put()
    assert isinstance(answer, bytes)
    return answer.split()[1]


@pytest.mark.parametrize("grow", EVERY, ids=lambda grow: str(grow.__name__))
@pytest.mark.parametrize("count", [4, 12])
def test_whatever_grows_the_four_requests_are_answered_as_they_should_be(
    grow: Callable[[Path, int], Asked], count: int, tmp_path: Path, opened: Callable[..., Inside]
) -> None:
    puts = grow(tmp_path, count)
    assert {name: status(put) for name, put in puts.items()} == STATUSES
    assert status(puts["post"]) == b"201"


def test_there_are_as_many_rows_as_are_wanted(tmp_path: Path, opened: Callable[..., Inside]) -> None:
    there = flat.housed(tmp_path, rows=40)
    assert there.inside.house.worlds.default.store.count(f"{there.slug}/thing") == 40
    listed = there.inside.made(there.asks[0])
    assert len(listed["collection"]) == 10
    assert listed["pagination"]["total"] == 40


def test_what_is_refused_is_not_taken_for_a_good_answer(
    tmp_path: Path, opened: Callable[..., Inside]
) -> None:
    there = flat.housed(tmp_path)
    with pytest.raises(RuntimeError, match="phoneNumber"):
        there.inside.made(there.asks[3])


@pytest.mark.parametrize(("last", "is_flat"), [(10.9, True), (11.1, False)])
def test_a_tenth_more_is_flat_and_for_rows_a_fifth(last: float, is_flat: bool) -> None:
    assert Line("worlds", "get", (2, 100), (10.0, last)).flat is is_flat
    assert Line("rows", "get", (10, 1_000), (10.0, last + 1)).flat is is_flat
    assert Line("rows", "get", (10, 100, 1_000), (10.0, 99.0, last)).ratio == pytest.approx(last / 10)


def test_a_line_that_is_not_flat_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    flat.show(Line("worlds", "get", (2, 10_000), (10.0, 13.0)))
    flat.show(Line("worlds", "list", (2, 10_000), (10.0, 10.0)))
    first, second = capsys.readouterr().out.splitlines()
    assert "10,000: 13.00" in first
    assert first.endswith("1.30  not flat")
    assert second.endswith("1.00")


def test_every_call_is_measured_in_turn() -> None:
    made: list[str] = []
    found = least_of([lambda: made.append("a"), lambda: made.append("b")], calls=2, rounds=3)
    assert len(found) == 2
    assert all(0 <= each < 1e6 for each in found)
    assert "".join(made).endswith("aabb" * 3)


# The ten steps


@pytest.fixture(scope="module")
def zeeg() -> Iterator[Inside]:
    inside = Inside([stages.PROVIDER])
    yield inside
    inside.close()


def test_every_step_of_the_table_is_gone_through(zeeg: Inside) -> None:
    for ask in stages.asks(zeeg):
        steps = dict(stages.up_to(zeeg, stages.PROVIDER, ask))
        assert list(steps)[-3:] == [stages.JUDGE, stages.REST, stages.WIRE]
        assert set(steps) <= set(stages.ROWS)
        for do in steps.values():
            do()
        assert status(steps[stages.WIRE]) in (b"200", b"201", b"422")


def test_steps_before_the_behaviour_change_nothing_and_those_from_it_on_make_a_row(zeeg: Inside) -> None:
    post = next(ask for ask in stages.asks(zeeg) if ask.name == "post")
    store = zeeg.house.worlds.default.store
    steps = dict(stages.up_to(zeeg, stages.PROVIDER, post))
    behave = next(name for name in steps if name.endswith("behave"))
    made = 0
    for name, do in steps.items():
        before = {kind: store.count(kind) for kind in store.kinds()}
        do()
        made += name == behave or made > 0
        more = {kind: store.count(kind) - count for kind, count in before.items()}
        assert sum(more.values()) == (1 if made else 0), name
    assert made == 4


def test_each_step_of_a_booking_books_a_time_that_nobody_has() -> None:
    inside = Inside([CALCOM])
    store = inside.house.worlds.default.store
    asked = {ask.name: ask for ask in stages.calcom_asks(inside)}
    assert list(asked) == ["list", "get", "post", "refused"]
    assert store.count("calcom/webhook") == store.count("calcom/event-type-webhook") == 0
    steps = dict(stages.up_to(inside, CALCOM, asked["post"]))
    before = store.count("calcom/booking")
    for _ in range(3):
        for do in steps.values():
            do()
        assert status(steps[stages.WIRE]) == b"201"
    assert store.count("calcom/booking") == before + 3 * 5
    for name, expected in (("list", b"200"), ("get", b"200"), ("refused", b"400")):
        steps = dict(stages.up_to(inside, CALCOM, asked[name]))
        assert status(steps[stages.WIRE]) == expected
    inside.close()


def test_instructions_are_the_same_every_time(zeeg: Inside) -> None:
    get = next(ask for ask in stages.asks(zeeg) if ask.name == "get")
    steps = dict(stages.up_to(zeeg, stages.PROVIDER, get))
    route, all_of_it = steps[stages.NAMES[0]], steps[stages.REST]
    assert stages.count(route) == stages.count(route)
    assert 0 < stages.count(route)[0] < stages.count(all_of_it)[0]


def test_what_a_step_costs_is_what_it_adds() -> None:
    assert stages.apart({"a": 1.0, "b": 1.5, "c": 4.25}) == {"a": 1.0, "b": 0.5, "c": 2.75}


def test_a_step_that_became_dearer_is_named() -> None:
    kept = {"python": stages.python(), "instructions": {"get": {"1 route": 100.0, "7 validate": 1000.0}}}
    assert list(stages.dearer(kept, {"get": {"1 route": 110.0, "7 validate": 1050.0}})) == []
    assert list(stages.dearer(kept, {"get": {"1 route": 111.0, "7 validate": 900.0}})) == [
        "get, 1 route: 111 instructions, 100 were kept"
    ]
    other = list(stages.dearer({**kept, "python": "3.2"}, {"get": {}}))
    assert len(other) == 1
    assert "Python 3.2" in other[0]


def test_a_table_shows_a_dash_where_a_request_has_no_such_step(capsys: pytest.CaptureFixture[str]) -> None:
    stages.show("microseconds", {"get": {"1 route": 0.25}, "post": {"1 route": 0.25, "7 validate": 2.0}})
    lines = capsys.readouterr().out.splitlines()
    validate = next(line for line in lines if line.startswith("7 validate"))
    assert validate.split()[2:] == ["-", "2"]
    assert lines[-1].split() == ["all", "0.25", "2.25"]


def test_a_request_inside_is_what_a_client_would_send(zeeg: Inside) -> None:
    token = zeeg.mint(zeeg.house.worlds.default, stages.PROVIDER)
    assert status(zeeg.ask(Ask("get", "GET", "/v2/whoami", token))) == b"200"
    assert status(zeeg.ask(Ask("get", "GET", "/v2/whoami", "nobody's"))) == b"401"
