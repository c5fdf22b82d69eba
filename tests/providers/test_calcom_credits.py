"""Credits are charged once for each reference."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver import Mock
from tests.providers.calcom_rest import Asker, mocks


@pytest.fixture(scope="module")
def one() -> Iterator[Mock]:
    yield from mocks()


@pytest.fixture
def ask(one: Mock) -> Asker:
    one.reset()
    return Asker(one)


def test_a_reference_is_charged_once_however_often_it_is_sent(ask: Asker) -> None:
    """The second answer is the first one, though the balance has moved since."""
    charge = {"credits": 5, "creditFor": "AI_AGENT", "externalRef": "thread-1"}
    first = ask("POST", "/credits/charge", json=charge)
    assert first == {"charged": True, "remainingBalance": {"monthlyRemaining": 445, "additional": 200}}
    ask("POST", "/credits/charge", json={**charge, "externalRef": "thread-2"})
    for _ in range(3):
        assert ask("POST", "/credits/charge", json=charge) == first
    assert ask("GET", "/credits/available")["balance"] == {"monthlyRemaining": 440, "additional": 200}


def test_without_a_reference_every_charge_counts(ask: Asker) -> None:
    """Nothing tells two of them apart."""
    for left in (440, 430):
        told = ask("POST", "/credits/charge", json={"credits": 10, "creditFor": "SMS"})
        assert told["remainingBalance"]["monthlyRemaining"] == left


def test_monthly_credits_go_first_and_nothing_is_taken_beyond_what_is_left(ask: Asker) -> None:
    """A charge that is too large takes nothing, and may be sent again."""
    told = ask("POST", "/credits/charge", json={"credits": 600, "creditFor": "SMS"})
    assert told["remainingBalance"] == {"monthlyRemaining": 0, "additional": 50}
    told = ask("POST", "/credits/charge", json={"credits": 51, "creditFor": "SMS", "externalRef": "x"})
    assert told == {"charged": False, "remainingBalance": {"monthlyRemaining": 0, "additional": 50}}
    assert ask("POST", "/credits/charge", json={"credits": 50, "creditFor": "SMS", "externalRef": "x"})[
        "charged"
    ]
    assert ask("GET", "/credits/available")["hasCredits"] is False
