from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.peers.servers import SOURCES
from benchmarks.peers.table import BEGIN, END, behind, page, short, write_readme
from tests.benchmarks.peers.results import result


def rows(text: str, head: str) -> dict[str, list[str]]:
    """The cells of the first table whose first head is that, by the first of them."""
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(f"| {head} |"))
    found = {}
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        found[name] = cells
    return found


def test_a_figure_stands_in_its_row_and_column_with_the_p99_in_brackets() -> None:
    table = rows(short(result()), "4 operations")
    assert table["Understudy"][:4] == ["40,000 (0.40)", "50,000 (0.32)", "20,000 (0.80)", "25,000 (0.64)"]
    assert table["Understudy"][4] == ""
    assert table["Mockoon"] == ["400 (40.00)", "500 (32.00)", "200 (80.00)", "accepted", "100 ×"]


def test_ratios_go_from_the_least_to_the_most_of_what_both_were_asked() -> None:
    table = rows(short(result()), "4 operations")
    assert table["openapi-backend"][4] == "0.67 to 2.5 ×"
    assert table["bare uvicorn"][4] == "0.40 to 1.00 ×"


def test_a_cell_says_what_a_server_does_instead() -> None:
    table = rows(short(result()), "Cal.com & more, 152 operations")
    assert table["Prism"][2:] == ["refused (422)", "1,000 (16.00)", "25 to 50 ×"]
    assert table["Mockoon"][3] == "accepted"


def test_every_peer_that_is_ahead_is_named_with_where_and_by_how_much() -> None:
    told = result()
    assert list(behind(told, "4", only_first=True)) == [
        "openapi-backend answers 1.50 times as often: valid POST, 16 connections, 4 operations",
        "openapi-backend has the shorter p99, 0.53 to 0.80 ms: valid POST, 16 connections, 4 operations",
    ]
    assert "openapi-backend answers 2.0 times as often: get, 1 connection, 4 operations" in list(
        behind(told, "4")
    )
    assert list(behind(told, "calcom")) == []


@pytest.mark.parametrize("name", ["bare uvicorn", "Understudy, interpreted"])
def test_what_is_no_peer_is_never_named_as_ahead(name: str) -> None:
    told = result()
    for by_ask in told["documents"]["4"][name]["figures"].values():
        for figure in by_ask.values():
            figure |= {"rate": 1_000_000, "p99": 0.01}
    assert not any(line.startswith(name) for line in behind(told, "4"))


def test_the_interpreted_mock_is_compared_where_no_other_was_measured() -> None:
    told = result()
    del told["documents"]["4"]["Understudy"]
    assert rows(page(told), "16 connections")["openapi-backend"][4] == "0.33 to 1.00 ×"
    assert any(line.startswith("openapi-backend answers 3.0 times") for line in behind(told, "4"))


def test_the_readme_shows_what_counts_most_and_the_page_everything() -> None:
    told = result()
    brief, whole = short(told), page(told)
    assert "1 connection" not in brief.replace("16 connections", "")
    assert rows(whole, "1 connection")["Understudy"][0] == "10,000 (1.60)"
    assert rows(whole, "server")["Prism"] == [
        "validation; looks whether there is a token; the document's examples"
    ]
    assert "| Understudy | 0.25 s | 47 MB | 210 MB, 1,234,567 requests |" in whole
    assert "Each valid POST books half an hour." in brief
    assert "Each valid POST books half an hour." in whole
    assert "(docs/peers-calcom-rate.svg)" in brief
    assert "(peers-4-p99.svg)" in whole
    assert told["command"] in whole
    assert "Python 3.11.7, Prism 5.16.0." in whole
    assert "No other mock server is ahead" in whole
    assert "No other mock server is ahead" not in brief


@pytest.mark.parametrize("left_out", ["titles", "notes"])
def test_a_result_from_before_there_were_titles_and_notes_is_shown_too(left_out: str) -> None:
    told = result()
    del told[left_out], told["documents"]["calcom"]
    assert rows(short(told), "4 operations")["Mockoon"][3] == "accepted"
    assert "### 4 operations" in page(told)


def test_the_readme_is_changed_between_its_marks_only(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    before, after = "# Title\n\nSpeed.\n", "\n## More\n\n| a | table |\n"
    readme.write_text(before + BEGIN + "what was there\n" + END + after)
    told = result()
    for _ in range(2):
        assert write_readme(told, readme)
        assert readme.read_text() == before + BEGIN + short(told) + END + after


@pytest.mark.parametrize("content", ["# Title\n", f"# Title\n{BEGIN}no end\n", f"no begin\n{END}\n"])
def test_a_readme_without_both_marks_is_left_alone(content: str, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(content)
    assert not write_readme(result(), readme)
    assert readme.read_text() == content


def test_what_is_committed_is_drawn_from_the_committed_result() -> None:
    told: dict[str, Any] = orjson.loads((SOURCES / "benchmarks" / "results" / "peers.json").read_bytes())
    assert BEGIN + short(told) + END in (SOURCES / "README.md").read_text()
    assert page(told).rstrip("\n") in (SOURCES / "docs" / "benchmarks.md").read_text()
