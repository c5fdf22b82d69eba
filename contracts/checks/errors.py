"""What is refused, and how: in the provider's envelope, as declared, and without the server's insides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.answer import Answer
from contracts.checks.auth import secured
from contracts.checks.forms import Form, blank, body_schema, nowhere
from contracts.checks.judging import conforms, fits
from contracts.checks.rounds import orderly
from contracts.checks.values import followed, properties, required, without
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.targets.target import SAFE
from mockserver.openapi.contract import Operation

INSIDES = re.compile(
    r"Traceback \(most recent call last\)|\bat [\w.$<>]+ ?\([^)\n]*:\d+(:\d+)?\)|File \"[^\"]+\", line \d+"
    r"|/(usr|srv|home|var|app|node_modules)/[\w.-]+/|\b(psycopg2?|sqlalchemy|SequelizeDatabaseError|PrismaClient|ORA-\d+"
    r"|SQLSTATE)|\b(SELECT|INSERT INTO|UPDATE) .{0,80}\b(FROM|VALUES|SET)\b|\.(py|js|ts|php|java|rb):\d+"
)
MOST = 6


@dataclass(frozen=True, slots=True)
class Wrong:
    """A request that has to be refused, and why in a few words."""

    form: Form
    why: str
    invalid: bool = True
    pointer: str = ""


def wrongs(visit: Visit, operation: Operation) -> Iterator[Wrong]:
    """Requests of an operation that the document does not allow, or that name what is not there."""
    form = visit.known.form(operation)
    for parameter in operation.parameters:
        if (
            parameter.place == "query"
            and not parameter.facts.get("opaque")
            and "disputed" not in parameter.facts
        ):
            for value, why in _bad_texts(visit, parameter.schema):
                asked = form.asking(**{parameter.name: value})
                yield Wrong(asked, f"{parameter.name} {why}", pointer=parameter.pointer)
        if parameter.place == "query" and parameter.required and parameter.name in form.query:
            left = {name: value for name, value in form.query.items() if name != parameter.name}
            yield Wrong(replace(form, query=left), f"{parameter.name} is missing", pointer=parameter.pointer)
    schema = body_schema(operation)
    if schema is not None and operation.body is not None and "json" in form.content_type:
        yield from _bad_bodies(visit, form, schema, operation)
    if form.path:
        yield Wrong(nowhere(visit.contract, form), "the path names nothing", invalid=False)


def _bad_texts(visit: Visit, schema: Any) -> Iterator[tuple[str, str]]:
    each = followed(visit.contract.data, schema)
    kind = each.get("type")
    if "enum" in each:
        yield "no-such-value", "is none of the values"
    elif kind in ("integer", "number"):
        yield "many", "is no number"
        if "minimum" in each:
            yield str(each["minimum"] - 1), "is too small"
        if "maximum" in each:
            yield str(each["maximum"] + 1), "is too large"
    elif kind == "boolean":
        yield "perhaps", "is no boolean"
    elif each.get("format") in ("date-time", "date", "uuid", "email"):
        yield "yesterday", f"is no {each['format']}"
    elif each.get("minLength"):
        yield "", "is empty"


def _bad_bodies(visit: Visit, form: Form, schema: Any, operation: Operation) -> Iterator[Wrong]:
    data = visit.contract.data
    check = visit.contract.schemas.check_inline(schema) if schema else None
    pointer = operation.pointer + "/requestBody"
    yield Wrong(form.saying(b'{"cut": '), "the body is not JSON", pointer=pointer)
    if operation.body is not None and operation.body.required:
        yield Wrong(form.saying(b"[]"), "the body is a list", pointer=pointer)
    body = form.body
    if not isinstance(body, Mapping):
        return
    candidates: list[tuple[Any, str]] = [
        (without(body, (name,)), f"{name} is missing") for name in required(data, schema)
    ]
    for name, part in properties(data, schema).items():
        wrong = _of_another_type(data, part)
        if wrong is not None:
            candidates.append(({**body, name: wrong[0]}, f"{name} is {wrong[1]}"))
    text = replace(form, content_type="text/plain")
    if "415" in operation.responses:
        yield Wrong(text, "the body is called text/plain", pointer=pointer)
    for value, why in candidates[: 4 * MOST]:
        if check is not None and not check.ok(value):
            yield Wrong(form.saying(value), why, pointer=pointer)


def _of_another_type(data: Mapping[str, Any], schema: Any) -> tuple[Any, str] | None:
    kinds = followed(data, schema).get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "object" in kinds:
        return "text", "a text"
    if "string" in kinds:
        return {"no": "text"}, "an object"
    return ({"no": "value"}, "an object") if kinds != [None] else None


def envelope(visit: Visit) -> Iterator[Finding]:
    """Every refusal is one that the document declares, and looks as it says."""
    for operation in orderly(visit.operations):
        for each, answer in _refusals(visit, operation):
            if answer.good or not answer.status:
                continue
            visit.count(operation)
            problems = conforms(operation, answer)
            echo = _echo(operation, answer)
            if answer.status >= 500:
                problems = [f"it is {answer.status}, a failure of the server"]
            if problems or echo:
                said = "; ".join([*problems[:2], *echo])
                yield visit.finding(
                    operation,
                    f"the refusal ({answer.status}) where {each} is not as declared: {said}",
                    answer,
                    pointer=f"{operation.pointer}/responses",
                )


def _echo(operation: Operation, answer: Answer) -> list[str]:
    """Members that repeat the HTTP status in every declared example, and here do not."""
    value = answer.value
    response = operation.responses.get(str(answer.status))
    if not isinstance(value, dict) or response is None:
        return []
    told = set()
    for status, other in operation.responses.items():
        for media in other.media.values():
            for example in media.examples:
                if isinstance(example, dict) and status.isdigit() and int(status) >= 400:
                    told |= {name for name, each in example.items() if each == int(status)}
    return [
        f"its {name} says {value[name]}"
        for name in sorted(told)
        if type(value.get(name)) is int and value[name] != answer.status
    ]


def _refusals(visit: Visit, operation: Operation) -> Iterator[tuple[str, Answer]]:
    """(why, answer) of requests that have to be refused, those without credentials among them."""
    if operation in list(secured(visit)):
        form = nowhere(visit.contract, blank(visit.contract, operation))
        yield "there are no credentials", visit.ask(form, persona=None)
    for wrong in wrongs(visit, operation):
        yield wrong.why, visit.ask(wrong.form)


def invalid(visit: Visit) -> Iterator[Finding]:
    """What the document does not allow is not done."""
    for operation in orderly(visit.operations):
        for wrong in wrongs(visit, operation):
            if not wrong.invalid:
                continue
            answer = visit.ask(wrong.form)
            visit.count(operation)
            if answer.good or answer.status >= 500:
                yield visit.finding(
                    operation, f"answers {answer.status} where {wrong.why}", answer, pointer=wrong.pointer
                )


def internals(visit: Visit) -> Iterator[Finding]:
    """Refusals tell nothing of how the server is made."""
    for operation in orderly(visit.operations):
        for why, answer in _refusals(visit, operation):
            if answer.status < 400:
                continue
            visit.count(operation)
            found = INSIDES.search(answer.body.decode("utf-8", "replace"))
            if found:
                yield visit.finding(
                    operation,
                    f"the refusal where {why} shows the server's insides: {found.group(0)[:60]!r}",
                    answer,
                )
                break


def unknown_path(visit: Visit) -> Iterator[Finding]:
    """A path that is not there is 404, in an envelope that the document knows."""
    envelopes = [
        media
        for operation in visit.contract.operations
        for status, response in operation.responses.items()
        if status == "404"
        for media in response.media.values()
    ]
    seen: set[str] = set()
    for operation in visit.operations:
        if operation.base in seen:
            continue
        seen.add(operation.base)
        form = Form(operation)
        target = f"{operation.base}/no-such-path-{visit.seed}"
        answer = visit.go("GET", target, like=form)
        visit.count(operation)
        if answer.status not in (404, 401, 403):
            yield visit.finding(
                operation, f"a path that is not there answers {answer.status}, not 404", answer
            )
        elif envelopes and answer.status == 404:
            known = (
                fits(media.content_type, answer.media_type)
                and (media.check is None or media.check.ok(answer.value))
                for media in envelopes
            )
            if not any(known):
                what = "a path that is not there is refused in an envelope that no other refusal has"
                yield visit.finding(operation, what, answer)


def verbs(visit: Visit) -> Iterator[Finding]:
    """A method that is not declared is 405, and Allow names those that are."""
    by_path: dict[str, list[Operation]] = {}
    for operation in visit.contract.operations:
        by_path.setdefault(operation.address, []).append(operation)
    for found in by_path.values():
        asked = [each for each in found if each in visit.operations]
        if not asked:
            continue
        operation = asked[0]
        methods = {each.method for each in found}
        tried = ("PUT", "PATCH", "DELETE", "POST", "GET") if visit.writes else ("GET",)
        verb = next((each for each in tried if each not in methods), "OPTIONS")
        form = nowhere(visit.contract, blank(visit.contract, operation))
        answer = visit.go(verb, form.target, like=form)
        if answer.status == 405:
            for each in found:
                visit.count(each)
            allow = answer.headers.get("allow")
            told = {each.strip().upper() for each in (allow or "").split(",")} - {"", "OPTIONS"}
            if "HEAD" not in methods and "GET" in methods:
                told -= {"HEAD"}
            if allow is None:
                yield visit.finding(operation, "405 without Allow", answer)
            elif told != methods:
                yield visit.finding(
                    operation,
                    f"Allow says {', '.join(sorted(told))} where {', '.join(sorted(methods))} are declared",
                    answer,
                )
        elif answer.good and verb not in SAFE:
            yield visit.finding(operation, f"{verb}, which is not declared, answers {answer.status}", answer)
