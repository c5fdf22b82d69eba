"""A scenario found once is found again: in this process and served."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts import Played, fuzz, scenario
from contracts.consumer.fuzzing import Wrong
from contracts.consumer.judgements import JUDGEMENTS, judge
from contracts.consumer.playing import Player
from mockserver.scenario import Scenario
from tests.quality.clients.api import GaveUp, Polite
from tests.quality.clients.manners import RepeatsWrites, titles, write_note
from tests.serving import serving

ROOT = Path(__file__).resolve().parent.parent.parent
TIMES = 100
GIVES_UP = (GaveUp, OSError)


def found(**options: Any) -> Wrong:
    def writes(mock: Played) -> None:
        write_note(RepeatsWrites(mock))

    with pytest.raises(Wrong) as caught:
        fuzz("zeeg", seed=1, remember=False, gives_up=GIVES_UP, **options)(writes)()
    return caught.value


def test_the_report_has_the_script_the_scenario_and_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = str(found())
    assert told.startswith("safe-writes: the answer to x-1 POST /v2/scheduled-events/")
    assert "x-2  POST /v2/scheduled-events/zg-O6a1f0c3b9d27e/notes -> 201  createNote, as minted" in told
    assert '"fault": "lost-reply"' in told
    assert "zeeg_" not in told
    kept = list(tmp_path.glob(".hypothesis/understudy/*.json"))
    assert len(kept) == 1
    assert kept[0].name in told
    options = ", gives_up=(GaveUp, OSError)"
    assert f'@scenario("writes-safe-writes.json"{options})\ndef writes_safe_writes(mock):' in told
    assert "from tests.quality.clients.api import GaveUp\n" in told


def test_a_scenario_is_found_again_a_hundred_times_in_this_process() -> None:
    given = found().finding.run.scenario
    with Player("zeeg", gives_up=GIVES_UP) as player:
        for _ in range(TIMES):
            again = judge(player.play(given, lambda mock: write_note(RepeatsWrites(mock))), JUDGEMENTS)
            assert again is not None
            assert again.message.startswith("the answer to x-1 POST")


def test_the_decorator_plays_it_again_and_shows_the_same() -> None:
    @scenario(found().finding.run.scenario, gives_up=GIVES_UP)
    def again(mock: Played) -> None:
        write_note(RepeatsWrites(mock))

    with pytest.raises(Wrong, match=r"\Asafe-writes: the answer to x-1 POST"):
        again()


def test_a_scenario_shows_the_same_a_hundred_times_served(tmp_path: Path) -> None:
    import httpx

    path = tmp_path / "found.json"
    path.write_text(found().finding.run.scenario.text())
    note = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"
    with serving("--scenario", str(path), "--quiet") as served:
        for _ in range(TIMES):
            with httpx.Client(verify=False) as client:
                client.headers["Authorization"] = "Bearer zeeg_owner"
                with pytest.raises(httpx.TransportError):
                    client.post(served.url + note, json={"content": "x"})
                assert client.post(served.url + note, json={"content": "x"}).status_code == 201
                client.post(f"{served.url}/_mock/reset", json={})


def test_a_file_beside_the_test_is_played(tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    fault = {"fault": "rate-limit-storm", "operation": "listEvents", "retry_after": 5, "times": 1}
    path.write_text(Scenario("zeeg", faults=(fault,)).text())
    waited: list[float] = []

    @scenario(path)
    def plays(mock: Played) -> None:
        before = mock.now
        titles(Polite(mock))
        waited.append((mock.now - before).total_seconds())

    plays()
    assert waited == [5.0]


def test_a_search_finds_the_same_again_from_the_same_seed() -> None:
    assert found().finding.run.scenario == found().finding.run.scenario


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "nightly", reason="tried at night")
def test_two_workers_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MANY)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"], "CI": "1"},
    )
    assert "8 passed" in done.stdout, done.stdout + done.stderr


MANY = """
import pytest
from contracts import fuzz
from tests.quality.clients.api import EVENT, GaveUp, Polite


@pytest.mark.parametrize("number", range(8))
@fuzz("zeeg", cases=120, gives_up=GaveUp)
def test_notes(mock, number):
    api = Polite(mock)
    path = f"/scheduled-events/{EVENT}/notes"
    mine = f"note of {number}"
    if api.ask("POST", path, {"content": mine}).status != 201:
        raise GaveUp
    rows, page = [], 1
    while True:
        body = api.get(path, page=page)
        rows += [row["content"] for row in body["collection"]]
        if body["pagination"]["nextPage"] is None:
            break
        page += 1
    assert not [text for text in rows if text.startswith("note of") and text != mine]
"""
