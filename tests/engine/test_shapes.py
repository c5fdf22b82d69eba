"""References in schemas are followed as they are written: percent-encoded where they have to be."""

from __future__ import annotations

from mockserver.engine.shapes import resolve


def test_a_reference_with_encoded_braces_is_followed() -> None:
    thing = {"type": "object"}
    data = {
        "paths": {"/things/{id}": {"get": {"schema": thing}}},
        "components": {"schemas": {"Thing": {"$ref": "#/paths/~1things~1%7Bid%7D/get/schema"}}},
    }
    assert resolve(data, "/components/schemas/Thing") == ("/paths/~1things~1{id}/get/schema", thing)
