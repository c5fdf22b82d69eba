from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from benchmarks import everything
from benchmarks.everything import PARTS, Part
from benchmarks.peers.servers import SOURCES
from benchmarks.peers.table import page
from tests.benchmarks.peers.results import result


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for results and a page in place of those that are committed."""
    folder = tmp_path / "results"
    folder.mkdir()
    monkeypatch.setattr(everything, "RESULTS", folder)
    monkeypatch.setattr(everything, "PAGE", tmp_path / "benchmarks.md")
    return folder


def told_to(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks.everything", *arguments])
    return everything.main()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "peers,speed,all"], "--only: there is no all, speed"),
        (["--only"], "expected one argument"),
        (["--quick"], "unrecognized arguments: --quick"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_run(
    arguments: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    results: Path,
) -> None:
    monkeypatch.setattr(everything, "run", None)
    with pytest.raises(SystemExit) as ended:
        told_to(monkeypatch, *arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
    assert not list(results.iterdir())


def test_only_what_is_named_is_run_in_the_order_of_the_page(
    monkeypatch: pytest.MonkeyPatch, results: Path
) -> None:
    ran = []

    def run(part: Part, compiled: Path | None) -> str:
        ran.append(part.name)
        return "as it should be" if part.name != "bare" else "ended with 2"

    monkeypatch.setattr(everything, "run", run)
    assert told_to(monkeypatch, "--only", "peers,flat") == 0
    assert ran == ["flat", "peers"]
    assert told_to(monkeypatch, "--only", "bare") == 1


def test_without_a_compiled_build_the_compiled_steps_are_left_out(
    monkeypatch: pytest.MonkeyPatch, results: Path
) -> None:
    ran = []

    def run(part: Part, compiled: Path | None) -> str:
        ran.append(part.name)
        return "as it should be"

    monkeypatch.setattr(everything, "run", run)
    assert told_to(monkeypatch) == 0
    usual = [part.name for part in PARTS if part.name != "lasting"]
    assert ran == [name for name in usual if not name.endswith("-compiled")]
    assert len(usual) - len(ran) == 2
    ran.clear()
    assert told_to(monkeypatch, "--compiled", str(results)) == 0
    assert ran == usual


def test_what_takes_an_hour_is_run_where_it_is_named(monkeypatch: pytest.MonkeyPatch, results: Path) -> None:
    ran = []

    def run(part: Part, compiled: Path | None) -> str:
        ran.append(part.name)
        return "as it should be"

    monkeypatch.setattr(everything, "run", run)
    assert told_to(monkeypatch, "--only", "lasting") == 0
    assert ran == ["lasting"]


def test_what_a_part_says_is_kept_with_its_command(results: Path) -> None:
    # A module that says one line, whatever its arguments.
    assert everything.run(Part("words", "?", ("platform",), 30), None) == "as it should be"
    head, _, said = (results / "words.txt").read_text().partition("\n\n")
    assert head.endswith(": python -m platform")
    assert said.strip()


def test_a_part_that_fails_says_how_it_ended_and_keeps_what_was_there(results: Path) -> None:
    (results / "words.txt").write_text("before")
    assert everything.run(Part("words", "?", ("benchmarks.everything", "--no"), 30), None) == "ended with 2"
    assert (results / "words.txt").read_text() == "before"


def test_a_part_that_takes_too_long_is_given_up(results: Path) -> None:
    assert everything.run(Part("words", "?", ("platform",), 0), None) == "given up after 0 s"
    assert not (results / "words.txt").exists()


WAITS = """
import sys, time
try:
    print("ready", flush=True)
    time.sleep(60)
finally:
    sys.stdout.write("servers are ended")
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def ready(program: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_what_is_given_up_can_end_the_servers_that_it_has_started() -> None:
    before = signal.getsignal(signal.SIGINT)
    # In the background of a shell a child would not hear it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with ready(WAITS) as process:
            everything.give_up(process)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode not in (0, -signal.SIGKILL)


def test_what_does_not_listen_is_ended_at_once() -> None:
    with ready(STUBBORN) as process:
        everything.give_up(process, patience=0)
    assert process.returncode == -signal.SIGKILL


def test_the_page_shows_every_part_that_has_a_result_and_no_other(results: Path) -> None:
    (results / "flat.txt").write_text("flat figures\n")
    (results / "peers.json").write_bytes(orjson.dumps(result()))
    everything.write_page()
    text = everything.PAGE.read_text()
    heads = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert heads == [part.asks for part in PARTS if part.name in ("flat", "peers")]
    assert "```\nflat figures\n```" in text
    assert page(result()).rstrip("\n") in text


def test_drawing_measures_nothing(monkeypatch: pytest.MonkeyPatch, results: Path) -> None:
    monkeypatch.setattr(everything, "run", None)
    (results / "stages.txt").write_text("steps\n")
    assert told_to(monkeypatch, "--draw") == 0
    assert "steps" in everything.PAGE.read_text()
    drawn: list[Path] = []
    monkeypatch.setattr(everything, "draw", drawn.append)
    (results / "peers.json").write_bytes(orjson.dumps(result()))
    assert told_to(monkeypatch, "--draw") == 0
    assert drawn == [results / "peers.json"]


def test_every_part_is_a_module_of_the_benchmarks() -> None:
    for part in PARTS:
        module = SOURCES / (part.arguments[0].replace(".", os.sep))
        assert module.with_suffix(".py").is_file() or (module / "__main__.py").is_file()
    assert len({part.name for part in PARTS}) == len(PARTS)
