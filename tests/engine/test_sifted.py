"""Lists whose filters no index serves: every page is what trying each row gives, before and after changes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[Mock]:
    path = write_provider(tmp_path, tasks_document(), tasks_provider())
    with Mock(path, data="empty", limits=False) as mock:
        yield mock


def make(mock: Mock, number: int) -> Any:
    body = {
        "title": f"Task {number} {'red' if number % 3 else 'blue'}",
        "tags": [f"t{number % 4}", "all"],
        "due": f"2026-04-{number * 7 % 30 + 1:02}T00:00:00Z",
    }
    answer = mock.call("POST", "/v1/tasks", persona="owner", json=body)
    assert answer.status == 201, answer
    return answer.json


def slow(mock: Mock, text: str, tag: str, after: str) -> list[str]:
    rows = sorted(mock.state("task"), key=lambda row: row["due"])
    return [
        row["id"]
        for row in rows
        if text in row["title"].lower() and tag in row["tags"] and row["due"] >= after
    ]


def walk(mock: Mock, query: str, size: int) -> list[str]:
    """By cursor, checked against pages by number."""
    found: list[str] = []
    cursor, page = "", 1
    while True:
        told = mock.call("GET", f"/v1/tasks-by-cursor?size={size}{query}{cursor}", persona="owner").json
        numbered = mock.call("GET", f"/v1/tasks?size={size}&page={page}{query}", persona="owner").json
        assert told["items"] == numbered["items"]
        found += [row["id"] for row in told["items"]]
        if told["info"]["next"] is None:
            assert numbered["info"]["total"] == len(found)
            return found
        cursor, page = f"&cursor={told['info']['next']}", page + 1


def test_every_page_is_what_trying_each_row_gives(mock: Mock) -> None:
    chance = random.Random(5)
    made = [make(mock, number) for number in range(200)]
    for text, tag, after, way in product(
        ("red", "task 1"), ("t2", "all"), ("2026-04-01", "2026-04-12"), ("asc", "desc")
    ):
        query = f"&q={text.replace(' ', '%20')}&tag={tag}&dueAfter={after}T00:00:00Z&sort={way}"
        for _ in range(2):
            wanted = slow(mock, text, tag, after)
            # Rows with one due date go by age, backwards too.
            assert walk(mock, query, 7) == (wanted if way == "asc" else wanted[::-1])
            gone = made.pop(chance.randrange(len(made)))
            assert mock.call("DELETE", f"/v1/tasks/{gone['id']}", persona="owner").status == 204
            mock.call(
                "PATCH",
                f"/v1/tasks/{chance.choice(made)['id']}",
                persona="owner",
                json={"title": "Task 1 red"},
            )
            made.append(make(mock, chance.randrange(200)))


def test_what_another_world_holds_is_not_found(mock: Mock) -> None:
    made = [make(mock, number) for number in range(20)]
    other = mock.fork()
    assert other.call("DELETE", f"/v1/tasks/{made[0]['id']}", persona="owner").status == 204
    for _ in range(2):
        assert len(slow(mock, "task", "all", "")) == len(walk(mock, "&q=task&tag=all", 50)) == 20
        assert len(walk(other, "&q=task&tag=all", 50)) == 19
