"""A run as JSON; decides nothing."""

from __future__ import annotations

import json
from typing import Any

from contracts.finding import Finding
from contracts.report.reproduction import Scrub, as_pytest, base_of, steps
from contracts.suite.outcome import Outcome, Row
from contracts.targets.target import Target


def render(outcome: Outcome, target: Target, scrub: Scrub) -> str:  # noqa: ARG001
    """The whole of it."""
    return json.dumps(as_json(outcome, scrub), indent=2, ensure_ascii=False) + "\n"


def as_json(outcome: Outcome, scrub: Scrub) -> dict[str, Any]:
    """The same as a value."""
    return {
        "provider": outcome.provider,
        "title": outcome.title,
        "target": outcome.target,
        "seed": outcome.seed,
        "started": outcome.started,
        "seconds": round(outcome.seconds, 2),
        "requests": outcome.requests,
        "stopped": outcome.stopped,
        "shard": list(outcome.shard),
        "operations": list(outcome.operations),
        "findings": [finding(each, outcome, scrub) for each in outcome.findings],
        "checks": [row(each) for each in outcome.rows],
        "cases": [list(each) for each in sorted(outcome.cases)],
        "unreached": [{"check": each.check, "operation": each.operation} for each in outcome.gaps],
        "notes": list(outcome.notes),
    }


def finding(each: Finding, outcome: Outcome, scrub: Scrub) -> dict[str, Any]:
    """One finding, with what shows it again."""
    base = base_of(outcome.target)
    return {
        "key": each.key,
        "check": each.check,
        "operation": each.operation,
        "message": each.message,
        "pointer": each.pointer,
        "known": each.known,
        "accepted": each.key in outcome.known,
        "exchanges": [{"curl": asked, "answer": came} for asked, came in steps(each, base, scrub)],
        "pytest": as_pytest(each, outcome.provider, outcome.seed, base, scrub),
    }


def row(each: Row) -> dict[str, Any]:
    """What one check did."""
    return {
        "check": each.name,
        "says": each.says,
        "skipped": each.skipped,
        "broken": each.broken,
        "wanted": list(each.wanted),
        "exercised": dict(each.exercised),
        "requests": each.requests,
        "seconds": round(each.seconds, 3),
        "statuses": {
            f"{operation} {status}": count for (operation, status), count in sorted(each.statuses.items())
        },
    }
