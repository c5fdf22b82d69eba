"""What answers taught about the document, as a proposed OpenAPI Overlay; whether it is true a person says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts.report.reproduction import Scrub
from contracts.suite.outcome import Outcome
from contracts.targets.target import Target
from mockserver.openapi.contract import Contract

OPENINGS = "An overlay that contracts proposes from the answers of {target}. Nobody has confirmed any of it."


def render(outcome: Outcome, target: Target, scrub: Scrub) -> str:
    """YAML, which JSON is: an action for each thing learnt."""
    actions = []
    for each in outcome.findings:
        action = None if each.learnt is None else _action(target.contract, each.learnt)
        if action is not None:
            note = {
                "known": "observed",
                "source": f"{outcome.target}, {outcome.started}",
                "note": each.message,
            }
            actions.append({**action, "x-evidence": note})
    overlay = {
        "overlay": "1.0.0",
        "info": {"title": OPENINGS.format(target=outcome.target), "version": outcome.started[:10]},
        "actions": actions,
    }
    return scrub(json.dumps(overlay, indent=2, ensure_ascii=False)) + "\n"


def _action(contract: Contract, learnt: Mapping[str, Any]) -> dict[str, Any] | None:
    target = _path(str(learnt.get("target", "")))
    if "path" in learnt:
        schema: dict[str, Any] = dict(learnt.get("schema", {}))
        steps = [each for each in str(learnt["path"]).split("/") if each]
        place, rest = _place(contract, str(learnt["target"]), steps)
        if place is None:
            return None
        for step in reversed(rest):
            schema = {"items": schema} if step == "*" else {"properties": {step: schema}}
        return {"target": _path(place), "update": schema}
    if "header" in learnt:
        update = {"headers": {str(learnt["header"]): {"schema": {"type": "string"}}}}
        return {"target": f"{target}.responses['{learnt['status']}']", "update": update}
    if "status" in learnt:
        told = {str(learnt["status"]): {"description": "Seen, and not described yet."}}
        return {"target": f"{target}.responses", "update": told}
    return None


def _place(contract: Contract, response: str, steps: list[str]) -> tuple[str | None, list[str]]:
    """The pointer of the schema that a place in an answer belongs to, and the steps that are left in it."""
    found = _at(contract.data, response)
    pointer = response
    found, pointer = _follow(contract, found, pointer)
    content = found.get("content", {}) if isinstance(found, Mapping) else {}
    name = next((each for each in content if "json" in each), None)
    if name is None:
        return None, []
    pointer = f"{pointer}/content/{_escape(name)}/schema"
    schema, pointer = _follow(contract, content[name].get("schema", {}), pointer)
    left = list(steps)
    while left:
        part = "items" if left[0] == "*" else f"properties/{_escape(left[0])}"
        inner = schema.get("items") if left[0] == "*" else schema.get("properties", {}).get(left[0])
        if not isinstance(inner, Mapping):
            break
        schema, pointer = _follow(contract, inner, f"{pointer}/{part}")
        left = left[1:]
    return pointer, left


def _follow(contract: Contract, value: Any, pointer: str) -> tuple[Any, str]:
    for _ in range(32):
        if not isinstance(value, Mapping) or "$ref" not in value:
            break
        pointer = str(value["$ref"]).removeprefix("#")
        value = _at(contract.data, pointer)
    return value, pointer


def _at(data: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, Mapping):
            data = data.get(step, {})
        elif isinstance(data, list) and step.isdigit() and int(step) < len(data):
            data = data[int(step)]
        else:
            return {}
    return data


def _path(pointer: str) -> str:
    """A pointer as a JSONPath."""
    path = "$"
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        plain = step.replace("\\", "\\\\").replace("'", "\\'")
        path += f"[{step}]" if step.isdigit() and len(step) < 3 else f"['{plain}']"
    return path


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
