"""Cal.com's contract says of each operation what its page in the seed says."""

from __future__ import annotations

import json
import re

import pytest

from tests.providers.calcom_reading import (
    NEWEST,
    Cal,
    alternatives,
    opened,
    pages,
    seed,
    seeds,
)


@pytest.fixture(scope="module")
def newest() -> Cal:
    return opened(NEWEST)


@pytest.fixture(scope="module")
def older() -> Cal:
    return opened("2024-08-13")


class TestSeed:
    pytestmark = seeds

    def test_the_reference_is_read_whole(self) -> None:
        assert len(pages()) == 89 == seed().count("/api-reference/v2/openapi.json")
        assert len({(page.method, page.path) for page in pages()}) == 89

    def test_no_operation_of_the_reference_is_missing(self, newest: Cal) -> None:
        missing = [f"{page.method.upper()} {page.path}" for page in pages() if newest.at(page) is None]
        assert missing == []

    def test_no_operation_of_the_guides_is_missing(self, newest: Cal) -> None:
        table = re.findall(r"`(GET|POST) /v2(/[\w:/-]+)` +\|", seed())
        assert len(table) == 9
        for method, path in table:
            item = newest.data["paths"][path.replace(":uid", "{bookingUid}")]
            assert method.lower() in item, f"{method} {path}"

    def test_an_oauth_token_needs_the_scope_that_is_named_and_reaches_nothing_else(self, newest: Cal) -> None:
        for page in pages():
            operation = newest.at(page)
            if operation is not None:
                asked = alternatives(operation).get("oauth")
                assert asked == (page.scopes or None), page.title

    def test_roles_and_permissions_are_those_that_are_named(self, newest: Cal) -> None:
        wanted = re.compile(r"role: `(org|team) (\w+)`\. PBAC permission: `([\w.]+)`")
        for page in pages():
            found = wanted.search(page.text)
            operation = newest.at(page)
            if found is not None and operation is not None:
                level, least, permission = found.groups()
                role = operation["x-role"]
                assert (role["level"][: len(level)], role["least"]) == (level, least), page.title
                assert operation["x-permission"] == permission, page.title

    def test_a_version_is_required_or_falls_back_as_is_said(self, newest: Cal) -> None:
        for page in pages():
            operation = newest.at(page)
            if operation is None:
                continue
            version = operation.get("x-version", {})
            if "404 error" in page.text:
                assert version["default"] == "required", page.title
            elif "default to an older version" in page.text:
                assert version["default"] in version["accepts"], page.title
            for dated in re.findall(r"cal-api-version: `?(\d{4}-\d\d-\d\d)`", page.text):
                assert version["accepts"][0] == dated, page.title
                assert version["default"] == "required", page.title
            assert version or "cal-api-version" not in page.text, page.title

    def test_own_rate_limits_are_those_that_are_named(self, newest: Cal) -> None:
        limits = newest.data["x-rate-limit"]
        assert f"**{limits[limits['default']]['limit']} requests per minute**" in seed()
        for page in pages():
            operation = newest.at(page)
            for number in re.findall(r"limited to (\d+) requests per minute", page.text):
                assert operation is not None
                limit = limits[operation["x-rate-limit"]]
                assert (limit["limit"], limit["window"], limit["block"]) == (int(number), 60, 60)

    def test_every_body_in_the_guides_fits(self, newest: Cal) -> None:
        calls = re.findall(
            r'curl -X POST "https://api\.cal\.com/v2(/[^"]+)"[^`]*? -d \'(\{.*?\})\' ```', seed()
        )
        assert len(calls) == 7
        seen = 0
        for path, body in calls:
            operation = newest.data["paths"].get(path, {}).get("post")
            if operation is not None:
                for media in newest.bodies(operation):
                    assert newest.complaints(media["schema"], json.loads(body)) == [], path
                    seen += 1
        assert seen == len(calls)

    def test_the_guides_question_for_slots_is_declared_in_its_version_and_its_answer_fits(
        self, older: Cal
    ) -> None:
        operation = older.data["paths"]["/slots"]["get"]
        (query,) = re.findall(r"/v2/slots\?(\S+)\"", seed())
        asked = {part.partition("=")[0] for part in query.split("&")}
        declared = {p["name"]: p for p in older.parameters(operation) if p["in"] == "query"}
        assert asked <= declared.keys()
        assert {name for name, p in declared.items() if p.get("required")} <= asked
        (answer,) = re.findall(r"(\{ \"status\": \"success\", \"data\": \{ \"slots\".*?\}) ```", seed())
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert older.complaints(schema, json.loads(answer)) == []

    def test_states_of_the_list_are_those_of_the_table(self, newest: Cal) -> None:
        (page,) = [page for page in pages() if page.title == "Get all bookings"]
        told = set(re.findall(r"\| `(\w+)` \| `Booking\.uuid", page.text))
        declared = newest.parameters(newest.data["paths"]["/bookings"]["get"])
        (states,) = [p["schema"]["enum"] for p in declared if p["name"] == "status"]
        assert set(states) == told
