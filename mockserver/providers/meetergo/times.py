"""Instants as meetergo writes and takes them; knows no rows."""

from __future__ import annotations

from datetime import UTC, datetime

from mockserver.scheduling.intervals import Instant, moment
from mockserver.world.clock import iso_micro


def stamp(when: datetime) -> str:
    """`2026-04-15T07:00:00.000Z`"""
    return iso_micro(when)[:-4] + "Z"


def stamp_of(instant: Instant) -> str:
    """The same of whole seconds since 1970."""
    return stamp(moment(instant))


def read_instant(text: str) -> datetime | None:
    """An RFC 3339 date-time; a leap second shares the second before it. None outside the years 1 to 9999."""
    try:
        return datetime.fromisoformat(text.upper().replace(":60", ":59")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
