"""Replies for behaviours to give: a row in the operation's declared wrapping, or any JSON value."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.engine.exchange import Exchange, Reply
from mockserver.engine.render import Project
from mockserver.world.store import Row


def reply_json(exchange: Exchange, value: Any, status: int = 0) -> Reply:
    """A reply with that value (status 0: the first declared 2xx); the judge looks at all of it."""
    return Reply(status or exchange.plan.success(), orjson.dumps(value), value=value)


def reply_row(exchange: Exchange, row: Row, status: int = 0, project: Project | None = None) -> Reply:
    """A reply with that row as the operation's x-resource wraps it (status 0: its first declared 2xx).

    `project` makes what is shown of the row, by the row alone; None shows all of it that is public.
    LookupError for an operation without x-resource.
    """
    status = status or exchange.plan.success()
    return exchange.service.row_shape(exchange.plan, status, project).reply(exchange, status, row)
