"""What a document says of who may do what; knows personas and facts, sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from contracts.targets.target import Persona
from mockserver.openapi.contract import Contract, Operation


class Verdict(Enum):
    """What is declared to happen to a persona at an operation; UNSURE where more has to be known."""

    IN = "let in"
    UNKNOWN = "401"
    FORBIDDEN = "403"
    UNSURE = "unsure"


def judged(contract: Contract, persona: Persona, operation: Operation) -> Verdict:
    """What should happen, by credentials, kinds of tokens, scopes and plans."""
    if not operation.security or () in operation.security:
        return Verdict.IN
    if persona.expired or persona.revoked:
        return Verdict.UNKNOWN
    schemes = contract.security_schemes
    ways = [way for way in operation.security if all(_meant(schemes, name, persona.kind) for name, _ in way)]
    if not ways:
        return Verdict.FORBIDDEN
    plans = {schemes.get(name, {}).get("x-plan") for way in ways for name, _ in way} - {None}
    if plans and not any(pays(contract, persona.plan, str(plan)) for plan in plans):
        return Verdict.UNKNOWN
    wanted = [frozenset().union(*(scopes for _, scopes in way)) for way in ways]
    if persona.scopes is None and all(wanted):
        return Verdict.UNSURE
    mine = held(contract, persona.scopes or ())
    if not any(scopes <= mine for scopes in wanted):
        return Verdict.FORBIDDEN
    plan = operation.facts.get("plan")
    if plan is not None and not pays(contract, persona.plan, plan):
        return Verdict.FORBIDDEN
    if {"role", "permission"} & operation.facts.keys():
        return Verdict.UNSURE
    return Verdict.IN


def by_scopes(contract: Contract, persona: Persona, operation: Operation) -> bool | None:
    """Whether the persona's scopes are enough; None where its kind of token is not let in at all."""
    schemes = contract.security_schemes
    ways = [way for way in operation.security if all(_meant(schemes, name, persona.kind) for name, _ in way)]
    if not ways or persona.scopes is None:
        return None
    mine = held(contract, persona.scopes)
    return any(frozenset().union(*(scopes for _, scopes in way)) <= mine for way in ways)


def asks_for_scopes(operation: Operation) -> bool:
    """Whether some way in asks for a scope."""
    return any(scopes for way in operation.security for _, scopes in way)


def held(contract: Contract, scopes: Iterable[str]) -> frozenset[str]:
    """The scopes of a token, with those that they hold (x-access)."""
    found = set(scopes)
    wider: Mapping[str, str] = contract.facts.get("access", {}).get("scopes", {})
    for prefix, other in wider.items():
        found |= {other + each[len(prefix) :] for each in found if each.startswith(prefix)}
    return frozenset(found)


def pays(contract: Contract, plan: str, wanted: str) -> bool:
    """Whether a plan is the wanted one, or a higher one where they are ordered."""
    order: Sequence[str] = contract.facts.get("access", {}).get("plans", ())
    if plan in order and wanted in order:
        return order.index(plan) >= order.index(wanted)
    return plan == wanted


def first_in(contract: Contract, personas: Iterable[Persona], operation: Operation) -> Persona | None:
    """The first persona who should be let in; one of whom nobody can be sure before nobody at all."""
    unsure = None
    for persona in personas:
        verdict = judged(contract, persona, operation)
        if verdict is Verdict.IN:
            return persona
        if verdict is Verdict.UNSURE and unsure is None:
            unsure = persona
    return unsure


def _meant(schemes: Mapping[str, Mapping[str, Any]], name: str, kind: str) -> bool:
    wanted = schemes.get(name, {}).get("x-token-kind")
    return wanted is None or wanted == kind
