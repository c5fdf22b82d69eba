"""`mockserver routes calcom` has every operation that the seed tells of, and rules for each."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.providers.calcom_reading import ROOT, pages, seed, seeds


@pytest.fixture(scope="module")
def routes() -> dict[tuple[str, str], str]:
    """By method and path without names, what answers."""
    told = subprocess.run(
        [sys.executable, "-m", "mockserver", "routes", "calcom", "--json"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return {(each["method"], bare(each["path"])): each["answers"] for each in json.loads(told.stdout)}


def bare(path: str) -> str:
    """A path without the names of its parameters: the pages of access control are printed without them."""
    return re.sub(r":\w+", "", re.sub(r"\{[^}]*\}", "", path))


def told_of() -> dict[tuple[str, str], str]:
    """By method and path without names, where the seed tells of the operation."""
    found = {(page.method.upper(), bare(f"/v2{page.path}")): page.title for page in pages()}
    tables = re.findall(r"\| `([A-Z]+)` +\| \[(/v2/\S*?)\]\(https://cal\.com/docs/\S+\)", seed())
    assert len(tables) == 20
    found |= dict.fromkeys(tables, "Access Control")
    guide = re.findall(r"\| `([A-Z]+) (/v2/[\w:/-]+)` +\|", seed())
    assert len(guide) == 9
    found |= {(method, bare(path)): "AI agents" for method, path in guide}
    shown = re.findall(r'curl -X (\w+) "https://api\.cal\.com(/v2/[^"?]+)', seed())
    assert len(shown) == 11
    return found | {(method, bare(path)): "AI agents" for method, path in shown}


class TestSeed:
    pytestmark = seeds

    def test_no_operation_that_the_seed_tells_of_is_missing(self, routes: dict[tuple[str, str], str]) -> None:
        assert len(told_of()) == 112
        missing = {place: title for place, title in told_of().items() if place not in routes}
        assert missing == {}

    def test_none_of_them_answers_from_its_schema(self, routes: dict[tuple[str, str], str]) -> None:
        assert {place for place in told_of() if routes[place] == "schema"} == set()


def test_what_answers_from_its_schema_is_one_in_twenty_at_most_and_named_in_the_readme(
    routes: dict[tuple[str, str], str],
) -> None:
    alone = [f"{method} {path}" for (method, path), answers in routes.items() if answers == "schema"]
    assert len(alone) * 20 <= len(routes)
    text = (ROOT / "README.md").read_text()
    assert [place for place in alone if place not in text] == []
