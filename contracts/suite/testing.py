"""The suite as a test to import (`from contracts.suite.testing import test_contract`): one test a case."""

from __future__ import annotations

import pytest

from contracts.suite.asking import Asking, Put


def test_contract(contracts_asking: Asking, contracts_case: str) -> None:
    """The provider keeps its contract, as far as this case can tell."""
    put: Put = contracts_asking.put(contracts_case)
    if put.wrong:
        pytest.fail(put.wrong, pytrace=False)
    if put.skipped:
        pytest.skip(put.skipped)
