"""How fast fuzzing is: cases a minute of a client that makes five requests, alone and with two workers.

    python -m benchmarks.fuzzing [--cases 500] [--tests 8] [--rounds 3]

What is measured is pytest as a whole, its start and the search's end included. One worker and two take turns,
so that a machine which is busy with something else is so for both; the ratio is the median of the rounds.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
# Each test books for itself, and finds no more than its own booking: worlds that meet would show here.
TESTS = """
import http.client, json, time
import pytest
from contracts import fuzz


class NotNow(Exception):
    pass


def ask(mock, connection, token, method, path, body=None):
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotNow from error


@pytest.mark.parametrize("number", range(TESTS_WANTED))
@fuzz("zeeg", cases=CASES, gives_up=NotNow, judge={"pages": False}, remember=False, seed=1)
def test_client(mock, number):
    host, port = mock.url.partition("//")[2].split("/")[0].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    root = mock.url.partition(host + ":" + port)[2] + "/v2"
    token, note = mock.token(), root + "/scheduled-events/zg-O6a1f0c3b9d27e/notes"
    try:
        made = f"note of {number}"
        for method, path, body in (
            ("GET", root + "/whoami", None),
            ("GET", root + "/event-types", None),
            ("GET", root + "/scheduled-events", None),
            ("POST", note, {"content": made}),
            ("GET", note, None),
        ):
            status, told = ask(mock, connection, token, method, path, body)
            if status >= 400:
                raise NotNow
        mine = [row["content"] for row in told["collection"] if row["content"].startswith("note of ")]
        assert set(mine) <= {made}
    finally:
        connection.close()
"""


def took(folder: Path, workers: int) -> tuple[float, float]:
    """Seconds that pytest takes with so many workers, by the clock and of processors."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(workers)]
    began, used = time.perf_counter(), _used()
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CI": "1"},
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stdout[-3_000:] + done.stderr[-1_000:])
    return seconds, _used() - used


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="How fast fuzzing is.")
    parser.add_argument("--cases", type=int, default=500, help="of each test (default: %(default)s)")
    parser.add_argument("--tests", type=int, default=8, help="how many tests (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    options = parser.parse_args()
    cases = options.cases * options.tests
    alone: list[tuple[float, float]] = []
    both: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        text = TESTS.replace("TESTS_WANTED", str(options.tests)).replace("CASES", str(options.cases))
        (folder / "test_client.py").write_text(text)
        for _ in range(options.rounds):
            alone.append(took(folder, 1))
            both.append(took(folder, 2))
    for name, runs in (("one worker", alone), ("two workers", both)):
        seconds, busy = (median(each) for each in zip(*runs, strict=True))
        print(
            f"{name}: {cases} cases in {seconds:.1f} s, {cases / seconds * 60:,.0f} a minute, "
            f"{busy / cases * 1_000:.1f} ms of a processor each"
        )
    ratios = [one[0] / two[0] for one, two in zip(alone, both, strict=True)]
    print(f"ratio: {median(ratios):.2f} ({', '.join(f'{each:.2f}' for each in ratios)})")


if __name__ == "__main__":
    main()
