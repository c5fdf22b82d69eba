"""A program that does not end is stopped, and nothing of that is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.consumer.watching import Endless, Watch

ROOT = Path(__file__).resolve().parents[2]

TRACED = """
import cProfile, sys, urllib.request
from contracts import fuzz

@fuzz("zeeg", cases=3, remember=False, gives_up=Exception)
def asks(mock):
    request = urllib.request.Request(mock.url + "/v2/whoami")
    request.add_header("Authorization", "Bearer " + mock.token())
    urllib.request.urlopen(request).close()

how = sys.argv[1]
if how == "profiled":
    cProfile.run("asks()")
else:
    sys.settrace(lambda *_: None)
    asks()
"""


@pytest.mark.parametrize("how", ["profiled", "traced"])
def test_a_program_is_played_where_something_looks_on(how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRACED, how],
        capture_output=True,
        text=True,
        timeout=90,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"]},
    )
    assert done.returncode == 0, done.stderr


def busy() -> None:
    while True:
        try:
            sum(range(1_000))
        except Exception:
            pass


def test_what_takes_too_long_is_stopped_even_where_it_catches_much() -> None:
    watch = Watch(requests=10, seconds=0.05)
    with watch.on_guard():
        for _ in range(3):
            with pytest.raises(Endless), watch.over(lambda: 0):
                busy()
            # Nothing arrives late: this is longer than the watch waits from one look to the next.
            sum(sum(range(1_000)) for _ in range(5_000))
    assert watch.reason == "it was stopped after 0.05 s"


def test_what_ends_in_the_moment_in_which_it_is_stopped_has_ended() -> None:
    watch = Watch(requests=0, seconds=60)
    count = [0]
    with watch.on_guard():
        for _ in range(200):
            try:
                with watch.over(lambda: count[0]):
                    count[0] = 1
                    sum(range(200))
            except Endless:
                pass
            count[0] = 0
    sum(sum(range(1_000)) for _ in range(2_000))
