"""Where the time of a generated case goes, part by part; knows functions by their names, prints nothing.

A clock stands at the seams between us, Schemathesis and Hypothesis: what runs below one of them is its
part's, but for what runs below a deeper one. It reads the processor time of the thread that runs, so that
neither waiting nor another process counts. Beside it, what is made from a schema is counted: how often, and
of how many different things. These figures are the same in every run of a version.
"""

from __future__ import annotations

import functools
import gc
import importlib
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

IMPORTS = "importing"
DOCUMENT = "reading the document"
STRATEGIES = "strategies, validators"
SETTINGS = "looking up settings"
ENUMERATING = "enumerating cases"
DRAWING = "drawing (Hypothesis)"
CARRYING = "carrying requests"
BRIDGE = "bridge, ours"
WORLD = "renewing the world, ours"
MOCK = "the mock itself, ours"
JUDGING = "judging answers"
FINDINGS = "findings, ours"
GARBAGE = "collecting garbage"
PARTS = (
    *(IMPORTS, DOCUMENT, STRATEGIES, SETTINGS, ENUMERATING, DRAWING),
    *(CARRYING, BRIDGE, WORLD, MOCK, JUDGING, FINDINGS, GARBAGE),
)

CONFIG = "schemathesis.config._projects:ProjectConfig"
CONTEXT = "hypothesis.core:StateForActualGivenExecution"
TRIES, GIVEN_UP = "inputs tried by Hypothesis", "single draws given up"
Key = Callable[[tuple[Any, ...], dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Seam:
    """A function by the place where it is defined: `part` is what its time is, `counted` what it makes.

    `key` says of a call what is made, so that the same can be told from something else.
    """

    place: str
    part: str = ""
    counted: str = ""
    key: Key | None = None
    failing: bool = False


def _schema(given: tuple[Any, ...], _: dict[str, Any]) -> object:
    return orjson.dumps(given[0], default=repr, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _asked(_: tuple[Any, ...], named: dict[str, Any]) -> object:
    return getattr(named.get("operation"), "label", None), named.get("phase")


SEAMS = (
    Seam("importlib._bootstrap_external:_LoaderBasics.exec_module", IMPORTS),
    Seam("contracts.generated.running:generation", DOCUMENT, "documents put into its terms"),
    Seam("schemathesis.openapi.loaders:from_dict", DOCUMENT, "documents loaded"),
    Seam("schemathesis.generation.jsonschema.builder:build", STRATEGIES),
    Seam("schemathesis.generation.jsonschema.builder:_build", STRATEGIES, "strategies built", _schema),
    Seam("schemathesis.core.jsonschema:_build_validator", STRATEGIES, "validators built", _schema),
    Seam(f"{CONFIG}.phases_for", SETTINGS, "settings merged: phases", _asked),
    Seam(f"{CONFIG}.generation_for", SETTINGS, "settings merged: generation", _asked),
    Seam(f"{CONFIG}.checks_config_for", SETTINGS, "settings merged: checks", _asked),
    Seam(f"{CONFIG}._operation_config", SETTINGS),
    Seam("schemathesis.engine.run.unit:_run_operation", ENUMERATING),
    Seam(f"{CONTEXT}.run_engine", DRAWING, "runs of Hypothesis"),
    Seam(f"{CONTEXT}._execute_once_for_engine", DRAWING, TRIES),
    Seam("schemathesis.generation.hypothesis.examples:_add_examples", DRAWING, GIVEN_UP, failing=True),
    Seam("schemathesis.generation.case:Case.call", CARRYING, "cases sent"),
    Seam("requests.sessions:Session.__init__", CARRYING, "sessions of requests opened"),
    Seam("contracts.generated.bridge:Bridge.ask", BRIDGE, "requests at the bridge"),
    Seam("contracts.targets.mock:MockTarget.renew", WORLD),
    Seam("contracts.targets.mock:MockTarget.send", MOCK, "requests at the mock"),
    Seam("schemathesis.checks:run_checks", JUDGING),
    Seam("contracts.generated.adapter:Generation._failures", FINDINGS),
)


@dataclass(slots=True)
class Ledger:
    """Nanoseconds by phase and part; by phase and what is counted: how often, and of what."""

    phase: str = ""
    times: Counter[tuple[str, str]] = field(default_factory=Counter)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    made: dict[str, set[object]] = field(default_factory=dict)
    _threads: threading.local = field(default_factory=threading.local)

    def switch(self) -> list[str]:
        """Put the time since the last seam down to the part that this thread is in; the parts it is in."""
        parts: list[str] | None = getattr(self._threads, "parts", None)
        if parts is None:
            # Schemathesis has a loop of its own in a thread for nothing but carrying requests.
            carries = "portal" in threading.current_thread().name
            self._threads.parts = parts = [CARRYING if carries else ENUMERATING]
            self._threads.since = 0
        key = self.phase, parts[-1]
        # From here on nothing is made that garbage might be looked for at.
        now = time.thread_time_ns()
        self.times[key] += now - self._threads.since
        self._threads.since = now
        return parts

    def collect(self, when: str, _: dict[str, int]) -> None:
        """The collector begins, or has ended, wherever it was needed (gc.callbacks)."""
        parts = self.switch()
        if when == "start":
            parts.append(GARBAGE)
        elif parts[-1] == GARBAGE:
            parts.pop()

    def begin(self, phase: str, part: str) -> None:
        """In this thread a phase begins, in a part; what it did until now was the phase's before."""
        if self.phase != phase:
            self.switch()
        self.phase = phase
        self._threads.parts = [part]
        self._threads.since = getattr(self._threads, "since", 0)

    def seamed(self, seam: Seam, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that keeps the books of another."""

        @functools.wraps(function)
        def kept(*given: Any, **named: Any) -> Any:
            if seam.counted and not seam.failing:
                self.count(seam, given, named)
            parts = self.switch()
            parts.append(seam.part)
            try:
                return function(*given, **named)
            except BaseException:
                if seam.failing:
                    self.count(seam, given, named)
                raise
            finally:
                self.switch()
                parts.pop()

        return kept

    def count(self, seam: Seam, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Once more."""
        self.counts[self.phase, seam.counted] += 1
        if seam.key is not None:
            self.made.setdefault(seam.counted, set()).add(seam.key(given, named))


@contextmanager
def kept(ledger: Ledger, seams: Sequence[Seam] = SEAMS) -> Iterator[None]:
    """Keep the books at all seams meanwhile. LookupError names a seam that is not there (any more)."""
    undo: list[tuple[Any, str, Any]] = []
    for seam in seams:
        importlib.import_module(seam.place.partition(":")[0])
    try:
        for seam in seams:
            owner, name = found(seam.place)
            function = owner.__dict__[name]
            wrapped = ledger.seamed(seam, function)
            # Whoever has imported it by its name has it there, too.
            users = [owner] if isinstance(owner, type) else list(sys.modules.values())
            for user in users:
                if getattr(user, "__dict__", {}).get(name) is function:
                    undo.append((user, name, function))
                    setattr(user, name, wrapped)
        gc.callbacks.append(ledger.collect)
        yield
    finally:
        if ledger.collect in gc.callbacks:
            gc.callbacks.remove(ledger.collect)
        for user, name, function in reversed(undo):
            setattr(user, name, function)


def found(place: str) -> tuple[Any, str]:
    """The module or class that has a function, and its name there."""
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each, None)
    if owner is None or name not in owner.__dict__:
        raise LookupError(f"{place} is not there any more")
    return owner, name


def split(provider: str, phases: Sequence[str], examples: int) -> Mapping[str, Any]:
    """A run of these phases at a mock in this process, in parts: nanoseconds and counts by phase."""
    ledger = Ledger()
    ledger.begin("", IMPORTS)
    from contracts.suite.garbage import seldom
    from contracts.suite.opening import open_mock
    from contracts.suite.running import run
    from contracts.suite.selection import select

    target = open_mock(provider)
    requests = {}
    with kept(ledger), seldom():
        for phase in phases:
            ledger.begin(phase, DOCUMENT)
            outcome = run(target, select(target.contract, phases=(phase,), seed=1, examples=examples))
            ledger.switch()
            requests[phase] = outcome.requests
    return {
        "requests": requests,
        "nanoseconds": {
            phase: {part: ledger.times[phase, part] for part in PARTS} for phase in ("", *phases)
        },
        "counts": {
            phase: {name: count for (of, name), count in sorted(ledger.counts.items()) if of == phase}
            for phase in phases
        },
        "different": {name: len(things) for name, things in sorted(ledger.made.items())},
    }


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(split(sys.argv[1], sys.argv[2].split(","), int(sys.argv[3]))))
