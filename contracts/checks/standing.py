"""What else decides who is let in: plans, kinds of tokens, the user one acts as, roles."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.checks.answers import row_in, use_of
from contracts.checks.auth import harmless, secured
from contracts.checks.forms import blank
from contracts.checks.people import Verdict, by_scopes, judged
from contracts.checks.visit import Visit
from contracts.finding import Finding


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
            if not answer.status:
                continue
            visit.count(operation)
            if wanted is not None and answer.status not in (wanted, 401):
                yield visit.finding(
                    operation,
                    f"answers {answer.status} to {persona.name}, whose plan {persona.plan} is too small",
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
            if not answer.status:
                continue
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
                if not answer.status:
                    continue
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
                if not answer.status:
                    continue
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
            if not answer.status:
                continue
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
