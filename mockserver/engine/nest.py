"""Complaints as the validation of NestJS lists them (class-validator); knows no envelope and no status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mockserver.engine.refusals import Complaint

# What class-validator calls the decorator that refuses what breaks a keyword.
CONSTRAINTS: Mapping[str, str] = MappingProxyType(
    {
        "required": "isDefined",
        "enum": "isIn",
        "const": "equals",
        "pattern": "matches",
        "minLength": "minLength",
        "maxLength": "maxLength",
        "minItems": "arrayMinSize",
        "maxItems": "arrayMaxSize",
        "uniqueItems": "arrayUnique",
        "minimum": "min",
        "exclusiveMinimum": "min",
        "maximum": "max",
        "exclusiveMaximum": "max",
        "multipleOf": "isDivisibleBy",
        "additionalProperties": "whitelistValidation",
    }
)
# The same for types and formats, by the first word that a message has.
WORDS: Sequence[tuple[str, str]] = (
    ("E.164", "isPhoneNumber"),
    ("integer", "isInt"),
    ("number", "isNumber"),
    ("e-mail", "isEmail"),
    ("UUID", "isUUID"),
    ("URI", "isUrl"),
    ("time zone", "isTimeZone"),
    ("date", "isDateString"),
    ("boolean", "isBoolean"),
    ("array", "isArray"),
    ("object", "isObject"),
    ("string", "isString"),
)


def nest_errors(problems: Sequence[Complaint], data: Any) -> list[dict[str, Any]]:
    """Problems as `{"property", "constraints": {rule: message}, "children": [], "target", "value"}`.

    What is inside a property stands in its `children`. `data` is the body: `target` is the object in it that
    has the property, `value` what stands there. Neither is told of parameters.
    """
    found: list[dict[str, Any]] = []
    for problem in problems:
        target = data if problem.place == "body" else None
        level = found
        path = problem.path or (problem.place,)
        for depth, step in enumerate(path):
            node = _node(level, str(step), target)
            target = _inside(target, step)
            if depth == len(path) - 1:
                constraints = node.setdefault("constraints", {})
                constraints[_constraint(problem)] = _message(problem, str(step))
            level = node["children"]
    return found


def nest_sentence(problems: Sequence[Complaint]) -> str:
    """Problems as a pipe of one's own may tell them, by the properties of the body:
    `"foo property is wrong,property foo should not exist "`, one after the other, with commas between."""
    told: dict[str, list[str]] = {}
    for problem in problems:
        path = [str(step) for step in problem.path] or [problem.place]
        told.setdefault(path[0], []).append(_message(problem, ".".join(path)))
    return ",".join(f"{name} property is wrong,{','.join(messages)} " for name, messages in told.items())


def _node(level: list[dict[str, Any]], name: str, target: Any) -> dict[str, Any]:
    """The entry of a property among its siblings, made where it is not there yet."""
    for each in level:
        if each["property"] == name:
            return each
    made: dict[str, Any] = {"property": name, "children": []}
    if target is not None:
        made["target"] = target
        if isinstance(target, dict) and name in target:
            made["value"] = target[name]
        elif isinstance(target, list) and name.isdigit() and int(name) < len(target):
            made["value"] = target[int(name)]
    level.append(made)
    return made


def _inside(target: Any, step: str | int) -> Any:
    if isinstance(target, dict):
        return target.get(str(step))
    if isinstance(target, list) and isinstance(step, int) and step < len(target):
        return target[step]
    return None


def _constraint(problem: Complaint) -> str:
    known = CONSTRAINTS.get(problem.rule)
    if known is not None:
        return known
    return next((name for word, name in WORDS if word in problem.message), "isValid")


def _message(problem: Complaint, name: str) -> str:
    if problem.rule == "additionalProperties":
        return f"property {name} should not exist"
    if problem.rule == "required":
        return f"{name} should not be null or undefined"
    return f"{name} {problem.message}"
