"""Cal.com to ask about what lies outside bookings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver import Mock

CLIENT = "clq8vk3n2000008l4f6r2d9ah"


def mocks() -> Iterator[Mock]:
    """The mock with the static rows only and without quotas."""
    with Mock("calcom", seed=1, data="empty", limits=False) as mock:
        yield mock


class Asker:
    """Asks as somebody; every answer has to have the status that is expected of it."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock

    def __call__(
        self, method: str, path: str, status: int = 200, *, by: str | None = "owner", **more: Any
    ) -> Any:
        """The answer's body; its `data` where it succeeded and has some."""
        token = more.pop("token", None)
        answer = self.mock.call(method, "/v2" + path, persona=None if token else by, token=token, **more)
        assert answer.status == status, (answer.status, answer.body[:400])
        if not answer.body:
            return answer.headers
        body = answer.json
        return body["data"] if status < 300 and isinstance(body, dict) and "data" in body else body
