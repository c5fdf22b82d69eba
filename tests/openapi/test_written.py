"""YAML that is written for a person to edit says the same when it is read again."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.openapi import yaml
from mockserver.openapi.written import to_yaml

TEXT = st.text(max_size=12) | st.from_regex(r"[-+.]?0?[0-9_.:]{1,6}(e[-+]?[0-9]{1,2})?", fullmatch=True)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
@example(["0891", "1e5", "0o17", "061123456789", "yes", "~", "1:30", "", "=", "<<", "2026-01-01"])
@example({"0891": 1, "null": 2, "1E+3": 3})
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    assert yaml.read(to_yaml({"value": value}).encode(), "written.yaml") == {"value": value}


def test_what_is_alike_is_written_out() -> None:
    shared = {"type": "string"}
    assert to_yaml({"a": shared, "b": shared}) == "a:\n  type: string\nb:\n  type: string\n"
