"""A machine of rules for one kind of rows, against a plain memory of what it did; knows no server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from contracts.answer import Answer
from contracts.checks.answers import id_field, row_in, rows_in
from contracts.checks.forms import Form, body_schema
from contracts.checks.needs import shared
from contracts.checks.values import field as fields_of
from contracts.checks.visit import Visit
from contracts.checks.ways import Ways
from contracts.finding import Finding
from contracts.lifecycle.kinds import Kind
from contracts.targets.recorded import Recorded
from contracts.targets.target import NOT_SENT, Spent, Target
from mockserver.openapi.contract import Operation

TEXTS = ("Something else", "Something else again", "Überlänge & Größe", "a")
MISSING = (404, 410)


class Broken(AssertionError):
    """What a sequence of rules shows to be wrong; `finding` says it."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message)


@dataclass(slots=True)
class Life:
    """One row, as it ought to be: where it is, and what was last shown of it."""

    id: Any
    path: Mapping[str, Any]
    shown: dict[str, Any] = field(default_factory=dict)
    gone: bool = False


class Quiet(Recorded):
    """A target that, once it may not be asked any more, says so in `ended` and answers nothing.

    Hypothesis would take what is raised for a mistake of the server, and try to shrink it.
    """

    ended: Spent | None = None

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes, persona: str) -> Answer:
        """Send, or not."""
        if self.ended is None:
            try:
                return super().send(method, target, headers, body, persona)
            except Spent as spent:
                self.ended = spent
        return Answer(method, target, 0, {}, NOT_SENT + b"nothing more may be asked", persona)


class Story:
    """One sequence: the world it happens in, what was asked in it, what was exercised in all of them."""

    def __init__(self, target: Target, kind: Kind, seed: int) -> None:
        self.target = Quiet(target)
        self.kind = kind
        # What was last found wrong: a live server may not show it a second time.
        self.last: Broken | None = None
        self.seed = seed
        self.exercised: Counter[str] = Counter()
        self._ways = Ways(target.contract, target.personas)
        self.visit = self._new()

    def begin(self) -> None:
        """A sequence begins: the world as it was, where it can be."""
        self.target.renew()
        self.visit = self._new()

    def _new(self) -> Visit:
        check = f"lifecycle.{self.kind.name}"
        return Visit(self.target, check=check, seed=self.seed, ways=self._ways)

    def ask(self, form: Form) -> Answer:
        """Ask, and count it. What was held back says nothing: the sequence is given up."""
        answer = self.visit.ask(form)
        if answer.status == 0 and answer.body.startswith((NOT_SENT, b"not asked")):
            reject()
        self.exercised[form.operation.id] += 1
        return answer

    def wrong(self, operation: Operation, message: str) -> Broken:
        """A finding, with all that led to it."""
        answers = tuple(answer for _, answer in self.visit.answers if answer.method != "GET")[-5:]
        last = self.visit.answers[-1][1]
        shown = answers if last in answers else (*answers, last)
        self.last = Broken(self.visit.finding(operation, message, *shown))
        return self.last


def machine(story: Story) -> type[RuleBasedStateMachine]:
    """The rules of one kind."""
    kind = story.kind

    class Lives(RuleBasedStateMachine):
        rows = Bundle("rows")

        @initialize()
        def begin(self) -> None:
            story.begin()

        @rule(target=rows)
        def create(self) -> Life:
            made = story.visit.known.made(kind.create)
            story.exercised[kind.create.id] += 1
            if made is None:
                return Life(None, {}, gone=True)
            form, answer = made
            row = row_in(kind.create, answer.value)
            name = id_field(story.target.contract, kind.name)
            value = member(row, name) if isinstance(row, Mapping) else None
            life = Life(value, dict(form.path))
            if value is not None:
                self.look(life, kind.reads[0])
            return life

        @rule(life=rows, reader=st.sampled_from(kind.reads))
        def read(self, life: Life, reader: Operation) -> None:
            self.look(life, reader)

        def look(self, life: Life, reader: Operation) -> None:
            form = _at(story, reader, life)
            if form is None:
                return
            answer = story.ask(form)
            if life.gone:
                if answer.good:
                    raise story.wrong(reader, f"still shows a {kind.name} that was removed")
                return
            row = row_in(reader, answer.value)
            if not answer.good or not isinstance(row, Mapping):
                raise story.wrong(reader, f"answers {answer.status} for a {kind.name} that was made")
            for name, value in life.shown.items():
                if member(row, name) != value:
                    raise story.wrong(
                        reader, f"shows {name} as {member(row, name)!r} where it was set to {value!r}"
                    )

        if kind.updates:

            @rule(life=rows, updater=st.sampled_from(kind.updates), text=st.sampled_from(TEXTS))
            def update(self, life: Life, updater: Operation, text: str) -> None:
                form = _at(story, updater, life)
                schema = body_schema(updater)
                if form is None or schema is None:
                    return
                plain = [
                    each for each in shared(story.target.contract, updater) if _is_text(story, updater, each)
                ]
                if not plain:
                    return
                name = plain[len(text) % len(plain)]
                needed = form.body if isinstance(form.body, Mapping) and _has_required(story, updater) else {}
                answer = story.ask(form.saying({**needed, name: text}))
                if life.gone:
                    if answer.good:
                        raise story.wrong(updater, f"changes a {kind.name} that was removed")
                elif answer.good:
                    life.shown[name] = text
                    self.look(life, kind.reads[0])

        if kind.deletes:

            @rule(life=consumes(rows), deleter=st.sampled_from(kind.deletes))
            def delete(self, life: Life, deleter: Operation) -> None:
                form = _at(story, deleter, life)
                if form is None:
                    return
                answer = story.ask(form)
                if life.gone:
                    return
                if answer.status >= 500 or answer.status in MISSING:
                    raise story.wrong(deleter, f"answers {answer.status} for a {kind.name} that was made")
                if answer.good:
                    life.gone = True
                    self.look(life, kind.reads[0])

        if kind.transitions:

            @rule(life=rows, mover=st.sampled_from(kind.transitions))
            def move(self, life: Life, mover: Operation) -> None:
                form = _at(story, mover, life)
                if form is None or life.gone:
                    return
                answer = story.ask(form)
                if answer.status >= 500 or answer.status in MISSING:
                    raise story.wrong(mover, f"answers {answer.status} for a {kind.name} that was made")
                if answer.good:
                    # What it changes is told by other facts: what was shown before may have changed with it.
                    life.shown.clear()

        if any("{" not in each.path for each in kind.lists):

            @rule()
            def list_(self) -> None:
                lister = next(each for each in kind.lists if "{" not in each.path)
                answer = story.ask(story.visit.known.form(lister))
                if answer.good and rows_in(lister, answer.value) is None:
                    raise story.wrong(lister, "shows no list where the document has one")

    return Lives


def member(row: Mapping[str, Any], name: str) -> Any:
    """The first of the values of a field, which may be a path; None where there is none."""
    return next(iter(fields_of(row, name)), None)


def _at(story: Story, operation: Operation, life: Life) -> Form | None:
    """The request for a row; None where it has no id to ask by."""
    if life.id is None:
        return None
    names = [each.name for each in operation.parameters if each.place == "path"]
    if not names:
        return None
    own = operation.facts.get("resource", {}).get("id", names[-1])
    form = story.visit.known.form(operation)
    known = {name: value for name, value in life.path.items() if name in names}
    return form.at(**{**known, own: life.id})


def _is_text(story: Story, operation: Operation, name: str) -> bool:
    """Whether any text will do there."""
    from contracts.checks.values import followed, properties

    data = story.target.contract.data
    schema = followed(data, properties(data, body_schema(operation)).get(name, {}))
    plain = {"type", "description", "maxLength", "minLength", "example", "examples", "title", "default"}
    return all(key in plain or key.startswith("x-") for key in schema)


def _has_required(story: Story, operation: Operation) -> bool:
    from contracts.checks.values import followed

    return bool(followed(story.target.contract.data, body_schema(operation)).get("required"))
