"""What a fault is: its kind, and one declaration of it; knows no fault by name."""

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

# Where a fault applies and when it acts: the same for every kind.
FILTERS: Mapping[str, Any] = MappingProxyType(
    {
        "provider": _NAME,
        "operation": _NAME,
        "persona": _NAME,
        "method": MappingProxyType({"type": "string", "pattern": "^[A-Za-z]+$", "maxLength": 20}),
        "nth": _COUNT,
        "times": _COUNT,
        "every": _COUNT,
    }
)


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One way to lie. `before` may answer instead of the engine, `after` may spoil the engine's answer.

    `properties` are the JSON Schemas of its parameters by name, `required` those that must be given.
    """

    name: str
    summary: str
    properties: Parameters = NOTHING
    required: tuple[str, ...] = ()
    before: Before | None = None
    after: After | None = None

    @property
    def params_schema(self) -> dict[str, Any]:
        """The JSON Schema of this kind's parameters as one object."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """A fault as declared: what it does, where it applies, when it acts.

    Of the matching requests it acts from the `nth` on (1: the first), then on each `every`-th, and `times`
    times in all (None: always).
    """

    fault: str
    provider: str | None = None
    operation: str | None = None
    persona: str | None = None
    method: str | None = None
    nth: int | None = None
    times: int | None = None
    every: int | None = None
    params: Parameters = field(default=NOTHING)

    @property
    def declaration(self) -> dict[str, Any]:
        """What a world is told of it: only what was given."""
        told = {name: getattr(self, name) for name in FILTERS}
        given = {name: value for name, value in told.items() if value is not None}
        return {"fault": self.fault, **given, "params": dict(self.params)}


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
