"""Somewhere that a target's webhooks arrive; knows no target and no check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """What arrived: headers by lower-case name, the exact body, and when, in seconds since 1970 there."""

    headers: Mapping[str, str]
    body: bytes
    at: float = 0.0


class Mailbox(Protocol):
    """An address that the target can deliver to."""

    @property
    def url(self) -> str:
        """The address to subscribe."""

    @property
    def secret(self) -> str | None:
        """The secret of a subscription that leads here already; None where one has to be made."""

    def arrived(self) -> Sequence[Delivery]:
        """What has arrived so far, oldest first."""
