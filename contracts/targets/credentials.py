"""The personas of a live target: who they are by provider.yaml, their tokens from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.engine.settings import Settings

NOT_A_NAME = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Named:
    """A persona whose token somebody gave; the token is kept elsewhere, so that nothing shows it."""

    name: str
    scopes: frozenset[str] | None
    plan: str = ""
    kind: str = ""
    account: str = ""
    user: str = ""
    expired: bool = False
    revoked: bool = False


def variable(settings: Settings, persona: str) -> str:
    """What holds a persona's real token: the variable of provider.yaml, else `<SLUG>_TOKEN_<PERSONA>`."""
    declared = settings.live.get("credentials", {}).get(persona)
    if declared:
        return str(declared)
    return NOT_A_NAME.sub("_", f"{settings.slug}_TOKEN_{persona}".upper())


def from_environment(
    settings: Settings, environment: Mapping[str, str]
) -> tuple[tuple[Named, ...], dict[str, str]]:
    """The personas that there are tokens for, in the order of provider.yaml, and the tokens by persona.

    A token is taken to be one like that persona's: its scopes, plan and kind are those of provider.yaml,
    unless `<VARIABLE>_SCOPES` (with spaces) says otherwise. Its user is not known, unless `<VARIABLE>_USER`
    says: those of the mock are not those of a real account.
    """
    found: list[Named] = []
    tokens: dict[str, str] = {}
    for persona in settings.personas:
        name = variable(settings, persona.name)
        token = environment.get(name, "").strip()
        if not token:
            continue
        told = environment.get(f"{name}_SCOPES")
        found.append(
            Named(
                persona.name,
                persona.scopes if told is None else frozenset(told.replace(",", " ").split()),
                plan=persona.plan,
                kind=persona.kind,
                account=persona.account,
                user=environment.get(f"{name}_USER", ""),
                expired=persona.expired,
                revoked=persona.revoked,
            )
        )
        tokens[persona.name] = token
    return tuple(found), tokens
