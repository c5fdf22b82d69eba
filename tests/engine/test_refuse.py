"""The envelope of refusals."""

from __future__ import annotations

from pathlib import Path

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider


def test_problems_can_be_listed_as_zod_lists_them(tmp_path: Path) -> None:
    provider = tasks_provider()
    provider["refusals"]["422"] = {"message": "$message", "status": "$status", "details": "$problems.zod"}
    document = tasks_document()
    document["components"]["schemas"]["Error"] = {"type": "object", "required": ["details"]}
    with Mock(write_provider(tmp_path, document, provider), data="empty") as mock:
        issues = mock.call("POST", "/v1/tasks", persona="owner", json={"tags": ["a", 1]}).json["details"]
        assert {(issue["code"], tuple(issue["path"])) for issue in issues} == {
            ("invalid_type", ("title",)),
            ("invalid_type", ("tags", 1)),
        }
        assert all(issue["message"] for issue in issues)
        (issue,) = mock.call("GET", "/v1/tasks?size=51", persona="owner").json["details"]
        assert (issue["code"], issue["path"]) == ("too_big", ["size"])
