"""Dated versions of an API: which one answers, and what is told of those that the pages dispute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import Mock
from mockserver.cli import parse
from mockserver.commands.opening import open_house, source_files
from mockserver.engine.exchange import Exchange
from mockserver.openapi.problems import SpecificationError
from tests.documents import tasks_document, tasks_provider, write_provider

NEW, OLD, DISPUTED = "2026-02-25", "2024-08-13", "2020-01-01"
OVERLAY = {
    "overlay": "1.0.0",
    "info": {"title": "As it was", "version": OLD},
    "actions": [
        {
            "target": "$.paths['/tasks'].get['x-paging']",
            "update": "older",
        },
        {
            "target": "$['x-paging']",
            "update": {
                "older": {
                    "style": "page",
                    "params": {"page": "page", "size": "size"},
                    "size": {"default": 2},
                    "info": {"of": "$pages"},
                }
            },
        },
    ],
}
Field = dict[str, str]


def write(folder: Path, overlay: Any = OVERLAY) -> Path:
    made = tasks_document()
    made["x-versions"] = {"header": "api-version", "overlays": {OLD: "older.overlay.yaml"}}
    disputed = {DISPUTED: {"said-by": "the guide", "denied-by": "the reference"}}
    made["paths"]["/tasks"]["get"]["x-version"] = {"accepts": [NEW, OLD], "default": OLD}
    made["paths"]["/tasks"]["post"]["x-version"] = {
        "accepts": [NEW],
        "default": "required",
        "disputed": disputed,
    }
    provider = tasks_provider() | {"messages": {"unknown-version": "Cannot {method} {path}"}}
    path = write_provider(folder, made, provider)
    (path.parent / "older.overlay.yaml").write_text(yaml.safe_dump(overlay))
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("versions"))


def last(mock: Mock) -> Exchange:
    found: Exchange = mock.world.journal.find(limit=1)[0]
    return found


def create(mock: Mock, version: str | None) -> Any:
    headers: Field = {} if version is None else {"Api-Version": version}
    return mock.call("POST", "/v1/tasks", json={"title": "Call Ana"}, persona="owner", headers=headers)


def page(mock: Mock, version: str | None) -> dict[str, Any]:
    headers: Field = {} if version is None else {"Api-Version": version}
    answer = mock.call("GET", "/v1/tasks", persona="owner", headers=headers)
    assert answer.status == 200, answer.json
    info: dict[str, Any] = answer.json["info"]
    return info


def test_each_version_answers_as_it_was(path: Path) -> None:
    with Mock(path, data="empty") as mock:
        for _ in range(3):
            assert create(mock, NEW).status == 201
        assert page(mock, NEW)["total"] == 3
        assert page(mock, OLD) == {"of": 2}


@pytest.mark.parametrize("version", [None, "1999-01-01", ""])
def test_a_version_that_is_missing_or_unknown_is_the_default_one(path: Path, version: str | None) -> None:
    with Mock(path, data="empty") as mock:
        assert page(mock, version) == {"of": 0}


@pytest.mark.parametrize("version", [None, OLD, "now"])
def test_without_a_required_version_nothing_is_found(path: Path, version: str | None) -> None:
    with Mock(path, data="empty") as mock:
        answer = create(mock, version)
        assert answer.status == 404
        assert answer.json["message"] == "Cannot POST /v1/tasks"
        assert last(mock).operation == "createTask"


def test_a_disputed_version_works_and_is_told_of(path: Path) -> None:
    with Mock(path, data="empty") as mock:
        assert create(mock, DISPUTED).status == 201
        warnings = last(mock).warnings
        assert warnings == ["api-version 2020-01-01: disputed: the guide has it, the reference has not"]
        assert create(mock, NEW).status == 201
        assert last(mock).warnings is None


def test_strict_refuses_a_disputed_version(path: Path) -> None:
    with Mock(path, data="empty", strict=True) as mock:
        assert create(mock, DISPUTED).status == 404
        assert create(mock, NEW).status == 201


def test_an_overlay_that_changes_nothing_is_an_error_of_the_documents(tmp_path: Path) -> None:
    wrong = OVERLAY | {"actions": [{"target": "$.paths['/nowhere']", "update": {}}]}
    with pytest.raises(SpecificationError, match=r"older\.overlay\.yaml"):
        Mock(write(tmp_path, wrong))


def test_what_belongs_to_no_version_is_not_asked_for_one(path: Path) -> None:
    with Mock(path, data="empty") as mock:
        assert mock.call("GET", "/v1/report", persona="owner").status == 200


def test_the_overlays_of_versions_are_watched_and_strict_can_be_asked_for(path: Path) -> None:
    options = parse(["serve", str(path), "--strict", "--no-cache", "--data", "empty"])
    assert "older.overlay.yaml" in [each.name for each in source_files(options)]
    (service,) = open_house(options).services.values()
    assert service.strict
    assert [edition.date for edition in service.editions.values()] == [OLD]
    assert set(service.editions[OLD].operations) == {"listTasks"}
