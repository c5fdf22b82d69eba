"""Where the schema of a row stands: references are followed as written, a choice where it is none."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.engine.shapes import of_objects, resolve


def test_a_reference_with_encoded_braces_is_followed() -> None:
    thing = {"type": "object"}
    data = {
        "paths": {"/things/{id}": {"get": {"schema": thing}}},
        "components": {"schemas": {"Thing": {"$ref": "#/paths/~1things~1%7Bid%7D/get/schema"}}},
    }
    assert resolve(data, "/components/schemas/Thing") == ("/paths/~1things~1{id}/get/schema", thing)


ROW = {"type": "object", "additionalProperties": False, "properties": {"id": {"type": "string"}}}
LIST = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"oneOf": [{"$ref": "#/components/schemas/Row"}, LIST]}, "/components/schemas/Row"),
        ({"anyOf": [LIST, ROW, {"type": "null"}], "description": "or none"}, "/components/schemas/X/anyOf/1"),
        ({"oneOf": [{"oneOf": [{"type": "null"}, ROW]}, LIST]}, "/components/schemas/X/oneOf/0/oneOf/1"),
        # Nobody can say which of two objects a row is, or what else is asked of it.
        ({"oneOf": [ROW, {"type": "object"}]}, "/components/schemas/X"),
        ({"oneOf": [ROW, {"minProperties": 1}]}, "/components/schemas/X"),
        ({"oneOf": [ROW, {"type": ["object", "null"]}]}, "/components/schemas/X"),
        ({"oneOf": [ROW, LIST], "minProperties": 2}, "/components/schemas/X"),
        ({"allOf": [ROW]}, "/components/schemas/X"),
    ],
)
def test_of_a_row_or_a_list_of_rows_the_row_is_meant(choice: dict[str, Any], expected: str) -> None:
    data = {"components": {"schemas": {"Row": ROW, "X": choice}}}
    assert of_objects(data, "/components/schemas/X", choice)[0] == expected
