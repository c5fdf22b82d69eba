"""Which operations make, show, change and end the rows of a kind; knows facts and links, no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.checks.answers import use_of
from mockserver.openapi.contract import Contract, Operation


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rows that can be made: by `create`, shown by `reads` and `lists`, and so on."""

    name: str
    create: Operation
    reads: tuple[Operation, ...] = ()
    lists: tuple[Operation, ...] = ()
    updates: tuple[Operation, ...] = ()
    deletes: tuple[Operation, ...] = ()
    transitions: tuple[Operation, ...] = field(default=())

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them."""
        return (
            self.create,
            *self.reads,
            *self.lists,
            *self.updates,
            *self.deletes,
            *self.transitions,
        )


def kinds(contract: Contract) -> Iterator[Kind]:
    """Every kind that something makes and something with its id in the path shows."""
    for name in contract.facts.get("resources", {}):
        of: dict[str, list[Operation]] = {}
        for operation in contract.operations:
            use = use_of(operation)
            if use.get("kind") == name:
                of.setdefault(str(use.get("action")), []).append(operation)
        creates = sorted(of.get("create", []), key=lambda each: (each.deprecated, each.path.count("{")))
        reads = [each for each in of.get("read", []) if "{" in each.path]
        if creates and reads:
            yield Kind(
                name,
                creates[0],
                tuple(reads),
                tuple(of.get("list", ())),
                tuple(each for each in of.get("update", ()) if "{" in each.path),
                tuple(of.get("delete", ())),
                tuple(of.get("transition", ())),
            )
