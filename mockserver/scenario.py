"""A scenario: how a world begins and what will go wrong in it, as JSON; knows no client and no judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import orjson

from mockserver.faults.catalogue import parse_fault
from mockserver.faults.kinds import FaultError
from mockserver.world.clock import parse_clock

VERSION = 1
KEYS = ("scenario", "provider", "seed", "data", "clock", "faults", "deliveries", "about")


class ScenarioError(ValueError):
    """A scenario that cannot be played; `str()` is one line for a person."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One provider's world at its start and the faults declared in it.

    `clock` is what `--clock` takes: an instant that stands still, or `running:<instant>`. `faults` are
    objects as `POST /_mock/faults` takes them. `deliveries` says how webhooks are brought: each entry is
    `{"message": <0-based number>, "forged"?: true}` in the order of arrival; empty is each once, in order.
    `about` is for people and read by nobody.
    """

    provider: str
    seed: int = 1
    data: str = "busy-week"
    clock: str = "2026-04-06T08:00:00Z"
    faults: tuple[Mapping[str, Any], ...] = ()
    deliveries: tuple[Mapping[str, Any], ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, given: Any, where: str = "the scenario") -> Self:
        """A scenario from its JSON value. ScenarioError names what is wrong with it, and where."""
        if not isinstance(given, Mapping):
            raise ScenarioError(f'{where}: a scenario is an object, {{"scenario": {VERSION}, "provider": …}}')
        if given.get("scenario") != VERSION:
            raise ScenarioError(f'{where}: "scenario" is {given.get("scenario")!r}, known is {VERSION}')
        if unknown := [key for key in given if key not in KEYS]:
            raise ScenarioError(f"{where}: unknown {', '.join(unknown)}; known are {', '.join(KEYS)}")
        wanted: Sequence[tuple[str, type, Any]] = (
            ("provider", str, None),
            ("seed", int, 1),
            ("data", str, "busy-week"),
            ("clock", str, "2026-04-06T08:00:00Z"),
            ("faults", list, []),
            ("deliveries", list, []),
            ("about", dict, {}),
        )
        found: dict[str, Any] = {}
        for key, kind, usual in wanted:
            value = given.get(key, usual)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise ScenarioError(f"{where}: {key} is {value!r}, not {_named(kind)}")
            found[key] = tuple(given.get(key, usual)) if kind is list else value
        try:
            parse_clock(found["clock"])
        except ValueError as error:
            raise ScenarioError(f"{where}: clock: {error}") from error
        for number, fault in enumerate(found["faults"]):
            try:
                parse_fault(fault)
            except FaultError as error:
                raise ScenarioError(f"{where}: /faults/{number}: {error}") from error
        for number, entry in enumerate(found["deliveries"]):
            if not isinstance(entry, Mapping) or not isinstance(entry.get("message"), int):
                raise ScenarioError(f'{where}: /deliveries/{number}: an entry is {{"message": <number>}}')
        return cls(**found)

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads; what is usual is said too, so that it stays when defaults change."""
        made: dict[str, Any] = {
            "scenario": VERSION,
            "provider": self.provider,
            "seed": self.seed,
            "data": self.data,
            "clock": self.clock,
            "faults": [dict(fault) for fault in self.faults],
        }
        if self.deliveries:
            made["deliveries"] = [dict(entry) for entry in self.deliveries]
        if self.about:
            made["about"] = dict(self.about)
        return made

    def text(self) -> str:
        """The JSON, for a file or a person."""
        return orjson.dumps(self.as_json(), option=orjson.OPT_INDENT_2).decode() + "\n"

    def with_faults(self, faults: Sequence[Mapping[str, Any]]) -> Scenario:
        """The same world with other faults."""
        return replace(self, faults=tuple(faults))


def read_scenario(path: str | Path) -> Scenario:
    """The scenario in a file. ScenarioError for one that cannot be read or played."""
    try:
        given = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror or error}") from error
    except orjson.JSONDecodeError as error:
        raise ScenarioError(f"{path}: line {error.lineno}: not JSON: {error.msg}") from error
    return Scenario.from_json(given, str(path))


def _named(kind: type) -> str:
    return {str: "text", int: "a whole number", list: "a list", dict: "an object"}[kind]
