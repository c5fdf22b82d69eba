"""Which provider and world a path and host lead to, over ASGI."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider


@pytest.fixture(scope="module")
def tasks_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_provider(tmp_path_factory.mktemp("specs"), tasks_document(), tasks_provider())


def get(mock: Mock, target: str, host: str = "127.0.0.1:4010", token: str = "") -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=mock.app)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.get(target, headers={"authorization": f"Bearer {token}"} if token else {})

    import asyncio

    return asyncio.run(ask())


def test_a_single_provider_has_the_root_and_its_own_prefix(tasks_path: Path) -> None:
    with Mock(tasks_path, data="empty") as mock:
        for target in ("/v1/tasks", "/tasks/v1/tasks"):
            assert get(mock, target, token=mock.token()).status_code == 200
        assert get(mock, "/v1/tasks").status_code == 401


def test_of_several_providers_each_has_its_prefix_and_its_name(tasks_path: Path) -> None:
    with Mock(tasks_path, "zeeg", data="empty") as mock:
        tasks, zeeg = mock.token(provider="tasks"), mock.token(provider="zeeg")
        assert get(mock, "/tasks/v1/tasks", token=tasks).status_code == 200
        assert get(mock, "/zeeg/v2/schedules", token=zeeg).status_code == 200
        assert get(mock, "/v2/schedules", host="zeeg.localhost:4010", token=zeeg).status_code == 200
        assert get(mock, "/v1/tasks", host="tasks.localhost", token=tasks).status_code == 200
        assert get(mock, "/v1/tasks", token=tasks).status_code == 404
        assert get(mock, "/v1/tasks", host="nobody.localhost", token=tasks).status_code in (403, 404)


def test_a_world_has_its_own_rows_under_its_prefix(tasks_path: Path) -> None:
    with Mock(tasks_path, data="empty") as mock:
        fork = mock.fork("blue")
        fork.call("POST", "/v1/tasks", persona="owner", json={"title": "only here"})
        token = mock.token()
        assert len(get(mock, "/w/blue/v1/tasks", token=token).json()["items"]) == 1
        assert len(get(mock, "/w/blue/tasks/v1/tasks", token=token).json()["items"]) == 1
        assert get(mock, "/v1/tasks", token=token).json()["items"] == []
        assert get(mock, "/w/green/v1/tasks", token=token).status_code == 404


def test_every_answer_names_its_exchange_and_the_control_api_explains_it(tasks_path: Path) -> None:
    with Mock(tasks_path, data="empty") as mock:
        answer = get(mock, "/v1/tasks", token=mock.token("only-tasks-write"))
        told = get(mock, f"/_mock/exchanges/{answer.headers['mock-exchange']}").json()
        assert (told["status"], told["stage"], told["rule"]) == (403, "authorize", "missing-scope")
        assert "tasks_only" not in str(told)
        assert told["at"] == "2026-04-06T08:00:00.000000Z"
