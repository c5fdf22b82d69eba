"""Providers to ask: one mock of each for all tests, as it began for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver import Mock


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
