"""A mock of its own for each fault, made of a contract that is read once."""

from __future__ import annotations

from functools import cache

import pytest

from contracts.targets.mock import MockTarget
from mockserver import Mock
from mockserver.engine.service import Service
from mockserver.house import build_service


@cache
def prototype(slug: str) -> Service:
    """A provider's service, made once."""
    return build_service(slug)


def again(slug: str) -> Service:
    """Another service of the same contract, with plans of its own."""
    first = prototype(slug)
    editions = {
        date: Service(each.contract, each.settings, each.provider, faults=each.faults, date=date)
        for date, each in first.editions.items()
    }
    return Service(first.contract, first.settings, first.provider, faults=first.faults, editions=editions)


def door(slug: str, *, seed: int = 1, data: str = "busy-week") -> MockTarget:
    """The way to a mock that nobody else has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockserver.house.build_service", lambda provider, **_: again(str(provider)))
        return MockTarget(Mock(slug, seed=seed, data=data))
