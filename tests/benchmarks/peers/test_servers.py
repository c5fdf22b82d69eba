from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.load import Ask
from benchmarks.peers import servers
from benchmarks.peers.installing import Installed, NotInstalled
from benchmarks.peers.servers import Job, Peer

ASKS = (
    Ask("list", "GET", "/v2/bookings?limit=10", "a-token"),
    Ask("get", "GET", "/v2/bookings/b-1", "a-token"),
    Ask("post", "POST", "/v2/bookings", "a-token", '{"start":1}'),
    Ask("refused", "POST", "/v2/bookings", "a-token", "{}"),
)
REPLIES = {
    name: {"status": status, "headers": {"content-type": "application/json"}, "body": body}
    for name, status, body in (
        ("list", 200, "[]"),
        ("get", 200, '{"id":1}'),
        ("post", 201, "{}"),
        ("refused", 400, '"é"'),
    )
}
JOB = Job(
    "some",
    Path("document.json"),
    ("document.json", "--data", "empty"),
    ASKS,
    {"list": "listBookings", "get": "getBooking", "post": "createBooking"},
    {"$.start": "[0-9]+"},
    REPLIES,
)


def test_wiremock_is_told_what_a_valid_body_has_and_refuses_every_other() -> None:
    told = {each["response"]["body"]: each for each in servers.mappings(JOB)}
    valid, refused = told["{}"], told['"é"']
    assert valid["request"]["bodyPatterns"] == [
        {"matchesJsonPath": {"expression": "$.start", "matches": "[0-9]+"}}
    ]
    assert "bodyPatterns" not in refused["request"]
    assert valid["priority"] < refused["priority"]
    assert told["[]"]["request"]["urlPath"] == "/v2/bookings"
    assert {each["request"]["headers"]["Authorization"]["equalTo"] for each in told.values()} == {
        "Bearer a-token"
    }


def test_a_server_without_the_prefix_is_asked_without_it() -> None:
    peer = Peer("one", lambda job, port, folder: [], prefix="")
    assert [ask.path for ask in peer.asks(JOB)] == [
        "/bookings?limit=10",
        "/bookings/b-1",
        "/bookings",
        "/bookings",
    ]
    assert Peer("two", lambda job, port, folder: []).asks(JOB) == [*ASKS]


def test_bare_uvicorn_is_given_what_the_mock_answered(tmp_path: Path) -> None:
    command = servers.bare().command(JOB, 4010, tmp_path)
    assert command[:3] == [sys.executable, "-m", "benchmarks.bare"]
    told: list[dict[str, Any]] = orjson.loads(Path(command[3]).read_bytes())
    assert [(each["method"], each["path"], each["status"]) for each in told] == [
        ("GET", "/v2/bookings", 200),
        ("GET", "/v2/bookings/b-1", 200),
        ("POST", "/v2/bookings", 201),
        ("REFUSED", "/v2/bookings", 400),
    ]
    assert told[3]["asked"] == "{}"
    assert base64.b64decode(told[3]["body"]).decode() == '"é"'
    assert ["content-length", "4"] in told[3]["headers"]


def test_the_mock_serves_what_it_is_told_to_and_logs_nothing(tmp_path: Path) -> None:
    peer = servers.ours("Understudy", tmp_path)
    assert peer.folder == tmp_path
    assert peer.own
    words = " ".join(peer.command(JOB, 4010, tmp_path))
    assert words.endswith("-m mockserver serve document.json --data empty --quiet --port 4010")


def test_openapi_backend_is_told_which_operation_answers_what(tmp_path: Path) -> None:
    package = tmp_path / "openapi-backend"
    package.mkdir()
    (package / "package.json").write_text('{"version": "5.21.2"}')
    peer = servers.openapi_backend(Installed("/bin/node", tmp_path, None))
    assert peer.version == "5.21.2"
    command = peer.command(JOB, 4010, tmp_path)
    told = orjson.loads(Path(command[4]).read_bytes())
    assert told["operations"]["post"] == "createBooking"
    assert told["token"] == "a-token"
    assert told["replies"]["post"]["status"] == 201


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (servers.prism, "there is no Node 24"),
        (servers.mockoon, "there is no Node 24"),
        (servers.wiremock, "there is no java"),
    ],
)
def test_a_server_that_cannot_be_had_says_why(make: Any, told: str, tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match=told):
        make(Installed(None, tmp_path, None))


def test_a_package_that_npm_could_not_fetch_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotInstalled, match=r"npm could not fetch @stoplight/prism-cli@5\.16\.0"):
        servers.prism(Installed("/bin/node", tmp_path, None))
    with pytest.raises(NotInstalled, match=r"npm could not fetch wiremock@"):
        servers.wiremock(Installed("/bin/node", tmp_path, "/bin/java"))


def test_a_server_that_ends_at_once_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    peer = Peer(
        "broken", lambda job, port, folder: [sys.executable, "-c", "raise SystemExit('no such port')"]
    )
    with (
        pytest.raises(RuntimeError, match="broken did not start: no such port"),
        servers.running(peer, JOB, tmp_path),
    ):
        pass


def test_bare_uvicorn_runs_answers_and_is_ended(tmp_path: Path) -> None:
    with servers.running(servers.bare(), JOB, tmp_path) as server:
        assert [servers.put(server.url, ask)[::2] for ask in ASKS] == [
            (200, b"[]"),
            (200, b'{"id":1}'),
            (201, b"{}"),
            (400, '"é"'.encode()),
        ]
        assert server.cold > 0
        assert not server.idle <= 1
    assert server.process.poll() is not None
    assert not servers.answers(server.url, ASKS[0])
