from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.peers.picture import write_pictures
from tests.benchmarks.peers.results import result

SVG = "{http://www.w3.org/2000/svg}"


def drawn(told: dict[str, Any], folder: Path) -> dict[str, ElementTree.Element]:
    return {path.name: ElementTree.parse(path).getroot() for path in write_pictures(told, folder)}


def texts(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def bars(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [each for each in root.iter(f"{SVG}rect") if each.get("class") != "ground"]


def test_each_document_has_a_picture_of_rates_and_one_of_latencies(tmp_path: Path) -> None:
    pictures = drawn(result(), tmp_path)
    assert list(pictures) == [
        "peers-4-rate.svg",
        "peers-4-p99.svg",
        "peers-calcom-rate.svg",
        "peers-calcom-p99.svg",
    ]
    assert {root.tag for root in pictures.values()} == {f"{SVG}svg"}


def test_a_picture_says_what_it_shows_and_every_figure(tmp_path: Path) -> None:
    pictures = drawn(result(), tmp_path)
    rate, p99 = texts(pictures["peers-calcom-rate.svg"]), texts(pictures["peers-calcom-p99.svg"])
    assert rate[0] == "Cal.com & more, 152 operations, 16 connections: requests a second (longer is better)"
    assert rate[1:4] == ["Understudy", "Prism", "Mockoon"]
    assert {"list of 10", "get", "valid POST", "refused POST", "40,000", "refused (422)", "accepted"} <= {
        *rate
    }
    assert {"0.40", "16.00", "refused (422)", "accepted"} <= {*p99}
    assert pictures["peers-calcom-rate.svg"].get("aria-label") == rate[0].partition(" (")[0]


def test_ours_are_marked_and_bars_are_as_long_as_their_rates(tmp_path: Path) -> None:
    found = bars(drawn(result(), tmp_path)["peers-calcom-rate.svg"])
    assert [each.get("class") for each in found[:3]] == ["mine", None, None]
    mine, prism, _ = (float(each.attrib["width"]) for each in found[:3])
    assert mine / prism == pytest.approx(40, rel=0.05)
    assert len(found) == 4 + 3 + 3


@pytest.mark.parametrize("most", [50_000, 999_999])
def test_no_bar_and_no_number_leaves_its_panel(most: int, tmp_path: Path) -> None:
    told = result()
    told["documents"]["4"]["Understudy"]["figures"]["16"]["get"] |= {"rate": most, "p99": 1234.56}
    for root in drawn(told, tmp_path).values():
        width = float(root.attrib["viewBox"].split()[2])
        heads = [
            float(each.attrib["x"])
            for each in root.iter(f"{SVG}text")
            if each.text in ("list of 10", "get", "valid POST", "refused POST")
        ]
        ends = [*heads[1:], width]
        for each in root.iter(f"{SVG}text"):
            left = float(each.attrib["x"])
            if each.get("class") == "number":
                end = min(end for end in ends if end > left)
                # Digits of 12 px are about 7 wide.
                assert left + 7 * len(each.text or "") <= end, each.text


def test_names_are_escaped(tmp_path: Path) -> None:
    told = result()
    told["documents"]["4"]['<b> & "c"'] = told["documents"]["4"].pop("Mockoon")
    assert '<b> & "c"' in texts(drawn(told, tmp_path)["peers-4-rate.svg"])


def test_a_result_with_one_server_and_one_figure_is_drawn(tmp_path: Path) -> None:
    told = result()
    told["documents"] = {"4": {"Understudy": {"figures": {"16": {"get": {"rate": 5, "p99": 2.0}}}}}}
    for root in drawn(told, tmp_path).values():
        assert len(bars(root)) == 1


def test_a_result_without_any_figure_is_drawn(tmp_path: Path) -> None:
    told = result()
    told["documents"] = {"4": {"Prism": {"figures": {"16": {}}, "instead": {"get": "no answer"}}}}
    for root in drawn(told, tmp_path).values():
        assert "no answer" in texts(root)
        assert bars(root) == []
