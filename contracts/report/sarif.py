"""A run as SARIF 2.1.0, located at the lines of the document; decides nothing."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from contracts.report.places import Places
from contracts.report.reproduction import Scrub, base_of, steps
from contracts.suite.outcome import Outcome
from contracts.targets.target import Target

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"documented": "error", "observed": "error", "assumed": "warning"}


def render(outcome: Outcome, target: Target, scrub: Scrub) -> str:
    """One run with a rule for each check that found something."""
    from mockserver.version import __version__

    places = Places(target.contract)
    rules: dict[str, dict[str, Any]] = {}
    says = {row.name: row.says for row in outcome.rows}
    results = []
    for each in outcome.new:
        rules.setdefault(
            each.check,
            {"id": each.check, "shortDescription": {"text": says.get(each.check) or each.check}},
        )
        shown = [f"{asked}\n-> {came}" for asked, came in steps(each, base_of(outcome.target), scrub)]
        results.append(
            {
                "ruleId": each.check,
                "level": LEVELS.get(each.known, "warning"),
                "message": {"text": "\n\n".join((f"{each.operation} {each.message} ({each.known})", *shown))},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": places.file},
                            "region": {"startLine": places.line(each.pointer)},
                        },
                        "logicalLocations": [{"fullyQualifiedName": each.pointer, "name": each.operation}],
                    }
                ],
                "partialFingerprints": {"finding/v1": sha256(each.key.encode()).hexdigest()[:32]},
            }
        )
    driver = {
        "name": "contracts",
        "version": __version__,
        "informationUri": "https://pypi.org/project/understudy/",
        "rules": list(rules.values()),
    }
    run = {
        "tool": {"driver": driver},
        "results": results,
        "invocations": [{"executionSuccessful": not outcome.stopped and not outcome.broken}],
        "properties": {"target": outcome.target, "seed": outcome.seed, "notReached": len(outcome.gaps)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"
