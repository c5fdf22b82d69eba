"""The door to a mock in this process: no socket, a clock that moves, a world as new as one likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import perf_counter

from contracts.answer import Answer, Sent
from contracts.targets.outbox import Outbox
from contracts.targets.target import Persona
from mockserver.engine.credentials import credentials
from mockserver.mock import Mock
from mockserver.openapi.contract import Contract, Operation


class MockTarget:
    """A mock as checks reach it: through the engine that its application calls, never around it."""

    def __init__(self, mock: Mock, *, writes: bool = True) -> None:
        self.mock = mock
        self.writes = writes
        self.contract: Contract = mock.service().contract
        self.asked = 0
        self._began = mock.snapshot()
        self._tokens: dict[str, str] = {each.name: each.token for each in mock.service().settings.personas}
        self._minted: dict[str, str] = {}

    @property
    def name(self) -> str:
        """`mock`."""
        return "mock"

    @property
    def personas(self) -> Sequence[Persona]:
        """Those of provider.yaml."""
        return self.mock.service().settings.personas

    def now(self) -> datetime | None:
        """The world's clock."""
        return self.mock.clock.now

    def credentials(
        self, operation: Operation, target: str, persona: Persona | None, token: str | None
    ) -> tuple[Mapping[str, str], str]:
        """As the document's security schemes say; see `Target`."""
        if token is None:
            if persona is None:
                return {}, target
            token = self._tokens[persona.name]
        carried = credentials(
            self.contract,
            token,
            operation,
            kind="" if persona is None else persona.kind,
            pairs=self.mock.service().settings.pairs,
        )
        return carried.headers, carried.on(target)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str) -> Answer:
        """Ask the engine."""
        self.asked += 1
        began = perf_counter()
        found = self.mock.call(method, target, headers=headers, body=body)
        took = perf_counter() - began
        fields = {name.lower(): value for name, value in found.headers.items()}
        return Answer(
            method, target, found.status, fields, found.body, persona, Sent(dict(headers), body), took
        )

    def wait(self, seconds: float) -> bool:
        """Move the world's clock."""
        if seconds:
            self.mock.clock.advance(seconds)
        return True

    def fresh(self, operation: Operation, persona: Persona | None) -> str | None:  # noqa: ARG002
        """A token minted for it."""
        if persona is None:
            return None
        mock, service = self.mock, self.mock.service()
        token = mock.run(
            lambda: service.mint(
                mock.world,
                scopes=persona.scopes,
                account=persona.account,
                user=persona.user,
                plan=persona.plan,
                kind=persona.kind,
            )
        )
        self._minted[token] = f"MINTED_{len(self._minted) + 1}"
        return token

    def renew(self) -> bool:
        """The world as it was when this door was made."""
        self.mock.restore(self._began)
        return True

    def mailbox(self) -> Outbox:
        """What it would deliver to one address."""
        return Outbox(self.mock)

    def secrets(self) -> Mapping[str, str]:
        """A mock's own tokens are none; those that were minted are other ones each time."""
        return self._minted
