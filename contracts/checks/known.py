"""Requests that a server will take: with the ids, slots and cursors that it gave itself; knows no check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from contracts.answer import Answer
from contracts.checks.answers import id_field, row_in, rows_in, use_of
from contracts.checks.forms import Form, blank, body_schema, parameter_named, value_of
from contracts.checks.leading import (
    expressed,
    follow,
    last_of,
    links_of,
    names_of,
    of_kind,
    prefix_of,
)
from contracts.checks.slotting import Slot, first_slots, slots_fact
from contracts.checks.values import at, places, with_value
from mockserver.openapi.contract import Operation

if TYPE_CHECKING:
    from contracts.checks.visit import Visit

# What could not be made so often is not tried again: each try goes all the way up to what it hangs from.
VAIN = 3


class Known:
    """What a visit has learnt of a server, so that it asks once."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._rows: dict[str, list[Any]] = {}
        self._made: dict[str, list[Any]] = {}
        self._kept: dict[str, tuple[Form, Answer]] = {}
        self._places: dict[str, Any] = {}
        self._vain: Counter[str] = Counter()
        self._numbers = count(1)
        self._busy: set[str] = set()

    def rows(self, kind: str) -> list[Any]:
        """Rows of a kind as a list of them shows; [] where none does."""
        if kind not in self._rows:
            self._rows[kind] = []
            for operation in of_kind(self._visit.contract, kind, "list"):
                form = self.form(operation)
                answer = self._visit.ask(form)
                found = rows_in(operation, answer.value) if answer.good else None
                if found:
                    self._rows[kind] = found
                    break
        return self._rows[kind]

    def id(self, kind: str) -> Any:
        """The id of some row of a kind; None where none is known."""
        name = id_field(self._visit.contract, kind)
        return next((row[name] for row in self.rows(kind) if isinstance(row, Mapping) and name in row), None)

    def form(self, operation: Operation, fresh: bool = False) -> Form:
        """A request that ought to be taken.

        `fresh`: what the path names is made for it where something makes it, so that what was there is not
        changed; that needs writes.
        """
        contract = self._visit.contract
        form = blank(contract, operation)
        if operation.id in self._busy:
            return form
        self._busy.add(operation.id)
        try:
            for name in form.path:
                value = self._settled(operation, name)
                if value is not None:
                    form = form.at(**{name: value})
            if fresh and self._visit.writes:
                form = self._at_something_new(form)
            for name in form.path:
                if name not in form.known:
                    value = self._value(operation, name)
                    if value is not None:
                        form = form.at(**{name: value})
            form = self._at_a_slot(form)
        finally:
            self._busy.discard(operation.id)
        return self._windowed(form)

    def make(self, kind: str) -> tuple[Form, Answer] | None:
        """Make a row of a kind; None where nothing does, or it is refused. Needs writes."""
        for operation in of_kind(self._visit.contract, kind, "create"):
            found = self.made(operation)
            if found is not None:
                return found
        return None

    def made(self, operation: Operation) -> tuple[Form, Answer] | None:
        """Do what an operation does, with other names where those of its example are taken."""
        form = self.form(operation, fresh=self._visit.careful)
        for attempt in range(3):
            answer = self._visit.ask(form)
            if answer.good:
                return form, answer
            if answer.status not in (400, 404, 409, 422) or attempt == 2:
                break
            form = self.form(operation) if self._visit.ways.slots_of(operation) else self.renamed(form)
        return None

    def renamed(self, form: Form) -> Form:
        """The same with other names and addresses, which nobody has yet."""
        body = form.body
        schema = body_schema(form.operation)
        if not isinstance(body, dict) or schema is None:
            return form
        number = f"{self._visit.seed}-{next(self._numbers)}"
        for path, each in places(
            self._visit.contract.data, schema, lambda part: part.get("type") == "string"
        ):
            value = at(body, path)
            if isinstance(value, str) and 0 not in path:
                if each.get("format") == "email":
                    body = with_value(body, path, f"check-{number}@example.org")
                elif path[-1] in ("slug", "name", "title", "username"):
                    body = with_value(body, path, f"check-{number}")
        return form.saying(body)

    def blank(self, operation: Operation) -> Form:
        """What the document alone gives."""
        return blank(self._visit.contract, operation)

    def links_to(self, operation: Operation, status: int) -> list[str]:
        """The names of the links of an operation's answer."""
        return list(links_of(self._visit.contract, operation, status))

    def fresh_id(self, kind: str) -> Any:
        """The id of some row of a kind, asked for anew."""
        self._rows.pop(kind, None)
        return self.id(kind)

    def link(self, operation: Operation, answer: Answer, name: str) -> Form | None:
        """The request that a link of an answer leads to."""
        fact = links_of(self._visit.contract, operation, answer.status).get(name)
        found = None if fact is None else follow(self._visit.contract, fact, answer)
        made = operation.method != "GET" and answer.good
        return found.at_own(**found.path) if found is not None and made else found

    def _at_something_new(self, form: Form) -> Form:
        """With a row in the path that was made for it.

        What makes it is where a link leads here from, or to a place above this; or what makes its kind.
        """
        operation, contract = form.operation, self._visit.contract
        new = self._at_a_new_row(form)
        if new is not form:
            return new
        for link, names in self._visit.ways.above(operation):
            if link.source.id in self._busy:
                continue
            # A new parent has no children: what names a row below it would name nothing.
            made = self._new(link.source, operation)
            found = None if made is None else follow(contract, link.fact, made[1])
            if found is not None:
                return form.at_own(**{name: found.path[other] for name, other in names.items()})
        return form

    def _at_a_new_row(self, form: Form) -> Form:
        """With a row that was made by what makes its kind, at the place where that was made."""
        operation, contract = form.operation, self._visit.contract
        use = use_of(operation)
        place = use.get("id", last_of(operation))
        if use.get("action") not in ("read", "update", "delete", "transition") or place not in form.path:
            return form
        for source in of_kind(contract, use["kind"], "create"):
            made = None if source.id in self._busy else self._new(source, operation)
            row = None if made is None else row_in(source, made[1].value)
            id = row.get(id_field(contract, use["kind"])) if isinstance(row, Mapping) else None
            if made is not None and id is not None:
                shared = {
                    name: value for name, value in made[0].path.items() if name in form.path and name != place
                }
                # What it was made under is only known to be there, unless that was made too.
                own = {name: value for name, value in shared.items() if name in made[0].made}
                return form.at(**shared).at_own(**{**own, place: id})
        return form

    def _new(self, source: Operation, operation: Operation) -> tuple[Form, Answer] | None:
        """Something made for an operation; where rows count, what was made last unless that takes it away."""
        ends = operation.method == "DELETE" or use_of(operation).get("action") == "transition"
        if self._visit.careful and not ends and source.id in self._kept:
            return self._kept[source.id]
        if self._vain[source.id] >= VAIN:
            return None
        made = self.made(source)
        if made is None:
            self._vain[source.id] += 1
        elif not ends:
            self._kept[source.id] = made
        return made

    def _settled(self, operation: Operation, name: str) -> Any:
        """A value for a parameter of a path with which something below it can be read; None for none."""
        prefix = prefix_of(operation, name)
        if prefix in self._places:
            return self._places[prefix]
        self._places[prefix] = None
        contract = self._visit.contract
        below = [
            each
            for each in contract.operations
            if each.method == "GET" and any(prefix_of(each, other) == prefix for other in names_of(each))
        ]
        below = [each for each in below if prefix_of(each, last_of(each)) == prefix]
        for source in sorted(below, key=lambda each: len(each.address))[:2]:
            form = blank(contract, source)
            name = last_of(source)
            for other in form.path:
                if other != name:
                    found = self._settled(source, other)
                    form = form if found is None else form.at(**{other: found})
            for value in dict.fromkeys([self._value(source, name), form.path[name]]):
                if value is not None and self._visit.ask(self._windowed(form.at(**{name: value}))).good:
                    self._places[prefix] = value
                    return value
        return None

    def _value(self, operation: Operation, name: str) -> Any:
        """What stands in a path: a row's id, a parent's, or what a link of a read leads to."""
        use = use_of(operation)
        parent = use.get("parent", {})
        if parent.get("param") == name:
            return self.id(parent["kind"])
        if use and use.get("id", last_of(operation)) == name and use.get("action") != "create":
            found = self.id(use["kind"])
            if found is not None:
                return found
        for link in self._visit.ways.links_to(operation):
            if link.source.id not in self._busy and name in link.fact.get("parameters", {}):
                answer = self._visit.ask(self.form(link.source))
                if answer.good:
                    return expressed(link.fact["parameters"][name], answer)
        return None

    def _at_a_slot(self, form: Form) -> Form:
        """With a start that is free, where the operation books one."""
        source = self._visit.ways.slots_of(form.operation)
        if source is None:
            return form
        slot = next(iter(self.slots(source)), None)
        return form if slot is None else slot.booking(form)

    def slots(self, operation: Operation, **query: Any) -> list[Slot]:
        """The free starts that an operation tells of."""
        return first_slots(self._visit, self.form(operation).asking(**query))

    def _windowed(self, form: Form) -> Form:
        """With the dates to come in the parameters that say from when to when."""
        fact = slots_fact(form.operation)
        if not fact or self._visit.now() is None:
            return form
        since, until = self._visit.days(3, 7)
        named = [
            str(value).partition("$param.")[2] for value in fact.get("book", {}).get("body", {}).values()
        ]
        for name in named:
            parameter = parameter_named(form.operation, name)
            if parameter is not None and parameter.place == "query" and name not in form.query:
                form = form.asking(**{name: value_of(self._visit.contract, parameter)})
        return form.asking(**{fact["from"]: since, fact["to"]: until})
