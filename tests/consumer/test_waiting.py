"""A program waits and tells the time in the mock's world, and gives up where the mock answers too late."""

from __future__ import annotations

import datetime as module
import sys
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path
from time import sleep
from time import time as told

import pytest

from contracts import Played, scenario
from contracts.consumer.fuzzing import Wrong
from mockserver.scenario import Scenario

NIGHT = Scenario("zeeg", clock="2026-03-29T00:30:00Z")


def test_the_time_is_the_world_s_and_goes_on_while_the_program_waits() -> None:
    seen: list[datetime] = []

    @scenario(NIGHT)
    def waits(mock: Played) -> None:
        began = time.perf_counter()
        seen.append(datetime.now(UTC))
        sleep(3600)
        seen.append(module.datetime.now(module.UTC))
        assert threading.Event().wait(1800) is False
        seen.append(datetime.fromtimestamp(told(), UTC))
        assert time.perf_counter() - began < 60
        assert mock.now == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
        assert date.today().year == 2026
        assert isinstance(mock.now, datetime)
        assert type(datetime(2026, 1, 1)) is type(mock.now)
        assert datetime.fromisoformat("2026-01-01T00:00:00+00:00") < mock.now

    waits()
    assert [each.strftime("%H:%M") for each in seen] == ["00:30", "01:30", "02:00"]
    assert abs((datetime.now(UTC) - datetime.fromtimestamp(time.time(), UTC)).total_seconds()) < 60
    assert date is module.date
    assert type(datetime.now()) is datetime


def test_a_deadline_by_the_clock_is_reached() -> None:
    @scenario(NIGHT)
    def polls(mock: Played) -> None:
        until = time.time() + 600
        while time.time() < until:
            time.sleep(30)
        assert (mock.now - datetime(2026, 3, 29, 0, 30, tzinfo=UTC)).total_seconds() >= 600

    polls()


def test_an_event_that_the_program_sets_itself_is_seen() -> None:
    @scenario(NIGHT)
    def sets(mock: Played) -> None:
        done = threading.Event()
        thread = threading.Thread(target=done.set)
        thread.start()
        assert done.wait(60)
        thread.join()

    sets()


def test_a_module_that_is_imported_in_a_case_waits_in_earnest_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "late_module.py").write_text("from time import sleep\n")
    monkeypatch.syspath_prepend(tmp_path)

    @scenario(NIGHT)
    def imports(mock: Played) -> None:
        import late_module  # type: ignore[import-not-found]

        late_module.sleep(600)

    imports()
    began = time.perf_counter()
    sys.modules.pop("late_module").sleep(0.01)
    assert time.perf_counter() - began >= 0.01


LATE = Scenario("zeeg", faults=({"fault": "latency", "operation": "whoami", "seconds": 15, "times": 1},))


def ask(mock: Played, timeout: float) -> int:
    import urllib.request

    request = urllib.request.Request(
        mock.url + "/v2/whoami", headers={"Authorization": f"Bearer {mock.token()}"}
    )
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return int(answer.status)


def test_a_timeout_runs_out_before_a_late_answer_without_anybody_waiting_for_it() -> None:
    @scenario(LATE)
    def asks(mock: Played) -> None:
        with pytest.raises(TimeoutError):
            ask(mock, 10)
        assert ask(mock, 10) == 200

    began = time.perf_counter()
    asks()
    assert time.perf_counter() - began < 10


def test_a_patient_program_gets_the_late_answer() -> None:
    @scenario(LATE)
    def asks(mock: Played) -> None:
        assert ask(mock, 20) == 200

    asks()


def test_what_is_written_again_after_a_timeout_is_found() -> None:
    fault = {"fault": "latency", "operation": "createNote", "seconds": 15, "times": 1}

    @scenario(Scenario("zeeg", faults=(fault,)))
    def writes(mock: Played) -> None:
        import httpx

        note = f"{mock.url}/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"
        for _ in range(2):
            try:
                httpx.post(
                    note,
                    json={"content": "x"},
                    headers={"Authorization": f"Bearer {mock.token()}"},
                    timeout=10,
                )
                break
            except httpx.TimeoutException:
                continue

    with pytest.raises(Wrong, match=r"safe-writes: the answer to x-1 POST .* was lost"):
        writes()
