"""Fixtures of the fault tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.model import Model


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """A small provider with six notes in its world."""
    return Model(tmp_path)
