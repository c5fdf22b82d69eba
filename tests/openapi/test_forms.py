"""A form is what its schema asks for, however its fields are written."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import Mock
from mockserver.openapi.forms import FormReader
from mockserver.openapi.schemas import Schemas

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "user": {"type": "string"},
        "age": {"type": "integer"},
        "share": {"type": "number"},
        "ok": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "card": {"type": "object", "properties": {"cvc": {"type": "integer"}, "to": {"type": "string"}}},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"count": {"type": "integer"}}},
        },
        "a[b]": {"type": "integer"},
    },
}


def read(form: str, encoding: Any = None) -> Any:
    reader = FormReader(SCHEMA, Schemas(SCHEMA), encoding)
    return pickle.loads(pickle.dumps(reader))(parse_qsl(form, keep_blank_values=True))


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("user=Bo&age=7&share=0.5&ok=true", {"user": "Bo", "age": 7, "share": 0.5, "ok": True}),
        ("user=7", {"user": "7"}),
        ("age=seven", {"age": "seven"}),
        ("tags=a", {"tags": ["a"]}),
        ("tags=a&tags=b", {"tags": ["a", "b"]}),
        ("tags[]=a&tags[]=b", {"tags": ["a", "b"]}),
        ("tags[1]=b&tags[0]=a", {"tags": ["a", "b"]}),
        ("tags=a,b", {"tags": ["a,b"]}),
        ('tags=["a","b"]', {"tags": ["a", "b"]}),
        ("sizes=1&sizes=2", {"sizes": [1, 2]}),
        ("card[cvc]=123&card[to]=2027", {"card": {"cvc": 123, "to": "2027"}}),
        ('card={"cvc":123}', {"card": {"cvc": 123}}),
        ("lines[0][count]=1&lines[1][count]=2", {"lines": [{"count": 1}, {"count": 2}]}),
        ("a[b]=1", {"a[b]": 1}),
        ("unknown[x]=1", {"unknown": {"x": "1"}}),
        ("card=1&card[cvc]=2", {"card": "1", "card[cvc]": "2"}),
        ("user=a&user=b", {"user": ["a", "b"]}),
        ("x[" + "][".join("abcdefghij") + "]=1", {"x[" + "][".join("abcdefghij") + "]": "1"}),
    ],
)
def test_a_form_is_read_as_its_schema_says(form: str, value: Any) -> None:
    assert read(form) == value


def test_lists_are_joined_as_the_encoding_says() -> None:
    assert read("sizes=1,2", {"sizes": {"explode": False}}) == {"sizes": [1, 2]}
    assert read("sizes=1|2", {"sizes": {"style": "pipeDelimited", "explode": False}}) == {"sizes": [1, 2]}


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=8))
def test_no_form_breaks_the_reader(pairs: list[tuple[str, str]]) -> None:
    assert isinstance(read(urlencode(pairs)), dict)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "age": st.integers(-(2**31), 2**31),
            "ok": st.booleans(),
            "sizes": st.lists(st.integers(0, 99), min_size=1, max_size=3),
        },
    )
)
def test_what_is_sent_as_a_form_comes_back_as_it_was(value: dict[str, Any]) -> None:
    texts = {name: str(each).lower() if isinstance(each, bool) else each for name, each in value.items()}
    assert read(urlencode(texts, doseq=True)) == value


def test_a_number_in_a_form_is_no_text() -> None:
    mock = Mock(Path(__file__).parents[1] / "unprepared" / "forms.yaml")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert mock.call("POST", "/login", body=b"user=bo&age=7&roles=a", headers=form).status == 200
    assert mock.call("POST", "/login", body=b"user=bo&age=seven", headers=form).status == 400
