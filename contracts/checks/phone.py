"""Telephone numbers: what is E.164 is taken, what only nearly is, is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.checks.forms import body_schema
from contracts.checks.values import Path, places, with_value
from contracts.checks.visit import Visit
from contracts.finding import Finding
from mockserver.openapi.contract import Operation

NEARLY: Mapping[str, str] = {
    "+49 151 12345678": "spaces",
    "+49-151-12345678": "dashes",
    "+49(151)12345678": "brackets",
    "4915112345678": "no plus",
    "004915112345678": "00 for the plus",
    "015112345678": "a national number",
    "+015112345678": "a leading zero",
    "+00": "nothing but zeros",
    "+4915112345678901": "16 digits",
    "+": "no digits",
    "+49151x2345678": "a letter",
    "+491511234567\n": "a line break at the end",
    " +4915112345678": "a space before it",
    "+٤٩١٥١١٢٣٤٥٦٧٨": "Arabic digits",
    "＋4915112345678": "a plus of full width",
    "tel:+4915112345678": "a scheme",
    "+4915112345678;ext=12": "an extension",
    "++4915112345678": "two plus signs",
}
E164 = ("+4915112345678", "+14155551234", "+12", "+123456789012345", "+999123456789", "+2902345")


def is_phone(schema: Mapping[str, Any]) -> bool:
    """Whether a schema means telephone numbers in E.164."""
    return schema.get("format") == "e164" or str(schema.get("pattern", "")).replace("\\d", "[0-9]") in (
        "^\\+[1-9][0-9]{1,14}$",
        "^\\+[1-9][0-9]{0,14}$",
        "^\\+[1-9][0-9]{6,14}$",
    )


def fields(visit: Visit) -> Iterator[tuple[Operation, Path, Mapping[str, Any]]]:
    """Where requests have telephone numbers."""
    for operation in visit.operations:
        schema = body_schema(operation)
        if schema is not None and visit.writing(operation):
            for path, found in places(visit.contract.data, schema, is_phone):
                yield operation, path, found


def refused(visit: Visit) -> Iterator[Finding]:
    """What is nearly E.164 is refused. A server that takes it makes something: writes."""
    for operation, path, schema in fields(visit):
        check = visit.contract.schemas.check_inline(schema)
        form = visit.known.form(operation)
        for number, what in NEARLY.items():
            if check.ok(number):
                continue
            answer = visit.ask(form.saying(with_value(form.body, path, number)))
            visit.count(operation)
            if answer.good or answer.status >= 500:
                yield visit.finding(
                    operation, f"answers {answer.status} to the telephone number {number!r} ({what})", answer
                )
                break


def accepted(visit: Visit) -> Iterator[Finding]:
    """What is E.164 is taken. Writes."""
    for operation, path, schema in fields(visit):
        check = visit.contract.schemas.check_inline(schema)
        if not visit.ask(visit.known.form(operation)).good:
            continue
        for number in E164:
            if not check.ok(number):
                continue
            form = visit.known.form(operation)
            asked = form.saying(with_value(form.body, path, number))
            if not visit.contract.schemas.check_inline(body_schema(operation)).ok(asked.body):
                continue
            answer = visit.ask(asked)
            visit.count(operation)
            if answer.status in (400, 422) and str(path[-1]).encode() in answer.body:
                yield visit.finding(
                    operation, f"refuses the telephone number {number} with {answer.status}", answer
                )
                break
