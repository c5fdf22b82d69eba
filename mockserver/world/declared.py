"""Declared faults and how often each has fired; knows their names and schedules, not their deeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MAX_DECLARED: Final = 1_000
MAX_PLACES: Final = 4_096

# What the operation of a fault begins with that meets deliveries; the event follows, nothing for every event.
DELIVERIES: Final = "webhooks:"

_TEXTS: Final = ("provider", "operation", "persona", "method")
_COUNTS: Final = ("nth", "times", "every")
_RANDOM: Final = ("probability", "chance", "rate", "percent")


class DeclarationError(ValueError):
    """A declaration that means nothing; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}")


@dataclass(frozen=True, slots=True)
class Declared:
    """A fault and when it fires.

    Of the calls that match provider, operation, persona and method (None: any), it fires from the `nth`
    on (1: the first), only at each `every`-th from there, and `times` times in all (None: always).
    """

    id: str
    fault: str
    provider: str | None = None
    operation: str | None = None
    persona: str | None = None
    method: str | None = None
    nth: int = 1
    times: int | None = None
    every: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)


class _Count:
    __slots__ = ("declared", "fired", "seen")

    def __init__(self, declared: Declared, seen: int = 0, fired: int = 0) -> None:
        self.declared = declared
        self.seen = seen
        self.fired = fired


class DeclaredFaults:
    """What is declared, in the order of declaration; false when nothing is."""

    __slots__ = ("_counts", "_last", "_places")

    def __init__(self) -> None:
        self._last = 0
        self._counts: dict[str, _Count] = {}
        # What may fire at (provider, operation); worked out at the first call there.
        self._places: dict[tuple[str, str], tuple[_Count, ...]] = {}

    def declare(self, spec: Mapping[str, Any]) -> Declared:
        """Remember a fault: `{fault, provider?, operation?, persona?, method?, nth?, times?, every?, …}`.

        Every other field is a parameter of the fault (so is each field of `params`). DeclarationError when
        a field is not what it must be, for chance is not among them: a schedule is counted.
        """
        fault = spec.get("fault")
        if not isinstance(fault, str) or not fault:
            raise DeclarationError("fault", "is required, and is the name of a fault")
        texts: dict[str, str | None] = {}
        for name in _TEXTS:
            value = spec.get(name)
            if value is not None and (not isinstance(value, str) or not value):
                raise DeclarationError(name, "is text")
            texts[name] = value
        counts: dict[str, int] = {}
        for name in _COUNTS:
            value = spec.get(name)
            if value is None:
                continue
            if type(value) is not int or value < 1:
                raise DeclarationError(name, "is a whole number from 1")
            counts[name] = value
        more = spec.get("params")
        if more is not None and not isinstance(more, Mapping):
            raise DeclarationError("params", "is an object")
        known = {"fault", "params", "id", *_TEXTS, *_COUNTS}
        params = {**{name: value for name, value in spec.items() if name not in known}, **(more or {})}
        for name in _RANDOM:
            if name in params:
                raise DeclarationError(name, "there is no chance here; use nth, every and times")
        if len(self._counts) >= MAX_DECLARED:
            raise DeclarationError("fault", f"{MAX_DECLARED} faults are declared already")
        if texts["method"]:
            texts["method"] = texts["method"].upper()
        self._last += 1
        declared = Declared(f"f-{self._last}", fault, **texts, **counts, params=params)  # type: ignore[arg-type]
        self._counts[declared.id] = _Count(declared)
        self._places = {}
        return declared

    def concern(self, provider: str, operation: str) -> bool:
        """Whether any declaration is about that operation; `matching` need not be asked where none is."""
        counts = self._places.get((provider, operation))
        return bool(self._place(provider, operation) if counts is None else counts)

    def matching(
        self, provider: str, operation: str, persona: str | None = None, method: str | None = None
    ) -> Sequence[Declared]:
        """Count one call and return what fires at it, in the order of declaration.

        To be asked once a call. A declared persona or method matches only when the caller's is given.
        """
        if not self._counts:
            return ()
        counts = self._places.get((provider, operation))
        if counts is None:
            counts = self._place(provider, operation)
        if not counts:
            return ()
        found = []
        for count in counts:
            declared = count.declared
            if (declared.persona is not None and declared.persona != persona) or (
                declared.method is not None and declared.method != method
            ):
                continue
            count.seen += 1
            late = count.seen - declared.nth
            if late < 0 or late % declared.every or count.fired == declared.times:
                continue
            count.fired += 1
            found.append(declared)
        return found

    def _place(self, provider: str, operation: str) -> tuple[_Count, ...]:
        if len(self._places) >= MAX_PLACES:
            self._places = {}
        # A delivery is no request: of the faults without an operation it meets none.
        every = DELIVERIES if operation.startswith(DELIVERIES) else None
        counts = tuple(
            [
                count
                for count in self._counts.values()
                if count.declared.provider in (None, provider)
                and count.declared.operation in (every, operation)
            ]
        )
        self._places[provider, operation] = counts
        return counts

    def remove(self, id: str) -> bool:
        """Forget one; False when there was none."""
        self._places = {}
        return self._counts.pop(id, None) is not None

    def clear(self) -> None:
        """Forget all."""
        self._counts = {}
        self._places = {}

    def get(self, id: str) -> Declared | None:
        """The declaration of that id, or None."""
        count = self._counts.get(id)
        return None if count is None else count.declared

    def as_json(self) -> list[dict[str, Any]]:
        """Each declaration, with how many calls it has `seen` and how often it has `fired`."""
        found = []
        for count in self._counts.values():
            declared = count.declared
            entry: dict[str, Any] = {"id": declared.id, "fault": declared.fault}
            for name in (*_TEXTS, *_COUNTS):
                value = getattr(declared, name)
                if value is not None:
                    entry[name] = value
            found.append({**entry, "params": dict(declared.params), "seen": count.seen, "fired": count.fired})
        return found

    def fork(self) -> DeclaredFaults:
        """The same declarations and counts, which go their own way from here."""
        other = DeclaredFaults()
        other._last = self._last
        other._counts = {
            id: _Count(count.declared, count.seen, count.fired) for id, count in self._counts.items()
        }
        return other

    def __bool__(self) -> bool:
        return bool(self._counts)

    def __len__(self) -> int:
        return len(self._counts)
