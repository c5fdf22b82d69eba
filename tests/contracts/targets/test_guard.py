"""The guard lets out what it may, as often as it may, as fast as it may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.targets.guard import Barred, Guard, Rules
from contracts.targets.target import SAFE, Spent

HOST = "https://api.example.org"
ALL = SAFE | {"POST", "PUT", "PATCH", "DELETE"}


def guard(**rules: object) -> Guard:
    return Guard(Rules(frozenset({HOST}), **rules))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://api.example.org/",
        "https://api.example.org:8443/",
        "https://api.example.org.evil.example/",
        "https://api.example.org@evil.example/",
        "https://evil.example@api.example.org/",
        "https://api.example.org\\@evil.example/",
        "https://api.example.org\t.evil.example/",
        "https://api.example.org\r\nHost: evil.example/",
        "https://api.example.org:443@evil.example/",
        "//evil.example/",
        "ftp://api.example.org/",
        "",
    ],
)
def test_no_other_host_is_asked_however_its_address_is_written(url: str) -> None:
    with pytest.raises(Barred):
        guard().admit("GET", url)


@given(st.text(max_size=30))
def test_whatever_follows_the_address_the_request_goes_there_or_nowhere(rest: str) -> None:
    from urllib3.util import parse_url

    one = guard()
    try:
        one.admit("GET", HOST + rest)
    except Barred:
        assert one.sent == 0
    else:
        found = parse_url(HOST + rest)
        assert (found.scheme, found.netloc) == ("https", "api.example.org")


@pytest.mark.parametrize(
    "verb", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "QUERY", "GET\r\nPOST", ""]
)
def test_with_writes_off_only_safe_verbs_leave(verb: str) -> None:
    one = guard()
    with pytest.raises(Barred):
        one.admit(verb, f"{HOST}/")
    assert one.sent == 0


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"])
def test_a_read_may_not_ask_to_be_taken_for_a_write(header: str) -> None:
    with pytest.raises(Barred, match="another verb"):
        guard().admit("GET", f"{HOST}/", [header])
    with pytest.raises(Barred, match="another verb"):
        guard().admit("GET", f"{HOST}/?a=1&_method=DELETE")


@given(st.integers(0, 40), st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=80))
def test_never_more_leave_than_the_limit_and_what_was_kept_can_be_used(
    limit: int, asked: list[tuple[bool, int]]
) -> None:
    one = guard(requests=limit or 1, verbs=ALL)
    kept = 0
    for cleaning, keep in asked:
        try:
            if cleaning and kept:
                one.admit("DELETE", f"{HOST}/", reserved=True)
                kept -= 1
            else:
                one.admit("POST", f"{HOST}/", keep=keep)
                kept += keep
        except Spent:
            assert not (cleaning and kept), "what was kept for clean-up is there"
        assert one.sent + kept <= (limit or 1)


def test_threads_together_do_not_pass_the_limit() -> None:
    one = guard(requests=50)

    def ask(_: int) -> bool:
        try:
            one.admit("GET", f"{HOST}/")
        except Spent:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(400))) == 50


def test_requests_leave_at_the_pace() -> None:
    now, slept = [100.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    one = Guard(Rules(frozenset({HOST}), rate=4.0), clock=lambda: now[0], sleep=sleep)
    for _ in range(5):
        one.admit("GET", f"{HOST}/")
    assert slept == [0.25] * 4
    now[0] += 10
    one.admit("GET", f"{HOST}/")
    assert slept == [0.25] * 4


def test_nobody_waits_longer_than_allowed() -> None:
    slept: list[float] = []
    one = Guard(Rules(frozenset({HOST}), longest=5.0), sleep=slept.append)
    assert one.wait(5)
    assert not one.wait(5.1)
    assert slept == [5]
