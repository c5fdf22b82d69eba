"""Profiles for property tests: HYPOTHESIS_PROFILE chooses one, else `ci` where CI is set, else `dev`."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# Hypothesis loads a profile of its own where CI is set. Ours say everything that matters, so that a profile
# means the same everywhere: no deadline, for the machine may be busy, and a failure that can be replayed.
_PLAIN = settings.get_profile("default")
_SLOW = (HealthCheck.too_slow,)

settings.register_profile(
    "dev",
    _PLAIN,
    max_examples=60,
    deadline=None,
    print_blob=True,
    derandomize=False,
    suppress_health_check=_SLOW,
)
# The same commit gets the same verdict.
settings.register_profile(
    "ci",
    _PLAIN,
    max_examples=100,
    deadline=None,
    print_blob=True,
    derandomize=True,
    database=None,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "nightly",
    _PLAIN,
    max_examples=2000,
    stateful_step_count=100,
    deadline=None,
    print_blob=True,
    derandomize=False,
    suppress_health_check=_SLOW,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every property test is one that `make fuzz` tries at length."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.fuzz)
