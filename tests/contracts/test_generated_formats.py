"""The formats that Schemathesis is taught: what is drawn of them, and how soon nothing can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from contracts.generated import formats
from contracts.generated.formats import Listed

ZONES = ("Asia/Kathmandu", "Europe/Berlin", "UTC")


def attempts(strategy: st.SearchStrategy[Any]) -> int:
    """How often it is drawn from until it is given up."""
    tried = []

    @st.composite
    def one(draw: st.DrawFn) -> Any:
        tried.append(1)
        return draw(strategy)

    @settings(max_examples=1, database=None, suppress_health_check=list(HealthCheck))
    @given(one())
    def nothing(_: Any) -> None: ...

    with pytest.raises(Unsatisfiable):
        nothing()
    return len(tried)


def test_what_no_text_of_a_list_can_be_is_given_up_at_once() -> None:
    never: Callable[[str], bool] = lambda zone: len(zone) > 64  # noqa: E731
    assert attempts(Listed(ZONES).filter(never)) == 1
    assert attempts(Listed(ZONES).map(str.upper).filter(never)) == 1
    # As Hypothesis does it by itself: what all of this is for.
    assert attempts(st.integers(0, 600).map(str).filter(never)) > 100


@given(st.lists(st.text(max_size=4), min_size=1), st.integers(0, 4), st.data())
def test_what_is_drawn_is_of_the_list_and_as_the_condition_wants_it(
    texts: list[str], longest: int, data: st.DataObject
) -> None:
    kept = {each.upper() for each in texts if len(each.upper()) <= longest}
    narrowed = Listed(texts).map(str.upper).filter(lambda each: len(each) <= longest)
    if kept:
        assert data.draw(narrowed) in kept
    else:
        assert narrowed.is_empty


def test_a_change_is_seen_by_the_condition_after_it_and_not_by_the_one_before() -> None:
    upper = Listed(ZONES).filter(lambda zone: zone != "UTC").map(str.upper)
    assert attempts(upper.filter(str.islower)) > 1
    assert attempts(Listed(ZONES).map(str.upper).filter(str.islower)) == 1


def test_they_are_told_once_for_all_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(formats, "register_format", lambda name, _: told.append(name))
    formats.register_formats.cache_clear()
    try:
        formats.register_formats()
        formats.register_formats()
        # Schemathesis forgets what it has built for any schema whenever it is told of a format.
        assert told == ["iana-time-zone", "e164"]
    finally:
        formats.register_formats.cache_clear()
