"""Who is let in: credentials, scopes, plans, kinds of tokens, roles, and the order of refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.checks.answers import use_of
from contracts.checks.forms import Form, blank, body_schema, nowhere
from contracts.checks.leading import names_of
from contracts.checks.people import Verdict, asks_for_scopes, by_scopes, judged
from contracts.checks.values import followed
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.targets.target import Persona
from mockserver.openapi.contract import Operation

GARBAGE = "not-a-token-that-anybody-issued"
OUT = frozenset({401})


def secured(visit: Visit) -> Iterator[Operation]:
    """The operations that ask for credentials."""
    for operation in visit.operations:
        if operation.security and () not in operation.security:
            yield operation


def harmless(visit: Visit, operation: Operation) -> Form:
    """A request that changes nothing where it is let in: it names what is not there, its body is empty."""
    form = blank(visit.contract, operation)
    if visit.writing(operation):
        form = nowhere(visit.contract, form)
        if body_schema(operation) is not None:
            form = form.saying({})
    return form


def within(visit: Visit, operation: Operation) -> Form:
    """A harmless request below what is there: what is in nobody's organisation may be 403 for that alone."""
    form = harmless(visit, operation)
    if not visit.writing(operation) or visit.careful or not form.path:
        return form
    names = names_of(operation)
    creates = use_of(operation).get("action") == "create" and visit.void(form)
    usual = visit.known.form(operation)
    there = [name for name in (names if creates else names[:-1]) if name in usual.known]
    return form.at(**{name: usual.path[name] for name in there})


def missing(visit: Visit) -> Iterator[Finding]:
    """Without credentials, everything that asks for them answers 401."""
    for operation in secured(visit):
        form = harmless(visit, operation)
        answer = visit.ask(form, persona=None)
        if not answer.status:
            continue
        visit.count(operation)
        if answer.status not in OUT:
            yield visit.finding(operation, f"answers {answer.status} without credentials, not 401", answer)


def wrong(visit: Visit) -> Iterator[Finding]:
    """Credentials that nobody issued, or of another scheme, are 401."""
    for operation in secured(visit):
        form = harmless(visit, operation)
        usual = visit.usual(operation)
        answer = visit.ask(form, persona=usual, token=GARBAGE)
        if not answer.status:
            continue
        visit.count(operation)
        if answer.status not in OUT:
            yield visit.finding(operation, f"answers {answer.status} to a token that nobody issued", answer)
        if _bearer(visit, operation):
            answer = visit.ask(form, persona=None, headers={"authorization": "Digest username=check"})
            if answer.status not in OUT:
                yield visit.finding(
                    operation, f"answers {answer.status} to credentials of another scheme", answer
                )


def _bearer(visit: Visit, operation: Operation) -> bool:
    schemes = visit.contract.security_schemes
    return all(
        schemes.get(name, {}).get("type") in ("http", "oauth2")
        for way in operation.security
        for name, _ in way
    )


def expired(visit: Visit) -> Iterator[Finding]:
    """A token that ran out is refused."""
    yield from _spent(visit, lambda persona: persona.expired, "ran out")


def revoked(visit: Visit) -> Iterator[Finding]:
    """A token that was taken back is refused."""
    yield from _spent(visit, lambda persona: persona.revoked, "was taken back")


def _spent(visit: Visit, which: Any, what: str) -> Iterator[Finding]:
    for persona in filter(which, visit.personas):
        for operation in secured(visit):
            answer = visit.ask(harmless(visit, operation), persona=persona)
            if not answer.status:
                continue
            visit.count(operation)
            # Some know 498 for what ran out.
            if answer.status not in OUT and not (answer.status == 498 and "498" in operation.responses):
                yield visit.finding(
                    operation,
                    f"answers {answer.status} to {persona.name}, whose token {what}, not 401",
                    answer,
                )


def scopes(visit: Visit) -> Iterator[Finding]:
    """Who lacks a scope gets 403; who has one that is enough does not."""
    for operation in secured(visit):
        if not asks_for_scopes(operation):
            continue
        form = within(visit, operation)
        let_in: dict[tuple[str, str], bool] = {}
        for persona in _sample(visit, operation):
            enough = by_scopes(visit.contract, persona, operation)
            answer = visit.ask(form, persona=persona)
            if not answer.status:
                continue
            visit.count(operation)
            who = (persona.user, persona.kind)
            if enough and answer.status == 403 and let_in.get(who):
                yield visit.finding(
                    operation,
                    f"answers 403 to {persona.name}, whose scope is as good as {_wanted(operation)}",
                    answer,
                    pointer=operation.pointer + "/security",
                )
                continue
            if enough:
                let_in[who] = let_in.get(who, False) or answer.status not in (401, 403)
            if not enough and answer.status != 403:
                yield visit.finding(
                    operation,
                    f"answers {answer.status} to {persona.name}, who lacks the scope {_wanted(operation)}",
                    answer,
                    pointer=operation.pointer + "/security",
                )
            elif (
                enough
                and answer.status in (401, 403)
                and judged(visit.contract, persona, operation) is Verdict.IN
            ):
                yield visit.finding(
                    operation,
                    f"answers {answer.status} to {persona.name}, who has the scope {_wanted(operation)}",
                    answer,
                    pointer=operation.pointer + "/security",
                )


def _sample(visit: Visit, operation: Operation) -> list[Persona]:
    """Those with the fewest scopes that are enough, and some without, other ones for each operation."""
    live = [
        each for each in visit.personas if each.scopes is not None and not each.expired and not each.revoked
    ]
    good = [each for each in live if by_scopes(visit.contract, each, operation)]
    good = [each for each in good if judged(visit.contract, each, operation) in (Verdict.IN, Verdict.UNSURE)]
    # Those that carry the very scope first: whoever holds it by another one is measured by them.
    wanted = {scope for way in operation.security for _, scopes in way for scope in scopes}
    good.sort(key=lambda each: (len(each.scopes or ()), not wanted & (each.scopes or frozenset())))
    live = [each for each in live if by_scopes(visit.contract, each, operation) is False]
    bad = [each for each in live if each.scopes]
    bad.sort(key=lambda each: -len(each.scopes or ()))
    step = sum(operation.id.encode()) + visit.seed
    others = [bad[(step + number) % len(bad)] for number in range(min(2, len(bad)))] if bad else []
    few = [each for each in good if len(each.scopes or ()) == 1] or good[:1]
    return [*few[:4], *{each.name: each for each in [*bad[:1], *others]}.values()]


def _wanted(operation: Operation) -> str:
    ways = [
        " and ".join(sorted(scope for _, scopes in way for scope in scopes)) for way in operation.security
    ]
    return " or ".join(dict.fromkeys(way for way in ways if way))


def values(visit: Visit) -> Iterator[Finding]:
    """A parameter's value that asks for more scopes is refused to who lacks them, and to nobody else."""
    for operation in secured(visit):
        for parameter in operation.parameters:
            for value, more in parameter.facts.get("scopes", {}).items():
                form = harmless(visit, operation).asking(**{parameter.name: value})
                for persona in visit.personas:
                    if judged(visit.contract, persona, operation) is not Verdict.IN or persona.scopes is None:
                        continue
                    answer = visit.ask(form, persona=persona)
                    if not answer.status:
                        continue
                    visit.count(operation)
                    if set(more) <= persona.scopes:
                        if answer.status in (401, 403):
                            yield visit.finding(
                                operation,
                                f"{parameter.name}={value} is refused to {persona.name}, who may do that",
                                answer,
                                pointer=parameter.pointer + "/x-scopes",
                            )
                    elif answer.status != 403:
                        yield visit.finding(
                            operation,
                            f"{parameter.name}={value} answers {answer.status} to {persona.name}, who lacks "
                            f"{', '.join(more)}, not 403",
                            answer,
                            pointer=parameter.pointer + "/x-scopes",
                        )


def order(visit: Visit) -> Iterator[Finding]:
    """Refusals come in the declared order: who one is, what one may, and only then what was sent."""
    steps = list(visit.contract.facts.get("order", ("authenticate", "authorize", "throttle", "validate")))
    for operation in secured(visit):
        bad = _invalid(visit, operation)
        if bad is not None and steps.index("authenticate") < steps.index("validate"):
            answer = visit.ask(bad, persona=None)
            if not answer.status:
                continue
            visit.count(operation)
            if answer.status != 401:
                yield visit.finding(
                    operation, f"judges the request ({answer.status}) before it knows who asks (401)", answer
                )
        lacking = next(
            (
                each
                for each in visit.personas
                if each.scopes is not None
                and not (each.expired or each.revoked)
                and by_scopes(visit.contract, each, operation) is False
            ),
            None,
        )
        if lacking is None or steps.index("authorize") > steps.index("validate"):
            continue
        gone = nowhere(visit.contract, blank(visit.contract, operation))
        for form, what in ((bad, "judges the request"), (gone if gone.path else None, "looks for it")):
            if form is None:
                continue
            answer = visit.ask(form, persona=lacking)
            if not answer.status:
                continue
            visit.count(operation)
            if answer.status != 403:
                yield visit.finding(
                    operation,
                    f"{what} ({answer.status}) before it knows whether {lacking.name} may ask (403)",
                    answer,
                )


def _invalid(visit: Visit, operation: Operation) -> Form | None:
    """A request that is not valid, for something that is not there; None where everything is."""
    form = nowhere(visit.contract, blank(visit.contract, operation))
    if body_schema(operation) is not None:
        return form.saying([])
    for parameter in operation.parameters:
        schema = followed(visit.contract.data, parameter.schema)
        if parameter.place == "query" and (schema.get("type") in ("integer", "boolean") or "enum" in schema):
            return form.asking(**{parameter.name: "!"})
    return None
