"""Which operations ask who one is and what one may, and how; knows facts, asks nothing."""

from __future__ import annotations

from contracts.checks.answers import use_of
from mockserver.openapi.contract import Contract, Operation


def secured(_: Contract, operation: Operation) -> bool:
    """It asks for credentials."""
    return bool(operation.security) and () not in operation.security


def scoped(contract: Contract, operation: Operation) -> bool:
    """It asks for scopes."""
    return secured(contract, operation) and any(scopes for way in operation.security for _, scopes in way)


def valued(contract: Contract, operation: Operation) -> bool:
    """A value of a parameter asks for scopes."""
    return secured(contract, operation) and any("scopes" in each.facts for each in operation.parameters)


def planned(contract: Contract, operation: Operation) -> bool:
    """It, or its credentials, ask for a plan."""
    schemes = contract.security_schemes
    counts = any("x-plan" in schemes.get(name, {}) for way in operation.security for name, _ in way)
    return secured(contract, operation) and (counts or "plan" in operation.facts)


def kinded(contract: Contract, operation: Operation) -> bool:
    """It means some kinds of tokens, and the document knows others."""
    schemes = contract.security_schemes
    known = {each.get("x-token-kind") for each in schemes.values()} - {None}
    meant = {schemes.get(name, {}).get("x-token-kind") for way in operation.security for name, _ in way}
    return secured(contract, operation) and None not in meant and meant < known


def acting(contract: Contract, operation: Operation) -> bool:
    """Who asks acts as a user, whom it has to name, or may not choose."""
    fact, schemes = contract.facts.get("acting-user", {}), contract.security_schemes
    meant = {schemes.get(name, {}).get("x-token-kind") for way in operation.security for name, _ in way}
    manners = {fact.get("for", {}).get(kind) for kind in meant}
    optional = operation.facts.get("acting-user") == "optional"
    return secured(contract, operation) and "header" in fact and ("own" in manners or not optional)


def roled(contract: Contract, operation: Operation) -> bool:
    """It asks for a role in the organisation that the acting user is in."""
    role = operation.facts.get("role", {})
    return role.get("level") == "organization" and "param" not in role and "acting-user" in contract.facts


def hidden(contract: Contract, operation: Operation) -> bool:
    """It names a row that belongs to an account."""
    use = use_of(operation)
    kinds = contract.facts.get("resources", {})
    named = use.get("action") in ("read", "update", "delete", "transition") and "{" in operation.path
    return secured(contract, operation) and named and "owner" in kinds.get(use.get("kind"), {})
