"""The settings of a run, put together once: they say what they said, for every operation and phase."""

from __future__ import annotations

from typing import Any

import pytest
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import from_dict

from contracts.generated.running import generation
from contracts.generated.settled import MERGED, settled
from contracts.suite.opening import open_mock

PHASES = (None, "examples", "coverage", "fuzzing", "stateful")


def loaded() -> Any:
    """Caledee's document with our settings of a phase; one of its operations is not to be asked."""
    target = open_mock("caledee")
    made, _ = generation(target, target.contract.operations[1:], seed=1, examples=3)
    return from_dict(dict(made._data), config=SchemathesisConfig.from_dict(made._config("fuzzing")))


@pytest.mark.parametrize("name", MERGED)
def test_each_operation_has_the_settings_that_it_had(name: str) -> None:
    plain, kept = loaded(), loaded()
    settled(kept.config)
    phases = (None,) if name == "phases_for" else PHASES
    seen = set()
    for phase in phases:
        named = {} if phase is None else {"phase": phase}
        for one, other in zip(plain.get_all_operations(), kept.get_all_operations(), strict=True):
            was = getattr(plain.config, name)(operation=one.ok(), **named)
            again = [getattr(kept.config, name)(operation=other.ok(), **named) for _ in range(2)]
            assert repr(again[0]) == repr(was)
            assert again[0] is again[1]
            seen.add(repr(was))
        assert repr(getattr(kept.config, name)(operation=None, **named)) == repr(
            getattr(plain.config, name)(operation=None, **named)
        )
    if name == "checks_config_for":
        assert len(seen) > 1, "operations differ in what they may be answered with"


def test_what_is_not_merged_by_that_name_is_left_alone() -> None:
    class Other:
        """Like a later version."""

        __slots__ = ()

        def phases_for(self, *, operation: Any) -> list[Any]:
            return [operation]

        def of(self, operation: Any) -> list[Any]:
            return [operation]

    config = settled(Other())
    assert config.phases_for(operation=None) is config.phases_for(operation=None)
    assert config.of("one") == ["one"]
