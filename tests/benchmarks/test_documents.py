from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate

from benchmarks.documents import ROW, ROWS, THING, write_document
from benchmarks.peers.servers import CALL, REFUSED
from mockserver import Mock
from mockserver.openapi.document import open_document

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.mark.parametrize("operations", [4, 40])
def test_a_document_has_as_many_operations_as_are_asked_for(operations: int, tmp_path: Path) -> None:
    path = write_document(tmp_path / "new", operations)
    paths = open_document(path).data["paths"]
    assert sum(len(METHODS & item.keys()) for item in paths.values()) == operations
    ids = [item[method]["operationId"] for item in paths.values() for method in METHODS & item.keys()]
    assert len(set(ids)) == operations


def test_a_document_is_valid_as_the_standard_says(tmp_path: Path) -> None:
    validate(orjson.loads(write_document(tmp_path, 8).read_bytes()))


def test_a_mock_serves_a_document_and_keeps_what_is_created(tmp_path: Path) -> None:
    with Mock(write_document(tmp_path, 8), data="empty") as mock:
        made = mock.call("POST", "/v2/things", json=CALL)
        assert made.status == 201
        id = made.json()["id"]
        assert mock.call("GET", f"/v2/things/{id}").json() == made.json()
        listed = mock.call("GET", "/v2/things?count=10").json()
        assert [row["id"] for row in listed["collection"]] == [id]
        assert mock.call("GET", "/v2/others-1").json()["collection"] == []
        assert mock.call("DELETE", f"/v2/things/{id}").json() == {"deleted": True}
        assert mock.call("GET", f"/v2/things/{id}").status == 404


def test_what_is_to_be_refused_is_refused_for_its_telephone_number_only(tmp_path: Path) -> None:
    with Mock(write_document(tmp_path, 4), data="empty") as mock:
        refused = mock.call("POST", "/v2/things", json=REFUSED)
        assert refused.status == 422
        assert (
            mock.call("POST", "/v2/things", json={**REFUSED, "phoneNumber": "+4915112345678"}).status == 201
        )


def test_the_examples_fit_the_schema_and_are_ten_in_a_list() -> None:
    from jsonschema_rs import validator_for

    schema: dict[str, Any] = {"type": "object", "required": THING["required"], **THING}
    rows = [ROW, *ROWS["collection"]]
    assert len(rows) == 11
    assert all(validator_for(schema).is_valid(row) for row in rows)
