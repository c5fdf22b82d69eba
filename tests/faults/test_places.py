from __future__ import annotations

from typing import Any

from mockserver.faults.places import places, pointer, resolve, undeclared

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Tree": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                    "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}]},
        }
    }
}
TREE = {"$ref": "#/components/schemas/Tree"}


def test_members_come_parents_first_in_the_schemas_order() -> None:
    body = {"note": None, "tags": ["a"], "children": [{"name": "y"}], "name": "x", "surplus": 1}
    found = [place.pointer for place in places(TREE, body, DOCUMENT)]
    assert found == ["/name", "/children", "/children/0/name", "/tags", "/tags/0", "/note"]


def test_a_place_knows_what_the_schema_says_of_it() -> None:
    body = {"name": "x", "tags": ["a"], "note": "n"}
    found = {place.pointer: place for place in places(TREE, body, DOCUMENT)}
    assert found["/name"].required
    assert not found["/note"].required
    assert found["/note"].types == {"string", "null"}
    assert found["/tags/0"].enum == ("a", "b")


def test_a_schema_that_only_refers_to_itself_declares_nothing() -> None:
    assert list(places({"$ref": "#/components/schemas/Loop"}, {"a": 1}, DOCUMENT)) == []


def test_without_a_schema_the_top_level_members_are_all_there_is() -> None:
    assert [place.pointer for place in undeclared({"a": {"b": 1}, "c": 2})] == ["/a", "/c"]
    assert [place.pointer for place in undeclared([{"a": 1}])] == ["/0/a"]
    assert list(undeclared("text")) == []


def test_pointers_are_escaped_and_resolved() -> None:
    assert pointer(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"
    assert resolve("#/x/a~1b/1", {"x": {"a/b": [1, 2]}}) == 2
    assert resolve("#/x/none", {"x": {}}) is None
    assert resolve("other.yaml#/x", {"x": {}}) is None
