from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from benchmarks.documents import write_document
from benchmarks.load import EACH_SECOND, Ask, Measure
from benchmarks.peers import __main__ as peers
from benchmarks.peers.servers import Peer, Running
from benchmarks.peers.subjects import furnish_things
from mockserver import Mock
from tests.benchmarks.peers.results import result

ASKS = tuple(Ask(name, "GET", "/v2/things", "a-token") for name in ("list", "get", "post", "refused"))


def told_to(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks.peers", *arguments])
    return peers.main()


def running(name: str, *, own: bool = False) -> Running:
    """A server of which nothing is asked but by a `measure` that is made up."""
    return Running(
        Peer(name, lambda job, port, folder: [], own=own), "http://here", cast(Any, None), 0.1, 1.0
    )


def loaded(server: Running, told: dict[str, str], asks: tuple[Ask, ...] = ASKS, seconds: int = 1) -> Any:
    name = server.peer.name
    found = peers.load([server], {name: asks}, {name: told}, "4 operations", [16, 1], 3, seconds, Path())
    return found[name]


def test_what_a_server_does_instead_is_found_before_anything_is_measured(tmp_path: Path) -> None:
    document = write_document(tmp_path, 4)
    with Mock(document, data="empty") as mock:
        right = furnish_things(mock.url, document.stem)
        assert peers.tried(mock.url, right) == {}
        _, get, post, refused = right
        wrong = (replace(refused, name="post"), replace(post, name="refused"), replace(get, path="/v2/none"))
        assert peers.tried(mock.url, wrong) == {
            "post": "refused (422)",
            "refused": "accepted",
            "get": "refused (404)",
        }
        gone = mock.url
    assert peers.tried(gone, right[:1]) == {"list": "no answer"}


def test_medians_of_the_rounds_count(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = iter([1, 1, 1, 1, *(number * 10 for number in range(24))])
    monkeypatch.setattr(peers, "measure", lambda *_, **__: Measure(next(rates), 4.0, 2.0))
    server = running("Prism")
    found = loaded(server, {})
    # Round by round eight are measured: four requests at 16 connections, four at one.
    assert [found["16"][ask.name]["rate"] for ask in ASKS] == [80, 90, 100, 110]
    assert [found["1"][ask.name]["rate"] for ask in ASKS] == [120, 130, 140, 150]
    assert found["16"]["get"] == {"rate": 90, "p50": 2.0, "p99": 4.0}
    assert server.asked == 4 + sum(range(24)) * 10


def test_a_request_that_a_peer_does_not_answer_as_it_should_is_not_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peers, "measure", lambda *_, **__: Measure(1, 1))
    found = loaded(running("Mockoon"), {"refused": "accepted"})
    assert set(found["16"]) == set(found["1"]) == {"list", "get", "post"}


def test_a_peer_that_fails_under_load_is_told_of_and_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def measure(_: str, ask: Ask, **__: Any) -> Measure:
        asked.append(ask.name)
        if asked.count("get") == 3 and ask.name == "get":
            raise RuntimeError("Socket errors")
        return Measure(1, 1)

    monkeypatch.setattr(peers, "measure", measure)
    told: dict[str, str] = {}
    found = loaded(running("Mockoon"), told)
    assert told == {"get": "fails under load"}
    assert asked.count("get") == 3
    assert set(found["16"]) == set(found["1"]) == {"list", "post", "refused"}


def test_the_mock_failing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*_: Any, **__: Any) -> Measure:
        raise RuntimeError("wrong kind of answer")

    monkeypatch.setattr(peers, "measure", measure)
    with pytest.raises(RuntimeError, match="wrong kind of answer"):
        loaded(running("Understudy", own=True), {})


@pytest.mark.parametrize("rate", [10, 100_000])
def test_no_load_begins_in_what_the_one_before_may_have_asked(
    rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[int, int]] = []

    def measure(_: str, ask: Ask, *, begin: int, connections: int, seconds: int, **__: Any) -> Measure:
        if ask.series is not None:
            begun.append((begin, min(rate * seconds, EACH_SECOND * seconds) + connections))
        return Measure(rate, 1)

    monkeypatch.setattr(peers, "measure", measure)
    asks = (*ASKS[:2], replace(ASKS[2], series=str), ASKS[3])
    loaded(running("Understudy", own=True), {}, asks, seconds=2)
    assert len(begun) == 7
    for (begin, made), (after, _) in pairwise(begun):
        assert after >= begin + made


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--documents", "4,many"], "--documents: 'many' is no document"),
        (["--connections", "16,few"], "--connections: '16,few' are no numbers"),
        (["--rounds", "some"], "--rounds: invalid int value"),
    ],
)
def test_a_mistake_is_told_before_anything_is_fetched_or_started(
    arguments: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peers, "install", None)
    with pytest.raises(SystemExit) as ended:
        told_to(monkeypatch, *arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_without_wrk_it_is_said_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(peers, "install", None)
    assert told_to(monkeypatch, "--documents", "4") == 2
    assert "apt-get install wrk" in capsys.readouterr().err


def test_a_server_that_does_not_start_is_told_of_and_nothing_is_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def measured(*_: Any) -> None:
        raise RuntimeError("Prism did not start: no such file")

    monkeypatch.setattr(peers, "lacks_wrk", lambda: False)
    monkeypatch.setattr(peers, "measured", measured)
    assert told_to(monkeypatch, "--documents", "4", "--output", str(tmp_path / "none.json")) == 1
    assert capsys.readouterr().err.strip() == "Prism did not start: no such file"
    assert not list(tmp_path.iterdir())


def test_another_result_is_drawn_beside_itself_and_nothing_else_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(peers, "SOURCES", tmp_path / "nowhere")
    output = tmp_path / "mine.json"
    output.write_bytes(orjson.dumps(result()))
    assert told_to(monkeypatch, "--draw", "--output", str(output)) == 0
    assert "### Cal.com & more, 152 operations" in capsys.readouterr().out
    assert len(list(tmp_path.glob("peers-*.svg"))) == 4
    assert not (tmp_path / "nowhere").exists()


def test_a_result_says_how_to_measure_it_again(tmp_path: Path) -> None:
    chosen = argparse.Namespace(rounds=2, seconds=5, compiled=None)
    assert peers.command(chosen) == "python -m benchmarks.peers --rounds 2 --seconds 5"
    chosen.compiled = tmp_path
    assert peers.command(chosen).startswith("make compiled && python -m benchmarks.peers --rounds 2")
    assert str(tmp_path) not in peers.command(chosen)
