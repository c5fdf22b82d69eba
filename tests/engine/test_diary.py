"""Calendars as rows: what somebody has in a stretch is what looking at every entry finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockserver.engine.diary import INDEX, Diary
from mockserver.world.store import Store

DIARY = Diary("zoo/busy", 50)
stretches = st.tuples(st.sampled_from("ab"), st.integers(0, 200), st.integers(1, 50))


@given(st.lists(stretches, max_size=12), st.integers(-10, 260), st.integers(-10, 260), st.data())
def test_what_somebody_has_in_a_stretch_is_what_overlaps_it(
    held: list[tuple[str, int, int]], since: int, until: int, data: st.DataObject
) -> None:
    store = Store()
    store.define("zoo/busy", (INDEX,))
    for number, (host, start, length) in enumerate(held):
        DIARY.enter(store, f"e{number}", [host], {"start": start, "end": start + length})
    gone = data.draw(st.sets(st.integers(0, len(held) - 1))) if held else set()
    for number in gone:
        DIARY.strike(store, f"e{number}", [held[number][0]])
    left = [(start, number, host) for number, (host, start, _) in enumerate(held) if number not in gone]
    for who in "ab":
        wanted = [
            f"e{number} {who}"
            for start, number, host in sorted(left)
            if host == who and start < until and start + held[number][2] > since
        ]
        assert [row.id for row in DIARY.entries(store, who, since, until)] == wanted


def test_everyone_who_hosts_is_busy() -> None:
    store = Store()
    store.define("zoo/busy", (INDEX,))
    DIARY.enter(store, "e", ["a", 7], {"start": 0, "end": 10, "of": "e"})
    assert [row.data for row in DIARY.entries(store, 7, 0, 1)] == [
        {"host": 7, "start": 0, "end": 10, "of": "e"}
    ]
    DIARY.strike(store, "e", ["a"])
    assert DIARY.entries(store, "a", 0, 10) == []
    assert len(DIARY.entries(store, 7, 9, 10)) == 1
