"""A prepared provider called tasks, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider


@pytest.fixture(scope="session")
def tasks_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_provider(tmp_path_factory.mktemp("specs"), tasks_document(), tasks_provider())


@pytest.fixture
def mock(tasks_path: Path) -> Iterator[Mock]:
    with Mock(tasks_path, data="empty") as mock:
        yield mock
