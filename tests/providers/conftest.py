"""Providers to ask: one mock of each for all tests, as it began for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from mockserver.mock import Answer
from tests.vendor import DOCUMENT, judge, listed


@pytest.fixture(scope="session")
def one_zeeg() -> Iterator[Mock]:
    """The mock itself, with the static rows only and without quotas."""
    with Mock("zeeg", seed=1, data="empty", limits=False) as mock:
        yield mock


@pytest.fixture
def zeeg(one_zeeg: Mock) -> Mock:
    """The mock as it began; its clock shows 2026-04-06T08:00:00Z, a Monday."""
    one_zeeg.reset()
    return one_zeeg


@pytest.fixture(scope="session")
def one_caledee() -> Iterator[Mock]:
    """The mock itself, with the static rows only and without quotas."""
    with Mock("caledee", seed=1, data="empty", limits=False) as mock:
        yield mock


@pytest.fixture
def caledee(one_caledee: Mock) -> Mock:
    """The mock as it began; its clock shows 2026-04-06T08:00:00Z, a Monday."""
    one_caledee.reset()
    return one_caledee


@pytest.fixture(scope="session")
def one_meetergo() -> Iterator[Mock]:
    """The mock itself, with the static rows only and without quotas."""
    with Mock("meetergo", seed=1, data="empty", limits=False) as mock:
        yield mock


@pytest.fixture
def meetergo(one_meetergo: Mock) -> Mock:
    """The mock as it began; its clock shows 2026-04-06T08:00:00Z, a Monday."""
    one_meetergo.reset()
    return one_meetergo


@pytest.fixture(scope="module", autouse=True)
def held_against_the_vendor(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever Cal.com answers in a module's tests agrees with its own document, but for what is listed."""
    if "calcom" not in request.module.__name__ or not DOCUMENT.is_file():
        yield
        return
    known, found = listed(), set[str]()
    call, app = Mock.call, getattr(request.module, "app", None)
    # What Schemathesis asks it asks through ASGI.
    kind: Any = type(app)
    through: Any = kind.__call__ if callable(app) else None

    def hold(answer: Answer) -> None:
        for each in judge().disagreements(answer):
            if not any(entry.means(each) for entry in known):
                found.add(f"{answer.exchange.plan.id} {answer.status}: {' '.join(each)}")

    def held(self: Mock, *arguments: Any, **options: Any) -> Answer:
        answer = call(self, *arguments, **options)
        hold(answer)
        return answer

    async def held_too(self: Any, *arguments: Any) -> None:
        await through(self, *arguments)
        for exchange in self._mock.world.journal.find(limit=1):
            hold(Answer(exchange))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mock, "call", held)
        if app is not None:
            patch.setattr(kind, "__call__", held_too)
        yield
    assert sorted(found) == []
