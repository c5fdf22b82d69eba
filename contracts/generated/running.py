"""The phases of generation as steps of a run: which operations each was put to, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from contracts.targets.target import SAFE, Spent, Target
from mockserver.openapi.contract import Operation

if TYPE_CHECKING:
    from contracts.generated.adapter import Generation
    from contracts.generated.bridge import Bridge

SAYS = {
    "examples": "What the document shows as examples is taken.",
    "coverage": "The edges of every schema, one by one: at them it is taken, beyond them refused.",
    "fuzzing": "Whatever the schemas allow is taken, what they do not is refused, and answers keep to them.",
    "stateful": "The same in sequences of calls, each with what the ones before it gave.",
}


def generation(
    target: Target, operations: Sequence[Operation], *, seed: int, examples: int, database: str = "none"
) -> tuple[Generation, Bridge]:
    """Schemathesis, ready to ask a target."""
    from contracts.generated.adapter import Generation
    from contracts.generated.bridge import Bridge
    from contracts.generated.harvest import cursors
    from contracts.generated.people import people
    from contracts.generated.terms import in_its_terms

    wanted = [each for each in operations if target.writes or each.method in SAFE]
    who = people(target)
    bridge = Bridge(target, who.stands_for)
    data = in_its_terms(target.contract, cursors(target, wanted, seed))
    made = Generation(
        target.contract,
        data,
        bridge,
        who,
        operations=wanted,
        seed=seed,
        examples=examples,
        writes=target.writes,
        database=database,
    )
    return made, bridge


def phase(
    target: Target,
    row: Any,
    operations: Sequence[Operation],
    name: str,
    *,
    seed: int,
    examples: int,
    database: str = "none",
) -> None:
    """Run one phase, into its row of an outcome. Raises Spent where the target may not be asked any more."""
    made, bridge = generation(target, operations, seed=seed, examples=examples, database=database)
    try:
        for operation, cases, findings in made.run(name):
            if operation is not None and cases:
                row.exercised[operation.id] += cases
            row.findings += findings
    finally:
        if name == "stateful":
            row.exercised.update(bridge.asked)
            if not bridge.asked and not bridge.held:
                row.skipped = "no link leads from one operation to another"
    ended = bridge.ended
    if ended is not None:
        raise ended
    # An operation without examples has nothing to be shown; every other phase reaches all.
    if name in ("coverage", "fuzzing"):
        row.wanted = [each.id for each in operations if target.writes or each.method in SAFE]


def steps(
    target: Target, selection: Any, phases: Sequence[str]
) -> Iterator[tuple[str, str, Callable[[Any], None]]]:
    """The phases that are selected, as steps of a run."""
    number, _ = selection.shard
    for name in phases:
        # A sequence goes where its links lead: one shard has them all.
        operations = selection.operations if name == "stateful" else selection.turn
        if name == "stateful" and number != 1:
            continue
        yield f"generated.{name}", SAYS[name], _act(target, selection, name, operations)


def _act(target: Target, selection: Any, name: str, operations: Sequence[Operation]) -> Callable[[Any], None]:
    def act(row: Any) -> None:
        if not operations:
            row.skipped = "no operation is this shard's"
            return
        try:
            phase(
                target,
                row,
                operations,
                name,
                seed=selection.seed,
                examples=selection.examples,
                database=selection.database,
            )
        except Spent:
            raise

    return act
