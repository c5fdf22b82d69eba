"""What a check asks with and reports through; knows the contract and a target, not what is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from contracts.answer import Answer
from contracts.checks.forms import Absent, Form, body_schema
from contracts.checks.known import Known
from contracts.checks.ways import Ways
from contracts.finding import Finding
from contracts.targets.target import SAFE, Persona, Target
from mockserver.openapi.contract import Operation


class Usual:
    """The type of `USUAL`: whoever ought to be let in."""

    def __repr__(self) -> str:
        return "USUAL"


USUAL = Usual()


class Visit:
    """One check's way to a target: asks as personas, counts what was truly exercised, makes findings.

    `operations` are those that the run is confined to; requests that only prepare may go to others. `ways`
    are of the whole run, where it has several visits.
    """

    def __init__(
        self,
        target: Target,
        *,
        operations: Sequence[Operation] | None = None,
        check: str = "",
        seed: int = 0,
        writes: bool = True,
        ways: Ways | None = None,
    ) -> None:
        self.target = target
        self.contract = target.contract
        self.check = check
        self.seed = seed
        self.writes = writes
        wanted = self.contract.operations if operations is None else operations
        self.operations = tuple(each for each in wanted if writes or each.method in SAFE)
        self.ways = Ways(target.contract, target.personas) if ways is None else ways
        self.known = Known(self)
        self.counts: dict[str, int] = {}
        self.statuses: dict[tuple[str, int], int] = {}
        self.answers: list[tuple[Operation, Answer]] = []

    # Who and when

    @cached_property
    def personas(self) -> Sequence[Persona]:
        """Every named credential that there is for this target."""
        return tuple(self.target.personas)

    def usual(self, operation: Operation) -> Persona | None:
        """The first persona who ought to be let in."""
        return self.ways.usual(operation)

    def now(self) -> datetime | None:
        """The target's time; None where it cannot be known."""
        return self.target.now()

    def days(self, first: int, count: int) -> tuple[str, str]:
        """Dates from the target's today on: the one so many days ahead, and the one so many after it."""
        today = (self.now() or datetime.now(UTC)).date()
        since = today + timedelta(days=first)
        return since.isoformat(), (since + timedelta(days=count)).isoformat()

    # Asking

    def ask(
        self,
        form: Form,
        *,
        persona: Persona | Usual | None = USUAL,
        headers: Mapping[str, str | None] | None = None,
        token: str | None = None,
        patient: bool = True,
    ) -> Answer:
        """Send a request and have its answer. `persona` None: without credentials; `token` in their place.

        A header that is None is left out, also where it usually goes along.

        Patient: where a quota is used up, it is waited for once, because nothing else can be told from 429.
        """
        operation = form.operation
        if self._foreign(form):
            return Answer(
                operation.method, form.target, 0, {}, b"not asked: it would change what was there before"
            )
        who = self.usual(operation) if isinstance(persona, Usual) else persona
        fields = {name.lower(): str(value) for name, value in form.headers.items()}
        body = form.content
        if not isinstance(form.body, Absent):
            fields.setdefault("content-type", form.content_type)
        target = form.target
        if token is not None or who is not None:
            carried, target = self.target.credentials(operation, target, who, token)
            fields = {**{name.lower(): value for name, value in carried.items()}, **fields}
            fields.update(self._acting(who, fields))
        for each, value in (headers or {}).items():
            if value is None:
                fields.pop(each.lower(), None)
            else:
                fields[each.lower()] = value
        name = "" if who is None or token is not None else who.name
        answer = self.target.send(operation.method, target, fields, body, name)
        if answer.status == 429 and patient and self._waited(answer):
            answer = self.target.send(operation.method, target, fields, body, name)
        self.answers.append((operation, answer))
        key = (operation.id, answer.status)
        self.statuses[key] = self.statuses.get(key, 0) + 1
        return answer

    def _waited(self, refused: Answer) -> bool:
        """Let the time pass that a 429 announces, else the longest declared window; at most ten minutes."""
        told = refused.headers.get("retry-after", "")
        windows = [
            float(fact["window"])
            for fact in self.contract.facts.get("rate-limit", {}).values()
            if isinstance(fact, Mapping) and "window" in fact
        ]
        return self.wait(min(float(told) if told.isdigit() else max(windows, default=60.0), 600.0))

    def go(self, method: str, target: str, *, like: Form) -> Answer:
        """Send what no operation describes, with the credentials of one."""
        who = self.usual(like.operation)
        fields: dict[str, str] = {}
        if who is not None:
            carried, target = self.target.credentials(like.operation, target, who, None)
            fields = {name.lower(): value for name, value in carried.items()}
            fields.update(self._acting(who, fields))
        answer = self.target.send(method, target, fields, b"", "" if who is None else who.name)
        self.answers.append((like.operation, answer))
        return answer

    def last(self, count: int) -> list[Answer]:
        """The latest answers."""
        return [answer for _, answer in self.answers[-count:]]

    def fresh(self, operation: Operation) -> str | None:
        """A token of which nothing is used yet, of whoever is usually let in; None for none to be had."""
        return self.target.fresh(operation, self.usual(operation))

    @property
    def clocked(self) -> bool:
        """Whether time can be made to pass there."""
        return self.target.wait(0)

    def renew(self) -> bool:
        """Have the target's world as it began, where that can be, and forget what was learnt of it."""
        if not self.target.renew():
            return False
        self.known = Known(self)
        return True

    def wait(self, seconds: float) -> bool:
        """Let that time pass there; False where it cannot."""
        return self.target.wait(seconds)

    def _acting(self, persona: Persona | None, fields: Mapping[str, str]) -> Mapping[str, str]:
        """The header that names the acting user, where this persona's kind of token needs it."""
        fact = self.contract.facts.get("acting-user")
        if fact is None or persona is None or "header" not in fact or fact["header"].lower() in fields:
            return {}
        if fact.get("for", {}).get(persona.kind) != "required" or not persona.user:
            return {}
        return {fact["header"].lower(): persona.user}

    @property
    def careful(self) -> bool:
        """Whether what was there before the run is to be left alone: everywhere but at a mock."""
        return self.target.name != "mock"

    def _foreign(self, form: Form) -> bool:
        """Whether a request would change what this run has not made, where that is to be left alone."""
        operation = form.operation
        if not self.careful or not self.writing(operation):
            return False
        if not form.path:
            books = {
                each.facts.get("slots", {}).get("book", {}).get("operation")
                for each in self.contract.operations
            }
            creates = operation.facts.get("resource", {}).get("action") == "create" or operation.id in books
            return not creates and not self.void(form)
        return not form.path.keys() <= form.made

    def void(self, form: Form) -> bool:
        """Whether a request has a body that is clearly none that the operation takes: nothing comes of it."""
        schema = body_schema(form.operation)
        empty = form.body in ({}, [], b"[]")
        return (
            empty
            and schema is not None
            and not self.contract.schemas.check_inline(schema).ok({} if form.body == {} else [])
        )

    # Reporting

    def count(self, operation: Operation, times: int = 1) -> None:
        """Say that this operation was truly exercised by this check."""
        self.counts[operation.id] = self.counts.get(operation.id, 0) + times

    def finding(
        self,
        operation: Operation,
        message: str,
        *answers: Answer,
        pointer: str = "",
        learnt: Mapping[str, Any] | None = None,
    ) -> Finding:
        """What is wrong with an operation, in one line, and the exchanges that show it, the worst last."""
        return Finding(
            self.check,
            operation.id,
            message,
            pointer or operation.pointer,
            operation.evidence.known,
            answers,
            learnt,
        )

    def writing(self, operation: Operation) -> bool:
        """Whether an operation may change something."""
        return operation.method not in SAFE
