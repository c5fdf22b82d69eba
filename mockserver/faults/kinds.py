"""What a fault is: its kind, and its part in one exchange; knows no fault by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mockserver.engine.exchange import Exchange, Reply

Parameters = Mapping[str, Any]
Before = Callable[[Exchange, "Active"], Reply | None]
After = Callable[[Exchange, Reply, "Active"], Reply]

NOTHING: Parameters = MappingProxyType({})

_COUNT: Mapping[str, Any] = MappingProxyType({"type": "integer", "minimum": 1, "maximum": 1_000_000_000})
_NAME: Mapping[str, Any] = MappingProxyType({"type": "string", "minLength": 1, "maxLength": 200})

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]

# Where a fault applies and when it acts: the same for every kind.
FILTERS: Mapping[str, Any] = MappingProxyType(
    {
        "provider": MappingProxyType({"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}),
        "operation": _NAME,
        "persona": _NAME,
        "method": MappingProxyType({"enum": _METHODS}),
        "nth": _COUNT,
        "times": _COUNT,
        "every": _COUNT,
    }
)

# The same for those that meet webhooks.
DELIVERY_FILTERS: Mapping[str, Any] = MappingProxyType(
    {
        "provider": FILTERS["provider"],
        "event": _NAME,
        "nth": _COUNT,
        "times": _COUNT,
        "every": _COUNT,
    }
)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One way to lie. `before` may answer instead of the engine, `after` may spoil the engine's answer; a
    `delivery` fault meets webhooks and no request.

    `properties` are the JSON Schemas of its parameters by name, `required` those that must be given.
    """

    name: str
    summary: str
    properties: Parameters = field(default_factory=lambda: NOTHING)
    required: tuple[str, ...] = ()
    before: Before | None = None
    after: After | None = None
    delivery: bool = False

    @property
    def filters(self) -> Parameters:
        """Where it applies and when it acts."""
        return DELIVERY_FILTERS if self.delivery else FILTERS


@dataclass(slots=True)
class Active:
    """A fault that was picked for one exchange, and in the end what it did there (`note`).

    `source` is the id of its declaration, or "Prefer"; `applied` is what Preference-Applied says of it.
    """

    kind: FaultKind
    params: Parameters
    source: str
    applied: bytes = b""
    note: str = ""

    @property
    def told(self) -> str:
        """The line for the log: which fault, and what it did."""
        return f"fault {self.kind.name}: {self.note}" if self.note else f"fault {self.kind.name}"


class FaultError(ValueError):
    """A fault that cannot be declared; says everything that is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))
