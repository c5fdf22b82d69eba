from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.faults.catalogue import CATALOGUE, parse_fault
from mockserver.faults.kinds import FILTERS, FaultError
from mockserver.world.declared import DeclaredFaults


def test_the_catalogue_is_closed_and_holds_every_promised_kind() -> None:
    assert set(CATALOGUE) == {
        "latency",
        "server-error",
        "outage",
        "rate-limit-storm",
        "expired-token",
        "lost-reply",
        "dropped-connection",
        "truncated-body",
        "dropped-optional-field",
        "null-for-nullable",
        "unknown-extra-field",
        "unknown-enum-value",
        "wrong-type",
        "undeclared-status",
        "page-repeated",
        "page-skipped",
        "cursor-loop",
        "code",
        "example",
        "clock-jump",
        "token-expires",
        "meanwhile",
        "no-rows",
        "other-value",
        "moved-times",
        "other-order",
        "small-pages",
        "link-elsewhere",
        "webhook-lost",
        "webhook-duplicated",
        "webhook-reordered",
        "webhook-delayed",
        "webhook-bad-signature",
        "webhook-old-timestamp",
    }
    with pytest.raises(TypeError):
        CATALOGUE["mine"] = CATALOGUE["latency"]  # type: ignore[index]


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=tuple(CATALOGUE))
def test_every_kind_acts_somewhere_and_says_what_it_does(kind: Any) -> None:
    assert bool(kind.before or kind.after) is not kind.delivery
    assert kind.summary.endswith(".")
    assert not set(kind.properties) & set(kind.filters)
    assert set(kind.required) <= set(kind.properties)


def test_a_fault_is_parsed_into_what_a_world_takes() -> None:
    spec = parse_fault({"fault": "latency", "operation": "listNotes", "nth": 2, "times": 1.0, "seconds": 0.5})
    assert spec == {
        "fault": "latency",
        "operation": "listNotes",
        "nth": 2,
        "times": 1,
        "params": {"seconds": 0.5},
    }
    declared = DeclaredFaults().declare(spec)
    assert (declared.fault, declared.nth, declared.times) == ("latency", 2, 1)
    assert declared.params == {"seconds": 0.5}


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ([], "a fault is an object"),
        ({}, "fault is missing or not text"),
        ({"fault": 3}, "fault is missing or not text"),
        ({"fault": "latencey", "seconds": 1}, "did you mean latency?"),
        ({"fault": "xyzzy"}, "known are: latency, "),
        ({"fault": "latency"}, "latency needs the parameter 'seconds'"),
        ({"fault": "latency", "seconds": "soon"}, 'seconds: "soon" is not of type "number"'),
        ({"fault": "latency", "seconds": True}, "seconds: true is not of type"),
        ({"fault": "latency", "seconds": 1, "secs": 2}, "latency has no parameter 'secs'"),
        ({"fault": "outage", "nth": 0}, "nth: 0 is less than the minimum of 1"),
        ({"fault": "outage", "times": 1.5}, "times: 1.5 is not of type"),
        ({"fault": "outage", "every": None}, "every: null is not of type"),
        ({"fault": "outage", "method": "FETCH"}, "method:"),
        ({"fault": "server-error", "status": 404}, "status: 404 is less than the minimum of 500"),
        ({"fault": "moved-times", "to": "soon"}, 'to: "soon" is not a "date-time"'),
        (
            {"fault": "webhook-lost", "operation": "createEvent"},
            "it takes provider, event, nth, times, every",
        ),
        ({"fault": "webhook-delayed"}, "webhook-delayed needs the parameter 'seconds'"),
        ({"fault": "outage", "event": "BOOKING_CREATED"}, "outage has no parameter 'event'"),
    ],
)
def test_what_is_wrong_with_a_fault_is_said(declared: Any, told: str) -> None:
    with pytest.raises(FaultError) as raised:
        parse_fault(declared)
    assert told in str(raised.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(FaultError) as raised:
        parse_fault({"fault": "latency", "seconds": -1, "nth": 0, "secs": 2})
    assert len(raised.value.problems) == 3


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
names = st.sampled_from(
    [*FILTERS, "seconds", "status", "retry_after", "at", "field", "value", "code", "example"]
)


@given(
    name=st.sampled_from([*CATALOGUE, "no-such"]),
    rest=st.dictionaries(names | st.text(), json_values, max_size=4),
)
def test_any_json_is_either_a_fault_or_refused(name: str, rest: dict[str, Any]) -> None:
    with suppress(FaultError):
        DeclaredFaults().declare(parse_fault({**rest, "fault": name}))
