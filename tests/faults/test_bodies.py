from __future__ import annotations

from typing import Any

import pytest

from tests.faults.model import Model, answered, body_of


def changed(before: Any, after: Any, path: str = "") -> list[str]:
    """The pointers at which two JSON values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            place
            for key in {**before, **after}
            for place in (
                changed(before[key], after[key], f"{path}/{key}")
                if key in before and key in after
                else [f"{path}/{key}"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            p
            for n, (b, a) in enumerate(zip(before, after, strict=True))
            for p in changed(b, a, f"{path}/{n}")
        ]
    return [] if before == after and type(before) is type(after) else [path]


CASES = [
    ("dropped-optional-field", "/notes/n-seed-1", "getNote", "/place", True),
    ("dropped-optional-field", "/notes", "listNotes", "/notes/0/place", True),
    ("null-for-nullable", "/notes/n-seed-1", "getNote", "/place/url", True),
    ("unknown-extra-field", "/notes/n-seed-1", "getNote", "/understudyUnknownField", False),
    ("unknown-extra-field", "/notes", "listNotes", "/notes/0/understudyUnknownField", False),
    ("unknown-enum-value", "/notes/n-seed-1", "getNote", "/kind", False),
    ("wrong-type", "/notes/n-seed-1", "getNote", "/id", False),
    ("wrong-type", "/notes", "listNotes", "/notes/0/id", False),
]


@pytest.mark.parametrize(("fault", "target", "operation", "place", "legal"), CASES)
def test_a_body_is_changed_in_one_place_and_no_other(
    model: Model, fault: str, target: str, operation: str, place: str, legal: bool
) -> None:
    sound = body_of(model.ask("GET", target))
    model.declare(fault)
    exchange = model.ask("GET", target)
    reply = answered(exchange)
    assert reply.status == 200
    assert changed(sound, body_of(exchange)) == [place]
    assert model.fits(reply, operation) is legal
    assert f"fault {fault}: {place}" in reply.reason


@pytest.mark.parametrize("fault", ["dropped-optional-field", "null-for-nullable", "wrong-type"])
@pytest.mark.parametrize("field", ["url", "/place/url"])
def test_a_field_is_named_or_pointed_at(model: Model, fault: str, field: str) -> None:
    sound = body_of(model.ask("GET", "/notes/n-seed-1"))
    model.declare(fault, field=field)
    assert changed(sound, body_of(model.ask("GET", "/notes/n-seed-1"))) == ["/place/url"]


@pytest.mark.parametrize(
    ("fault", "field", "why"),
    [
        ("dropped-optional-field", "id", "cannot act: id is no optional member"),
        (
            "null-for-nullable",
            "/place/name",
            "cannot act: /place/name is no nullable member that has a value",
        ),
        ("unknown-enum-value", "text", "cannot act: text is no member with a closed list of values"),
        ("wrong-type", "nothing", "cannot act: the body has no nothing"),
        ("unknown-extra-field", "text", "cannot act: there is a /text already"),
        ("unknown-extra-field", "/nowhere/x", "cannot act: there is no object to add to"),
    ],
)
def test_a_fault_that_cannot_act_says_so_and_changes_nothing(
    model: Model, fault: str, field: str, why: str
) -> None:
    sound = answered(model.ask("GET", "/notes/n-seed-1")).body
    model.declare(fault, field=field)
    reply = answered(model.ask("GET", "/notes/n-seed-1"))
    assert reply.body == sound
    assert why in reply.reason


@pytest.mark.parametrize(
    "fault",
    [
        "dropped-optional-field",
        "null-for-nullable",
        "unknown-extra-field",
        "unknown-enum-value",
        "wrong-type",
    ],
)
def test_an_answer_without_a_body_is_left_alone(model: Model, fault: str) -> None:
    model.declare(fault)
    reply = answered(model.ask("DELETE", "/notes/n-seed-1"))
    assert (reply.status, reply.body) == (204, b"")
    assert "cannot act" in reply.reason


def test_a_new_note_without_place_has_nothing_to_drop(model: Model) -> None:
    model.declare("dropped-optional-field")
    exchange = model.ask("POST", "/notes", {"text": "Hello", "size": 1})
    assert answered(exchange).status == 201
    assert "cannot act: there is no optional member" in answered(exchange).reason


def test_an_extra_field_goes_where_it_is_pointed(model: Model) -> None:
    model.declare("unknown-extra-field", field="/place/mood", value={"any": ["json", None]})
    assert body_of(model.ask("GET", "/notes/n-seed-1"))["place"]["mood"] == {"any": ["json", None]}


def test_what_a_fault_spoils_stays_sound_in_the_world(model: Model) -> None:
    id = model.declare("wrong-type", times=1)
    model.ask("GET", "/notes/n-seed-1")
    model.world.faults.remove(id)
    exchange = model.ask("GET", "/notes/n-seed-1")
    assert model.fits(answered(exchange), "getNote")
    assert answered(exchange).reason == answered(model.ask("GET", "/notes/n-seed-1")).reason


def test_a_refusal_can_be_spoilt_too(model: Model) -> None:
    model.declare("wrong-type")
    exchange = model.ask("GET", "/notes/none")
    assert answered(exchange).status == 404
    assert not model.fits(answered(exchange), "getNote")
