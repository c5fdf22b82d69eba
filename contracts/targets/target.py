"""A server under test as everything else sees it: personas, requests, time; knows no transport."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from contracts.answer import Answer
from mockserver.openapi.contract import Contract, Operation

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# How the body of an answer begins that stands for a request which was held back.
NOT_SENT = b"not sent: "


class Persona(Protocol):
    """A named credential, as far as one has to know it.

    `scopes` None: not known. `user` is the identifier of its user, "" where that is not known.
    """

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def scopes(self) -> frozenset[str] | None:
        """What it may do; None where that is not known."""

    @property
    def plan(self) -> str:
        """What its account pays for."""

    @property
    def kind(self) -> str:
        """The kind of its token, where there are several."""

    @property
    def account(self) -> str:
        """Whose rows it sees."""

    @property
    def user(self) -> str:
        """Whom it acts as."""

    @property
    def expired(self) -> bool:
        """Whether it ran out."""

    @property
    def revoked(self) -> bool:
        """Whether it was taken back."""


class Target(Protocol):
    """A server under test."""

    @property
    def name(self) -> str:
        """What reports call it: `mock`, or an address."""

    @property
    def contract(self) -> Contract:
        """What it claims to keep."""

    @property
    def personas(self) -> Sequence[Persona]:
        """The named credentials that there are for it."""

    @property
    def writes(self) -> bool:
        """Whether it may be asked to change anything."""

    def now(self) -> datetime | None:
        """Its time; None where that is not known."""

    def credentials(
        self, operation: Operation, target: str, persona: Persona | None, token: str | None
    ) -> tuple[Mapping[str, str], str]:
        """The headers that carry a persona's token, or another; the target with it, where it goes there."""

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str) -> Answer:
        """Send a request and have its answer. May raise `Spent` when nothing more may be asked."""

    def wait(self, seconds: float) -> bool:
        """Let that time pass there (live it is real time, and bounded); False where it cannot."""

    def fresh(self, operation: Operation, persona: Persona | None) -> str | None:
        """A new token like a persona's, of which nothing is used yet; None where there is none to be had."""

    def renew(self) -> bool:
        """Make the world as it began; False where that cannot be."""

    def secrets(self) -> Mapping[str, str]:
        """What no report may hold, by value, and the name that stands for it there."""


class Spent(Exception):
    """Nothing more may be asked of the target: the limit of requests is reached, or it was interrupted."""
