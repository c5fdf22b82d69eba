from __future__ import annotations

from typing import Any

import pytest

from mockserver.world.declared import MAX_DECLARED, DeclarationError, DeclaredFaults


def fired(faults: DeclaredFaults, calls: int, **caller: Any) -> list[int]:
    """The calls, from 1, at which something fired."""
    return [call for call in range(1, calls + 1) if faults.matching("zeeg", "listEvents", **caller)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"nth": 3}, [3, 4, 5, 6, 7, 8, 9]),
        ({"times": 2}, [1, 2]),
        ({"nth": 3, "times": 1}, [3]),
        ({"every": 3}, [1, 4, 7]),
        ({"nth": 2, "every": 3, "times": 2}, [2, 5]),
    ],
)
def test_a_fault_fires_by_its_schedule(schedule: dict[str, int], expected: list[int]) -> None:
    faults = DeclaredFaults()
    faults.declare({"fault": "outage", **schedule})
    assert fired(faults, 9) == expected


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ({"provider": "zeeg"}, True),
        ({"provider": "calcom"}, False),
        ({"operation": "listEvents"}, True),
        ({"operation": "getEvent"}, False),
        ({"provider": "zeeg", "operation": "listEvents", "persona": "owner", "method": "get"}, True),
        ({"persona": "reader"}, False),
        ({"method": "POST"}, False),
    ],
)
def test_a_fault_fires_only_where_it_was_declared(match: dict[str, str], hit: bool) -> None:
    faults = DeclaredFaults()
    faults.declare({"fault": "outage", **match})
    assert bool(fired(faults, 1, persona="owner", method="GET")) is hit
    assert faults.as_json()[0]["seen"] == int(hit)


def test_calls_of_others_do_not_count() -> None:
    faults = DeclaredFaults()
    faults.declare({"fault": "outage", "persona": "reader", "nth": 2})
    faults.matching("zeeg", "listEvents", "reader")
    faults.matching("zeeg", "listEvents", "owner")
    assert faults.matching("zeeg", "listEvents", "reader")


def test_several_fire_in_the_order_they_were_declared() -> None:
    faults = DeclaredFaults()
    for name in ("latency", "truncate", "outage"):
        faults.declare({"fault": name, "provider": "zeeg"})
    assert [fault.fault for fault in faults.matching("zeeg", "any")] == ["latency", "truncate", "outage"]
    faults.declare({"fault": "last"})
    faults.remove("f-2")
    assert [fault.fault for fault in faults.matching("zeeg", "any")] == ["latency", "outage", "last"]


def test_nothing_declared_is_false_and_nothing_fires() -> None:
    faults = DeclaredFaults()
    assert not faults
    assert faults.matching("zeeg", "listEvents") == ()
    declared = faults.declare({"fault": "outage"})
    assert faults
    assert faults.get("f-1") is declared
    assert faults.remove("f-1")
    assert not faults.remove("f-1")
    assert not faults
    assert faults.get("f-1") is None


def test_whatever_else_is_said_is_a_parameter_and_is_told_again() -> None:
    faults = DeclaredFaults()
    spec = {"fault": "latency", "seconds": 2, "params": {"status": 503}, "method": "post", "nth": 2}
    declared = faults.declare(spec)
    assert declared.params == {"seconds": 2, "status": 503}
    told = faults.as_json()
    assert told == [
        {
            "id": "f-1",
            "fault": "latency",
            "method": "POST",
            "nth": 2,
            "every": 1,
            "params": {"seconds": 2, "status": 503},
            "seen": 0,
            "fired": 0,
        }
    ]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({}, "fault"),
        ({"fault": ""}, "fault"),
        ({"fault": 3}, "fault"),
        ({"fault": "x", "provider": 3}, "provider"),
        ({"fault": "x", "operation": ""}, "operation"),
        ({"fault": "x", "nth": 0}, "nth"),
        ({"fault": "x", "times": True}, "times"),
        ({"fault": "x", "every": 1.5}, "every"),
        ({"fault": "x", "params": []}, "params"),
        ({"fault": "x", "probability": 0.5}, "probability"),
        ({"fault": "x", "params": {"probability": 0.5}}, "probability"),
    ],
)
def test_a_declaration_that_means_nothing_names_its_field(spec: dict[str, Any], field: str) -> None:
    faults = DeclaredFaults()
    with pytest.raises(DeclarationError) as caught:
        faults.declare(spec)
    assert caught.value.field == field
    assert not faults


def test_declarations_are_bounded_and_ids_are_not_used_twice() -> None:
    faults = DeclaredFaults()
    for _ in range(MAX_DECLARED):
        faults.declare({"fault": "x"})
    with pytest.raises(DeclarationError):
        faults.declare({"fault": "x"})
    faults.clear()
    assert len(faults) == 0
    assert faults.declare({"fault": "x"}).id == f"f-{MAX_DECLARED + 1}"


def test_a_fork_counts_on_its_own() -> None:
    faults = DeclaredFaults()
    faults.declare({"fault": "outage", "nth": 2})
    faults.matching("zeeg", "listEvents")
    fork = faults.fork()
    assert fork.matching("zeeg", "listEvents")
    assert fork.as_json()[0]["seen"] == 2
    assert faults.as_json()[0]["seen"] == 1


def test_operations_without_end_do_not_fill_the_memory() -> None:
    faults = DeclaredFaults()
    faults.declare({"fault": "outage", "operation": "wanted"})
    for number in range(5_000):
        assert not faults.matching("zeeg", f"o{number}")
    assert faults.matching("zeeg", "wanted")
