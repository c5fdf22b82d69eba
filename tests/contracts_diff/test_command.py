"""`contracts diff`: exit codes for CI, formats for programs, explanations for what is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.cli import main
from contracts.diff.documents import open_named
from contracts.diff.explained import explain, read_explanations
from contracts.diff.operations import compare_documents
from mockserver.openapi.places import specs_folder
from tests.contracts_diff.test_operations import document, received
from tests.openapi.given import CALCOM


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    new = document()
    del received(new)["properties"]["id"]
    (tmp_path / "old.json").write_text(json.dumps(document(), indent=1))
    (tmp_path / "new.json").write_text(json.dumps(new, indent=1))
    return str(tmp_path / "old.json"), str(tmp_path / "new.json")


def test_what_breaks_ends_with_1_and_what_does_not_with_0(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = files
    assert main(["diff", old, new]) == 1
    told = capsys.readouterr().out
    assert "1 breaking" in told
    assert "response-required-property-removed" in told
    assert main(["diff", old, old]) == 0
    assert main(["diff", old, new, "--fail-on", "none"]) == 0


def test_json_and_sarif_say_the_same(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    old, new = files
    main(["diff", old, new, "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    main(["diff", old, new, "--format", "sarif"])
    sarif = json.loads(capsys.readouterr().out)
    results = sarif["runs"][0]["results"]
    assert sarif["version"] == "2.1.0"
    assert [each["rule"] for each in told["changes"]] == [each["ruleId"] for each in results]
    place = results[0]["locations"][0]["physicalLocation"]
    line = Path(old).read_text().splitlines()[place["region"]["startLine"] - 1]
    assert place["artifactLocation"]["uri"] == old
    assert '"id"' in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["zeg", "zeeg"], "did you mean 'zeeg'"),
        (["zeeg@2020-01-01", "zeeg"], "has no version"),
        (["zeeg", "nowhere.json"], "no such file"),
        (["zeeg", "zeeg", "--explained", "nowhere.yaml"], "no such file"),
    ],
)
def test_a_mistake_is_one_line_and_ends_with_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *arguments]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_dated_versions_of_a_provider_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "calcom@2024-08-13", "calcom", "--level", "error"]) == 1
    assert "query.status was array, is string" in capsys.readouterr().out


def test_explanations_are_counted_and_useless_ones_told(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tmp_path / "known.yaml"
    known.write_text(
        "explained:\n"
        "  - {cause: version, why: It was never there., rules: [response-required-*], places: ['200/id']}\n"
        "  - {cause: open, why: Nothing., rules: [nothing]}\n"
    )
    assert main(["diff", *files, "--explained", str(known)]) == 0
    told = capsys.readouterr().out
    assert "1 version: It was never there." in told
    assert "not needed any more: open: Nothing." in told


@pytest.mark.skipif(not CALCOM.is_file(), reason="needs the vendor's document beside the repository")
def test_every_difference_between_our_cal_com_and_the_vendors_is_explained() -> None:
    folder = specs_folder() / "calcom"
    vendors = open_named(str(CALCOM))
    corrected = open_named(str(CALCOM), [folder / "corrections.overlay.yaml"])
    ours = open_named("calcom")
    raw = compare_documents(vendors.data, ours.data)
    left = compare_documents(corrected.data, ours.data)
    # What the corrections make go away is explained by them.
    assert len(raw) > len(left) + 1000
    told, unexplained, needless = explain(left, read_explanations(folder / "differences.yaml"))
    assert [f"{each.rule} {each.operation} {each.place}" for each in unexplained] == []
    assert [each.why for each in needless] == []
    assert {each.cause for _, each in told} == {"version", "open", "form"}
