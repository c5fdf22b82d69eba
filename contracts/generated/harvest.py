"""What only answers can give: cursors, asked for before anything is generated; knows facts, no generator."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.checks.answers import told
from contracts.checks.visit import Visit
from contracts.targets.target import Target
from mockserver.openapi.contract import Operation

PAGES = 3


def cursors(target: Target, operations: Sequence[Operation], seed: int) -> dict[tuple[str, str], list[str]]:
    """By operation and parameter, values that the target itself gave."""
    found: dict[tuple[str, str], list[str]] = {}
    visit = Visit(target, check="generated", seed=seed, writes=False)
    for operation in operations:
        for parameter in operation.parameters:
            if not parameter.facts.get("opaque") or parameter.place != "query" or operation.method != "GET":
                continue
            form = visit.known.form(operation)
            sizes = {
                each.name: 1 for each in operation.parameters if each.name in ("limit", "take", "per_page")
            }
            values: list[str] = []
            for _ in range(PAGES):
                answer = visit.ask(form.asking(**sizes))
                value = (
                    told(target.contract, operation, answer.value).get("next-cursor") if answer.good else None
                )
                if not isinstance(value, str) or value in values:
                    break
                values.append(value)
                form = form.asking(**{parameter.name: value})
            if values:
                found[operation.id, parameter.name] = values
    return found
