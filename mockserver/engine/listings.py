"""Complaints as error bodies list them: by field, or as the validator Zod does; knows no envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mockserver.engine.refusals import Complaint


def by_field(problems: Sequence[Complaint]) -> Mapping[str, list[str]]:
    """Problems as `{"guests.0.email": ["must be an email address"]}`."""
    fields: dict[str, list[str]] = {}
    for problem in problems:
        field = problem.field
        fields.setdefault(field, []).append(f"{field} {problem.message}")
    return fields


# What Zod (version 3) calls a value that breaks a keyword; "custom" is its word for everything else.
ZOD_CODES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("type", "required"), "invalid_type"),
        **dict.fromkeys(("format", "pattern"), "invalid_string"),
        **dict.fromkeys(("minLength", "minItems", "minimum", "exclusiveMinimum"), "too_small"),
        **dict.fromkeys(("maxLength", "maxItems", "maximum", "exclusiveMaximum"), "too_big"),
        **dict.fromkeys(("oneOf", "anyOf"), "invalid_union"),
        "enum": "invalid_enum_value",
        "const": "invalid_literal",
        "multipleOf": "not_multiple_of",
        "additionalProperties": "unrecognized_keys",
    }
)


def zod_issues(problems: Sequence[Complaint]) -> list[dict[str, Any]]:
    """Problems as the validator Zod lists them: `{"code", "path": ["guests", 0, "email"], "message"}`."""
    return [
        {
            "code": ZOD_CODES.get(problem.rule, "custom"),
            "path": list(problem.path),
            "message": problem.message,
        }
        for problem in problems
    ]
