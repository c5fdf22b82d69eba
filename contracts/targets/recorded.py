"""A target that keeps count of what it was asked: statuses and times by operation; decides nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from contracts.answer import Answer
from contracts.routing import Routing
from contracts.targets.target import Persona, Target
from mockserver.openapi.contract import Contract, Operation

KEPT = 2_000


class Recorded:
    """Another target, asked through here."""

    def __init__(self, inner: Target) -> None:
        self.inner = inner
        self.asked = 0
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._routing = Routing(inner.contract)

    @property
    def name(self) -> str:
        """The inner one's."""
        return self.inner.name

    @property
    def contract(self) -> Contract:
        """The inner one's."""
        return self.inner.contract

    @property
    def personas(self) -> Sequence[Persona]:
        """The inner one's."""
        return self.inner.personas

    @property
    def writes(self) -> bool:
        """The inner one's."""
        return self.inner.writes

    def now(self) -> datetime | None:
        """The inner one's."""
        return self.inner.now()

    def credentials(
        self, operation: Operation, target: str, persona: Persona | None, token: str | None
    ) -> tuple[Mapping[str, str], str]:
        """The inner one's."""
        return self.inner.credentials(operation, target, persona, token)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str) -> Answer:
        """Send, and keep count."""
        answer = self.inner.send(method, target, headers, body, persona)
        self.asked += 1
        operation = self._routing.find(method, target)
        name = "" if operation is None else operation.id
        self.statuses[name, answer.status] += 1
        kept = self.seconds[name]
        if len(kept) < KEPT:
            kept.append(answer.seconds)
        return answer

    def wait(self, seconds: float) -> bool:
        """The inner one's."""
        return self.inner.wait(seconds)

    def fresh(self, operation: Operation, persona: Persona | None) -> str | None:
        """The inner one's."""
        return self.inner.fresh(operation, persona)

    def renew(self) -> bool:
        """The inner one's."""
        return self.inner.renew()

    def mailbox(self) -> Any:
        """The inner one's; None where it has none."""
        of = getattr(self.inner, "mailbox", None)
        return None if of is None else of()

    def secrets(self) -> Mapping[str, str]:
        """The inner one's."""
        return self.inner.secrets()
