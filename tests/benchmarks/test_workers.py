from __future__ import annotations

import os

import pytest

from benchmarks import workers
from benchmarks.workers import asked, at_home, changing, loaded, processor_seconds

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked processes")


def test_what_is_asked_at_home_is_asked_of_both_protocols() -> None:
    home = at_home()
    assert set(home) == {"list", "get", "post", "refused"}
    assert all(time > 0 for times in home.values() for time in times)


def test_a_change_is_measured_on_one_connection_that_is_answered_throughout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "CHANGES", 20)
    with workers.workers(2) as (url, pids):
        told = changing(url, pids, 1)
        assert told["waiting"] > 0
        with pytest.raises(RuntimeError, match="404"):
            asked_nowhere(url)
        loads = loaded(url, 3)
        assert [len(loads[name]) for name in ("list", "get", "post", "refused")] == [3] * 4
        assert len({ask.path for ask in loads["get"]}) == 3
        assert all(seconds > 0 or seconds != seconds for seconds in map(processor_seconds, pids))


def asked_nowhere(url: str) -> None:
    monkeypatch = pytest.MonkeyPatch()
    with monkeypatch.context() as patch:
        patch.setattr(workers, "mint", lambda *_: "zeeg_owner")
        asked(url, ("/w/nowhere", "/w/nowhere"), ())
