from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.openapi.overlay import apply

DOCUMENT: dict[str, Any] = {
    "info": {"title": "T", "x-a": {"b": [1]}},
    "tags": [{"name": "a"}, {"name": "b"}, {"name": "c"}],
    "paths": {"/a": {"get": {"tags": ["x"]}, "post": {"tags": ["x"]}}, "/b": {"get": {"tags": []}}},
}


def overlay(*actions: Any, **more: Any) -> dict[str, Any]:
    return {"overlay": "1.0.0", "info": {"title": "O", "version": "1"}, "actions": list(actions), **more}


def after(*actions: Any) -> Any:
    result = apply(DOCUMENT, overlay(*actions))
    assert result.problems == ()
    return result.data


def problem(*actions: Any, **more: Any) -> tuple[str, str]:
    (found,) = apply(DOCUMENT, overlay(*actions, **more)).problems
    return found[0], found[1]


def test_an_update_merges_objects_recursively_and_appends_to_arrays() -> None:
    data = after({"target": "$", "update": {"info": {"x-a": {"b": [2], "c": 3}}, "new": 1}})
    assert data["info"] == {"title": "T", "x-a": {"b": [1, 2], "c": 3}}
    assert data["new"] == 1


def test_an_update_of_an_array_appends() -> None:
    assert after({"target": "$.paths['/a'].*.tags", "update": "y"})["paths"]["/a"] == {
        "get": {"tags": ["x", "y"]},
        "post": {"tags": ["x", "y"]},
    }
    assert after({"target": "$.tags", "update": {"name": "d"}})["tags"][-1] == {"name": "d"}


def test_an_update_of_a_value_replaces_it() -> None:
    assert after({"target": "$.info.title", "update": "U"})["info"]["title"] == "U"


def test_targets_do_not_share_what_they_were_given() -> None:
    data = after(
        {"target": "$.paths.*.get", "update": {"x-n": {"a": []}}},
        {"target": "$.paths['/b'].get['x-n'].a", "update": 1},
    )
    assert data["paths"]["/a"]["get"]["x-n"] == {"a": []}
    assert data["paths"]["/b"]["get"]["x-n"] == {"a": [1]}


def test_what_yaml_aliases_made_one_object_is_changed_in_one_place() -> None:
    shared = {"a": 1}
    result = apply({"one": shared, "two": shared}, overlay({"target": "$.one", "update": {"a": 2}}))
    assert result.data == {"one": {"a": 2}, "two": {"a": 1}}


def test_removal_deletes_every_match_and_wins_over_update() -> None:
    data = after({"target": "$.tags[?@.name != 'b']", "remove": True, "update": {"name": "z"}})
    assert data["tags"] == [{"name": "b"}]


def test_removal_of_nested_matches_removes_the_outer() -> None:
    data = after({"target": "$.paths..*", "remove": True})
    assert data["paths"] == {}


def test_copy_updates_with_what_it_selects() -> None:
    data = after({"target": "$.paths['/b']", "copy": "$.paths['/a']"})
    assert data["paths"]["/b"] == {"get": {"tags": ["x"]}, "post": {"tags": ["x"]}}


def test_actions_see_what_those_before_them_did() -> None:
    data = after(
        {"target": "$.info", "update": {"x-new": {}}}, {"target": "$.info['x-new']", "update": {"a": 1}}
    )
    assert data["info"]["x-new"] == {"a": 1}


def test_an_action_that_selects_nothing_is_a_problem() -> None:
    pointer, message = problem(
        {"target": "$.info", "update": {}}, {"target": "$.paths['/none']", "update": {"get": {}}}
    )
    assert pointer == "/actions/1/target"
    assert "selects nothing" in message


@pytest.mark.parametrize(
    ("action", "pointer", "message"),
    [
        ({"target": "paths", "update": {}}, "/actions/0/target", "no key"),
        ({"target": "$.paths[", "update": {}}, "/actions/0/target", "is not a JSONPath"),
        ({"update": {}}, "/actions/0", "needs a target"),
        ("$", "/actions/0", "needs a target"),
        ({"target": "$"}, "/actions/0", "does one thing"),
        ({"target": "$", "update": {}, "copy": "$.info"}, "/actions/0", "does one thing"),
        ({"target": "$", "remove": "yes", "update": {}}, "/actions/0/remove", "true or false"),
        ({"target": "$", "remove": True}, "/actions/0/target", "whole document"),
        ({"target": "$.info", "update": 1}, "/actions/0/update", "only an object"),
        ({"target": "$.info", "copy": "$.paths.*"}, "/actions/0/copy", "2 places"),
        ({"target": "$.info", "copy": "x["}, "/actions/0/copy", "is not a JSONPath"),
        ({"target": "$", "update": {}, "Update": {}}, "/actions/0/Update", "no key of an overlay"),
        (
            {"target": "$", "update": {}, "x-evidence": {"known": "guessed", "source": "x"}},
            "/actions/0/x-evidence/known",
            "guessed",
        ),
    ],
)
def test_a_malformed_action_is_named(action: Any, pointer: str, message: str) -> None:
    found = problem(action)
    assert found[0] == pointer
    if message != "no key":
        assert message in found[1]


def test_evidence_and_other_extensions_may_stand_in_an_overlay() -> None:
    evidence = {"known": "documented", "source": "the vendor's page"}
    document = overlay(
        {"target": "$.info", "update": {}, "x-evidence": evidence},
        extends="http://example.com/a",
        **{"x-mine": 1},
    )
    assert apply(DOCUMENT, document).problems == ()


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        (
            {
                "overlay": "2.0.0",
                "info": {"title": "", "version": ""},
                "actions": [{"target": "$", "update": {}}],
            },
            "/overlay",
        ),
        ({"overlay": "1.0.0", "actions": [{"target": "$", "update": {}}]}, "/info"),
        ({"overlay": "1.0.0", "info": {"title": "", "version": ""}, "actions": []}, "/actions"),
        (overlay({"target": "$", "update": {}}, action=[]), "/action"),
    ],
)
def test_what_is_no_overlay_is_refused(document: Any, pointer: str) -> None:
    (found,) = apply(DOCUMENT, document).problems
    assert found[0] == pointer


VALUES = st.recursive(
    st.none() | st.integers(0, 5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(OBJECTS, OBJECTS)
def test_the_document_given_is_never_changed(data: Any, update: Any) -> None:
    before = copy.deepcopy(data), copy.deepcopy(update)
    apply(data, overlay({"target": "$", "update": update}, {"target": "$", "update": update}))
    assert (data, update) == before


@given(OBJECTS)
def test_an_update_of_nothing_is_the_update(update: Any) -> None:
    assert apply({}, overlay({"target": "$", "update": update})).data == update
