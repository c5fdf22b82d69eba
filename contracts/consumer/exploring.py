"""The search for a scenario that shows a mistake: what failed before, each disturbance, then Hypothesis."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any

from contracts.consumer.batches import played
from contracts.consumer.coverage import Coverage
from contracts.consumer.drawing import scenarios, sweep
from contracts.consumer.judgements import Finding, judge
from contracts.consumer.palette import Palette, learn
from contracts.consumer.seen import Run
from contracts.consumer.shrinking import shrink, to_the_point
from mockserver.scenario import Scenario, ScenarioError

Play = Callable[[Scenario], Run]
# After so many plays Hypothesis has shrunk enough; our own shrinking ends the work.
MOST_DRAWN_AFTER = 150


class Enough(BaseException):
    """Ends Hypothesis's search; it catches exceptions only."""


class Wrong(Exception):
    """What Hypothesis is shown where a scenario has shown a mistake."""


@dataclass
class Search:
    """One search. `play` runs a scenario; `names` are the judgements that are on.

    `jobs` scenarios are played at a time, where `play` may be called from several threads. `key`
    names the program in Hypothesis's example database: what failed is tried first the next time.
    """

    provider: str
    service: Any
    play: Play
    names: Sequence[str]
    cases: int = 200
    deviations: bool = False
    seed: int | None = None
    timeout: float | None = None
    key: str = ""
    jobs: int = 1
    coverage: Coverage = field(default_factory=Coverage)
    finding: Finding | None = None
    shrunk_in: int = 0
    found_after: int = 0
    flaky: bool = False
    palette: Palette | None = None
    _learnt: list[Run] = field(default_factory=list)
    _tried: set[str] = field(default_factory=set)

    def run(self) -> Finding | None:
        """Search until something is found or the cases are used up; the finding in its smallest scenario."""
        found = self._first()
        if found is None:
            self._forget()
            return None
        best, self.shrunk_in = shrink(found, self._judged)
        again = self._judged(best.run.scenario)
        self.flaky = again is None or again.key != best.key
        self._keep(best.run.scenario)
        self.finding = to_the_point(best)
        return self.finding

    @property
    def idle(self) -> bool:
        """Whether the program neither asked for anything nor was brought anything: nothing was tried."""
        palette = self.palette
        return not (self.coverage.requests or (palette is not None and (palette.hooks or palette.events)))

    def _first(self) -> Finding | None:
        for scenario in self._remembered():
            if (found := self._judged(scenario)) is not None:
                self._look()
                return found
        plain = Scenario(self.provider)
        if (found := self._try(plain)) is not None:
            self._look()
            return found
        # Disturbed, a program may ask for what it did not before: then there is more to disturb.
        for _ in range(3):
            palette = self._look()
            known = (len(palette.used), len(palette.events))
            new = (
                each
                for each in sweep(palette, self.provider, deviations=self.deviations)
                if each.text() not in self._tried
            )
            left = max(0, self.cases - self.coverage.cases)
            for scenario, run in played(islice(new, left), self.play, self.jobs):
                self._tried.add(scenario.text())
                if (found := self._judge(run)) is not None:
                    return found
            if self.coverage.cases >= self.cases:
                return None
            palette = self._look()
            if (len(palette.used), len(palette.events)) == known:
                break
        return self._draw()

    def _look(self) -> Palette:
        self.palette = learn(self._learnt, self.service, refreshable=True, timeout=self.timeout)
        return self.palette

    def _try(self, scenario: Scenario) -> Finding | None:
        self._tried.add(scenario.text())
        return self._judged(scenario)

    def _judged(self, scenario: Scenario) -> Finding | None:
        return self._judge(self.play(scenario))

    def _judge(self, run: Run) -> Finding | None:
        self.coverage.add(run)
        asked = {seen.operation for seen in run.seen}
        new = asked - {seen.operation for each in self._learnt for seen in each.seen}
        more = len(run.delivered) > max((len(each.delivered) for each in self._learnt), default=0)
        sent = set(run.events) - {event for each in self._learnt for event in each.events}
        if not self._learnt or new or more or sent:
            self._learnt.append(run)
        found = judge(run, self.names)
        if found is not None and not self.found_after:
            self.found_after = self.coverage.cases
        return found

    def _draw(self) -> Finding | None:
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import seed as seeded
        from hypothesis.strategies import lists

        left = self.cases - self.coverage.cases
        assert self.palette is not None
        if left <= 0 or not (self.palette.used or self.palette.hooks):
            return None
        best: list[Finding] = []
        after = [0]

        def case(drawn: list[Scenario]) -> None:
            if best:
                after[0] += 1
                # Several at a time are no example to shrink: that is done afterwards.
                if after[0] > MOST_DRAWN_AFTER or self.jobs > 1:
                    raise Enough
            for _, run in played(drawn, self.play, self.jobs):
                found = self._judge(run)
                if found is not None:
                    best.append(found)
                    raise Wrong(found.key)

        wanted = settings(
            max_examples=-(-left // self.jobs),
            deadline=None,
            database=None,
            derandomize=self.seed is None and steady(),
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        one = scenarios(self.palette, self.provider, deviations=self.deviations)
        test = wanted(given(lists(one, min_size=self.jobs, max_size=self.jobs))(case))
        if self.seed is not None:
            test = seeded(self.seed)(test)
        try:
            test()
        except (Wrong, Enough):
            pass
        except BaseException as error:
            # A program that does not do the same twice: what was found counts, and is told to be so.
            if not best or type(error).__module__.partition(".")[0] != "hypothesis":
                raise
        return min(best, key=lambda each: len(each.run.seen)) if best else None

    # What failed before, in Hypothesis's own example database

    def _remembered(self) -> Iterator[Scenario]:
        base = self._database()
        if base is None:
            return
        for value in sorted(base.fetch(self._name())):
            try:
                yield Scenario.from_json(json.loads(value))
            except (ScenarioError, ValueError):
                base.delete(self._name(), value)

    def _keep(self, scenario: Scenario) -> None:
        base = self._database()
        if base is not None:
            self._forget()
            base.save(self._name(), scenario.text().encode())

    def _forget(self) -> None:
        base = self._database()
        if base is not None:
            for value in list(base.fetch(self._name())):
                base.delete(self._name(), value)

    def _database(self) -> Any:
        if not self.key:
            return None
        from hypothesis import settings

        return settings.default.database if settings.default is not None else None

    def _name(self) -> bytes:
        return sha256(f"understudy {self.provider} {self.key}".encode()).digest()


def steady() -> bool:
    """Whether the same commit shall get the same verdict: in CI, or where the Hypothesis profile says so."""
    from hypothesis import settings

    return bool(os.environ.get("CI")) or bool(settings.default and settings.default.derandomize)


def needless(coverage: Coverage, scopes: Iterable[str] | None) -> list[str]:
    """The scopes that were asked for and that nothing the program did needs."""
    return sorted(set(scopes or ()) - coverage.needed)
