"""Filters: what they find, whatever the row holds and however instants are written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.engine.filters import build_filter, normal_instant

TEXTS = st.sampled_from(["", "Anna", "ANNABEL", "straße", "STRASSE", "2026-04-06T08:00:00Z"])
VALUES = st.recursive(TEXTS | st.integers(0, 3) | st.booleans() | st.none(), st.lists, max_leaves=4)


@given(
    st.sampled_from(["eq", "contains", "ge", "gt", "le", "lt", "in"]),
    st.dictionaries(st.sampled_from("abc"), VALUES),
    TEXTS,
)
def test_fields_of_the_row_are_tested_as_fields_further_in_are(
    op: str, data: dict[str, Any], wanted: str
) -> None:
    plain = build_filter("p", {"fields": ["a", "b"], "op": op}, lambda _: False)
    deep = build_filter("p", {"fields": ["x.a", "x.b"], "op": op}, lambda _: False)
    assert plain.test(data, plain.normal(wanted)) is deep.test({"x": data}, deep.normal(wanted))


@pytest.mark.parametrize(
    ("field", "wanted", "found"),
    [("Anna Lind", "LIND", True), ("STRASSE", "straße", True), ("Anna", "nan", False), (None, "n", False)],
)
def test_contains_does_not_look_at_capitals(field: str | None, wanted: str, found: bool) -> None:
    filter = build_filter("q", {"fields": ["name"], "op": "contains"}, lambda _: False)
    assert filter.test({"name": field}, filter.normal(wanted)) is found


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-06T08:00:00Z",
        "2026-04-06t08:00:00z",
        "2026-04-06T08:00:00.000Z",
        "2026-04-06T08:00:00.000000Z",
        "2026-04-06T10:00:00+02:00",
        "2026-04-06T13:45:00.000+05:45",
    ],
)
def test_an_instant_has_one_form(text: str) -> None:
    assert normal_instant(text) == "2026-04-06T08:00:00.000000Z"
    assert normal_instant("2016-12-31T23:59:60.000Z") == "2016-12-31T23:59:59.000000Z"
