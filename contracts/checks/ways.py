"""Who gets in where and what leads where, as a document says it; read once a run, asks nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contracts.checks.answers import use_of
from contracts.checks.leading import last_of, leads, links_of
from contracts.checks.people import first_in
from contracts.checks.slotting import slots_fact
from contracts.targets.target import Persona
from mockserver.openapi.contract import Contract, Operation


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the good answer of an operation."""

    source: Operation
    fact: Mapping[str, Any]


class Ways:
    """What all visits of a run ask of a document again and again, for each operation."""

    def __init__(self, contract: Contract, personas: Sequence[Persona]) -> None:
        self._contract = contract
        self._personas = tuple(personas)
        self._usual: dict[str, Persona | None] = {}
        self._above: dict[str, tuple[tuple[Link, Mapping[str, str]], ...]] = {}

    def usual(self, operation: Operation) -> Persona | None:
        """The first persona who ought to be let in."""
        if operation.id not in self._usual:
            self._usual[operation.id] = first_in(self._contract, self._personas, operation)
        return self._usual[operation.id]

    def slots_of(self, operation: Operation) -> Operation | None:
        """The operation that tells of the slots which this one books; None for none."""
        return self._slots.get(operation.id)

    def links_to(self, operation: Operation) -> Sequence[Link]:
        """The links of what reads that lead to an operation, in the order of the document."""
        return self._read.get(operation.id, ())

    def above(self, operation: Operation) -> Sequence[tuple[Link, Mapping[str, str]]]:
        """The links of what makes something that lead to an operation or a place above it.

        Each with the last of the operation's parameters among those it gives: by name, as the link has it.
        """
        if operation.id not in self._above:
            found = ((link, leads(self._contract, link.fact, operation)) for link in self._made)
            self._above[operation.id] = tuple(each for each in found if last_of(operation) in each[1])
        return self._above[operation.id]

    @cached_property
    def _slots(self) -> dict[str, Operation]:
        found: dict[str, Operation] = {}
        for each in self._contract.operations:
            booked = slots_fact(each).get("book", {}).get("operation")
            if booked is not None:
                found.setdefault(booked, each)
        return found

    @cached_property
    def _read(self) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = {}
        for each in self._contract.operations:
            for link in self._links(each) if each.method == "GET" else ():
                found.setdefault(str(link.fact.get("operationId")), []).append(link)
        return found

    @cached_property
    def _made(self) -> list[Link]:
        makers = (
            each
            for each in self._contract.operations
            if each.method != "GET" and use_of(each).get("action") in ("create", None)
        )
        return [link for each in makers for link in self._links(each)]

    def _links(self, operation: Operation) -> list[Link]:
        good = (int(each) for each in operation.responses if each.isdigit() and each.startswith("2"))
        return [
            Link(operation, fact)
            for status in good
            for fact in links_of(self._contract, operation, status).values()
        ]
