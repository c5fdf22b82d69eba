"""Caledee's contract and our side of it say the same as the seed, and nothing that contradicts itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver import Mock
from mockserver.openapi.document import open_document
from mockserver.openapi.places import specs_folder
from mockserver.openapi.schemas import Schemas
from tests.providers.caledee_asking import NORAS, endpoints, needs_seeds, seed

DOCUMENT = open_document(specs_folder() / "caledee" / "openapi.yaml")
DATA: Mapping[str, Any] = DOCUMENT.data
SCHEMAS = Schemas(DATA)


def resolve(value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        value = SCHEMAS.at(value["$ref"].removeprefix("#"))
    return value


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, whole path, operation."""
    for path, item in DATA["paths"].items():
        base = "/api" if "servers" in item else "/api/v2"
        for method, operation in item.items():
            if method in ("get", "post", "delete"):
                yield method.upper(), base + path, operation


def complaints(schema: Any, value: Any) -> list[str]:
    return [f"{each.path} {each.message}" for each in SCHEMAS.check_inline(schema).problems(value)]


class TestSeed:
    pytestmark = needs_seeds

    def test_the_operations_and_their_scopes_are_exactly_those_of_the_list(self) -> None:
        told = {(each.method, each.path): each.scope for each in endpoints()}
        declared = {
            (method, path): operation["security"][0]["bearerAuth"][0]
            for method, path, operation in operations()
            if operation["security"]
        }
        assert declared == told
        assert len(told) == 8

    def test_the_parameters_are_exactly_those_of_the_list(self) -> None:
        for each in endpoints():
            (operation,) = (o for m, p, o in operations() if (m, p) == (each.method, each.path))
            named = [resolve(parameter) for parameter in operation.get("parameters", ())]
            queried = {parameter["name"] for parameter in named if parameter["in"] == "query"}
            assert queried == each.query.keys(), each

    def test_every_line_answers_in_shape(self, caledee: Mock) -> None:
        for each in endpoints():
            schema = next(o for m, p, o in operations() if (m, p) == (each.method, each.path))
            target = each.path.replace("{id}", NORAS)
            examples = {p["name"]: p.get("example") for p in map(resolve, schema.get("parameters", ()))}
            # A cursor can only come from an answer: the first page has none.
            query = {
                name: examples[name] if value == "…" else value
                for name, value in each.query.items()
                if name != "cursor"
            }
            body = None
            if "requestBody" in schema:
                (body, _) = (
                    example["value"]
                    for example in schema["requestBody"]["content"]["application/json"]["examples"].values()
                )
            answer = caledee.call(
                each.method,
                f"{target}?{urlencode(query)}",
                headers={"authorization": "Bearer pat_owner"},
                json=body,
            )
            assert answer.status in (200, 201), (each, answer)
            declared = schema["responses"][str(answer.status)]["content"]["application/json"]["schema"]
            assert complaints(declared, answer.json) == [], each

    def test_every_curl_runs_as_printed(self, caledee: Mock) -> None:
        curls = re.findall(
            r'curl (?:-H "Authorization: Bearer (pat_…)" \\\n)?https://caledee\.com(/\S+)', seed()
        )
        assert [bool(token) for token, _ in curls] == [True, False]
        for token, path in curls:
            # What follows runs into the address, for the page's layout is lost.
            path = path.removesuffix("Endpoints")
            headers = {"authorization": "Bearer pat_owner"} if token else {}
            assert caledee.call("GET", path, headers=headers).status == 200, path

    def test_the_refusal_that_is_printed_is_the_one_that_comes(self, caledee: Mock) -> None:
        (printed,) = re.findall(r"^\{\n.*?\n\}", seed(), re.DOTALL | re.MULTILINE)
        for headers in ({}, {"authorization": "Bearer pat_nobody"}, {"authorization": "Bearer pat_revoked"}):
            answer = caledee.call("GET", "/api/v2/me", headers=headers)
            assert answer.status == 401
            assert answer.json == json.loads(printed)

    def test_the_statuses_that_are_told_are_declared(self) -> None:
        statuses = re.findall(r"([45]\d\d)— ", seed())
        assert statuses == ["401", "403", "404", "429"]
        for _, path, operation in operations():
            if operation["security"]:
                wanted = set(statuses) if "{" in path else set(statuses) - {"404"}
                assert wanted <= operation["responses"].keys(), path

    def test_the_quota_and_the_window_are_those_that_are_told(self) -> None:
        assert "token over 600 req/min" in seed()
        limit = DATA["x-rate-limit"]["token"]
        assert (limit["limit"], limit["window"], limit["per"]) == (600, 60, "token")
        assert "Window must be ≤ 31 days." in seed()


class TestDocument:
    def test_it_is_valid_openapi(self) -> None:
        validator = pytest.importorskip("openapi_spec_validator")
        validator.validate(DATA, cls=validator.OpenAPIV31SpecValidator)

    def test_it_opens_without_a_warning(self) -> None:
        assert DOCUMENT.warnings == ()

    def test_every_operation_says_how_it_is_known_and_who_does_it(self) -> None:
        for _, path, operation in operations():
            evidence = operation["x-evidence"]
            assert evidence["known"] in {"documented", "assumed"}, path
            assert evidence["note"], path
            assert "x-resource" in operation or "x-behaviour" in operation, path

    def test_every_refusal_is_in_the_envelope(self) -> None:
        for _, path, operation in operations():
            for status, response in operation["responses"].items():
                if status.startswith("4"):
                    media = resolve(response)["content"]["application/json"]
                    assert resolve(media["schema"])["required"] == ["title", "message"], f"{path} {status}"
                    assert complaints(media["schema"], media["example"]) == [], f"{path} {status}"

    def test_every_example_is_valid_and_every_field_described(self) -> None:
        seen = list(walk(DATA))
        assert len(seen) > 40
        for place, node in seen:
            examples = [example["value"] for example in node.get("examples", {}).values()]
            for example in [*examples, *([node["example"]] if "example" in node else ())]:
                assert complaints(node["schema"], example) == [], place
            for name, field in node.get("properties", {}).items():
                assert field.get("description") or "$ref" in field, f"{place}/{name}"

    def test_only_tokens_of_the_team_plan_count(self) -> None:
        assert DATA["components"]["securitySchemes"]["bearerAuth"]["x-plan"] == "team"

    def test_the_description_is_served_to_anybody_and_without_facts(self, caledee: Mock) -> None:
        answer = caledee.call("GET", "/api/docs/openapi.json")
        assert answer.status == 200
        assert answer.json["openapi"].startswith("3.1")
        assert answer.json["paths"].keys() == DATA["paths"].keys()
        assert b'"x-' not in answer.body
        validator = pytest.importorskip("openapi_spec_validator")
        validator.validate(answer.json, cls=validator.OpenAPIV31SpecValidator)


class TestRows:
    def test_rows_refer_to_rows_that_are_there(self, caledee: Mock) -> None:
        users = {row["id"]: row for row in caledee.state("user")}
        types = {row["id"]: row for row in caledee.state("event-type")}
        for row in types.values():
            assert users[row["_hosts"][0]]["_account"] == row["_account"]
            assert row["durationMin"] in row["durations"]
        for row in caledee.state("booking"):
            about = types[row["eventTypeId"]]
            assert (row["eventTypeName"], row["_account"]) == (about["name"], about["_account"])
            assert row["hostSlug"] == users[row["hostId"]]["slug"]
            assert set(row["_hosts"]) <= set(about["_hosts"])
        for row in caledee.state("lead"):
            assert row["eventTypeName"] == types[row["eventTypeId"]]["name"]
            assert row["email"] == row["email"].lower()

    def test_ids_are_in_the_shape_of_the_one_that_is_published(self, caledee: Mock) -> None:
        for kind in ("user", "event-type", "booking", "lead", "contact", "webhook"):
            for row in caledee.state(kind):
                assert re.fullmatch("c[0-9a-z]{24}", row["id"]), row

    def test_subscriptions_lead_nowhere(self, caledee: Mock) -> None:
        assert all(row["url"].startswith("https://hooks.invalid/") for row in caledee.state("webhook"))


def walk(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that has a schema or properties; examples are neither."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) or (
            "schema" in value and not isinstance(value["schema"], str)
        ):
            yield place, value
        for key, inner in value.items():
            if key not in {"example", "examples", "default", "const", "enum"}:
                yield from walk(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk(inner, f"{place}/{number}")
