"""Every seeded fault, by name, and how a mock with one of them is made and asked."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.check import Check
from contracts.checks import CHECKS
from contracts.checks.visit import Visit
from contracts.finding import Finding
from contracts.targets.mock import MockTarget
from tests.quality import access, bookings, calcom, changes, deliveries, lists, quotas, surface, texts
from tests.quality.door import door
from tests.quality.twists import Deviation

CATALOGUE: tuple[Deviation, ...] = (
    *access.DEVIATIONS,
    *surface.DEVIATIONS,
    *lists.DEVIATIONS,
    *quotas.DEVIATIONS,
    *changes.DEVIATIONS,
    *bookings.DEVIATIONS,
    *texts.DEVIATIONS,
    *deliveries.DEVIATIONS,
    *calcom.DEVIATIONS,
)
# Those that no check finds, and why. One that is found after all has to leave this list.
MISSED: Mapping[str, str] = {
    "calcom-filter-ignored": "the document does not say which member of a booking `status` filters by",
}


def check_named(name: str) -> Check:
    """The check of that name."""
    return next(check for check in CHECKS if check.name == name)


def twisted(deviation: Deviation, seed: int = 1) -> MockTarget:
    """A mock with that fault."""
    target = door(deviation.provider, seed=seed, data=deviation.data)
    deviation.twist(target.mock)
    return target


def confined(deviation: Deviation) -> tuple[str, ...]:
    """The operations that a fault is about, and those that show it."""
    return deviation.operations


def found(target: MockTarget, check: Check, operations: tuple[str, ...] = (), seed: int = 1) -> list[Finding]:
    """What a check finds there, confined to those operations."""
    wanted = [each for each in target.contract.operations if not operations or each.id in operations]
    return list(check.run(Visit(target, operations=wanted, check=check.name, seed=seed)))
