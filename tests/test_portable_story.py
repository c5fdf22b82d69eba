"""One story that every provider tells with names of its own: find, book, see, move, cancel, page through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import httpx
import jsonpath
import pytest

from mockserver import Mock
from mockserver.house import known_slugs
from tests.portable import EVERY, Call, Names, NoSuch

DAY = date(2026, 4, 14)


class Teller:
    """A provider as a client on the other side of a socket has it: an address, a token, and names."""

    def __init__(self, mock: Mock, names: Names) -> None:
        self.names = names
        self._client = httpx.Client(
            base_url=mock.url, headers={"Authorization": f"Bearer {mock.token()}"}, timeout=20
        )

    def close(self) -> None:
        self._client.close()

    def ask(self, call: Call, **told: Any) -> httpx.Response:
        """The answer to a request, its holes filled; parameters without a value are left out."""
        path, _, query = call.path.partition("?")
        params = [part.split("=", 1) for part in query.split("&")] if query else []
        return self._client.request(
            call.method,
            path.format(**told),
            params=[(name, found) for name, value in params if (found := value.format(**told)) != "None"],
            json=filled(call.body, told),
            headers=dict(call.headers),
        )

    def must(self, call: Call, **told: Any) -> Any:
        """The value of an answer that has to be a success."""
        answer = self.ask(call, **told)
        assert answer.status_code == call.status, f"{answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json()

    def free(self, day: date) -> list[datetime]:
        """The free starts of a day."""
        found = self.must(self.names.slots, day=day, next_day=day + timedelta(1))
        told = [self.names.told.format(day=day, found=each) for each in findall(self.names.starts, found)]
        return [datetime.fromisoformat(each) for each in told]

    def book(self, start: datetime) -> str:
        """The id of a new booking."""
        return str(one(self.names.made, self.must(self.names.book, **when(start))))

    def move(self, id: str, start: datetime) -> str:
        """The id under which a booking stands once it is moved."""
        move = self.names.move
        if isinstance(move, NoSuch):
            before = self.all()
            refused = self.ask(move.probe, id=id, **when(start))
            assert refused.status_code == move.probe.status, f"{self.names.slug} can move after all"
            assert self.all() == before
            # What stands in its place.
            self.must(self.names.cancel, id=id)
            return self.book(start)
        moved = self.must(move, id=id, **when(start))
        return str(one(self.names.moved, moved)) if self.names.moved else id

    def pages(self, size: int) -> Iterator[list[Any]]:
        """Every page of the list."""
        following = self.names.following
        place = following if isinstance(following, int) else None
        while True:
            told = self.must(self.names.listed, size=size, place=place)
            rows = findall(self.names.rows, told)
            yield rows
            if isinstance(following, str):
                place = one(following, told)
                if place is None:
                    return
            elif len(rows) < size:
                return
            else:
                assert place is not None
                place += 1

    def all(self) -> dict[str, tuple[datetime, Any]]:
        """Start and state of every booking that the list shows, by id."""
        names = self.names
        return {
            one(names.id, row): (datetime.fromisoformat(one(names.start, row)), one(names.state, row))
            for page in self.pages(50)
            for row in page
        }


def filled(value: Any, told: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return value.format(**told)
    if isinstance(value, Mapping):
        return {name: filled(each, told) for name, each in value.items()}
    return [filled(each, told) for each in value] if isinstance(value, list) else value


def when(start: datetime) -> dict[str, Any]:
    return {"start": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "day": start.date(), "time": f"{start:%H:%M}"}


def findall(path: str, value: Any) -> list[Any]:
    return list(jsonpath.findall(path, value))


def one(path: str, value: Any) -> Any:
    (found,) = findall(path, value)
    return found


@pytest.fixture(
    scope="module",
    params=list(product(EVERY, ("empty", "busy-week"))),
    ids=lambda param: f"{param[0].slug}-{param[1]}",
)
def provider(request: pytest.FixtureRequest) -> Iterator[tuple[Mock, Names]]:
    """A provider with one of its data sets, and its names."""
    names, data = request.param
    with Mock(names.slug, data=data, limits=False) as mock:
        yield mock, names


@pytest.fixture
def mock(provider: tuple[Mock, Names]) -> Mock:
    """The same as it began."""
    provider[0].reset()
    return provider[0]


@pytest.fixture
def teller(mock: Mock, provider: tuple[Mock, Names]) -> Iterator[Teller]:
    teller = Teller(mock, provider[1])
    yield teller
    teller.close()


def test_every_provider_tells_the_story() -> None:
    assert {names.slug for names in EVERY} == set(known_slugs())


def test_a_meeting_is_found_booked_listed_moved_and_cancelled(teller: Teller) -> None:
    names = teller.names
    free = teller.free(DAY)
    assert len(free) > 2
    assert free == sorted(set(free))
    first, other = free[0], free[-1]
    before = teller.all()

    # Booked: listed once, its slot and no other is gone, and nobody else gets it.
    id = teller.book(first)
    assert id not in before
    booked = before | {id: (first, names.standing)}
    assert teller.all() == booked
    assert teller.free(DAY) == free[1:]
    again = teller.ask(names.book, **when(first))
    assert again.is_client_error, again.text
    assert teller.all() == booked

    # Moved: what was taken is free, what was free is taken.
    moved = teller.move(id, other)
    assert teller.free(DAY) == free[:-1]
    left = {} if moved == id else {id: (first, names.left_behind or names.cancelled)}
    assert teller.all() == before | left | {moved: (other, names.standing)}

    # Cancelled: still listed, and the slot is there again.
    teller.must(names.cancel, id=moved)
    assert teller.free(DAY) == free
    assert teller.all() == before | left | {moved: (other, names.cancelled)}


def test_pages_together_are_the_whole_list_each_row_once(teller: Teller, mock: Mock) -> None:
    names = teller.names
    made = [teller.book(start) for start in teller.free(DAY)[:3]]
    shown = {
        str(row[names.id.removeprefix("$.")])
        for row in mock.state(names.kind)
        if all(value == row[at] or value in (row[at] or ()) for at, value in names.shown.items())
    }
    for size in (2, 7, 50):
        pages = [[one(names.id, row) for row in page] for page in teller.pages(size)]
        assert all(len(page) == size for page in pages[:-1])
        ids = [id for page in pages for id in page]
        assert len(set(ids)) == len(ids)
        assert set(ids) == shown >= set(made)
