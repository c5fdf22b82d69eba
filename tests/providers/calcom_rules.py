"""Who may do what at Cal.com: read from the seed's pages where they stand, from the contract elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mockserver import Mock
from mockserver.engine.settings import Persona
from mockserver.openapi.contract import Operation
from tests.providers.calcom_reading import SEEDS, Page, pages

ROLE = re.compile(r"role: `(org|team) (\w+)`\. PBAC permission: `([\w.]+)`")
PLAN = re.compile(r"plan must be '(\w+)' or higher")
PLANS = ("STARTER", "ESSENTIALS", "SCALE", "ENTERPRISE")
RANKS = ("member", "admin", "owner")
BEARER = {"apiKey": "api-key", "managed": "managed", "oauth": "oauth"}
CLIENT = {"clientId", "clientSecret"}
# Where a path names no organisation, it is that of whoever asks.
OWN = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operation asks of whoever asks it. `scopes` is empty where OAuth tokens are not let in."""

    public: bool
    kinds: frozenset[str]
    scopes: frozenset[str]
    plan: str | None
    level: str | None
    least: str
    permission: str | None

    @property
    def reads_bearer(self) -> bool:
        return bool(self.kinds & {"api-key", "managed", "oauth"})

    def carries(self, persona: Persona) -> bool:
        """Whether a persona's credentials can be shown at all."""
        kind = kind_of(persona)
        return kind in self.kinds if kind in ("client", "secret") else self.reads_bearer or not self.kinds


@dataclass(frozen=True, slots=True)
class Standing:
    """One membership of a user: where it is, the rank there, and what its own role permits."""

    level: str
    place: int
    rank: str
    permissions: frozenset[str]


def rules(operations: Iterable[Operation]) -> dict[str, Rule]:
    """By operation: scopes, ranks, permissions and plans from its page, the rest from the contract."""
    told: dict[tuple[str, str], Page] = {}
    if SEEDS.is_dir():
        told = {(page.method.upper(), page.path): page for page in pages()}
    return {each.id: rule(each, told.get((each.method, each.path))) for each in operations}


def rule(operation: Operation, page: Page | None) -> Rule:
    """What one operation asks for."""
    ways = [dict(way) for way in operation.security]
    names = {name for way in ways for name in way}
    kinds = {kind for name, kind in BEARER.items() if name in names}
    if any(set(way) == CLIENT for way in ways):
        kinds.add("client")
    if any(set(way) == {"clientSecret"} for way in ways):
        kinds |= {"client", "secret"}
    role = operation.facts.get("role", {})
    level, least, permission = role.get("level"), role.get("least", ""), operation.facts.get("permission")
    plan = operation.facts.get("plan")
    scopes = next((way["oauth"] for way in ways if "oauth" in way), frozenset())
    if page is not None:
        scopes = frozenset(page.scopes)
        found = ROLE.search(page.text)
        if found is not None:
            level, least, permission = {"org": "organization"}.get(found[1], found[1]), found[2], found[3]
        needed = PLAN.search(page.text)
        plan = needed[1] if needed is not None else None
    # A page that names no scope closes its operation to OAuth tokens.
    kinds = (kinds - {"oauth"}) | ({"oauth"} if scopes else set())
    return Rule(not ways or {} in ways, frozenset(kinds), scopes, plan, level, least, permission)


def kind_of(persona: Persona) -> str:
    """Its kind of credentials; a platform's client has two, of which one may stand alone."""
    return "secret" if persona.kind == "client" and ":" not in persona.token else persona.kind


def standings(mock: Mock, persona: Persona) -> list[Standing]:
    """The memberships of a persona's user."""
    roles = {row.id: frozenset(row.data["permissions"]) for row in mock.world.store.rows("calcom/role")}
    found = []
    for level, kind in (("organization", "membership"), ("team", "team-membership")):
        for row in mock.world.store.rows(f"calcom/{kind}"):
            if str(row.data["userId"]) == persona.user and row.data["accepted"]:
                permissions = roles.get(str(row.data.get("_role")), frozenset())
                found.append(Standing(level, row.data["teamId"], row.data["role"].lower(), permissions))
    return found


def expected(
    rule: Rule, persona: Persona, held: list[Standing], org: int, team: int, pbac: bool
) -> int | None:
    """401, 403 or 498, or None for the operation's own answer. The page's steps, one after the other."""
    if not rule.kinds:
        return None
    if persona.expired or persona.revoked:
        return 498 if persona.kind == "managed" else 401
    if kind_of(persona) not in rule.kinds:
        return 403
    if persona.kind == "oauth":
        granted = {
            *persona.scopes,
            *(s.replace("ORG_", "TEAM_", 1) for s in persona.scopes if s[:4] == "ORG_"),
        }
        if not rule.scopes <= granted:
            return 403
    if rule.plan is not None and PLANS.index(persona.plan) < PLANS.index(rule.plan):
        return 403
    if rule.level is None or permits(rule, persona, held, org, team, pbac):
        return None
    return 403


def permits(rule: Rule, persona: Persona, held: list[Standing], org: int, team: int, pbac: bool) -> bool:
    """Whether ranks or permissions are enough in that organisation and team."""
    if persona.kind == "client":
        return org == 502
    if org == OWN:
        org = next((each.place for each in held if each.level == "organization"), OWN)
    above = [each for each in held if each.level == "organization" and each.place == org]
    within = [each for each in held if each.level == "team" and each.place == team]
    if pbac and rule.permission is not None:
        counted = above + (within if rule.level == "team" else [])
        if any(rule.permission in each.permissions for each in counted):
            return True
    if rule.level == "organization":
        return any(RANKS.index(each.rank) >= RANKS.index(rule.least) for each in above)
    if any(each.rank in ("admin", "owner") for each in above):
        return True
    return bool(above) and any(RANKS.index(each.rank) >= RANKS.index(rule.least) for each in within)
