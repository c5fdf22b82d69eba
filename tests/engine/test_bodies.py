"""How the JSON of a body is read: a number that is whole is an integer, however it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.engine.bodies import Malformed, read_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def kinds(value: Any) -> Any:
    """The same value with the kind of each number beside it."""
    if isinstance(value, dict):
        return {name: kinds(each) for name, each in value.items()}
    if isinstance(value, list):
        return [kinds(each) for each in value]
    return (type(value), value)


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [whole(each) for each in value]
    if isinstance(value, float) and value.is_integer() and -(2**63) <= value < 2**63:
        return int(value)
    return value


@given(values, st.booleans())
def test_whole_numbers_are_integers_wherever_they_stand(value: Any, spaced: bool) -> None:
    text = json.dumps(value, separators=None if spaced else (",", ":"))
    assert kinds(read_json(text.encode())) == kinds(whole(json.loads(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15.0", 15),
        ("1.5e1", 15),
        ("-0.0", 0),
        ("15.5", 15.5),
        ("1e300", 1e300),
        ('{"a": [1.0, {"b": 2E0}]}', {"a": [1, {"b": 2}]}),
    ],
)
def test_a_number_is_what_it_is_however_it_is_written(text: str, expected: Any) -> None:
    assert kinds(read_json(text.encode())) == kinds(expected)


@pytest.mark.parametrize("text", ["NaN", "Infinity", '{"a":1,"a":2}', "[1,]", ""])
def test_what_readers_would_read_differently_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_json(text.encode())
