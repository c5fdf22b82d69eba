"""What means nothing is told in one line, before anything is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts import Played, fuzz, scenario
from contracts.consumer.fuzzing import Misused

GIVEN: dict[str, Any] = {"scenario": 1, "provider": "zeeg"}


@pytest.mark.parametrize(
    ("decorate", "said"),
    [
        (lambda: fuzz("zegg"), "there is no provider 'zegg', did you mean 'zeeg'?"),
        (lambda: fuzz("zeeg", judge={"wait": False}), "there is no judgement 'wait'; known are ends, "),
        (lambda: fuzz("zeeg", scopes=["events:reed"]), "zeeg has no scope events:reed; it has "),
        (lambda: fuzz("zeeg", persona="ownr"), "zeeg has no persona 'ownr'; it has owner, "),
        (lambda: fuzz("zeeg", cases=0), "cases is 0, and has to be 1 or more"),
        (lambda: scenario("none.json"), "none.json: No such file or directory"),
        (lambda: scenario({**GIVEN, "data": "buzy"}), "zeeg has no data set 'buzy'; it has empty, "),
        (lambda: scenario({**GIVEN, "fault": []}), "the scenario: unknown fault; known are "),
        (
            lambda: scenario({**GIVEN, "faults": [{"fault": "outage", "operation": "whoam"}]}),
            "there is no operation 'whoam', did you mean 'whoami'?",
        ),
    ],
)
def test_a_wrong_name_is_told_in_a_line(decorate: Callable[[], Any], said: str) -> None:
    played: list[object] = []
    with pytest.raises(Misused) as caught:
        decorate()(lambda mock: played.append(mock))()
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    assert not played


def test_a_test_that_takes_no_provider_is_refused_where_it_stands() -> None:
    with pytest.raises(TypeError, match="needs a first parameter"):
        fuzz("zeeg")(lambda: None)
    with pytest.raises(TypeError, match="@fuzz needs the name of a provider"):
        fuzz(lambda mock: None)  # type: ignore[arg-type]


def test_a_program_that_asks_for_nothing_was_not_tried() -> None:
    def idle(mock: Played) -> None:
        mock.mock.call("GET", "/v2/whoami", persona="owner")

    with pytest.raises(AssertionError, match="it asked the provider for nothing"):
        fuzz("zeeg", cases=5, remember=False)(idle)()
