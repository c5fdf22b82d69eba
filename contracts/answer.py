"""What was asked of a target and what came back; knows no target and no check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson


class Nothing:
    """The type of `NOTHING`: no JSON there, where null is a value."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = Nothing()


@dataclass(frozen=True, slots=True)
class Sent:
    """The headers and the body of a request as they left, credentials included: for reproductions."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to one request.

    `target` is path and query, `headers` have lower-case names, `persona` is who asked ("": nobody, or with a
    token of its own), `seconds` how long it took. Status 0: nothing came back, and the body says why.
    """

    method: str
    target: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    persona: str = ""
    sent: Sent = field(default=Sent(), compare=False, repr=False)
    seconds: float = field(default=0.0, compare=False)

    @property
    def value(self) -> Any:
        """The body's JSON value; NOTHING where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return NOTHING

    @property
    def media_type(self) -> str:
        """The content type without its parameters; "" for none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def good(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether it is a 4xx."""
        return 400 <= self.status < 500
