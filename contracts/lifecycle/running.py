"""The lives of all kinds as steps of a run: draws sequences, and keeps the shortest that shows a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contracts.lifecycle.kinds import Kind, kinds
from contracts.targets.target import Target

SEQUENCES = 8
STEPS = 10


def steps(target: Target, selection: Any) -> Iterator[tuple[str, str, Callable[[Any], None]]]:
    """A step for each kind whose maker is selected, and this shard's."""
    mine = {each.id for each in selection.turn}
    for kind in kinds(target.contract):
        if kind.create.id in mine:
            says = (
                f"A {kind.name} that is made, changed, moved and removed in any order is what it ought to be."
            )
            yield f"lifecycle.{kind.name}", says, _act(target, selection, kind)


def _act(target: Target, selection: Any, kind: Kind) -> Callable[[Any], None]:
    def act(row: Any) -> None:
        if not target.writes:
            row.skipped = "writes are off"
            return
        row.wanted = [kind.create.id]
        lives(
            target,
            row,
            kind,
            seed=selection.seed,
            sequences=max(SEQUENCES, selection.examples),
            database=selection.database,
        )

    return act


def lives(
    target: Target,
    row: Any,
    kind: Kind,
    *,
    seed: int,
    sequences: int = SEQUENCES,
    database: str = "none",
) -> None:
    """Draw sequences for one kind, into its row of an outcome; `database` is a folder that keeps failures."""
    import random

    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.database import DirectoryBasedExampleDatabase
    from hypothesis.errors import HypothesisException
    from hypothesis.stateful import run_state_machine_as_test

    from contracts.lifecycle.machine import Broken, Story, machine

    kept = None if database == "none" else DirectoryBasedExampleDatabase(Path(database) / "lives" / kind.name)
    story = Story(target, kind, seed)
    effort = settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        database=kept,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    made: Any = machine(story)
    made._hypothesis_internal_use_seed = seed
    state = random.getstate()
    try:
        run_state_machine_as_test(made, settings=effort, _min_steps=0)
    except Broken as broken:
        row.findings.append(broken.finding)
    except HypothesisException as error:
        if story.last is not None:
            # It was seen, and could not be seen again: it is told as it was.
            row.findings.append(story.last.finding)
        elif story.target.ended is None:
            row.broken = str(error).split("\n")[0]
    finally:
        random.setstate(state)
        row.exercised.update(story.exercised)
    if story.target.ended is not None:
        raise story.target.ended
