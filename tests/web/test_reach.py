"""Where webhooks may go: addresses in all their spellings, names resolved once, targets that are none."""

from __future__ import annotations

import asyncio
import ipaddress
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.web.reach import Reach, Target, Unreachable, read_target
from mockserver.web.sender import Outcome, Sender
from tests.receiving import receiving

ANYWHERE, PUBLIC = Reach(private=True), Reach(private=False)
NEVER = [
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"),
    # The same, written inside other addresses.
    *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254"),
    *("0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"),
]
NEAR = [
    *("127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "fd12:3456::1"),
    *("100.64.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1", "64:ff9b::7f00:1", "198.18.0.1"),
]


@pytest.mark.parametrize("text", NEVER)
@pytest.mark.parametrize("reach", [ANYWHERE, PUBLIC])
def test_some_addresses_are_closed_always(text: str, reach: Reach) -> None:
    assert reach.objection(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", NEAR)
def test_this_machine_and_its_networks_are_open_only_to_themselves(text: str) -> None:
    assert ANYWHERE.objection(ipaddress.ip_address(text)) == ""
    assert "closed while the mock listens off loopback" in PUBLIC.objection(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_the_rest_of_the_world_is_open(text: str) -> None:
    assert PUBLIC.objection(ipaddress.ip_address(text)) == ""


@given(number=st.integers(0, 2**32 - 1))
def test_an_address_inside_another_is_that_address(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    for reach in (ANYWHERE, PUBLIC):
        wanted = bool(reach.objection(plain))
        mapped = ipaddress.IPv6Address(f"::ffff:{plain}")
        translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number)
        assert bool(reach.objection(mapped)) is wanted
        assert bool(reach.objection(translated)) is wanted


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://a.test/x", "only http and https"),
        ("//a.test/x", "only http and https"),
        ("http:///x", "names no host"),
        ("http://a b/x", "names no host"),
        ("http://a.test:99999/", "malformed"),
        ("http://[::1/", "malformed"),
        ("http://user:word@a.test/", "a name or password"),
        ("http://a.test/" + "x" * 5_000, "longer than 4096"),
    ],
)
def test_an_address_that_is_none_is_told(url: str, told: str) -> None:
    with pytest.raises(Unreachable, match=told):
        read_target(url)


def test_an_address_is_read_as_it_goes_out() -> None:
    assert read_target("HTTPS://Hooks.Test./a b?c=d e#f") == Target(True, "hooks.test", 443, "/a%20b?c=d%20e")
    assert read_target("http://bücher.test:8080").host == "xn--bcher-kva.test"
    assert read_target("http://[::1]:8080/").authority == "[::1]:8080"
    assert read_target("http://a.test:80/").authority == "a.test"


@given(
    path=st.text(max_size=60).map(lambda text: "/" + text.replace("#", "")),
    query=st.text(max_size=60).map(lambda text: text.replace("#", "")),
)
def test_no_address_breaks_out_of_its_line(path: str, query: str) -> None:
    try:
        target = read_target(f"http://a.test{path}?{query}")
    except Unreachable:
        return
    assert target.path.isascii()
    assert target.path.isprintable()
    assert " " not in target.path


def post(reach: Reach, url: str, **more: Any) -> Outcome:
    return asyncio.run(Sender(reach).post(url, (), b"{}", timeout=5, **more))


def test_a_name_is_resolved_once_and_what_it_was_then_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def resolve(host: str, port: int, *_: Any, **__: Any) -> Any:
        """At first loopback, later something that must not be reached: rebinding."""
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with receiving() as receiver:
        port = receiver.url.rpartition(":")[2]
        real = socket.getaddrinfo

        def only_names(host: Any, *rest: Any, **more: Any) -> Any:
            return resolve(host, *rest, **more) if host == "rebound.test" else real(host, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", only_names)
        outcome = post(ANYWHERE, f"http://rebound.test:{port}/x")
        assert (outcome.status, asked) == (200, ["rebound.test"])
        (taken,) = receiver.taken
        assert taken.headers["host"] == f"rebound.test:{port}"
        assert post(ANYWHERE, f"http://rebound.test:{port}/x").error.startswith("a link-local or metadata")


def test_a_name_with_one_closed_address_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *_: Any, **__: Any) -> Any:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.216.34", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "closed while the mock listens off loopback" in post(PUBLIC, "http://two.test/").error


def test_a_redirect_leads_nowhere_that_is_closed() -> None:
    with receiving() as receiver:
        receiver.answer = lambda _: (307, {"location": "http://169.254.169.254/latest"}, b"")
        outcome = post(ANYWHERE, receiver.url, follows=True)
        assert outcome.error.startswith("a link-local or metadata address")
        receiver.answer = lambda _: (307, {"location": f"{receiver.url}/again"}, b"")
        assert post(ANYWHERE, receiver.url, follows=True).error == "more than 5 redirects"


@pytest.mark.parametrize(("status", "method_body"), [(307, b"{}"), (302, b"")])
def test_redirects_are_followed_where_the_provider_follows_them(status: int, method_body: bytes) -> None:
    with receiving() as receiver:
        receiver.answer = lambda taken: (
            (200, {}, b"there") if taken.path == "/there" else (status, {"location": "/there"}, b"")
        )
        outcome = post(ANYWHERE, receiver.url, follows=True)
        assert (outcome.status, outcome.answer) == (200, "there")
        assert [taken.path for taken in receiver.taken] == ["/", "/there"]
        assert receiver.taken[1].body == method_body


def test_a_header_that_does_not_stay_on_its_line_is_left_out() -> None:
    with receiving() as receiver:
        sender = Sender(ANYWHERE)
        headers = [("X-Good", "a"), ("X-Bad", "a\r\nX-Injected: b"), ("X-Bad\n", "a")]
        asyncio.run(sender.post(receiver.url, headers, b"{}", timeout=5))
        (taken,) = receiver.taken
        assert taken.headers["x-good"] == "a"
        assert not {"x-bad", "x-injected"} & set(taken.headers)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_tls_asks_for_no_certificate_on_this_machine_and_for_a_good_one_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.pem"
    made = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=receiver.test"]
    subprocess.run(
        [*made, "-days", "2", "-keyout", own, "-out", tmp_path / "c"], check=True, capture_output=True
    )
    own.write_bytes(own.read_bytes() + (tmp_path / "c").read_bytes())
    with receiving(own) as receiver:
        assert post(ANYWHERE, receiver.url).status == 200
        # The same receiver, if it were somewhere else.
        monkeypatch.setattr(Reach, "resolve", elsewhere)
        outcome = post(ANYWHERE, receiver.url)
        assert (outcome.status, outcome.error) == (None, "no TLS: certificate verify failed")


class Elsewhere(ipaddress.IPv4Address):
    """An address of this machine that says it is not."""

    is_loopback = False


async def elsewhere(_: Reach, target: Target) -> list[Any]:
    return [Elsewhere(target.host)]
