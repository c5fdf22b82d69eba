"""A refusal: an error that the real provider would give; it never leaves the engine as an exception."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Complaint(NamedTuple):
    """One thing wrong with a request: its place (path, query, header, cookie, body), field and rule."""

    place: str
    path: tuple[str | int, ...]
    rule: str
    message: str
    pointer: str = ""

    @property
    def field(self) -> str:
        """The field in dotted form, as error bodies name it: `guests.0.email`."""
        return ".".join([str(part) for part in self.path]) or self.place


class Refusal(Exception):
    """Ends an exchange with an error in the provider's own envelope.

    `status` is the HTTP status, `rule` the name under which provider.yaml keeps the message and, where it
    differs, the envelope; `fields` fill the message's places. `pointer` names the statement that decided.
    """

    def __init__(
        self,
        status: int,
        rule: str,
        *,
        problems: Sequence[Complaint] = (),
        headers: Sequence[tuple[bytes, bytes]] = (),
        pointer: str = "",
        **fields: Any,
    ) -> None:
        super().__init__(rule)
        self.status = status
        self.rule = rule
        self.problems = problems
        self.headers = headers
        self.pointer = pointer
        self.fields = fields

    def told(self) -> str:
        """The refusal in a few words for a log line, with at most three of its problems."""
        words = self.rule.replace("-", " ")
        if self.problems:
            told = "; ".join([f"{problem.field} {problem.message}" for problem in self.problems[:3]])
            more = len(self.problems) - 3
            return f"{words}: {told}" + (f" and {more} more" if more > 0 else "")
        # A log line has the request's method and path already.
        told = " ".join([str(value) for name, value in self.fields.items() if name not in ("path", "method")])
        return f"{words} {told}".rstrip()


class NotConformant(Exception):
    """The mock was about to break its own document; becomes a 500 that says so, and nothing is kept."""

    def __init__(self, what: str, problems: Sequence[str]) -> None:
        super().__init__(what)
        self.what = what
        self.problems = tuple(problems)
