"""Names that an API's own pages disagree on: they work and are told of, or strictly are not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider

SAID = {"said-by": "the guide", "denied-by": "the reference"}
NOTE = "disputed: the guide has it, the reference has not; elsewhere it is {}"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tasks_document()
    listing = made["paths"]["/tasks"]["get"]
    label = {"name": "label", "in": "query", "schema": {"type": "string"}}
    listing["parameters"].append(label | {"x-disputed": SAID | {"instead-of": "tag"}})
    body = made["paths"]["/tasks"]["post"]["requestBody"]["content"]["application/json"]
    title = body["schema"]["properties"]["title"]
    body["schema"] = {"$ref": "#/components/schemas/NewTask"}
    made["components"]["schemas"]["NewTask"] = {
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["title"]}, {"required": ["name"]}],
        "properties": {"title": title, "name": title | {"x-disputed": SAID | {"instead-of": "title"}}},
    }
    finish = made["paths"]["/tasks/{id}"]["patch"]["requestBody"]["content"]["application/json"]
    finish["schema"]["properties"]["colour"] = {"type": "string", "x-disputed": SAID}
    return write_provider(tmp_path_factory.mktemp("disputed"), made, tasks_provider())


def post(mock: Mock, body: dict[str, Any]) -> Any:
    return mock.call("POST", "/v1/tasks", json=body, persona="owner")


def test_a_disputed_field_works_under_its_other_name_and_is_told_of(path: Path) -> None:
    with Mock(path, data="empty") as mock:
        answer = post(mock, {"name": "Call Ana"})
        assert (answer.status, answer.json["title"]) == (201, "Call Ana")
        assert answer.exchange.warnings == ["field name: " + NOTE.format("title")]
        assert post(mock, {"title": "Call Bo"}).exchange.warnings is None


def test_the_undisputed_field_wins(path: Path) -> None:
    with Mock(path, data="empty") as mock:
        answer = post(mock, {"name": "Call Ana", "title": "Call Bo"})
        assert answer.json["title"] == "Call Bo"
        assert "name" not in answer.exchange.data


def test_a_disputed_parameter_is_read_as_the_other_one(path: Path) -> None:
    with Mock(path, data="empty") as mock:
        for _ in range(2):
            answer = mock.call("GET", "/v1/tasks?label=home", persona="owner")
            assert answer.exchange.params["tag"] == "home"
            assert "label" not in answer.exchange.params
            assert answer.exchange.warnings == ["query parameter label: " + NOTE.format("tag")]


def test_a_disputed_field_without_another_name_keeps_its_own(path: Path) -> None:
    with Mock(path, data="empty") as mock:
        id = post(mock, {"title": "Call Ana"}).json["id"]
        answer = mock.call("PATCH", f"/v1/tasks/{id}", json={"colour": "red"}, persona="owner")
        assert answer.exchange.data == {"colour": "red"}
        assert answer.exchange.warnings == ["field colour: disputed: the guide has it, the reference has not"]


def test_strict_knows_no_disputed_name(path: Path) -> None:
    with Mock(path, data="empty", strict=True) as mock:
        answer = post(mock, {"name": "Call Ana"})
        assert answer.status == 422
        assert "name" in answer.json["errors"]
        assert post(mock, {"title": "Call Ana"}).status == 201
        listed = mock.call("GET", "/v1/tasks?label=home", persona="owner").exchange
        assert listed.params.keys().isdisjoint({"label", "tag"})
        assert listed.warnings is None
