"""What a change is and how much it matters; knows rules and directions, compares nothing.

The rules and their levels are those that oasdiff publishes (its model of v1.30): whatever narrows what a
client may send breaks the client, and so does whatever widens what it may receive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["error", "warning", "info"]
Direction = Literal["request", "response", ""]
Effect = Literal["widens", "narrows", "incomparable"]

LEVELS: tuple[Level, ...] = ("error", "warning", "info")

# Rules whose level does not follow from effect and direction.
OWN: Mapping[str, Level] = {
    "api-removed-without-deprecation": "error",
    "api-removed-with-deprecation": "info",
    "endpoint-added": "info",
    "endpoint-deprecated": "info",
    "endpoint-reactivated": "info",
    "api-operation-id-removed": "info",
    "api-security-added": "error",
    "api-security-removed": "error",
    "api-security-became-optional": "info",
    "api-security-alternative-added": "info",
    "api-security-scope-added": "error",
    "api-security-scope-removed": "info",
    "new-required-request-parameter": "error",
    "new-optional-request-parameter": "info",
    "request-parameter-removed": "warning",
    "request-parameter-became-required": "error",
    "request-parameter-became-optional": "info",
    "request-parameter-style-changed": "error",
    "request-body-added-required": "error",
    "request-body-added-optional": "info",
    "request-body-removed": "warning",
    "request-body-became-required": "error",
    "request-body-became-optional": "info",
    "request-body-media-type-added": "info",
    "request-body-media-type-removed": "error",
    "response-success-status-added": "info",
    "response-success-status-removed": "error",
    "response-non-success-status-added": "info",
    "response-non-success-status-removed": "info",
    "response-media-type-added": "info",
    "response-media-type-removed": "error",
    "response-body-became-undescribed": "warning",
    "response-body-became-described": "info",
    "response-header-added": "info",
    "required-response-header-removed": "error",
    "optional-response-header-removed": "info",
    "response-header-became-optional": "error",
    "response-header-became-required": "info",
    "new-required-request-property": "error",
    "new-optional-request-property": "info",
    "request-property-removed": "warning",
    "request-property-became-required": "error",
    "request-property-became-optional": "info",
    "response-property-added": "info",
    "response-required-property-removed": "error",
    "response-optional-property-removed": "info",
    "response-property-became-optional": "error",
    "response-property-became-required": "info",
    "request-property-pattern-changed": "warning",
    "request-parameter-pattern-changed": "warning",
}


def level_of(rule: str, direction: Direction, effect: Effect | None) -> Level:
    """How much a change matters: its rule's own level, else what follows from what it does to whom."""
    own = OWN.get(rule)
    if own is not None:
        return own
    if effect == "incomparable":
        return "error"
    breaks = (direction == "request" and effect == "narrows") or (
        direction == "response" and effect == "widens"
    )
    return "error" if breaks else "info"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `operation` is "GET /path"; `place` where in it: "query.limit", "200/data/items/id".

    `old` and `new` are pointers into the two documents, "" where there is nothing.
    """

    rule: str
    level: Level
    direction: Direction
    operation: str
    place: str
    message: str
    old: str = ""
    new: str = ""


@dataclass(slots=True)
class Noted:
    """Collects changes; the same one, reached on several ways in one operation, once."""

    changes: dict[tuple[str, str, str, str], Change] = field(default_factory=dict)

    def note(
        self,
        rule: str,
        operation: str,
        place: str,
        message: str,
        *,
        direction: Direction = "",
        effect: Effect | None = None,
        old: str = "",
        new: str = "",
    ) -> None:
        """Take note of a change."""
        change = Change(
            rule, level_of(rule, direction, effect), direction, operation, place, message, old, new
        )
        self.changes.setdefault((rule, operation, place, message), change)

    def list(self) -> list[Change]:
        """What was noted, the worst first, else in the order of the documents."""
        order = {level: number for number, level in enumerate(LEVELS)}
        return sorted(self.changes.values(), key=lambda change: order[change.level])


Note = Callable[..., None]
