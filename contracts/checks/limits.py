"""Quotas: as many as declared, told truly, and open again when it is said."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contracts.answer import Answer
from contracts.checks.forms import Form
from contracts.checks.judging import conforms
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.targets.target import Persona
from mockserver.openapi.contract import Contract, Operation

Quotas = list[tuple[str, Mapping[str, Any]]]
# More requests than that are not sent to find out how many are allowed.
MOST = 1200


def quotas(visit: Visit, operation: Operation, persona: Persona | None = None) -> Quotas:
    """The declared quotas of an operation, by name, with the limit that a persona's kind of token has."""
    facts = visit.contract.facts.get("rate-limit", {})
    found = [(name, facts[name]) for name in _names(facts, operation)]
    kind = "" if persona is None else persona.kind
    return [(name, {**fact, "limit": fact.get("kinds", {}).get(kind, fact["limit"])}) for name, fact in found]


def burst(fact: Mapping[str, Any]) -> int:
    """How many may come at once."""
    return int(fact.get("burst", fact["limit"]) if fact.get("algorithm") == "bucket" else fact["limit"])


def cheap(visit: Visit) -> Operation | None:
    """The operation of this visit whose quota is measured."""
    return measured(visit.contract, visit.operations)


def measured(contract: Contract, operations: Sequence[Operation]) -> Operation | None:
    """A read that needs no place in the path, with the fewest quotas and the least to say; None for none."""
    facts = contract.facts.get("rate-limit", {})
    reads = [
        each
        for each in operations
        if each.method == "GET" and "{" not in each.path and each.security and _names(facts, each)
    ]
    return min(reads, key=lambda each: (len(_names(facts, each)), _required(each)), default=None)


def _names(facts: Mapping[str, Any], operation: Operation) -> list[str]:
    named = operation.facts.get("rate-limit", facts.get("default", ()))
    return [name for name in ([named] if isinstance(named, str) else named) if name in facts]


def _required(operation: Operation) -> int:
    return sum(each.required for each in operation.parameters)


def exhausted(visit: Visit, form: Form, token: str, most: int) -> tuple[int, Answer, list[Answer]]:
    """Ask until refused, or `most` times: how often it went well, the last answer, all of them."""
    answers = []
    for count in range(most):
        answer = visit.ask(form, persona=visit.usual(form.operation), token=token, patient=False)
        answers.append(answer)
        if answer.status == 429 or answer.status >= 500:
            return count, answer, answers
    return most, answers[-1], answers


def quota(visit: Visit) -> Iterator[Finding]:
    """As many requests as declared are let in, then comes 429; another token has a quota of its own."""
    operation = cheap(visit)
    if operation is None:
        return
    token, other = visit.fresh(operation), visit.fresh(operation)
    if token is None or other is None:
        return
    persona = visit.usual(operation)
    found = quotas(visit, operation, persona)
    if not found:
        return
    name, fact = min(found, key=lambda each: burst(each[1]))
    allowed = burst(fact)
    if allowed > MOST or fact.get("per") == "ip":
        return
    form = visit.known.form(operation)
    went_well, last, _ = exhausted(visit, form, token, allowed + 1)
    visit.count(operation)
    pointer = f"/x-rate-limit/{name}"
    if last.status != 429:
        what = f"after {went_well} requests comes {last.status}" if went_well <= allowed else ""
        what = what or f"lets {went_well} requests in at once"
        yield visit.finding(operation, f"{what}; {allowed} are declared, then 429", last, pointer=pointer)
        return
    if went_well != allowed:
        yield visit.finding(
            operation,
            f"lets {went_well} requests in at once where {allowed} are declared",
            last,
            pointer=pointer,
        )
    problems = conforms(operation, last)
    if problems:
        yield visit.finding(
            operation, f"429 is not as declared: {'; '.join(problems)}", last, pointer=pointer
        )
    if fact.get("per", "token") == "token":
        answer = visit.ask(form, persona=persona, token=other, patient=False)
        if answer.status == 429:
            yield visit.finding(
                operation, "one token's quota is another's too", last, answer, pointer=pointer
            )


def wait(visit: Visit) -> Iterator[Finding]:
    """429 says when to come again; then it works, and shortly before it does not. Needs a clock."""
    operation = cheap(visit)
    if operation is None or not visit.clocked:
        return
    token = visit.fresh(operation)
    persona = visit.usual(operation)
    found = quotas(visit, operation, persona)
    if token is None or not found:
        return
    name, fact = min(found, key=lambda each: burst(each[1]))
    if burst(fact) > MOST:
        return
    form = visit.known.form(operation)
    pointer = f"/x-rate-limit/{name}"
    _, last, _ = exhausted(visit, form, token, burst(fact) + 5)
    if last.status != 429:
        return
    seconds, said = _announced(visit, fact, last)
    if said and seconds is None:
        yield visit.finding(
            operation, f"429 does not say when to come again: no {said}", last, pointer=pointer
        )
        return
    visit.count(operation)
    usual = fact["window"] / fact["limit"] if fact.get("algorithm") == "bucket" else fact["window"]
    if seconds is None:
        seconds = math.ceil(usual)
    longest = math.ceil(max(usual, fact.get("block", 0)))
    if seconds > longest:
        yield visit.finding(
            operation, f"announces {seconds} s where {longest} s are declared", last, pointer=pointer
        )
        return
    if seconds > 1:
        visit.wait(seconds - 1)
        early = visit.ask(form, persona=persona, token=token, patient=False)
        if early.status != 429:
            yield visit.finding(
                operation,
                f"answers {early.status} a second before the {seconds} s that it announced",
                last,
                early,
                pointer=pointer,
            )
            return
        # A refusal may count itself; what was announced last is what holds.
        again, _ = _announced(visit, fact, early)
        visit.wait(1 if again is None else again)
    else:
        visit.wait(seconds)
    late = visit.ask(form, persona=persona, token=token, patient=False)
    if late.status == 429:
        yield visit.finding(
            operation, f"still 429 after the {seconds} s that it announced", last, late, pointer=pointer
        )


def _announced(visit: Visit, fact: Mapping[str, Any], answer: Answer) -> tuple[int | None, str]:
    """(seconds to wait, the header that says so); (None, "") where none is declared."""
    names = fact.get("headers", {})
    if "retry-after" in names:
        value = answer.headers.get(names["retry-after"].lower(), "")
        return (int(value) if value.isdigit() else None), names["retry-after"]
    if "reset" in names:
        value = answer.headers.get(names["reset"].lower(), "")
        now = visit.now()
        if not value.isdigit() or now is None:
            return None, names["reset"]
        ahead = int(value) - now.timestamp() if fact.get("reset-form") == "epoch" else int(value)
        return max(0, math.ceil(ahead)), names["reset"]
    return None, ""


def headers(visit: Visit) -> Iterator[Finding]:
    """Headers tell the limit, count down one by one, and say when it begins anew."""
    for operation in [each for each in visit.operations if each.method == "GET" and each.security]:
        persona = visit.usual(operation)
        found = [
            (name, fact)
            for name, fact in quotas(visit, operation, persona)
            if fact.get("headers", {}).keys() & {"limit", "remaining", "reset"}
        ]
        if len(found) != 1 or persona is None:
            continue
        name, fact = found[0]
        token = visit.fresh(operation)
        form = visit.known.form(operation)
        pointer = f"/x-rate-limit/{name}"
        first = visit.ask(form, persona=persona, token=token, patient=False)
        second = visit.ask(form, persona=persona, token=token, patient=False)
        telling = any(each.lower() in first.headers for each in fact["headers"].values())
        if not first.good and not (telling and first.status in (400, 404, 422)):
            continue
        visit.count(operation)
        problem = _told(visit, fact, first, token is not None) or _counted(fact, first, second)
        if problem:
            yield visit.finding(operation, problem, first, second, pointer=pointer)


def _told(visit: Visit, fact: Mapping[str, Any], answer: Answer, fresh: bool) -> str:
    """What is wrong with the headers of a first answer; "" for nothing."""
    names = fact["headers"]
    values: dict[str, int] = {}
    for key in ("limit", "remaining", "reset"):
        if key in names:
            value = answer.headers.get(names[key].lower())
            if value is None:
                return f"the header {names[key]} is missing"
            if not value.isdigit():
                return f"{names[key]} is no number: {value}"
            values[key] = int(value)
    if values.get("limit", fact["limit"]) != fact["limit"]:
        return f"{names['limit']} says {values['limit']} where {fact['limit']} are declared"
    if fresh and "remaining" in values and values["remaining"] != burst(fact) - 1:
        return f"{names['remaining']} says {values['remaining']} after the first of {burst(fact)}"
    now = visit.now()
    if "reset" in values and now is not None:
        ahead = values["reset"] - now.timestamp() if fact.get("reset-form") == "epoch" else values["reset"]
        if not -1 <= ahead <= fact["window"] + 1:
            return f"{names['reset']} says {values['reset']}, which is not within {fact['window']} s from now"
    return ""


def _counted(fact: Mapping[str, Any], first: Answer, second: Answer) -> str:
    names = fact["headers"]
    name = names.get("remaining", "").lower()
    if not name or fact.get("algorithm") == "bucket":
        return ""
    one, two = first.headers.get(name, ""), second.headers.get(name, "")
    reset = names.get("reset", "").lower()
    anew = reset and first.headers.get(reset) != second.headers.get(reset) and two == str(fact["limit"] - 1)
    if one.isdigit() and two.isdigit() and int(two) != int(one) - 1 and not anew:
        return f"{names['remaining']} goes from {one} to {two}"
    return ""
