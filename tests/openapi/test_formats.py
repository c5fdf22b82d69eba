from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.openapi.formats import INTEGER_BOUNDS, NOUNS, format_checks, is_e164, time_zones
from mockserver.openapi.schemas import Schemas

SCHEMAS = Schemas({})


def valid(form: str, value: object) -> bool:
    return SCHEMAS.check_inline({"format": form}).ok(value)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("e164", "+4915112345678"),
        ("e164", "+14155551234"),
        ("e164", "+12"),
        ("e164", "+123456789012345"),
        ("iana-time-zone", "Europe/Berlin"),
        ("iana-time-zone", "Australia/Lord_Howe"),
        ("iana-time-zone", "UTC"),
        ("email", "alex.mueller+demo@example.com"),
        ("email", '"a b"@example.com'),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380"),
        ("uuid", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"),
        ("date", "2024-02-29"),
        ("date-time", "2026-04-15T09:00:00Z"),
        ("date-time", "2026-04-15T09:00:00.000000Z"),
        ("date-time", "2026-04-15T09:00:00+10:30"),
        ("date-time", "2026-04-15t09:00:00z"),
        ("date-time", "2016-12-31T23:59:60Z"),
        ("time", "09:00:00Z"),
        ("time", "09:00:00.5+01:00"),
        ("date-time-local", "2026-04-15T09:00:00"),
        ("time-local", "09:00:00.25"),
        ("uri", "https://example.com/a?b#c"),
        ("uri", "mailto:alex@example.com"),
    ],
)
def test_what_a_format_allows(form: str, value: str) -> None:
    assert valid(form, value)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("e164", "4915112345678"),
        ("e164", "+04915112345678"),
        ("e164", "+1234567890123456"),
        ("e164", "+1"),
        ("e164", "+"),
        ("e164", "+49 151 12345678"),
        ("e164", "+49151-12345678"),
        ("e164", "tel:+4915112345678"),
        ("e164", "+4915112345678\n"),
        ("e164", " +4915112345678"),
        ("e164", "+49151١٢٣٤٥"),
        ("e164", "＋4915112345678"),
        ("iana-time-zone", "Europe/berlin"),
        ("iana-time-zone", "../zoneinfo/Europe/Berlin"),
        ("iana-time-zone", "/etc/localtime"),
        ("iana-time-zone", "Europe"),
        ("iana-time-zone", ""),
        ("iana-time-zone", "Mars/Olympus"),
        ("iana-time-zone", "Europe/Berlin\n"),
        ("email", "Alex <alex@example.com>"),
        ("email", "alex"),
        ("email", "alex@"),
        ("email", "alex@example.com\n"),
        ("email", "a..b@example.com"),
        ("uuid", "2eb8aa08aa9811eab4aa73b441d16380"),
        ("uuid", "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}"),
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380\n"),
        ("date", "2023-02-29"),
        ("date", "2023-2-9"),
        ("date", "20230209"),
        ("date-time", "2026-04-15T09:00:00"),
        ("date-time", "2026-04-15 09:00:00Z"),
        ("date-time", "2026-04-15T09:00Z"),
        ("date-time", "2026-04-15T24:00:00Z"),
        ("date-time", "2026-04-15T09:00:00+0100"),
        ("date-time", "2016-12-31T22:59:60Z"),
        ("date-time", "2026-04-15T09:00:00Z\n"),
        ("date-time", "২026-04-15T09:00:00Z"),
        ("time", "09:00:00"),
        ("time", "25:00:00Z"),
        ("date-time-local", "2026-04-15T09:00:00Z"),
        ("date-time-local", "2026-02-30T09:00:00"),
        ("time-local", "9:00:00"),
        ("time-local", "24:00:00"),
        ("uri", "/relative"),
        ("uri", "example.com"),
        ("uri", "https://example.com/{id}"),
        ("uri", "https://exa mple.com"),
    ],
)
def test_what_a_format_refuses(form: str, value: str) -> None:
    assert not valid(form, value)


@pytest.mark.parametrize("form", sorted(NOUNS))
def test_a_format_says_nothing_of_other_types(form: str) -> None:
    assert valid(form, None)
    assert valid(form, ["x"])


@pytest.mark.parametrize(("form", "bounds"), INTEGER_BOUNDS.items())
def test_integer_formats_are_bounds(form: str, bounds: tuple[int, int]) -> None:
    check = SCHEMAS.check_inline({"type": "integer", "format": form})
    low, high = bounds
    assert check.ok(low)
    assert check.ok(high)
    assert not check.ok(low - 1)
    assert not check.ok(high + 1)
    assert check.problems(high + 1)[0].rule == "format"


@given(st.text(alphabet=st.sampled_from("+0123456789 -٣\n")))
@settings(deadline=None)
def test_e164_is_a_plus_and_two_to_fifteen_digits_of_which_the_first_is_not_zero(text: str) -> None:
    digits = text[1:]
    expected = (
        text[:1] == "+"
        and 2 <= len(digits) <= 15
        and all(char in string.digits for char in digits)
        and digits[0] != "0"
    )
    assert is_e164(text) is expected


def test_every_time_zone_can_be_used() -> None:
    from zoneinfo import ZoneInfo

    assert len(time_zones()) > 400
    for name in sorted(time_zones())[::40]:
        assert ZoneInfo(name).key == name


def test_every_format_of_ours_has_a_noun_for_messages() -> None:
    assert set(format_checks()) | set(INTEGER_BOUNDS) <= set(NOUNS)
