from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.load import Ask, NoLoadTool, find_wrk, read, write_script

TOLD = """Running 1s test @ http://127.0.0.1:4571/v2/things
  1 threads and 2 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    18.44ms   38.81ms 202.41ms   87.09%
    Req/Sec     1.35k   752.82     2.25k    62.50%
  Latency Distribution
     50%  890.00us
     75%    7.93ms
     90%   78.97ms
     99%    1.74s
  1191 requests in 1.01s, 604.99KB read
Requests/sec:   1183.65
Transfer/sec:    601.25KB
"""


def with_refusals(count: int) -> str:
    return TOLD.replace("Requests/sec", f"  Non-2xx or 3xx responses: {count}\nRequests/sec")


def test_rates_and_percentiles_are_read_in_milliseconds_whatever_their_unit() -> None:
    measure = read(TOLD, "list")
    assert (measure.rate, measure.p99) == (1183.65, 1740.0)
    assert measure.p50 == pytest.approx(0.89)


def test_what_is_to_be_refused_must_be_refused_every_time() -> None:
    assert read(with_refusals(1191), "refused").rate == 1183.65
    with pytest.raises(RuntimeError, match="1190 answers are refusals, 1191 are due"):
        read(with_refusals(1190), "refused")
    with pytest.raises(RuntimeError, match="0 answers are refusals, 1191 are due"):
        read(TOLD, "refused")


@pytest.mark.parametrize("name", ["list", "get", "post"])
def test_nothing_else_may_be_refused_even_once(name: str) -> None:
    with pytest.raises(RuntimeError, match=f"{name} at http://here: 1 answers are refusals, 0 are due"):
        read(with_refusals(1), name, "http://here")


@pytest.mark.parametrize(
    "told",
    [
        "",
        TOLD.replace("Requests/sec", "Nothing"),
        TOLD.replace("99%", "98%"),
        TOLD + "  Socket errors: connect 0, read 0, write 0, timeout 16\n",
    ],
)
def test_what_wrk_could_not_measure_is_an_error_that_shows_what_it_said(told: str) -> None:
    with pytest.raises(RuntimeError, match="wrk could not measure get at http://here") as raised:
        read(told, "get", "http://here")
    assert told in str(raised.value)


def test_a_missing_wrk_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoLoadTool, match="apt-get install wrk"):
        find_wrk()


def test_a_script_says_method_credentials_and_headers_of_a_request(tmp_path: Path) -> None:
    ask = Ask("get", "GET", "/v2/things/1", "a-token", headers={"cal-api-version": "2026-05-01"})
    text = write_script(ask, tmp_path).read_text()
    assert 'wrk.method = "GET"' in text
    assert 'wrk.headers["Authorization"] = "Bearer a-token"' in text
    assert 'wrk.headers["cal-api-version"] = "2026-05-01"' in text
    assert "body" not in text
    assert "Content-Type" not in text


def test_a_script_sends_the_one_body_of_a_request(tmp_path: Path) -> None:
    text = write_script(Ask("post", "POST", "/v2/things", "a-token", '{"a":1}'), tmp_path).read_text()
    assert 'wrk.body = [==[{"a":1}]==]' in text
    assert 'wrk.headers["Content-Type"] = "application/json"' in text


def test_a_series_is_written_from_where_the_last_load_ended(tmp_path: Path) -> None:
    ask = Ask("post", "POST", "/v2/things", "a-token", '{"a":-1}', series=lambda number: f'{{"a":{number}}}')
    script = write_script(ask, tmp_path, begin=40, bodies=3)
    assert (tmp_path / "post.txt").read_text().splitlines() == ['{"a":40}', '{"a":41}', '{"a":42}']
    assert str(tmp_path / "post.txt") in script.read_text()
    assert "wrk.body" not in script.read_text()
