"""`mockserver routes`: every operation on a line, with who may ask it and what answers; decides nothing."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Sequence
from typing import Any

from mockserver.commands.opening import open_services
from mockserver.engine.service import Service
from mockserver.openapi.contract import Operation

HEADINGS = ("METHOD", "PATH", "OPERATION", "SCOPES", "ANSWERS", "KNOWN")


def run(options: Namespace) -> int:
    """Print the operations as a table a provider, or as one JSON array."""
    services = open_services(options)
    if options.json:
        found = [route(service, each) for service in services for each in service.contract.operations]
        print(json.dumps(found, indent=2))
        return 0
    for index, service in enumerate(services):
        if index:
            print()
        if len(services) > 1:
            print(service.slug)
        cells = [_cells(route(service, each)) for each in service.contract.operations]
        for line in table([HEADINGS, *cells]):
            print(line)
    return 0


def route(service: Service, operation: Operation) -> dict[str, Any]:
    """One operation, as --json has it. `scopes`: alternatives, each a list of which all are needed.

    `kinds` are those of tokens that are let in, none where the kind does not matter.
    """
    plan = service.plan(operation)
    evidence = operation.evidence
    return {
        "provider": service.slug,
        "method": operation.method,
        "path": operation.address,
        "operation": operation.id,
        "public": not operation.security or () in operation.security,
        "scopes": [sorted(each.scopes) for each in plan.alternatives if each.scopes],
        "kinds": sorted({each.kind for each in plan.alternatives if each.kind}),
        "scopes-by-value": {
            name: {value: sorted(scopes) for value, scopes in values.items()}
            for name, values in plan.scopes_by_value
        },
        "plan": plan.needs_plan,
        "answers": plan.kind_of_answer,
        "evidence": {"known": evidence.known, "source": evidence.source, "note": evidence.note},
    }


def table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Rows in columns, two spaces apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(found: dict[str, Any]) -> tuple[str, ...]:
    scopes = " or ".join(" and ".join(scopes) for scopes in found["scopes"])
    any_token = f"any {' or '.join(found['kinds'])}" if found["kinds"] else "any token"
    needed = scopes or ("public" if found["public"] else any_token)
    for name, values in found["scopes-by-value"].items():
        needed += "".join(f", {name}={value}: {' and '.join(more)}" for value, more in values.items())
    if found["plan"]:
        needed += f" ({found['plan']} plan)"
    return (
        found["method"],
        found["path"],
        found["operation"],
        needed,
        found["answers"],
        found["evidence"]["known"],
    )
