"""No secret is left in a text, however it got there."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.scrub import Scrubber

SECRET = "zeeg_s&cr3t \"+/<Ä>'x"


@pytest.mark.parametrize(
    "form",
    [
        str,
        quote,
        quote_plus,
        lambda text: quote(text, safe=""),
        lambda text: json.dumps(text),
        lambda text: html.escape(text),
        lambda text: html.escape(text, quote=False),
        escape,
        repr,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(f"{text}:".encode()).decode(),
        lambda text: base64.b64encode(f"someone:{text}".encode()).decode(),
        lambda text: base64.b64encode(f"someone else:{text}:more".encode()).decode(),
    ],
)
def test_a_secret_is_known_in_every_form(form: object) -> None:
    text = f"before {form(SECRET)} after"  # type: ignore[operator]
    told = Scrubber({SECRET: "TOKEN"}).text(text)
    assert "$TOKEN" in told
    assert "s&cr3t" not in told
    assert "cr3t" not in told


@given(
    st.binary(max_size=9),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=16),
    st.binary(max_size=9),
)
def test_within_base64_little_of_a_secret_is_left(before: bytes, secret: str, after: bytes) -> None:
    told = base64.b64encode(before + secret.encode() + after).decode()
    assert "$TOKEN" in Scrubber({secret: "TOKEN"}).text(told)


def test_the_longest_goes_first() -> None:
    scrubber = Scrubber({"abcdef": "SHORT", "abcdefgh": "LONG"})
    assert scrubber.text("abcdefgh abcdef") == "$LONG $SHORT"
    assert scrubber.data(b"abcdefgh") == b"$LONG"


def test_more_can_be_learnt_later() -> None:
    scrubber = Scrubber()
    assert scrubber.text("abcdef") == "abcdef"
    scrubber.learn({"abcdef": "TOKEN"})
    assert scrubber.text("abcdef") == "$TOKEN"
