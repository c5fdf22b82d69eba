from __future__ import annotations

from datetime import UTC, datetime

from mockserver.engine.render import View
from mockserver.openapi.schemas import Schemas
from mockserver.world.row import Row

NOON = datetime(2026, 4, 6, 12, tzinfo=UTC)


def view(name: str, *now_fields: str, only: frozenset[str] | None = None) -> View:
    return View(name, Schemas({}).anything, now_fields, only)


def test_a_row_has_one_text_for_each_view() -> None:
    row = Row("zoo/animal", "a-1", 1, {"id": "a-1", "_keeper": "k", "name": "Ada", "age": 3})
    whole, named, timed = view("whole"), view("named", only=frozenset({"name"})), view("timed", "at")
    for _ in range(2):
        assert whole.text(row, NOON) == b'{"id":"a-1","name":"Ada","age":3}'
        assert named.text(row, NOON) == b'{"name":"Ada"}'
        assert (
            timed.text(row, NOON) == b'{"id":"a-1","name":"Ada","age":3,"at":"2026-04-06T12:00:00.000000Z"}'
        )
    assert row.data == {"id": "a-1", "_keeper": "k", "name": "Ada", "age": 3}
