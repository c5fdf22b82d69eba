"""As whom generated requests are sent: a persona for each security scheme, under a name of no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.checks.people import Verdict, judged
from contracts.targets.target import Persona, Target
from mockserver.openapi.contract import Operation


@dataclass(slots=True)
class People:
    """`schemes` is what Schemathesis is told of each security scheme, `headers` what goes with every request.

    In both there are names; `stands_for` is what goes over the wire in their place.
    """

    schemes: dict[str, dict[str, str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    stands_for: dict[str, str] = field(default_factory=dict)
    persona: str = ""


def people(target: Target) -> People:
    """Who is let in at most operations, and others only for the schemes that are not for them."""
    found = People()
    operations = [each for each in target.contract.operations if each.security and () not in each.security]
    live = [each for each in target.personas if not each.expired and not each.revoked]
    if not operations or not live:
        return found
    main = max(live, key=lambda each: _welcome(target, each, operations))
    found.persona = main.name
    left = list(operations)
    for persona in (main, *(each for each in live if each is not main)):
        for operation in left:
            if judged(target.contract, persona, operation) not in (Verdict.IN, Verdict.UNSURE):
                continue
            _tell(found, target, persona, operation)
        left = [each for each in left if not any(_known(found, way) for way in each.security)]
        if not left:
            break
    fact: Mapping[str, Any] = target.contract.facts.get("acting-user", {})
    if fact.get("for", {}).get(main.kind) == "required" and main.user and "header" in fact:
        found.headers[fact["header"]] = main.user
    return found


def _welcome(target: Target, persona: Persona, operations: list[Operation]) -> float:
    """At how many operations a persona is let in; a guess counts less."""
    verdicts = [judged(target.contract, persona, each) for each in operations]
    return verdicts.count(Verdict.IN) + verdicts.count(Verdict.UNSURE) / 2


def _known(found: People, way: tuple[tuple[str, frozenset[str]], ...]) -> bool:
    return all(name in found.schemes for name, _ in way)


def _tell(found: People, target: Target, persona: Persona, operation: Operation) -> None:
    """Take note of the schemes by which a persona is let in there."""
    headers, _ = target.credentials(operation, "", persona, None)
    carried = {name.lower(): value for name, value in headers.items()}
    for way in operation.security:
        for name, _ in way:
            scheme = target.contract.security_schemes.get(name, {})
            kind = scheme.get("x-token-kind")
            if name in found.schemes or (kind is not None and kind != persona.kind):
                continue
            bearer = scheme.get("type") in ("http", "oauth2", "openIdConnect")
            field_name = "authorization" if bearer else str(scheme.get("name", "")).lower()
            value = carried.get(field_name, "")
            if not value or (bearer and not value.startswith("Bearer ")):
                continue
            alias = f"understudy-{persona.name}-{name}"
            found.stands_for[alias] = value.removeprefix("Bearer ") if bearer else value
            if scheme.get("type") in ("oauth2", "openIdConnect"):
                # Schemathesis knows no credentials for these.
                found.headers.setdefault("Authorization", f"Bearer {alias}")
                found.schemes[name] = {}
            else:
                found.schemes[name] = {"bearer": alias} if bearer else {"api_key": alias}
