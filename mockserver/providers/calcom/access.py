"""Who may do what at Cal.com: ranks, permissions, scopes and plans; pure, knows neither rows nor requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Rank = Literal["owner", "admin", "member"]
Level = Literal["organization", "team"]

# The highest first; each may do what a lower one may (seed 004, access control).
RANKS: tuple[Rank, ...] = ("owner", "admin", "member")
ANY_PERMISSION = "*.*"
ORGANIZATION_PREFIX = "ORG_"
TEAM_PREFIX = "TEAM_"


@dataclass(frozen=True, slots=True)
class Membership:
    """One user's place in one organisation or team. `permissions` are those of a role assigned to it.

    A membership that was not accepted gives nothing (assumed: the page does not say).
    """

    level: Level
    place: int
    rank: Rank
    permissions: frozenset[str] = frozenset()
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation acts: in an organisation, or in a team that may belong to one.

    `permissions_count` says whether the organisation has turned permissions (PBAC) on.
    """

    organization: int | None
    team: int | None = None
    permissions_count: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """What an operation asks for: the lowest rank at a level, or the permission that stands for it."""

    level: Level
    least: Rank
    permission: str | None = None


def reaches(rank: Rank, least: Rank) -> bool:
    """Whether a rank is that one or a higher one."""
    return RANKS.index(rank) <= RANKS.index(least)


def may(memberships: Iterable[Membership], demand: Demand, place: Place) -> bool:
    """Whether somebody with these memberships may do what is demanded at that place.

    With permissions turned on, the permission is enough. Without it, or with permissions turned off, the
    rank decides.
    """
    held = [each for each in memberships if each.accepted and stands_in(each, place)]
    if place.permissions_count and demand.permission is not None and holds(held, demand):
        return True
    return ranks_enough(held, demand, place)


def stands_in(membership: Membership, place: Place) -> bool:
    """Whether a membership is one of the place's organisation or of its team."""
    wanted = place.organization if membership.level == "organization" else place.team
    return wanted is not None and membership.place == wanted


def holds(held: Iterable[Membership], demand: Demand) -> bool:
    """Whether one of the place's memberships has a role with the demanded permission.

    A role assigned in a team counts in that team only; one assigned in the organisation also counts in its
    teams (assumed, as ranks do).
    """
    wanted = {demand.permission, ANY_PERMISSION}
    levels = ("organization", "team") if demand.level == "team" else ("organization",)
    return any(each.level in levels and not wanted.isdisjoint(each.permissions) for each in held)


def ranks_enough(held: Sequence[Membership], demand: Demand, place: Place) -> bool:
    """Whether the rank is high enough. The organisation's owners and admins reach into all of its teams.

    Its plain members need a rank in the team itself. Whoever is no member of the organisation has none in
    its teams (assumed).
    """
    above = [each.rank for each in held if each.level == "organization"]
    if demand.level == "organization":
        return any(reaches(rank, demand.least) for rank in above)
    if any(reaches(rank, "admin") for rank in above):
        return True
    if place.organization is not None and not above:
        return False
    return any(each.level == "team" and reaches(each.rank, demand.least) for each in held)


def widened(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes that a token has: those granted, and for each of an organisation that of its teams."""
    granted = frozenset(scopes)
    return granted | {
        TEAM_PREFIX + scope.removeprefix(ORGANIZATION_PREFIX)
        for scope in granted
        if scope.startswith(ORGANIZATION_PREFIX)
    }


def lets_in(named: Iterable[str], granted: Iterable[str], *, legacy: bool = False) -> bool:
    """Whether an OAuth token with the granted scopes may call an operation that names these.

    An operation that names none is closed to OAuth tokens. Tokens of a legacy client are not restricted.
    """
    wanted = frozenset(named)
    return legacy or (bool(wanted) and wanted <= widened(granted))


def plan_reaches(plans: Sequence[str], plan: str, least: str) -> bool:
    """Whether a plan is that one or a higher one; `plans` are in order, the lowest first.

    A plan that is not among them reaches nothing. ValueError where `least` is not among them.
    """
    needed = plans.index(least)
    return plan in plans and plans.index(plan) >= needed
