"""Signatures of webhooks, held against published vectors and against programs that are not ours."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.house import known_slugs
from mockserver.signatures import InvalidSignature, Scheme, scheme, sign, verify

BODY = b'{"triggerEvent":"BOOKING_CREATED","payload":{"title":"Caf\xc3\xa9"}}'
NOW = 1_775_462_400.0

# RFC 4231, those of its test cases whose key is text: (key, data, HMAC-SHA256).
VECTORS = [
    ("\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        "Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "".join(map(chr, range(1, 26))),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
]


def openssl(secret: str, signed: bytes) -> str:
    """What OpenSSL's HMAC-SHA256 gives."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.encode().hex()}"]
    return subprocess.run(command, input=signed, capture_output=True, check=True).stdout.split()[-1].decode()


def node(secret: str, signed: bytes) -> str:
    """What the crypto module of Node.js gives, which is what integrations in JavaScript verify with."""
    script = (
        "const{createHmac}=require('crypto');const parts=[];process.stdin.on('data',d=>parts.push(d));"
        "process.stdin.on('end',()=>process.stdout.write("
        "createHmac('sha256',process.argv[1]).update(Buffer.concat(parts)).digest('hex')))"
    )
    command = ["node", "-e", script, secret]
    return subprocess.run(command, input=signed, capture_output=True, check=True).stdout.decode()


OTHERS = [
    pytest.param(program, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"needs {name}"))
    for name, program in (("openssl", openssl), ("node", node))
]


@pytest.mark.parametrize(("key", "data", "mac"), VECTORS)
def test_the_published_vectors_are_met(key: str, data: bytes, mac: str) -> None:
    assert sign("calcom", data, key) == {"X-Cal-Signature-256": mac}
    verify("calcom", {"X-Cal-Signature-256": mac}, data, key)


@pytest.mark.parametrize("program", OTHERS)
@pytest.mark.parametrize("secret", ["s3cret", "a secret with blanks", "geheimnisvoll-ä-€"])
def test_others_come_to_the_same(program: Callable[[str, bytes], str], secret: str) -> None:
    assert sign("calcom", BODY, secret) == {"X-Cal-Signature-256": program(secret, BODY)}
    stamped = f"t={NOW:.0f},v1={program(secret, f'{NOW:.0f}.'.encode() + BODY)}"
    assert sign("caledee", BODY, secret, at=NOW) == {"X-Caledee-Signature": stamped}
    verify("caledee", {"x-caledee-signature": stamped}, BODY, secret, at=NOW)


def test_without_a_secret_each_is_as_the_provider_sends_it() -> None:
    assert sign("calcom", BODY, None) == {"X-Cal-Signature-256": "no-secret-provided"}
    assert sign("caledee", BODY, None) == sign("zeeg", BODY, None) == sign("meetergo", BODY, "any") == {}
    verify("calcom", {"X-Cal-Signature-256": "no-secret-provided"}, BODY, None)
    verify("zeeg", {}, BODY, None)
    with pytest.raises(InvalidSignature, match="although there is no secret"):
        verify("calcom", sign("calcom", BODY, "s3cret"), BODY, None)


def test_a_token_is_the_secret_itself() -> None:
    assert sign("zeeg", BODY, "shared-secret") == {"Token": "shared-secret"}
    verify("zeeg", [("token", "shared-secret")], BODY, "shared-secret")
    with pytest.raises(InvalidSignature, match="is missing"):
        verify("zeeg", {}, BODY, "shared-secret")


@given(
    slug=st.sampled_from(("calcom", "caledee", "zeeg")),
    body=st.binary(max_size=200),
    secret=st.text("abcdef0123456789", min_size=12, max_size=40),
    place=st.integers(min_value=0),
)
def test_what_is_signed_verifies_and_what_was_touched_does_not(
    slug: str, body: bytes, secret: str, place: int
) -> None:
    headers = sign(slug, body, secret, at=NOW)
    verify(slug, headers, body, secret, at=NOW)
    with pytest.raises(InvalidSignature) as refused:
        verify(slug, headers, body, secret + "0", at=NOW)
    ((_, sent),) = headers.items()
    assert secret not in str(refused.value).split()
    assert sent not in str(refused.value)
    if slug != "zeeg":
        with pytest.raises(InvalidSignature):
            verify(slug, headers, body + b" ", secret, at=NOW)
    letter = sent[place % len(sent)]
    spoilt = sent[: place % len(sent)] + ("x" if letter != "x" else "y") + sent[place % len(sent) + 1 :]
    with pytest.raises(InvalidSignature):
        verify(slug, {next(iter(headers)): spoilt}, body, secret, at=NOW)


@pytest.mark.parametrize(("off", "good"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_time_may_be_five_minutes_off(off: float, good: bool) -> None:
    headers = sign("caledee", BODY, "s3cret", at=NOW + off)
    if good:
        verify("caledee", headers, BODY, "s3cret", at=NOW)
        return
    with pytest.raises(InvalidSignature, match="301 s off, and 300 s are allowed"):
        verify("caledee", headers, BODY, "s3cret", at=NOW)


def test_a_header_that_comes_twice_is_refused() -> None:
    pair = ("Token", "shared-secret")
    with pytest.raises(InvalidSignature, match="there 2 times"):
        verify("zeeg", [pair, pair], BODY, "shared-secret")


def test_a_scheme_of_ones_own_may_be_given() -> None:
    own = Scheme("hmac-sha256", "X-Signature")
    verify(own, sign(own, BODY, "s3cret"), BODY, "s3cret")


def test_every_provider_that_comes_along_has_a_scheme() -> None:
    assert {slug: scheme(slug).kind for slug in known_slugs()} == {
        "calcom": "hmac-sha256",
        "caledee": "timestamped-hmac-sha256",
        "meetergo": "none",
        "zeeg": "token",
    }
    with pytest.raises(ValueError, match=r"there is no provider 'cal'; known are calcom, "):
        scheme("cal")
