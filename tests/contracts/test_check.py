"""`contracts check` as a person types it: mistakes, exit codes, what is said of what was not reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest

from contracts.check import Check
from contracts.checks.visit import Visit
from contracts.cli import COMMANDS, main
from contracts.finding import Finding
from tests.quality.catalogue import CATALOGUE
from tests.quality.door import door

QUICK = ("--checks", "errors.unknown-path,paging.totals", "--quiet")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "GITHUB_STEP_SUMMARY", "ZEEG_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock that tells of a row too many."""
    deviation = next(each for each in CATALOGUE if each.name == "total-off-by-one")

    def opened(provider: str, **_: object) -> object:
        target = door(provider)
        deviation.twist(target.mock)
        return target

    monkeypatch.setattr("contracts.suite.opening.open_mock", opened)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check",), "PROVIDER"),
        (("check", "zeg"), "did you mean 'zeeg'?"),
        (("check", "none.yaml"), "there is no such file"),
        (("check", "zeeg", "--checks", "atuh"), "there is no check 'atuh', did you mean 'auth'?"),
        (("check", "zeeg", "--skip-checks", "x"), "there is no check 'x'"),
        (("check", "zeeg", "--phases", "x"), "'x' is none of checks"),
        (("check", "zeeg", "--operations", "lst*"), "zeeg has no operation 'lst*'"),
        (("check", "zeeg", "--shard", "5/4"), "a shard is I/N"),
        (("check", "zeeg", "--shard", "0/4"), "a shard is I/N"),
        (("check", "zeeg", "--examples", "0"), "a whole number above 0"),
        (("check", "zeeg", "--report", "pdf"), "there is no report 'pdf'"),
        (("check", "zeeg", "--report", "html=/proc/none/x.html"), "--report html=/proc/none/x.html"),
        (("check", "zeeg", "--baseline", "none.json"), "none.json: No such file"),
        (("check", "zeeg", "--update-baseline"), "needs a --baseline"),
        (("check", "zeeg", "--fail-on", "x"), "'x' is none of findings"),
        (("check", "zeeg", "--target", "foo"), "not 'foo'"),
        (("check", "zeeg", "--target", "http://a:b@c/"), "no credentials"),
        (("check", "zeeg", "--target", "http://a:x/"), "a port that is none"),
        (("check", "zeeg", "--target", "http://127.0.0.1:1"), "set ZEEG_API_TOKEN in the environment"),
        (("check", "zeeg", "--target", "live", "--max-requests", "0"), "above 0"),
        (("check", "zeeg", "--target", "live", "--rate", "-1"), "requests a second"),
        (("check", "zeeg", "--wait", "nan"), "a number of seconds"),
        (("check", "zeeg", "--wrietes"), "there is no option --wrietes, did you mean '--writes'?"),
        (("cleanup", "none.jsonl"), "none.jsonl: No such file"),
        (("agree", "zeeg"), "--target live"),
        (("agree", "zeg", "--target", "live"), "did you mean 'zeeg'?"),
        (("chekc",), "did you mean 'check'?"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_a_token_that_is_too_short_to_be_kept_secret_is_not_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZEEG_API_TOKEN", "abc")
    assert main(["check", "zeeg", "--target", "http://127.0.0.1:1"]) == 2
    assert "ZEEG_API_TOKEN is too short" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: contracts {command}" in capsys.readouterr().out


def test_a_sound_mock_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "zeeg", *QUICK]) == 0
    assert "Zeeg API at mock: no finding, 2 checks at 29 operations" in capsys.readouterr().out


@pytest.mark.usefixtures("broken")
def test_a_finding_says_what_where_how_sure_and_how_to_see_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "zeeg", *QUICK]) == 1
    told = capsys.readouterr().out
    assert "1. listEvents tells of 21 rows, and there are 20" in told
    assert "paging.totals, documented, /paths/~1scheduled-events/get" in told
    assert "curl -i" in told
    assert "-> 200 " in told


@pytest.mark.usefixtures("broken")
def test_every_report_tells_of_the_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    forms = {"junit": "a.xml", "html": "a.html", "sarif": "a.sarif", "json": "a.json", "pytest": "test_a.py"}
    reports = [part for form, file in forms.items() for part in ("--report", f"{form}={file}")]
    assert main(["check", "zeeg", *QUICK, *reports, "--report", "github", "--report", "overlay=a.yaml"]) == 1
    says = "tells of 21 rows, and there are 20"

    suites = xml.parse("a.xml").getroot()
    assert suites.get("failures") == "1"
    assert [each.get("name") for each in suites.iter("testcase") if each.find("failure") is not None] == [
        "listEvents"
    ]
    page = Path("a.html").read_text()
    assert says in page
    assert "http://" not in page.replace("http://127.0.0.1:4010", "")
    assert "<script" not in page
    [result] = json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    document = Path(place["artifactLocation"]["uri"])
    lines = document.read_text().split("\n")
    assert lines[place["region"]["startLine"] - 1].strip().startswith("get:")
    assert result["level"] == "error"
    run = json.loads(Path("a.json").read_text())
    assert [each["message"] for each in run["findings"]] == [f"listEvents {says}".partition(" ")[2]]
    assert (
        "hold('zeeg', check='paging.totals', operation='listEvents', seed=1)" in Path("test_a.py").read_text()
    )
    out = capsys.readouterr().out
    assert "::error file=" in out
    assert says in summary.read_text()


@pytest.mark.usefixtures("broken")
def test_what_is_known_fails_nothing_and_is_still_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "zeeg", *QUICK, "--baseline", "known.json", "--update-baseline"]) == 1
    known = json.loads(Path("known.json").read_text())["known"]
    assert [each["key"] for each in known] == ["paging.totals listEvents /paths/~1scheduled-events/get"]
    capsys.readouterr()
    assert main(["check", "zeeg", *QUICK, "--baseline", "known.json"]) == 0
    assert "1 known" in capsys.readouterr().out


@pytest.mark.usefixtures("broken")
def test_fail_on_says_what_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "zeeg", *QUICK, "--fail-on", "none"]) == 0
    assert main(["check", "zeeg", *QUICK, "--fail-on", "documented"]) == 1
    assert main(["check", "zeeg", *QUICK, "--fail-on", "vacuous,errors"]) == 0


def test_what_was_not_reached_is_told_and_fails_a_run_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = Check("errors.idle", lambda visit: iter(()))
    monkeypatch.setattr("contracts.suite.selection.CHECKS", (idle,))
    arguments = ["check", "zeeg", "--checks", "errors.idle", "--operations", "getNote,getEvent", "--quiet"]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "not reached: 2 of 2 checks at operations\n  errors.idle: getEvent, getNote" in told
    monkeypatch.setenv("CI", "true")
    assert main(arguments) == 1
    assert main([*arguments, "--fail-on", "findings"]) == 0


def test_a_check_that_breaks_is_told_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(visit: Visit) -> Iterator[Finding]:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("contracts.suite.selection.CHECKS", (Check("errors.breaks", breaks),))
    assert main(["check", "zeeg", "--checks", "errors.breaks", "--quiet"]) == 2
    assert "errors.breaks: could not be put: ZeroDivisionError: oh" in capsys.readouterr().out
