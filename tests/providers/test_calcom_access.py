"""Cal.com's ranks, permissions, scopes and plans, against a slow reading of the page that tells of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.providers.calcom.access import (
    RANKS,
    Demand,
    Level,
    Membership,
    Place,
    Rank,
    lets_in,
    may,
    plan_reaches,
    reaches,
    widened,
)

ORGANIZATION, OTHER_ORGANIZATION, TEAM, OTHER_TEAM = 501, 502, 621, 622
PERMISSIONS = ("booking.read", "booking.update", "role.create")
PLANS = ("STARTER", "ESSENTIALS", "SCALE", "ENTERPRISE")

ranks: st.SearchStrategy[Rank] = st.sampled_from(RANKS)
levels: st.SearchStrategy[Level] = st.sampled_from(("organization", "team"))
permission_sets = st.frozensets(st.sampled_from((*PERMISSIONS, "*.*")), max_size=2)
scope_names = st.sampled_from(
    ("BOOKING_READ", "TEAM_BOOKING_READ", "ORG_BOOKING_READ", "TEAM_PROFILE_WRITE", "ORG_PROFILE_WRITE")
)


@st.composite
def memberships(draw: st.DrawFn) -> Membership:
    level = draw(levels)
    near, far = (ORGANIZATION, OTHER_ORGANIZATION) if level == "organization" else (TEAM, OTHER_TEAM)
    return Membership(
        level,
        draw(st.sampled_from((near, near, far))),
        draw(ranks),
        draw(permission_sets),
        draw(st.sampled_from((True, True, False))),
    )


demands = st.builds(Demand, levels, ranks, st.none() | st.sampled_from(PERMISSIONS))
places = st.builds(Place, st.just(ORGANIZATION), st.just(TEAM), st.booleans())
several = st.lists(memberships(), max_size=4)


def place(*, permissions_count: bool = False) -> Place:
    return Place(ORGANIZATION, TEAM, permissions_count)


def told(held: list[Membership], demand: Demand, where: Place) -> bool:
    """The page's three steps, read one after the other."""
    here = [each for each in held if each.accepted and each.place in (ORGANIZATION, TEAM)]
    in_organization = [each for each in here if each.level == "organization"]
    in_team = [each for each in here if each.level == "team"]
    if where.permissions_count and demand.permission is not None:
        counted = here if demand.level == "team" else in_organization
        for each in counted:
            if demand.permission in each.permissions or "*.*" in each.permissions:
                return True
    enough = {"owner": ("owner",), "admin": ("owner", "admin"), "member": ("owner", "admin", "member")}
    if demand.level == "organization":
        return any(each.rank in enough[demand.least] for each in in_organization)
    for each in in_organization:
        if each.rank in ("owner", "admin"):
            return True
    return bool(in_organization) and any(each.rank in enough[demand.least] for each in in_team)


@given(several, demands, places)
def test_access_is_as_the_page_tells_it(held: list[Membership], demand: Demand, where: Place) -> None:
    assert may(held, demand, where) is told(held, demand, where)


@given(several, memberships(), demands, places)
def test_one_membership_more_takes_nothing_away(
    held: list[Membership], more: Membership, demand: Demand, where: Place
) -> None:
    assert may([*held, more], demand, where) or not may(held, demand, where)


@given(several, demands)
def test_turning_permissions_on_takes_nothing_away(held: list[Membership], demand: Demand) -> None:
    if may(held, demand, place()):
        assert may(held, demand, place(permissions_count=True))


@given(several, levels, ranks, st.sampled_from(PERMISSIONS))
def test_permissions_count_only_where_they_are_turned_on(
    held: list[Membership], level: Level, least: Rank, permission: str
) -> None:
    assert may(held, Demand(level, least, permission), place()) is may(held, Demand(level, least), place())


@given(ranks, ranks, ranks)
def test_ranks_are_in_one_order(one: Rank, two: Rank, three: Rank) -> None:
    assert reaches(one, two) or reaches(two, one)
    if reaches(one, two) and reaches(two, three):
        assert reaches(one, three)


@pytest.mark.parametrize("rank", ["owner", "admin"])
@pytest.mark.parametrize("least", RANKS)
def test_those_above_an_organisation_reach_into_its_teams(rank: Rank, least: Rank) -> None:
    assert may([Membership("organization", ORGANIZATION, rank)], Demand("team", least), place())


def test_a_plain_member_of_the_organisation_needs_a_rank_in_the_team() -> None:
    member = Membership("organization", ORGANIZATION, "member")
    admin = Membership("team", TEAM, "admin")
    elsewhere = Membership("team", OTHER_TEAM, "owner")
    assert not may([member], Demand("team", "member"), place())
    assert not may([member, elsewhere], Demand("team", "member"), place())
    assert may([member, admin], Demand("team", "admin"), place())
    assert not may([member, admin], Demand("team", "owner"), place())
    assert not may([admin], Demand("team", "admin"), place())


def test_a_rank_in_a_team_gives_nothing_in_the_organisation() -> None:
    held = [
        Membership("organization", ORGANIZATION, "member"),
        Membership("team", TEAM, "owner", frozenset({"*.*"})),
    ]
    assert not may(held, Demand("organization", "admin", "role.create"), place(permissions_count=True))


def test_a_team_outside_organisations_asks_for_its_own_rank_only() -> None:
    held = [Membership("team", TEAM, "admin")]
    assert may(held, Demand("team", "admin"), Place(None, TEAM))
    assert not may(held, Demand("organization", "member"), Place(None, TEAM))


def test_a_permission_opens_what_the_rank_does_not_and_the_rank_what_the_permission_does_not() -> None:
    role = frozenset({"role.create"})
    holder = [Membership("organization", ORGANIZATION, "member", role)]
    admin = [Membership("organization", ORGANIZATION, "admin")]
    demand = Demand("organization", "admin", "role.create")
    assert may(holder, demand, place(permissions_count=True))
    assert not may(holder, demand, place())
    assert not may(holder, Demand("organization", "admin", "role.read"), place(permissions_count=True))
    assert may(admin, demand, place(permissions_count=True))


def test_a_membership_that_was_not_accepted_gives_nothing() -> None:
    asked = Membership("organization", ORGANIZATION, "owner", frozenset({"*.*"}), accepted=False)
    assert not may([asked], Demand("organization", "member", "role.read"), place(permissions_count=True))


@given(st.frozensets(scope_names))
def test_an_organisations_scope_holds_its_teams_scope_and_nothing_else(granted: frozenset[str]) -> None:
    held = widened(granted)
    assert granted <= held
    assert widened(held) == held
    assert held - granted <= {scope.replace("ORG_", "TEAM_") for scope in granted if scope[:4] == "ORG_"}
    for scope in granted:
        if scope.startswith("ORG_"):
            assert lets_in([scope.replace("ORG_", "TEAM_")], granted)


@given(scope_names, st.frozensets(scope_names))
def test_a_token_opens_what_its_scopes_name(named: str, granted: frozenset[str]) -> None:
    from_above = named.startswith("TEAM_") and named.replace("TEAM_", "ORG_") in granted
    assert lets_in([named], granted) is (named in granted or from_above)


@given(st.frozensets(scope_names))
def test_an_operation_that_names_no_scope_is_closed_to_oauth_tokens(granted: frozenset[str]) -> None:
    assert not lets_in([], granted)
    assert lets_in([], granted, legacy=True)


def test_a_plan_reaches_those_below_it() -> None:
    assert [plan_reaches(PLANS, plan, "SCALE") for plan in PLANS] == [False, False, True, True]
    assert not plan_reaches(PLANS, "", "STARTER")
    with pytest.raises(ValueError, match="not in"):
        plan_reaches(PLANS, "SCALE", "FREE")
