"""An index that is ordered by a field which filters bound makes a list quicker, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider

FILTERS = [
    f"{state}{after}{before}"
    for state, after, before in product(
        ("", "&state=done"),
        ("", "&dueAfter=2026-04-03T00:00:00Z", "&dueAfter=2026-05-01T02:00:00%2B02:00"),
        ("", "&dueBefore=2026-04-20T12:00:00Z", "&dueBefore=2026-04-01T00:00:00Z"),
    )
]


def by_weight(index: bool) -> dict[str, Any]:
    """Tasks whose lists begin with the heaviest."""
    document = tasks_document()
    task = document["x-resources"]["task"]
    task["sort"] = ["-weight"]
    task["indexes"] = [{"by": ["state"], "order": ["due"]}] if index else []
    for path in ("/tasks-by-cursor", "/tasks-by-offset"):
        operation = document["paths"][path]["get"]
        del operation["x-resource"]["sort"]
        operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "sort"]
    return document


@pytest.fixture(scope="module")
def mocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Mock]]:
    found = []
    for index in (True, False):
        folder: Path = tmp_path_factory.mktemp("specs")
        found.append(Mock(write_provider(folder, by_weight(index), tasks_provider()), data="empty"))
    for mock in found:
        for number in range(60):
            day = f"2026-04-{number * 7 % 30 + 1:02}T{number % 24:02}:00:00Z"
            body = {"title": f"Task {number}", "weight": number * 11 % 17, "due": day}
            id = mock.call("POST", "/v1/tasks", persona="owner", json=body).json["id"]
            if number % 3:
                mock.call("POST", f"/v1/tasks/{id}/finish", persona="owner")
    yield found
    for mock in found:
        mock.close()


def pages(mock: Mock, filters: str) -> list[list[Any]]:
    """The titles on each page, walked by cursor."""
    found: list[list[Any]] = []
    cursor = ""
    while True:
        answer = mock.call("GET", f"/v1/tasks-by-cursor?size=4{filters}{cursor}", persona="owner")
        assert answer.status == 200, answer
        found.append([(task["title"], task["weight"], task["due"]) for task in answer.json["items"]])
        if answer.json["info"]["next"] is None:
            return found
        cursor = f"&cursor={answer.json['info']['next']}"


@pytest.mark.parametrize("filters", FILTERS)
def test_every_page_is_the_same_with_and_without_it(mocks: list[Mock], filters: str) -> None:
    quick, slow = mocks
    found = pages(quick, filters)
    assert found == pages(slow, filters)
    weights = [weight for page in found for _, weight, _ in page]
    assert weights == sorted(weights, reverse=True)
    target = f"/v1/tasks-by-offset?size=50{filters}"
    first, second = (mock.call("GET", target, persona="owner").json for mock in mocks)
    assert first["info"] == second["info"]
    assert [task["title"] for task in first["items"]] == [task["title"] for task in second["items"]]


def test_the_filters_choose_something(mocks: list[Mock]) -> None:
    sizes = [sum(map(len, pages(mocks[0], filters))) for filters in FILTERS]
    assert max(sizes) == 60
    assert len(set(sizes)) > 4
