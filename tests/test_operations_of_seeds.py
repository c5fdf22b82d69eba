"""Every operation that the providers' own pages name is listed by `mockserver routes`, and does its work."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import main
from tests.providers.test_zeeg_document import ENDPOINTS, GROUPS

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
METHOD = "GET|POST|PUT|PATCH|DELETE"

pytestmark = [
    pytest.mark.seeds,
    pytest.mark.skipif(not SEEDS.is_dir(), reason="the providers' pages are not beside the repository"),
]

# An operation as two pages can agree on it: the method, and the path with `{}` for what varies.
Told = tuple[str, str]

# Operations that a page names only by a link to another page of the reference.
LINKED: Mapping[str, Told] = {
    "oauth/post-v2oauth-refresh": ("POST", "/v2/oauth/{}/refresh"),
    "orgs-event-types/create-an-event-type": ("POST", "/v2/organizations/{}/teams/{}/event-types"),
    "orgs-teams/create-a-team": ("POST", "/v2/organizations/{}/teams"),
    "platform-managed-users/create-a-managed-user": ("POST", "/v2/oauth-clients/{}/users"),
    "platform-managed-users/force-refresh-tokens": ("POST", "/v2/oauth-clients/{}/users/{}/force-refresh"),
    "platform-managed-users/refresh-managed-user-tokens": ("POST", "/v2/oauth/{}/refresh"),
    "platform-webhooks/create-a-webhook": ("POST", "/v2/oauth-clients/{}/webhooks"),
    "schedules/create-a-schedule": ("POST", "/v2/schedules"),
}
# Resources that seed 001 names in a table, without any path, and where the facts have them.
RESOURCES: Mapping[str, Told] = {
    "User": ("GET", "/v4/user/{}"),
    "Meeting Type": ("GET", "/v4/meeting-type/{}"),
    "Availability": ("GET", "/v4/availability/{}"),
    "Booking": ("POST", "/v4/booking"),
}


def page(number: str) -> str:
    return next(SEEDS.glob(f"{number}_*.txt")).read_text(encoding="utf-8")


def plain(path: str) -> str:
    """A path without its query, `{}` for each parameter, however it was written: {x}, :x, or eaten (//)."""
    path = re.sub(r"\{\w+\}|(?<=/):\w+", "{}", path.partition("?")[0])
    path = re.sub(r"(?<=/)(?=/)", "{}", path)
    return path + "{}" if path.endswith("/") else path


def of_zeeg() -> Iterator[Told]:
    """Seed 000 names operations in words, which stand in the tests of its document; 003 has addresses."""
    words = page("000")
    named = {id for phrase, id in ENDPOINTS.items() if phrase in words}
    assert len(named) == len(ENDPOINTS)
    for group, ids in GROUPS.items():
        assert group in words
        named |= ids
    by_id = {route["operation"]: (route["method"], plain(route["path"])) for route in routes("zeeg")}
    yield from (by_id.get(id, ("", id)) for id in sorted(named))
    for text in (words, page("003")):
        for method, path in re.findall(rf"({METHOD}) https://api\.zeeg\.me(/\S+)", text):
            yield method, plain(path.replace("YOUR_AGENT_UUID", "{}"))


def of_caledee() -> Iterator[Told]:
    text = page("002")
    for method, path in re.findall(rf"^- ({METHOD})(/api/\S+?)scope:", text, re.MULTILINE):
        yield method, plain(path)
    for path in re.findall(
        r"curl (?:-H \"[^\"]+\" \\\n)?https://caledee\.com(/[\w./-]+?)(?: |Endpoints)", text
    ):
        yield "GET", plain(path)


def of_meetergo() -> Iterator[Told]:
    text = page("001")
    for method, path in re.findall(rf'curl -X ({METHOD}) "https://api\.meetergo\.com([^"]+)"', text):
        yield method, plain(path)
    table = text.partition("ResourceDescription\n")[2].partition("\n\n")[0].splitlines()
    assert len(table) == len(RESOURCES)
    for line in table:
        (name,) = [name for name in RESOURCES if re.match(rf"{name}(The|A|Defines|Represents) ", line)]
        yield RESOURCES[name]


def of_calcom() -> Iterator[Told]:
    text = page("004")
    reference = re.findall(r"/openapi\.json (get|post|put|patch|delete) (/v2/\S+)", text)
    assert len(reference) == 89
    for method, path in reference:
        yield method.upper(), plain(path)
    for pattern in (
        rf'curl -X ({METHOD}) "https://api\.cal\.com(/v2/[^"]+)"',
        rf"`({METHOD}) (/v2/[^`]+)`",
        rf"`({METHOD})` +\| \[(/v2/[^\]]+)\]",
    ):
        found = re.findall(pattern, text)
        assert len(found) > 8, pattern
        yield from ((method, plain(path)) for method, path in found)
    sources = re.findall(r"Source: https://cal\.com/docs/api-reference/v2/([\w/-]+)", text)
    tables = re.findall(r"\]\(https://cal\.com/docs/api-reference/v2/([\w/-]+)\) +\|", text)
    links = re.findall(r"/docs/api-reference/v2/([\w-]+/[\w-]+)", text)
    assert set(links) - set(sources) - set(tables) == LINKED.keys()
    yield from LINKED.values()


TOLD = {"zeeg": of_zeeg, "caledee": of_caledee, "meetergo": of_meetergo, "calcom": of_calcom}


@cache
def listed() -> list[dict[str, Any]]:
    """What `mockserver routes --json` prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(["routes", "--json"]) in (None, 0)
    found: list[dict[str, Any]] = json.loads(printed.getvalue())
    return found


def routes(slug: str) -> list[dict[str, Any]]:
    return [route for route in listed() if route["provider"] == slug]


@pytest.mark.parametrize("slug", TOLD)
def test_routes_lists_every_operation_that_the_pages_name(slug: str) -> None:
    here = {(route["method"], plain(route["path"])) for route in routes(slug)}
    told = set(TOLD[slug]())
    assert len(told) >= {"zeeg": 29, "caledee": 9, "meetergo": 4, "calcom": 110}[slug]
    assert sorted(told - here) == []


@pytest.mark.parametrize("slug", TOLD)
def test_at_most_one_in_twenty_answers_from_its_schema_and_the_readme_names_it(slug: str) -> None:
    every = routes(slug)
    idle = [route["operation"] for route in every if route["answers"] == "schema"]
    assert len(idle) * 20 <= len(every), idle
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in idle if f"`{name}`" not in readme] == []
