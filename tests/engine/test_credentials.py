"""A token is carried as the operation's document says, and gets in that way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import Mock
from mockserver.commands.announce import curl
from mockserver.engine.credentials import asks_for_any, credentials

SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "Basic"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
    "second": {"type": "apiKey", "in": "cookie", "name": "other"},
}


def mock_of(folder: Path, *security: dict[str, list[str]]) -> Mock:
    operation: dict[str, Any] = {"responses": {"200": {"description": "fine"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Doors", "version": "1"},
        "components": {"securitySchemes": SCHEMES},
        "paths": {
            "/open": {"get": {"operationId": "open", **operation}},
            "/shut": {"get": {"operationId": "shut", "security": list(security), **operation}},
        },
    }
    path = folder / "doors.yaml"
    path.write_text(yaml.safe_dump(document))
    return Mock(path)


@pytest.mark.parametrize(
    "security",
    [
        {"bearer": []},
        {"basic": []},
        {"header": []},
        {"query": []},
        {"cookie": []},
        {"cookie": [], "second": []},
        {"header": [], "query": []},
        {"basic": [], "header": []},
    ],
    ids=lambda security: "+".join(security),
)
def test_every_way_in_is_found(security: dict[str, list[str]], tmp_path: Path) -> None:
    mock = mock_of(tmp_path, security)
    assert mock.call("GET", "/shut").status == 401
    assert mock.call("GET", "/shut?a=1", token="garbage").status == 401
    assert mock.call("GET", "/shut?a=1", persona="owner").status == 200
    assert mock.call("GET", "/shut", persona="revoked").status == 401


def test_the_operations_own_security_is_what_counts(tmp_path: Path) -> None:
    contract = mock_of(tmp_path, {"header": []}).service().contract
    shut = next(each for each in contract.operations if each.id == "shut")
    assert credentials(contract, "t", shut).headers == {"X-Key": "t"}
    # Of an operation that asks for nothing, and of the document as a whole, the first that asks.
    assert credentials(contract, "t").headers == {"X-Key": "t"}


def test_what_asks_for_nothing_is_carried_nothing(tmp_path: Path) -> None:
    contract = mock_of(tmp_path).service().contract
    assert not asks_for_any(contract)
    assert credentials(contract, "t") == ({}, {})
    assert credentials(contract, "t").on("/open") == "/open"


def test_the_line_to_try_works_for_a_key_in_the_query(tmp_path: Path) -> None:
    mock = mock_of(tmp_path, {"query": []})
    assert curl(mock.service(), "http://mock.test") == "curl http://mock.test/doors/open"
    carried = credentials(mock.service().contract, "a&b")
    assert carried.on("/shut?x=1") == "/shut?x=1&key=a%26b"
