"""How long lists, filters, searches and slots take with 10,000 bookings, beside a busy week; in-process."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mockserver import Mock
from mockserver.house import known_slugs

ROUNDS, CALLS = 15, 20


@dataclass(frozen=True, slots=True)
class Question:
    """A request whose answer has as many rows with either data, and what kind of request it is."""

    slug: str
    kind: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    """Microseconds for one question with a busy week and with large data, and the first time it is asked."""

    question: Question
    busy: float
    large: float
    first: float

    @property
    def ratio(self) -> float:
        """How many times as long it takes with large data."""
        return self.large / self.busy


_ZEEG = "/v2/scheduled-events?count=5"
_CALEDEE = "/api/v2/bookings?limit=5"
_MEETERGO = "/v4/appointment/paginated?pageSize=5"
_CALCOM = "/v2/bookings?limit=5"
_LISTED, _OLDER, _SLOTS = ({"cal-api-version": date} for date in ("2026-05-01", "2024-08-13", "2024-09-04"))

QUESTIONS = (
    Question("zeeg", "list", _ZEEG),
    Question("zeeg", "filter: status", f"{_ZEEG}&status=confirmed"),
    Question("zeeg", "filter: host", f"{_ZEEG}&hostEmail=alex.mueller@example.com"),
    Question(
        "zeeg",
        "filter: window",
        f"{_ZEEG}&minStartTime=2026-04-08T00:00:00Z&maxStartTime=2026-04-12T00:00:00Z",
    ),
    Question("zeeg", "search", f"{_ZEEG}&keyword=intro"),
    Question(
        "zeeg",
        "slots",
        "/v2/availability/alex-mueller/event-types/intro-30?startDate=2026-04-14&endDate=2026-04-16&timeZone=UTC",
    ),
    Question("caledee", "list", _CALEDEE),
    Question("caledee", "filter: status", f"{_CALEDEE}&status=active"),
    Question("caledee", "filter: from", f"{_CALEDEE}&from=2026-04-08"),
    Question("caledee", "filter: window", f"{_CALEDEE}&from=2026-04-08&to=2026-04-12"),
    Question("caledee", "search", "/api/v2/contacts?limit=5&q=example"),
    Question(
        "caledee",
        "slots",
        "/api/v2/availability?eventTypeId=cm8f2k4q00001a7d3e5b9c0f1&from=2026-04-14&to=2026-04-17&tz=UTC",
    ),
    Question("meetergo", "list", _MEETERGO),
    Question("meetergo", "filter: status", f"{_MEETERGO}&status=cancelled"),
    Question(
        "meetergo", "filter: window", f"{_MEETERGO}&start=2026-04-06T00:00:00Z&end=2026-04-09T00:00:00Z"
    ),
    Question(
        "meetergo",
        "filter: window, by age",
        f"{_MEETERGO}&start=2026-04-06T00:00:00Z&end=2026-04-09T00:00:00Z&sortBy=createdAt",
    ),
    Question("meetergo", "search", f"{_MEETERGO}&search=meeting"),
    Question(
        "meetergo",
        "slots",
        "/v4/booking-availability?meetingTypeId=4d8c1f60-7b25-4e93-a0d6-5c19e8b3f742&start=2026-04-14&end=2026-04-16",
    ),
    Question("calcom", "list", _CALCOM, _LISTED),
    Question("calcom", "filter: status", f"{_CALCOM}&status=upcoming", _LISTED),
    Question("calcom", "filter: event type", f"{_CALCOM}&eventTypeId=7", _LISTED),
    Question("calcom", "filter: created", "/v2/bookings?take=5&afterCreatedAt=2026-04-01T00:00:00Z", _OLDER),
    Question("calcom", "sorted", "/v2/bookings?take=5&sortCreated=desc", _OLDER),
    Question("calcom", "search", f"{_CALCOM}&attendeeName=a", _LISTED),
    Question("calcom", "slots", "/v2/slots?eventTypeId=7&start=2026-04-14&end=2026-04-16", _SLOTS),
)


def compare() -> Iterator[Pair]:
    """Every question of a provider that is served, in turn."""
    for slug in known_slugs():
        mocks = [Mock(slug, data=data, limits=False) for data in ("busy-week", "large")]
        for question in QUESTIONS:
            if question.slug != slug:
                continue
            first = [once(mock, question) for mock in mocks]
            best = [float("inf"), float("inf")]
            # Turn by turn, so that what else the machine does meets both; the least is what it takes.
            for _ in range(ROUNDS):
                for place, mock in enumerate(mocks):
                    begun = time.perf_counter()
                    for _ in range(CALLS):
                        mock.call("GET", question.target, persona="owner", headers=question.headers)
                    best[place] = min(best[place], (time.perf_counter() - begun) / CALLS)
            yield Pair(question, best[0] * 1e6, best[1] * 1e6, first[1] * 1e6)


def once(mock: Mock, question: Question) -> float:
    """Seconds for the first time that it is asked. RuntimeError where it is refused."""
    begun = time.perf_counter()
    answer = mock.call("GET", question.target, persona="owner", headers=question.headers)
    taken = time.perf_counter() - begun
    if answer.status != 200:
        raise RuntimeError(f"{question.slug} refuses {question.target}: {answer}")
    return taken


def report(pairs: Iterable[Pair]) -> float:
    """Print a row a question; the largest ratio."""
    print("microseconds in-process, the least of several; the first time a question is asked aside")
    print(f"{'':<34}{'busy-week':>12}{'large':>12}{'large / busy-week':>20}{'first, large':>15}")
    most = 0.0
    for pair in pairs:
        name = f"{pair.question.slug} {pair.question.kind}"
        print(f"{name:<34}{pair.busy:>12.1f}{pair.large:>12.1f}{pair.ratio:>20.2f}{pair.first:>15.0f}")
        most = max(most, pair.ratio)
    print(f"large / busy-week, the most: {most:.2f}")
    return most


if __name__ == "__main__":
    report(compare())
    sys.exit(0)
