from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.load import Ask
from benchmarks.peers.servers import put, recorded
from benchmarks.peers.subjects import CALCOM, METHODS, Subject, booking, furnish_calcom, subject
from mockserver import Mock
from mockserver.openapi.document import open_document


@pytest.fixture(scope="module", params=["4", CALCOM])
def of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return subject(request.param, tmp_path_factory.mktemp("documents"))


@pytest.fixture
def served(of: Subject) -> Iterator[tuple[Subject, Mock]]:
    provider, *data = of.served
    with Mock(provider, data="empty" if data else "busy-week") as mock:
        yield of, mock


def test_a_mock_answers_the_four_requests_as_it_should(served: tuple[Subject, Mock]) -> None:
    of, mock = served
    asks = of.furnish(mock.url)
    replies = recorded(mock.url, asks)
    assert [ask.name for ask in asks] == ["list", "get", "post", "refused"]
    assert [reply["status"] for reply in replies.values()] in ([200, 200, 201, 422], [200, 200, 201, 400])
    body = orjson.loads(replies["list"]["body"])
    assert len(body.get("collection") or body["data"]) == 10
    assert not {"date", "server", "mock-exchange"} & replies["list"]["headers"].keys()


def test_what_mappings_are_told_to_need_is_in_the_valid_body_and_not_all_in_the_refused(
    served: tuple[Subject, Mock],
) -> None:
    of, mock = served
    asks = {ask.name: ask for ask in of.furnish(mock.url)}
    assert fits(of, asks["post"].body)
    assert not fits(of, asks["refused"].body)


def fits(of: Subject, body: str) -> bool:
    for expression, pattern in of.needs.items():
        value: Any = orjson.loads(body)
        for key in expression.removeprefix("$.").split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is None or not re.fullmatch(pattern, str(value)):
            return False
    return True


def test_the_named_operations_are_in_the_document_that_the_others_read(served: tuple[Subject, Mock]) -> None:
    of, mock = served
    path = of.document(recorded(mock.url, of.furnish(mock.url)))
    paths = orjson.loads(path.read_bytes())["paths"]
    ids = {item[method]["operationId"] for item in paths.values() for method in METHODS & item.keys()}
    assert {*of.operations.values()} <= ids
    assert of.title.endswith(f"{len(ids)} operations")


def test_cal_com_is_one_valid_file_whose_examples_are_the_mocks_answers(tmp_path: Path) -> None:
    of = subject(CALCOM, tmp_path / "new")
    with Mock(CALCOM) as mock:
        replies = recorded(mock.url, of.furnish(mock.url))
    path = of.document(replies)
    assert path.parent == tmp_path / "new"
    document = open_document(path, facts="strict")
    assert document.sources == (path.resolve(),)
    listed = document.data["paths"]["/bookings"]["get"]["responses"]["200"]["content"]["application/json"]
    assert listed["example"] == orjson.loads(replies["list"]["body"])
    assert "examples" not in listed


def test_every_booking_of_the_series_takes_a_time_that_nobody_has() -> None:
    with Mock(CALCOM) as mock:
        asks = {ask.name: ask for ask in furnish_calcom(mock.url)}
        post = asks["post"]
        assert put(mock.url, post)[0] == 201
        assert put(mock.url, post)[0] == 400
        assert post.series is not None
        # The first weeks, and what lies behind the load of a long run.
        for number in (*range(90), 299_999, 300_000):
            status, _, body = put(mock.url, again(post, post.series(number)))
            assert status == 201, (number, body)


def again(ask: Ask, body: str) -> Ask:
    return Ask(ask.name, ask.method, ask.path, ask.token, body, ask.headers)


def test_no_two_bookings_of_the_series_begin_at_the_same_time() -> None:
    starts = [orjson.loads(booking(number))["start"] for number in range(10_000)]
    assert len({*starts}) == len(starts)
    assert starts == sorted(starts)
    assert {datetime.fromisoformat(start).weekday() for start in starts} == {0, 1, 2, 3, 4}


def test_nobody_is_told_of_bookings_by_a_webhook() -> None:
    with Mock(CALCOM) as mock:
        assert put(mock.url, furnish_calcom(mock.url)[2])[0] == 201
        assert mock.webhooks == []


@pytest.mark.parametrize("name", ["", "many", "-4", "2", "5", "zeeg"])
def test_what_is_no_document_is_told_with_what_would_be_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no document: calcom, or a number of operations"):
        subject(name, tmp_path)
