"""Each check finds its seeded faults, and is silent on every sound provider."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import orjson
import pytest

from contracts.check import Check
from contracts.checks import CHECKS
from contracts.checks.visit import Visit
from contracts.targets.mock import MockTarget
from contracts.targets.target import SAFE
from tests.quality.catalogue import CATALOGUE, check_named, confined, found, twisted
from tests.quality.door import door
from tests.quality.twists import Deviation


def _pairs(check: str, operations: str) -> list[tuple[str, str]]:
    return [(check, each) for each in operations.split()]


NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PROVIDERS = ("caledee", "calcom", "meetergo", "zeeg")
SEEDS = {slug: tuple(range(1, 11)) if NIGHTLY else (1,) if slug == "calcom" else (1, 2) for slug in PROVIDERS}
REPORT = Path("build/quality")
# What a check has to ask of and cannot ask a sound mock, by provider; each group with its reason.
EXCUSED: dict[str, frozenset[tuple[str, str]]] = {
    "calcom": frozenset(
        [
            # They want a state that no request of the document leads to: a booking that waits for its host,
            # or has begun, a team with other hosts, a calendar that was connected in a browser.
            *_pairs("shapes.answers", "confirmBooking declineBooking markAbsent reassignBooking"),
            *_pairs("shapes.answers", "reassignBookingToUser listBusyTimes checkIcsFeed saveCalendar"),
            *_pairs("shapes.answers", "saveConferencingApp"),
            *_pairs("resources.deleted", "disconnectCalendar"),
            *_pairs("resources.created", "connectConferencingApp"),
            # They want a code that came by mail or telephone, or a token that a browser was handed.
            *_pairs("shapes.answers", "authorizeOAuthClient createOAuthToken refreshManagedUserTokens"),
            *_pairs("shapes.answers", "verifyEmail verifyPhone"),
            *_pairs("resources.created", "verifyEmail verifyPhone"),
            *_pairs("paging.partition", "listVerifiedEmails listVerifiedPhones"),
            *_pairs("paging.sizes", "listVerifiedEmails listVerifiedPhones"),
            *_pairs("phone.accepted", "verifyPhone"),
            # They want the credentials of a platform's client that was just made, or of one that is gone.
            *_pairs("shapes.answers", "getPlatformWebhook updatePlatformWebhook deletePlatformWebhook"),
            *_pairs("resources.created", "createPlatformWebhook"),
            *_pairs("resources.updated", "updatePlatformWebhook"),
            *_pairs("resources.lost-update", "updatePlatformClient updatePlatformWebhook"),
            *_pairs("resources.deleted", "deletePlatformWebhook"),
            *_pairs("paging.partition", "listManagedUsers listPlatformWebhooks listManagedOrganizations"),
            *_pairs("paging.sizes", "listManagedUsers listPlatformWebhooks listManagedOrganizations"),
            *_pairs("limits.headers", "listManagedUsers getManagedUser"),
            # A telephone number in them depends on what else the body says.
            *_pairs(
                "phone.accepted", "updateBookingLocation createEventType updateEventType createTeamEventType"
            ),
        ]
    )
}
BY_NAME = {f"{each.provider}-{each.name}": each for each in CATALOGUE}


def test_the_catalogue_has_what_it_promises() -> None:
    names = {check.name for check in CHECKS}
    assert len(CATALOGUE) >= 80
    assert len(BY_NAME) == len(CATALOGUE), "names are unique"
    assert {each.check for each in CATALOGUE} <= names
    # Every check catches something: one that no fault can wake proves nothing by its silence.
    assert names == {each.check for each in CATALOGUE}


@pytest.mark.parametrize("name", BY_NAME)
def test_the_check_finds_the_fault(name: str) -> None:
    deviation = BY_NAME[name]
    check = check_named(deviation.check)
    if NIGHTLY:
        sound = found(door(deviation.provider, data=deviation.data), check, deviation.operations)
        assert sound == [], "the same question to the sound mock"
    findings = found(twisted(deviation), check, deviation.operations)
    assert findings, f"{deviation.check} does not find it: {deviation.what}"
    for each in findings:
        assert each.check == deviation.check
        assert each.message
        assert "\n" not in each.message
        assert each.answers, "a finding shows the exchanges"
        assert each.pointer.startswith("/")


@pytest.mark.parametrize(("slug", "seed"), [(slug, seed) for slug in PROVIDERS for seed in SEEDS[slug]])
def test_a_sound_provider_is_asked_everything_and_gives_no_finding(slug: str, seed: int) -> None:
    exercised: Counter[str] = Counter()
    findings, idle = [], []
    target = door(slug, seed=seed)
    for check in CHECKS:
        target.renew()
        visit = Visit(target, check=check.name, seed=seed)
        findings += list(check.run(visit))
        exercised.update(visit.counts)
        idle += [
            (check.name, each.id) for each in check.needs(target.contract) if not visit.counts.get(each.id)
        ]
    assert [(each.check, each.operation, each.message) for each in findings] == []
    assert [pair for pair in idle if pair not in EXCUSED.get(slug, frozenset())] == []
    assert [each.id for each in target.contract.operations if not exercised[each.id]] == []


@pytest.mark.parametrize("slug", PROVIDERS)
def test_nothing_is_written_where_writes_are_off(slug: str) -> None:
    target = door(slug)
    for check in CHECKS:
        if not check.writes:
            target.renew()
            asked = len(target.mock.exchanges)
            visit = Visit(target, check=check.name, writes=False)
            assert list(check.run(visit)) == []
            methods = {each.method for each in target.mock.exchanges[asked:]}
            assert methods <= SAFE, check.name


def test_at_least_95_of_100_faults_are_found_by_the_check_that_should() -> None:
    missed = [
        each for each in CATALOGUE if not found(twisted(each), check_named(each.check), each.operations)
    ]
    _report({each: [each.check] if each not in missed else [] for each in CATALOGUE})
    names = ", ".join(f"{each.provider} {each.name}" for each in missed)
    assert len(missed) <= len(CATALOGUE) // 20, f"missed: {names}"


@pytest.mark.slow
@pytest.mark.skipif(
    not NIGHTLY, reason="every fault by every check takes minutes: HYPOTHESIS_PROFILE=nightly"
)
def test_every_fault_is_put_to_every_check() -> None:
    table: dict[Deviation, list[str]] = {}
    for each in CATALOGUE:
        table[each] = [check.name for check in CHECKS if _finds(check, each)]
    _report(table, "cross.md")
    assert [each.name for each, names in table.items() if each.check not in names] == []


def _finds(check: Check, deviation: Deviation) -> bool:
    wanted = confined(deviation)
    return bool(found(twisted(deviation), check, wanted))


def _report(table: dict[Deviation, list[str]], name: str = "deviations.md") -> None:
    """The table of faults, and by which checks they were found, for people and as JSON."""
    REPORT.mkdir(parents=True, exist_ok=True)
    lines = ["| provider | fault | should be found by | found by |", "|---|---|---|---|"]
    lines += [
        f"| {each.provider} | {each.name}: {each.what} | {each.check} | {', '.join(names) or '(missed)'} |"
        for each, names in table.items()
    ]
    right = sum(each.check in names for each, names in table.items())
    lines += ["", f"{right} of {len(table)} are found by the check that should."]
    (REPORT / name).write_text("\n".join(lines) + "\n")
    rows = [
        {"provider": each.provider, "fault": each.name, "should": each.check, "found": names}
        for each, names in table.items()
    ]
    (REPORT / name.replace(".md", ".json")).write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    print("\n".join(lines))


class Elsewhere(MockTarget):
    """A mock that says it is none: no world to renew, and rows that belong to somebody."""

    @property
    def name(self) -> str:
        return "https://api.example.com"

    def renew(self) -> bool:
        return False


@pytest.mark.parametrize("slug", PROVIDERS)
def test_what_was_there_before_is_left_alone_where_it_is_no_mock(slug: str) -> None:
    mock = door(slug).mock
    target = Elsewhere(mock)
    store, prefix = mock.world.store, f"{slug}/"
    kinds = [each for each in store.kinds() if each.startswith(prefix) and each != f"{slug}/token"]
    shown = {each.name for each in mock.service().resources.values()}
    before = {(kind, row.id): dict(row.data) for kind in kinds for row in store.rows(kind)}
    made = 0
    for check in CHECKS:
        if not check.costly:
            visit = Visit(target, check=check.name)
            assert [(each.operation, each.message) for each in check.run(visit)] == [], check.name
            made += sum(times for (_, status), times in visit.statuses.items() if status == 201)
    changed = [
        key
        for key, data in before.items()
        if key[0].removeprefix(prefix) in shown and ((row := store.get(*key)) is None or {**row.data} != data)
    ]
    assert changed == []
    assert made
