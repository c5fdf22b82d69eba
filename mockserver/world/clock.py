"""The one clock of a world: fixed, running or the system's; knows instants, not who asks for them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

Kind = Literal["fixed", "running", "system"]
Source = Callable[[], float]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Room on both sides for what is reckoned from the clock, and for one that runs: dates end at 9999.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9900, 1, 1, tzinfo=UTC)
_DAY: Final = 86_400
_YEAR_3000: Final = 32_503_680_000
_EPOCH_DAY: Final = EPOCH.toordinal()
# Numbers as they are written: quicker looked up than formatted.
_TWO: Final = [f"{number:02}" for number in range(60)]
_THREE: Final = [f"{number:03}" for number in range(1000)]
_BOUNDS = f"a clock stays between the years {EARLIEST.year} and {LATEST.year}"


class Clock:
    """An instant that stands still ("fixed"), goes on from `start` ("running"), or is the system's.

    All three can be set and advanced. `start` is aware; `wall` and `tick` are the sources of real time,
    in seconds, for tests to replace. ValueError for an instant before `EARLIEST` or
    after `LATEST`.
    """

    __slots__ = ("_epoch", "_now", "_offset", "_source", "kind", "start", "tick", "wall")

    def __init__(
        self,
        kind: Kind,
        start: datetime | None = None,
        *,
        wall: Source = time.time,
        tick: Source = time.monotonic,
    ) -> None:
        if kind not in ("fixed", "running", "system"):
            raise ValueError(f"a clock is fixed, running or system, not {kind!r}")
        if start is None:
            if kind != "system":
                raise ValueError(f"a {kind} clock needs an instant to start from")
            start = EPOCH + timedelta(seconds=wall())
        self.kind: Kind = kind
        self.start = _utc(start)
        self.wall = wall
        self.tick = tick
        self._now: datetime | None = None
        self._epoch = 0.0
        self._source: Source = wall if kind == "system" else tick
        self._offset = 0.0
        if kind != "system":
            self.set(self.start)

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        if self._now is not None:
            return self._now
        return instant_of(self._source() + self._offset)

    def reading(self) -> datetime | float:
        """The instant as it is cheapest to have: aware, or in seconds since 1970; for `instant_of`."""
        return self._source() + self._offset if self._now is None else self._now

    def epoch(self) -> float:
        """The instant in seconds since 1970."""
        if self._now is not None:
            return self._epoch
        return self._source() + self._offset

    def set(self, instant: datetime) -> None:
        """Let it be that instant now; a running or system clock goes on from there."""
        instant = _utc(instant)
        if not EARLIEST <= instant <= LATEST:
            raise ValueError(_BOUNDS)
        if self.kind == "fixed":
            self._now = instant
            self._epoch = (instant - EPOCH).total_seconds()
        else:
            self._offset = (instant - EPOCH).total_seconds() - self._source()

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds (back, when negative)."""
        if not math.isfinite(seconds):
            raise ValueError(f"a clock cannot be advanced by {seconds} seconds")
        try:
            later = self.now() + timedelta(seconds=seconds)
        except OverflowError:
            raise ValueError(_BOUNDS) from None
        if not EARLIEST <= later <= LATEST:
            raise ValueError(_BOUNDS)
        if self.kind == "fixed":
            self.set(later)
        else:
            self._offset += seconds

    def mark(self) -> datetime | float:
        """What `return_to` needs to bring the clock back to how it stands now."""
        return self._offset if self.kind == "system" else self.now()

    def return_to(self, mark: datetime | float) -> None:
        """Stand as at the mark: the same instant; for a system clock, the same shift."""
        if isinstance(mark, datetime):
            self.set(mark)
        else:
            self._offset = mark

    def fork(self) -> Clock:
        """Another clock that shows the same and is moved on its own."""
        other = Clock(self.kind, self.start, wall=self.wall, tick=self.tick)
        other._now, other._epoch, other._offset = self._now, self._epoch, self._offset
        return other

    def anew(self) -> Clock:
        """Another clock that begins where this one began, now."""
        return Clock(self.kind, self.start, wall=self.wall, tick=self.tick)

    def __repr__(self) -> str:
        return f"Clock({self.kind}, {iso_micro(self.now())})"


def instant_of(reading: datetime | float) -> datetime:
    """The instant of a `Clock.reading`, aware, in UTC; the same that `now` would have given."""
    if not isinstance(reading, float):
        return reading
    # Twice as quick, between the years that every platform knows how to tell.
    if 0 <= reading < _YEAR_3000:
        return datetime.fromtimestamp(reading, UTC)
    return EPOCH + timedelta(seconds=reading)


def parse_clock(text: str) -> Clock:
    """`2026-04-06T08:00:00Z` (fixed), `running:2026-04-06T08:00:00Z` or `system`; else ValueError."""
    if text == "system":
        return Clock("system")
    kind, colon, rest = text.partition(":")
    if colon and kind in ("running", "fixed"):
        return Clock("running" if kind == "running" else "fixed", parse_instant(rest))
    return Clock("fixed", parse_instant(text))


def parse_instant(text: str) -> datetime:
    """An instant from ISO 8601 with its offset from UTC; else ValueError."""
    try:
        return _utc(datetime.fromisoformat(text))
    except ValueError as error:
        known = str(error) if str(error).startswith("an instant") else ""
        raise ValueError(known or f"not an instant: {text!r}; write it as 2026-04-06T08:00:00Z") from None


def iso_micro(instant: datetime) -> str:
    """`2026-04-15T09:00:00.000000Z`"""
    if instant.tzinfo is not UTC:
        instant = _utc(instant)
    micro = instant.microsecond
    return f"{_seconds(instant)}.{_THREE[micro // 1000]}{_THREE[micro % 1000]}Z"


def iso_milli(instant: datetime) -> str:
    """`2026-04-15T09:00:00.000Z`, the rest cut off"""
    if instant.tzinfo is not UTC:
        instant = _utc(instant)
    return f"{_seconds(instant)}.{_THREE[instant.microsecond // 1000]}Z"


def iso_milli_at(seconds: int) -> str:
    """The same of whole seconds since 1970. ValueError outside the years 1 to 9999."""
    day, second = divmod(seconds, _DAY)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_date(day + _EPOCH_DAY)}T{_TWO[hour]}:{_TWO[minute]}:{_TWO[second]}.000Z"


def iso_seconds(instant: datetime) -> str:
    """`2026-04-15T09:00:00Z`, fractions cut off"""
    if instant.tzinfo is not UTC:
        instant = _utc(instant)
    return f"{_seconds(instant)}Z"


def _seconds(instant: datetime) -> str:
    """`2026-04-15T09:00:00`, a third of the time that `isoformat` takes with an offset."""
    return f"{_date(instant.toordinal())}T{_TWO[instant.hour]}:{_TWO[instant.minute]}:{_TWO[instant.second]}"


@lru_cache(maxsize=1024)
def _date(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC, such as 2026-04-06T08:00:00Z")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies between the years 1 and 9999") from None
