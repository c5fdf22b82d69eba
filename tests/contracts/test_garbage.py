"""Looking for garbage less often: it is found all the same, and nobody's process is left changed."""

from __future__ import annotations

import gc
import weakref

import pytest

from contracts.cli import main
from contracts.suite import garbage
from contracts.suite.garbage import seldom


class Loop:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.me = self


def test_what_was_there_is_not_looked_through_again() -> None:
    kept = Loop()
    with seldom():
        assert all(each is not kept for each in gc.get_objects())
    assert any(each is kept for each in gc.get_objects())


def test_what_is_made_meanwhile_is_freed_without_being_asked_for() -> None:
    with seldom():
        gone = weakref.ref(Loop())
        kept = [[] for _ in range(2 * garbage.YOUNG)]  # type: ignore[var-annotated]
        assert gone() is None
        assert len(kept) == 2 * garbage.YOUNG


def test_a_process_is_left_as_it_was_also_by_what_fails() -> None:
    def fails() -> None:
        with seldom():
            assert gc.get_threshold()[0] == garbage.YOUNG
            raise ValueError("on purpose")

    before = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(ValueError, match="on purpose"):
        fails()
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


def test_a_run_in_this_process_leaves_it_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    assert main(["check", "caledee", "--checks", "auth.missing", "--jobs", "1", "--quiet"]) == 0
    assert "no finding" in capsys.readouterr().out
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
