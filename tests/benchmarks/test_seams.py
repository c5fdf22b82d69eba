"""Where the time of a case goes: the seams are there, and each part's time is put down to it."""

from __future__ import annotations

import gc
import sys
import time

import pytest

from benchmarks.seams import GARBAGE, SEAMS, Ledger, Seam, found, kept

BUSY = 3_000_000
HERE = __name__


def outer() -> str:
    return "outer " + inner()


def inner() -> str:
    until = time.thread_time_ns() + BUSY
    while time.thread_time_ns() < until:
        pass
    return "inner"


def collecting() -> None:
    gc.collect()


def failing(what: str) -> None:
    raise ValueError(what)


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam.place.rpartition(":")[2])
def test_every_seam_is_a_function_where_it_is_looked_for(seam: Seam) -> None:
    owner, name = found(seam.place)
    assert callable(owner.__dict__[name]), "a method of a class, and no classmethod"


def test_what_runs_below_a_deeper_seam_is_not_the_outer_ones() -> None:
    ledger, before = Ledger(), (outer, inner)
    ledger.begin("phase", "rest")
    with kept(ledger, [Seam(f"{HERE}:outer", "outside"), Seam(f"{HERE}:inner", "inside", "called")]):
        assert sys.modules[HERE].outer() == "outer inner"
    ledger.switch()
    assert ledger.times["phase", "inside"] >= BUSY
    assert 0 <= ledger.times["phase", "outside"] < ledger.times["phase", "inside"]
    assert ledger.counts == {("phase", "called"): 1}
    assert (outer, inner) == before, "as it was"


def test_the_collector_has_a_part_of_its_own_wherever_it_runs() -> None:
    ledger = Ledger()
    ledger.begin("phase", "rest")
    with kept(ledger, [Seam(f"{HERE}:collecting", "outside")]):
        collecting()
    collecting()
    ledger.switch()
    assert ledger.times["phase", GARBAGE] > ledger.times["phase", "outside"]
    assert ledger.collect not in gc.callbacks


def test_of_what_is_made_the_same_is_told_from_something_else() -> None:
    ledger = Ledger()
    ledger.begin("phase", "rest")
    seam = Seam(f"{HERE}:failing", "rest", "given up", lambda given, _: given, failing=True)
    with kept(ledger, [seam]):
        for what in ("a", "b", "a"):
            with pytest.raises(ValueError, match=what):
                failing(what)
    assert ledger.counts == {("phase", "given up"): 3}
    assert ledger.made == {"given up": {("a",), ("b",)}}


def test_a_seam_that_is_not_there_any_more_is_named_and_nothing_is_left_wrapped() -> None:
    before = outer
    seams = [Seam(f"{HERE}:outer", "outside"), Seam("json:Encoder.gone", "gone")]
    with pytest.raises(LookupError, match=r"json:Encoder\.gone is not there"), kept(Ledger(), seams):
        pass
    assert outer is before
