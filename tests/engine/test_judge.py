"""Whether a reply keeps to the document: what is quick to see is judged as the validator would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.engine.exchange import Reply
from mockserver.engine.judge import judge_headers
from mockserver.engine.refusals import NotConformant
from mockserver.openapi.contract import Response
from tests.openapi.given import contract

NUMBERS: tuple[Mapping[str, Any], ...] = (
    {"type": "integer"},
    {"type": "integer", "minimum": 1, "description": "at least one"},
    {"type": "integer", "minimum": -3},
    {"type": "integer", "minimum": 2.5},
    {"type": "integer", "maximum": 9},
    {"type": "integer", "format": "int32"},
    {"type": "number", "minimum": 1},
    {"type": "string", "minLength": 1},
)
SIMPLE = NUMBERS[:3]


def declared(schema: Mapping[str, Any], *, required: bool = False) -> Response:
    """A response with that header."""
    headers = {"X-Left": {"schema": dict(schema), "required": required}}
    made = contract({"/x": {"get": {"responses": {"200": {"description": "fine", "headers": headers}}}}})
    return made.operations[0].responses["200"]


RESPONSES = [declared(schema) for schema in NUMBERS]


def told(response: Response, *headers: tuple[bytes, bytes]) -> str:
    """What the judge says of a reply with these headers, "" where it has nothing to say."""
    try:
        judge_headers(response, Reply(200, headers=list(headers)))
    except NotConformant as error:
        return error.what
    return ""


@given(
    response=st.sampled_from(RESPONSES),
    value=st.binary(max_size=4)
    | st.text("0123456789", min_size=1, max_size=12).map(str.encode)
    | st.integers(-10, 2**80).map(lambda number: str(number).encode()),
)
def test_a_number_is_judged_as_the_validator_judges_it(response: Response, value: bytes) -> None:
    rules = {name: replace(rule, least=None) for name, rule in response.sent.items()}
    assert told(response, (b"X-Left", value)) == told(replace(response, sent=rules), (b"X-Left", value))


def test_only_where_every_number_from_some_on_fits_no_validator_is_asked() -> None:
    least = [response.sent[b"x-left"].least for response in RESPONSES]
    assert least == [0, 1, 0, None, None, None, None, None]


@pytest.mark.parametrize("schema", SIMPLE)
def test_a_header_that_is_no_number_does_not_fit(schema: Mapping[str, Any]) -> None:
    assert told(declared(schema), (b"x-left", b"many")) == "the header x-left does not fit: many"
    assert told(declared(schema), (b"x-left", b"-9")) in ("", "the header x-left does not fit: -9")
    assert told(declared(schema), (b"x-other", b"many")) == ""


def test_a_header_that_has_to_be_there_is_missed() -> None:
    response = declared({"type": "integer"}, required=True)
    assert told(response) == "the header x-left is missing"
    assert told(response, (b"X-LEFT", b"3")) == ""
