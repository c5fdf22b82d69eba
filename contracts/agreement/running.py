"""Puts the same cases to a mock and to a server, and shrinks what they disagree about; writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from contracts.agreement.cases import Case, asked, cases, formed
from contracts.agreement.comparing import Difference, difference
from contracts.answer import Answer
from contracts.checks.people import Verdict, judged
from contracts.checks.rounds import orderly
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.suite.outcome import Outcome, Row
from contracts.targets.recorded import Recorded
from contracts.targets.target import NOT_SENT, SAFE, Spent, Target
from mockserver.openapi.contract import Operation

CASES = 12
Tell = Callable[[Row], None]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The smallest case that two servers answer differently, and how."""

    case: Case
    how: Difference
    mock: Answer
    server: Answer


class Alike(Recorded):
    """A mock that is asked as the server is: with the same care for what was there before."""

    def __init__(self, inner: Target, name: str) -> None:
        super().__init__(inner)
        self._name = name

    @property
    def name(self) -> str:
        """The server's."""
        return self._name


class Agreeing:
    """A mock and a server, asked the same. `tried` and `untried` say by operation how often, or why not."""

    def __init__(self, mock: Target, server: Target, *, seed: int = 1, count: int = CASES) -> None:
        self.mock: Target = Alike(mock, server.name)
        self.server = server
        self.seed = seed
        self.count = count
        self.tried: dict[str, int] = {}
        self.untried: dict[str, str] = {}
        self.found: dict[str, Disagreement] = {}
        names = {each.name for each in mock.personas}
        self._personas = [each.name for each in server.personas if each.name in names]
        self._mine = self._visit(self.mock)
        self._theirs = self._visit(server)

    def operation(self, operation: Operation) -> Disagreement | None:
        """Ask one operation; the smallest disagreement, or None. Raises Spent."""
        writing = operation.method not in SAFE
        if writing and not self.server.writes:
            self.untried[operation.id] = "writes are off"
            return None
        self.mock.renew()
        self.server.renew()
        self._anew()
        who = [each for each in self._personas if self._is_told(each, operation)]
        for case in cases(self.server.contract, operation, who, seed=self.seed, count=self.count):
            found = self._put(case)
            if found is not None:
                return self._smallest(found)
        if operation.id not in self.tried:
            self.untried.setdefault(operation.id, "nothing is there that it could be asked about")
        return None

    def _anew(self) -> None:
        self._mine, self._theirs = self._visit(self.mock), self._visit(self.server)

    def _is_told(self, name: str, operation: Operation) -> bool:
        """Whether the document alone says what happens to a persona there, whoever owns the rows."""
        persona = next(each for each in self.server.personas if each.name == name)
        verdict = judged(self.server.contract, persona, operation)
        if verdict in (Verdict.UNKNOWN, Verdict.FORBIDDEN):
            return True
        return verdict is Verdict.IN and not any(each.place == "path" for each in operation.parameters)

    def _visit(self, target: Target) -> Visit:
        return Visit(target, check="agree", seed=self.seed, writes=self.server.writes)

    def _put(self, case: Case) -> Disagreement | None:
        """Ask both; None where they agree, or where one cannot be asked."""
        fresh = case.operation.method not in SAFE
        if fresh:
            # What a case did to a row is not to be seen by the next.
            self._anew()
        ours = formed(self._mine, case, fresh=fresh)
        theirs = formed(self._theirs, case, fresh=fresh)
        if ours is None or theirs is None:
            return None
        server: Answer = asked(self._theirs, case, theirs)
        if server.status == 0:
            if server.body.startswith((NOT_SENT, b"not asked")):
                self.untried[case.operation.id] = server.body.decode().partition(": ")[2]
                return None
            raise Spent(f"no answer from {self.server.name}: {server.body.decode()}")
        mock: Answer = asked(self._mine, case, ours)
        self.tried[case.operation.id] = self.tried.get(case.operation.id, 0) + 1
        how = difference(self.server.contract, case.operation, mock, server)
        return None if how is None else Disagreement(case, how, mock, server)

    def _smallest(self, found: Disagreement) -> Disagreement:
        """Without every change that is not needed for it to be about the same."""
        for change in found.case.changes:
            fewer = tuple(each for each in found.case.changes if each is not change)
            again = self._put(replace(found.case, changes=fewer))
            if again is not None and again.how.about == found.how.about:
                return self._smallest(again)
        return found


def agree(
    mock: Target,
    server: Target,
    operations: Sequence[Operation],
    *,
    seed: int = 1,
    count: int = CASES,
    tell: Tell | None = None,
) -> tuple[Outcome, Agreeing]:
    """Ask all these operations; an outcome with a row for each, and what was tried."""
    contract = server.contract
    recorded = Recorded(server)
    agreeing = Agreeing(mock, recorded, seed=seed, count=count)
    outcome = Outcome(
        provider=contract.slug,
        title=contract.title,
        target=server.name,
        seed=seed,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        operations=[each.id for each in operations],
    )
    began = time.perf_counter()
    for operation in orderly(operations):
        row = Row("agree", "The mock and the server answer the same questions alike.", wanted=[operation.id])
        outcome.rows.append(row)
        if outcome.stopped:
            row.skipped = outcome.stopped
            agreeing.untried.setdefault(operation.id, outcome.stopped)
            continue
        _ask(agreeing, recorded, operation, row, outcome)
        if tell is not None:
            tell(row)
    outcome.seconds = time.perf_counter() - began
    outcome.requests = recorded.asked
    outcome.statuses = dict(recorded.statuses)
    outcome.times = dict(recorded.seconds)
    return outcome, agreeing


def _ask(agreeing: Agreeing, recorded: Recorded, operation: Operation, row: Row, outcome: Outcome) -> None:
    began, before = time.perf_counter(), recorded.asked
    try:
        found = agreeing.operation(operation)
        if found is not None:
            agreeing.found[operation.id] = found
            row.findings.append(_finding(found))
    except Spent as spent:
        outcome.stopped = str(spent)
        agreeing.untried.setdefault(operation.id, str(spent))
    except KeyboardInterrupt:
        outcome.stopped = "interrupted"
    tried = agreeing.tried.get(operation.id, 0)
    if tried:
        row.exercised[operation.id] = tried
    elif operation.id in agreeing.untried:
        row.skipped = agreeing.untried[operation.id]
    row.seconds, row.requests = time.perf_counter() - began, recorded.asked - before


def _finding(found: Disagreement) -> Finding:
    operation: Any = found.case.operation
    return Finding(
        f"agree.{found.how.about}",
        operation.id,
        f"{found.how.says}, {found.case}",
        found.how.pointer,
        operation.evidence.known,
        # Reports say how to ask the server; what the mock answers is in the message.
        (found.server,),
    )
