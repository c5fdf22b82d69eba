"""A steady load: what is made is taken away again, and an answer that is not due ends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

import pytest

from benchmarks import lasting
from mockserver import Mock


@pytest.fixture
def mock() -> Iterator[Mock]:
    with Mock("zeeg", limits=False) as served:
        yield served


def rows(mock: Mock) -> dict[str, int]:
    store = mock.world.store
    return {kind: store.count(kind) for kind in store.kinds()}


def test_every_kind_of_request_is_put_and_nothing_of_it_is_kept(mock: Mock) -> None:
    with closing(lasting.round_and_round(mock.url)) as requests:
        next(requests)
        before = rows(mock)
        for _ in range(1_250):  # A note is two requests: this is a thousand rounds and a few.
            next(requests)
    asked = Counter((each.operation, each.status) for each in mock.exchanges)
    # Of the worlds that were made, the exchanges are gone with them.
    assert set(asked) == {
        ("listEvents", 200),
        ("getEvent", 200),
        ("createNote", 201),
        ("deleteNote", 200),
        ("createOutboundCall", 422),
    }
    assert min(asked.values()) > 100
    after = rows(mock)
    assert after.pop("zeeg/note") - before.pop("zeeg/note") in (0, 1)
    assert after == before
    assert mock.house.worlds.names() == ["default"]


def test_an_answer_that_is_not_due_ends_it(mock: Mock) -> None:
    requests = lasting.round_and_round(mock.url)
    next(requests)
    mock.faults.declare("outage")
    with pytest.raises(RuntimeError, match="503 where"):
        list(islice(requests, 20))


def test_so_many_requests_are_put_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    def requests() -> Iterator[None]:
        nonlocal now
        while True:
            now += 0.01
            yield

    monkeypatch.setattr("benchmarks.lasting.time.monotonic", lambda: now)
    monkeypatch.setattr("benchmarks.lasting.time.sleep", sleep)
    assert lasting.for_a_minute(requests(), 20) in (1_200, 1_201)
    # A server that is too slow for the rate is not asked faster to make up for it.
    assert lasting.for_a_minute(requests(), 1_000) in (6_000, 6_001)
