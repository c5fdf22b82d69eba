"""The string and number formats a schema may name beyond JSON Schema's own; knows nothing of documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, time
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from jsonschema_rs import EmailOptions

E164_PATTERN = r"^\+[1-9][0-9]{1,14}$"
"""The same for ECMA rules, where `$` is the end and `[0-9]` is ASCII."""

E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_LOCAL_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?", re.ASCII
)
_LOCAL_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?", re.ASCII)

INTEGER_BOUNDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
)
"""Number formats as inclusive bounds: a validator of strings is never asked about numbers."""

EMAIL = EmailOptions(allow_display_text=False)
"""An address and nothing around it: `Joe <joe@example.com>` is a mailbox, not an address."""

NOUNS: Mapping[str, str] = MappingProxyType(
    {
        "e164": "an E.164 phone number such as +4915112345678",
        "iana-time-zone": "an IANA time zone such as Europe/Berlin",
        "email": "an e-mail address",
        "idn-email": "an e-mail address",
        "uuid": "a UUID",
        "date": "a date such as 2026-04-10",
        "date-time": "a date and time with an offset such as 2026-04-10T14:30:00Z",
        "date-time-local": "a date and time without an offset such as 2026-04-10T14:30:00",
        "time": "a time with an offset such as 14:30:00Z",
        "time-local": "a time without an offset such as 14:30:00",
        "duration": "an ISO 8601 duration such as PT30M",
        "uri": "an absolute URI such as https://example.com/path",
        "uri-reference": "a URI reference",
        "iri": "an absolute IRI",
        "iri-reference": "an IRI reference",
        "uri-template": "a URI template",
        "hostname": "a host name",
        "idn-hostname": "a host name",
        "ipv4": "an IPv4 address",
        "ipv6": "an IPv6 address",
        "json-pointer": "a JSON pointer",
        "relative-json-pointer": "a relative JSON pointer",
        "regex": "a regular expression",
        "int32": "an integer of 32 bits",
        "int64": "an integer of 64 bits",
    }
)
"""What a value of a format is, with its article, for messages."""


def is_e164(text: str) -> bool:
    """Strict E.164: `+`, no leading zero, 2 to 15 ASCII digits and nothing else."""
    return E164.fullmatch(text) is not None


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """Every name of the tz database that is installed with us; never a look-up by path."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


def is_local_date_time(text: str) -> bool:
    """RFC 3339 `full-date "T" partial-time`, without an offset."""
    return _LOCAL_DATE_TIME.fullmatch(text) is not None and _parses(datetime.fromisoformat, text[:19])


def is_local_time(text: str) -> bool:
    """RFC 3339 `partial-time`, without an offset."""
    return _LOCAL_TIME.fullmatch(text) is not None and _parses(time.fromisoformat, text[:8])


def format_checks() -> dict[str, Callable[[str], Any]]:
    """The checks that JSON Schema does not bring itself, by format; true or not of a string."""
    return {
        # Not `is_e164`, a frame of Python more: the validator asks only whether there is a match.
        "e164": E164.fullmatch,
        "iana-time-zone": time_zones().__contains__,
        "date-time-local": is_local_date_time,
        "time-local": is_local_time,
    }


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
