"""`Mock` as somebody uses it who tests a program: over a port, in-process, from threads, in many worlds."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver import Mock
from mockserver.world.worlds import WorldError

NOTES = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"


@pytest.fixture
def mock() -> Iterator[Mock]:
    with Mock("zeeg", limits=False) as mock:
        yield mock


def get(url: str, token: str = "zeeg_owner", **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def all_at_once(*functions: Callable[[], None]) -> None:
    """Run each in a thread of its own; the first exception of any of them."""
    failed: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    if failed:
        raise failed[0]


# Two doors, one world


def test_port_application_and_call_lead_to_the_same_world(mock: Mock) -> None:
    async def in_process() -> httpx.Response:
        transport = httpx.ASGITransport(app=mock.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://any.name") as client:
            headers = {"Authorization": f"Bearer {mock.token('owner')}"}
            return await client.post(NOTES, json={"content": "in-process"}, headers=headers)

    assert asyncio.run(in_process()).status_code == 201
    assert mock.call("POST", NOTES, json={"content": "called"}, persona="owner").status == 201
    status, listed = get(mock.url + NOTES)
    assert status == 200
    assert {"in-process", "called"} <= {note["content"] for note in listed["collection"]}
    assert [each.status for each in mock.exchanges] == [201, 201, 200]


def test_the_control_api_is_there_in_process_whatever_the_address(mock: Mock) -> None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=mock.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://any.name") as client:
            return await client.get("/_mock/health")

    assert asyncio.run(ask()).json()["ready"] is True


def test_on_the_port_a_foreign_name_may_not_steer(mock: Mock) -> None:
    assert get(mock.url + "/_mock/health")[0] == 200
    assert get(mock.url + "/_mock/health", Host="evil.example")[0] == 403
    assert mock.control_token == ""


def test_off_loopback_the_control_api_asks_for_the_mocks_token() -> None:
    with Mock("zeeg", host="0.0.0.0") as mock:
        assert get(mock.url + "/v2/whoami")[0] == 200
        assert get(mock.url + "/_mock/health")[0] == 401
        assert get(mock.url + "/_mock/health", mock.control_token)[0] == 200


def test_an_answer_is_as_it_goes_out(mock: Mock) -> None:
    answer = mock.call("GET", "/v2/whoami", persona="reader")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["mock-exchange"] == answer.exchange.id == "x-1"


def test_a_token_of_a_call_takes_the_place_of_a_header(mock: Mock) -> None:
    headers = {"AUTHORIZATION": "Bearer nobody"}
    assert mock.call("GET", "/v2/whoami", persona="owner", headers=headers).status == 200
    assert mock.call("GET", "/v2/whoami", headers=headers).status == 401


# Life


def test_a_server_is_started_once_however_many_ask_and_ends_with_the_block() -> None:
    before = threading.active_count()
    with Mock("zeeg") as mock:
        assert threading.active_count() == before
        urls: list[str] = []
        all_at_once(*[lambda: urls.append(mock.url)] * 8)
        assert len(set(urls)) == 1
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    with pytest.raises(RuntimeError, match="closed"):
        _ = mock.url
    # What needs no server still works.
    assert mock.call("GET", "/v2/whoami", persona="owner").status == 200
    mock.close()


def test_mocks_side_by_side_share_nothing() -> None:
    with Mock("zeeg") as one, Mock("zeeg") as two:
        one.call("POST", NOTES, json={"content": "of one"}, persona="owner")
        assert one.url != two.url
        assert len(one.state("note")) == len(two.state("note")) + 1
        assert len(two.exchanges) == 0


# Threads


@pytest.mark.parametrize("live", [False, True], ids=["in-process", "live"])
def test_threads_may_ask_and_steer_at_once(live: bool, mock: Mock) -> None:
    notes = len(mock.state("note"))
    if live:
        assert mock.url

    def ask() -> None:
        for _ in range(20):
            assert mock.call("POST", NOTES, json={"content": "x"}, persona="owner").status == 201
            if live:
                assert get(mock.url + "/v2/whoami")[0] == 200

    def steer() -> None:
        for _ in range(20):
            mock.clock.advance(60)
            token = mock.tokens(scopes=["notes:read"])
            assert mock.call("GET", "/v2/whoami", token=token).status == 403
            fork = mock.fork()
            fork.call("POST", NOTES, json={"content": "in the fork"}, persona="owner")
            mock.faults.remove(mock.faults.declare("outage", operation="listWebhooks"))

    all_at_once(*[ask] * 4, *[steer] * 2)
    assert len(mock.state("note")) == notes + 80
    ids = [row["uuid"] for row in mock.state("note")]
    assert len(set(ids)) == len(ids)


# Worlds


def test_a_fork_begins_as_its_parent_is_and_goes_its_own_way(mock: Mock) -> None:
    mock.call("POST", NOTES, json={"content": "before"}, persona="owner")
    fork = mock.fork("apart")
    assert fork.url == mock.url + "/w/apart"
    status, told = get(fork.url + NOTES)
    assert (status, "before" in str(told)) == (200, True)
    fork.call("POST", NOTES, json={"content": "after"}, persona="owner")
    fork.clock.advance(3600)
    assert "after" in str(fork.state("note"))
    assert "after" not in str(mock.state("note"))
    assert (fork.clock.now - mock.clock.now).total_seconds() == 3600
    fork.reset()
    assert [row["content"] for row in fork.state("note")] == [row["content"] for row in mock.state("note")]
    with pytest.raises(WorldError, match="already a world 'apart'"):
        mock.fork("apart")


def test_a_fork_makes_the_same_ids_as_its_parent_would(mock: Mock) -> None:
    fork = mock.fork()
    made = [each.call("POST", NOTES, json={"content": "same"}, persona="owner").body for each in (mock, fork)]
    assert made[0] == made[1]


def test_a_snapshot_is_returned_to_as_often_as_wanted(mock: Mock) -> None:
    kept = mock.snapshot()
    began = mock.clock.now
    bodies = []
    for _ in range(3):
        bodies.append(mock.call("POST", NOTES, json={"content": "again"}, persona="owner").body)
        mock.clock.advance(60)
        mock.restore(kept)
        assert mock.clock.now == began
    assert len(set(bodies)) == 1


# Mistakes


def test_what_is_not_there_is_named_with_what_is(mock: Mock) -> None:
    with pytest.raises(KeyError, match="no persona 'ownr'; it has owner, "):
        mock.token("ownr")
    with pytest.raises(KeyError, match="no kind 'events'; it has token, event, "):
        mock.state("events")
    with pytest.raises(ValueError, match="no scope notes:rite"):
        mock.tokens(scopes=["notes:rite"])
    with pytest.raises(ValueError, match=r"no fault 'outtage' .did you mean outage"):
        mock.faults.declare("outtage")
    with pytest.raises(ValueError, match=r"no operation 'listNote' .did you mean listNotes"):
        mock.faults.declare("outage", operation="listNote")
    with pytest.raises(ValueError, match=r"no persona 'ownr' .did you mean owner"):
        mock.faults.declare("outage", persona="ownr")
    with pytest.raises(ValueError, match="latency needs the parameter 'seconds'"):
        mock.faults.declare("latency")
    with pytest.raises(ValueError, match="above 0"):
        mock.tokens(expires_in=0)
    with pytest.raises(ValueError, match="write it as"):
        mock.clock.set("tomorrow")
    assert len(mock.faults) == 0


@pytest.mark.parametrize(
    ("arguments", "options", "told"),
    [
        (["zeg"], {}, "there is no provider 'zeg', did you mean 'zeeg'"),
        (["no/such.yaml"], {}, "no/such.yaml: there is no such file"),
        (["zeeg"], {"data": "bussy-week"}, "no data set 'bussy-week', did you mean 'busy-week'"),
        (["zeeg"], {"clock": "tomorrow"}, "not an instant: 'tomorrow'"),
        (["zeeg"], {"clock": "9999-12-31T23:59:59Z"}, "between the years 1900 and 9900"),
    ],
)
def test_a_mock_that_cannot_be_made_says_why(arguments: list[str], options: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("?", ".")):
        Mock(*arguments, **options)


def test_a_folder_is_the_document_in_it(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text('openapi: "3.1.0"\ninfo: {title: t, version: "1"}\npaths: {}\n')
    assert Mock(tmp_path).service().slug
    (tmp_path / "openapi.yaml").unlink()
    with pytest.raises(ValueError, match=r"is a folder without an openapi\.yaml"):
        Mock(tmp_path)


def test_an_empty_host_is_not_taken_for_every_one() -> None:
    mock = Mock("zeeg", host="")
    with pytest.raises(ValueError, match=r"0\.0\.0\.0 is every one"):
        _ = mock.url
