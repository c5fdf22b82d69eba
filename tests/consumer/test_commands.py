"""`contracts fuzz` as it is typed: how it ends, what it says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from contracts.cli import main as contracts_main

LIST = """\
import json, os, sys, urllib.request
request = urllib.request.Request(os.environ["API_URL"] + "/event-types")
request.add_header("Authorization", "Bearer " + os.environ["API_TOKEN"])
try:
    with urllib.request.urlopen(request) as answer:
        names = [row["NAME"] for row in json.load(answer)["eventTypes"]]
except (OSError, ValueError) as error:
    sys.exit(1)
"""
FEW = ["caledee", "--base", "/api/v2", "--cases", "12", "--seed", "1", "--longest-wait", "0.1"]


def main(arguments: list[str]) -> int:
    return contracts_main(["fuzz", *arguments])


def program(folder: Path, text: str) -> list[str]:
    path = folder / "program.py"
    path.write_text(text)
    return ["--save", str(folder / "found"), "--", sys.executable, str(path)]


def test_a_program_without_a_mistake_passes_and_is_told_what_it_saw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    text = LIST.replace("NAME", "name").replace("import json,", "import http.client, json,")
    text = text.replace("(OSError, ValueError)", "(OSError, ValueError, http.client.HTTPException)")
    assert main([*FEW, "--report", str(report), *program(tmp_path, text)]) == 0
    told = json.loads(report.read_text())
    assert told["finding"] is None
    assert told["coverage"]["cases"] == 12
    assert told["coverage"]["tried"]["429 on listEventTypes"] >= 1
    assert "12 cases" in capsys.readouterr().out


def test_a_program_that_breaks_off_is_found_with_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*FEW, *program(tmp_path, LIST.replace("NAME", "title"))]) == 1
    out = capsys.readouterr().out
    assert out.startswith("survives: exit code 1; it printed:\nTraceback (most recent call last):")
    assert "KeyError: 'title'" in out
    kept = tmp_path / "found" / "program-py-survives.json"
    assert main([*FEW, "--scenario", str(kept), *program(tmp_path, LIST.replace("NAME", "title"))]) == 1
    assert main([*FEW, "--scenario", str(kept), *program(tmp_path, LIST.replace("NAME", "name"))]) == 0


def test_a_program_that_does_not_end_is_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow = ["--seconds", "0.5", "--jobs", "1"]
    assert main([*FEW, *slow, *program(tmp_path, "import time\ntime.sleep(60)\n")]) == 1
    assert capsys.readouterr().out.startswith("ends: it does not end: it was stopped after 0.5 s")


def test_no_token_is_in_what_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'import os, sys\nsys.exit(os.environ["API_TOKEN"])\n'
    assert main([*FEW, *program(tmp_path, text)]) == 1
    assert "it printed:\n***" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["caledeee", "--", "sh"], "there is no provider 'caledeee', did you mean 'caledee'?"),
        (["caledee", "--", "no-such-program"], "no-such-program: there is no such program"),
        (["caledee", "--skip", "wait", "--", "sh"], "there is no judgement 'wait'"),
        (["caledee", "--scenario", "none.json", "--", "sh"], "none.json: No such file"),
        (["caledee", "--cases", "0", "--", "sh"], "'0' is not a whole number above 0"),
        (["caledee", "--gives-up", "x", "--", "sh"], "'x' is not a list of exit codes"),
        (["caledee", "--seconds", "0", "--", "sh"], "'0' is not a number of seconds above 0"),
        (["caledee", "--longest-wait", "nan", "--", "sh"], "'nan' is not a number of seconds"),
        (["caledee", "--fail-under", "101", "--", "sh"], "'101' is not a number from 0 to 100"),
        (["caledee", "--url-name", "A B", "--", "sh"], "'A B' is not the name of a variable"),
        (["caledee", "--url-name", "API_NOW", "--", "sh"], "two variables have the same name"),
        (["caledee", "--base", "v2", "--", "sh"], "'v2' does not begin with a slash"),
        (
            ["caledee", "--report", "/none/x.json", "--", "sh"],
            "--report /none/x.json: there is no such folder",
        ),
        (["caledee", "--scopes", "read:all", "--", "sh", "-c", ":"], "read:all"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("contracts fuzz: ")
    assert said in err
    assert err.count("\n") == 1


def test_what_was_never_tried_can_fail_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["caledee", "--base", "/api/v2", "--cases", "1", "--fail-under", "90"]
    assert main([*options, *program(tmp_path, LIST.replace("NAME", "name"))]) == 1
    out = capsys.readouterr().out
    assert "never tried: 429 on listEventTypes; " in out
    assert "--fail-under 90: it was shown" in out


def test_a_program_that_asks_for_nothing_was_not_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*FEW, "--url-name", "CALEDEE", *program(tmp_path, "pass")]) == 1
    assert (
        "it asked the provider for nothing: does it take the address from CALEDEE?" in capsys.readouterr().out
    )


def test_a_program_whose_paths_lack_the_beginning_is_told_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = ["caledee", *FEW[3:]]
    assert main([*without, *program(tmp_path, LIST.replace("NAME", "name"))]) == 1
    hint = "whose paths begin with /api/v2: add --base /api/v2\n"
    assert hint in capsys.readouterr().out
    assert main([*FEW, *program(tmp_path, LIST.replace("NAME", "title"))]) == 1
    assert hint not in capsys.readouterr().out
