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
        token = mock.tokens()
        made = mock.call("POST", "/v2/things", token=token, json=CALL)
        assert made.status == 201
        place = f"/v2/things/{made.json['id']}"
        assert mock.call("GET", place, token=token).json == made.json
        listed = mock.call("GET", "/v2/things?count=10", token=token).json
        assert listed["collection"] == [made.json]
        assert mock.call("GET", "/v2/others-1", token=token).json["collection"] == []
        assert mock.call("DELETE", place, token=token).json == {"deleted": True}
        assert mock.call("GET", place, token=token).status == 404


def test_what_is_to_be_refused_is_refused_for_its_telephone_number_only(tmp_path: Path) -> None:
    with Mock(write_document(tmp_path, 4), data="empty") as mock:
        token = mock.tokens()
        assert mock.call("POST", "/v2/things", token=token, json=REFUSED).status == 422
        mended = {**REFUSED, "phoneNumber": CALL["phoneNumber"]}
        assert mock.call("POST", "/v2/things", token=token, json=mended).status == 201


def test_the_examples_fit_the_schema_and_are_ten_in_a_list() -> None:
    from jsonschema_rs import validator_for

    schema: dict[str, Any] = {"type": "object", "required": THING["required"], **THING}
    rows = [ROW, *ROWS["collection"]]
    assert len(rows) == 11
    assert all(validator_for(schema).is_valid(row) for row in rows)
