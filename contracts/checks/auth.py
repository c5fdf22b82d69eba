"""Who is let in: credentials, scopes, plans, kinds of tokens, roles, and the order of refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.checks.answers import row_in, use_of
from contracts.checks.forms import Form, blank, body_schema, nowhere
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
    """A request that changes nothing even where it is let in: what it names is not there, its body is empty."""
    form = blank(visit.contract, operation)
    if visit.writing(operation):
        form = nowhere(visit.contract, form)
        if body_schema(operation) is not None:
            form = form.saying({})
    return form


def missing(visit: Visit) -> Iterator[Finding]:
    """Without credentials, everything that asks for them answers 401."""
    for operation in secured(visit):
        form = harmless(visit, operation)
        answer = visit.ask(form, persona=None)
        visit.count(operation)
        if answer.status not in OUT:
            yield visit.finding(operation, f"answers {answer.status} without credentials, not 401", answer)


def wrong(visit: Visit) -> Iterator[Finding]:
    """Credentials that nobody issued, or of another scheme, are 401."""
    for operation in secured(visit):
        form = harmless(visit, operation)
        usual = visit.usual(operation)
        answer = visit.ask(form, persona=usual, token=GARBAGE)
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
        form = harmless(visit, operation)
        let_in: dict[tuple[str, str], bool] = {}
        for persona in _sample(visit, operation):
            enough = by_scopes(visit.contract, persona, operation)
            answer = visit.ask(form, persona=persona)
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
                    f"answers {answer.status} to {persona.name}, who lacks the scope {_wanted(operation)}, not 403",
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
                    visit.count(operation)
                    if set(more) <= persona.scopes:
                        if answer.status in (401, 403):
                            yield visit.finding(
                                operation,
                                f"{parameter.name}={value} is refused to {persona.name}, who has {', '.join(more)}",
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


def plans(visit: Visit) -> Iterator[Finding]:
    """What a plan does not include is refused, and tokens that need a plan do not count without it."""
    schemes = visit.contract.security_schemes
    for operation in secured(visit):
        asks = "plan" in operation.facts
        counts = any("x-plan" in schemes.get(name, {}) for way in operation.security for name, _ in way)
        if not asks and not counts:
            continue
        form = harmless(visit, operation)
        for persona in visit.personas:
            if persona.expired or persona.revoked or by_scopes(visit.contract, persona, operation) is False:
                continue
            verdict = judged(visit.contract, persona, operation)
            wanted = {Verdict.UNKNOWN: 401, Verdict.FORBIDDEN: 403}.get(verdict)
            kinds = {
                schemes.get(name, {}).get("x-token-kind") for way in operation.security for name, _ in way
            }
            if None not in kinds and persona.kind not in kinds:
                continue
            if verdict is Verdict.UNSURE:
                continue
            answer = visit.ask(form, persona=persona)
            visit.count(operation)
            if wanted is not None and answer.status not in (wanted, 401):
                yield visit.finding(
                    operation,
                    f"answers {answer.status} to {persona.name}, whose plan {persona.plan} is too small, not {wanted}",
                    answer,
                    pointer=operation.pointer + ("/x-plan" if asks else "/security"),
                )
            elif wanted is None and answer.status in (401, 403):
                yield visit.finding(
                    operation, f"answers {answer.status} to {persona.name}, whose plan is enough", answer
                )


def kinds(visit: Visit) -> Iterator[Finding]:
    """Tokens of a kind that an operation does not mean are refused."""
    schemes = visit.contract.security_schemes
    for operation in secured(visit):
        meant = {schemes.get(name, {}).get("x-token-kind") for way in operation.security for name, _ in way}
        if None in meant:
            continue
        tried: set[str] = set()
        for persona in visit.personas:
            if (
                persona.kind in meant
                or not persona.kind
                or persona.kind in tried
                or persona.expired
                or persona.revoked
            ):
                continue
            tried.add(persona.kind)
            answer = visit.ask(harmless(visit, operation), persona=persona)
            visit.count(operation)
            if answer.status not in (401, 403):
                yield visit.finding(
                    operation,
                    f"answers {answer.status} to a token of the kind {persona.kind}; "
                    f"{' or '.join(sorted(map(str, meant)))} is asked for",
                    answer,
                    pointer=operation.pointer + "/security",
                )


def acting(visit: Visit) -> Iterator[Finding]:
    """A token acts as its own user, or as the one that it has to name."""
    fact = visit.contract.facts.get("acting-user")
    if fact is None or "header" not in fact:
        return
    header = fact["header"].lower()
    for operation in secured(visit):
        done: set[str] = set()
        for persona in visit.personas:
            if judged(visit.contract, persona, operation) in (Verdict.UNKNOWN, Verdict.FORBIDDEN):
                continue
            manner = fact.get("for", {}).get(persona.kind)
            others = [each.user for each in visit.personas if each.user and each.user != persona.user]
            if manner is None or manner in done:
                continue
            form = harmless(visit, operation)
            if manner == "own" and persona.user and others:
                done.add(manner)
                answer = visit.ask(form, persona=persona, headers={header: others[0]})
                visit.count(operation)
                if answer.status != 403:
                    yield visit.finding(
                        operation,
                        f"answers {answer.status} to {persona.name}, who acts as somebody else, not 403",
                        answer,
                        pointer="/x-acting-user",
                    )
            elif manner == "required" and operation.facts.get("acting-user") != "optional":
                done.add(manner)
                answer = visit.ask(form, persona=persona, headers={header: None})
                visit.count(operation)
                if answer.status != 400:
                    yield visit.finding(
                        operation,
                        f"answers {answer.status} to {persona.name} without {fact['header']}, not 400",
                        answer,
                        pointer="/x-acting-user",
                    )


def roles(visit: Visit) -> Iterator[Finding]:
    """Who has too low a role in the organisation is refused."""
    order = visit.contract.facts.get("access", {}).get("roles", ())
    known = _roles(visit)
    for operation in secured(visit):
        wanted = operation.facts.get("role", {})
        if wanted.get("level") != "organization" or "param" in wanted or wanted.get("least") not in order:
            continue
        for persona in visit.personas:
            role = known.get(persona.name)
            if role not in order:
                continue
            answer = visit.ask(harmless(visit, operation), persona=persona)
            visit.count(operation)
            low = order.index(role) > order.index(wanted["least"])
            if low != (answer.status == 403):
                least = wanted["least"]
                yield visit.finding(
                    operation,
                    f"answers {answer.status} to {persona.name}, whose role is {role}; the least is {least}",
                    answer,
                    pointer=operation.pointer + "/x-role",
                )


def _roles(visit: Visit) -> dict[str, str]:
    """The role of every persona's user, as the operation that tells who one is has it."""
    fact = visit.contract.facts.get("acting-user", {})
    field, kind = fact.get("role"), fact.get("kind")
    reads = (
        each
        for each in visit.contract.operations
        if use_of(each).get("kind") == kind and use_of(each).get("action") == "read" and "{" not in each.path
    )
    operation = next(reads, None)
    found: dict[str, str] = {}
    if operation is None or field is None:
        return found
    for persona in visit.personas:
        if persona.expired or persona.revoked or fact.get("for", {}).get(persona.kind) == "required":
            continue
        answer = visit.ask(blank(visit.contract, operation), persona=persona)
        row = row_in(operation, answer.value) if answer.good else None
        if isinstance(row, dict) and isinstance(row.get(field), str):
            found[persona.name] = row[field]
    return found


def order(visit: Visit) -> Iterator[Finding]:
    """Refusals come in the declared order: who one is, what one may, and only then what was sent."""
    steps = list(visit.contract.facts.get("order", ("authenticate", "authorize", "throttle", "validate")))
    for operation in secured(visit):
        bad = _invalid(visit, operation)
        if bad is not None and steps.index("authenticate") < steps.index("validate"):
            answer = visit.ask(bad, persona=None)
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
