"""Values that look like what their name or format says; knows names and formats, not schemas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from mockserver.engine.dice import Dice

_FIRST = ("Alex", "Lena", "Jonas", "Mira", "Noah", "Elif", "Paul", "Sofia", "Omar", "Ines", "Yuki", "Priya")
_LAST = ("Mueller", "Rossi", "Novak", "Dubois", "Okafor", "Larsen", "Silva", "Tanaka", "Weber", "Haddad")
_THINGS = ("Quarterly check-in", "Product demo", "Onboarding", "Portfolio review", "Interview", "Planning")
_CITIES = ("Berlin", "Lisbon", "Oslo", "Toronto", "Nairobi", "Osaka")
_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Europe/Lisbon")
_WORDS = ("north", "amber", "river", "summit", "cobalt", "meadow", "harbor", "maple", "delta", "orchid")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_HEX = "0123456789abcdef"
_EPOCH = datetime(2026, 4, 6, 7, 0, tzinfo=UTC)
_NOT_LETTERS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class At:
    """Where a value stands: its own dice, those of the object around it, and its name there.

    What belongs together (a person's names and address, an object's dates) comes from the object's dice.
    """

    dice: Dice
    whole: Dice
    name: str

    @property
    def plain(self) -> str:
        """The name in lower case, letters and digits only."""
        return _NOT_LETTERS.sub("", self.name).lower()

    def person(self) -> tuple[str, str]:
        """First and last name of the object's person."""
        dice = self.whole.child("person")
        return dice.pick(_FIRST), dice.pick(_LAST)

    def moment(self) -> datetime:
        """A point in time; within an object created comes before updated, before start, before end."""
        dice = self.whole.child("moment")
        start = _EPOCH + timedelta(days=dice.below(90), minutes=30 * dice.below(18))
        name = self.plain
        if "creat" in name or name == "scheduledat":
            return start - timedelta(days=7)
        if "updat" in name or "modif" in name:
            return start - timedelta(days=6)
        if name.startswith(("end", "max", "last", "until", "before")) or name.endswith(("end", "until")):
            return start + timedelta(minutes=30)
        return start

    def words(self) -> str:
        """Two words, joined."""
        return f"{self.dice.pick(_WORDS)}-{self.dice.pick(_WORDS)}"


Make = Callable[[At], str]


def _email(at: At) -> str:
    first, last = at.person()
    return f"{first.lower()}.{last.lower()}@example.com"


def _uuid(at: At) -> str:
    return str(UUID(int=at.dice.below(1 << 128), version=4))


def _uri(at: At) -> str:
    return f"https://example.com/{at.words()}"


def _phone(at: At) -> str:
    # 555-0100 to 555-0199 belong to nobody.
    return f"+1202555{at.dice.between(100, 199):04d}"


def _path(at: At) -> str:
    return f"/{at.words()}"


def _host(at: At) -> str:
    return f"{at.words()}.example.com"


def _time_as(form: str) -> Make:
    return lambda at: at.moment().strftime(form)


def _one_of(*options: str) -> Make:
    return lambda at: at.dice.pick(options)


def _letters(alphabet: str, length: int) -> Make:
    return lambda at: at.dice.text(alphabet, length)


FORMATS: Mapping[str, Make] = MappingProxyType(
    {
        "email": _email,
        "idn-email": _email,
        "uuid": _uuid,
        "date": _time_as("%Y-%m-%d"),
        "date-time": _time_as("%Y-%m-%dT%H:%M:%SZ"),
        "date-time-local": _time_as("%Y-%m-%dT%H:%M:%S"),
        "time": _time_as("%H:%M:%SZ"),
        "time-local": _time_as("%H:%M:%S"),
        "duration": _one_of("PT15M", "PT30M", "PT1H", "P1D"),
        "uri": _uri,
        "iri": _uri,
        "url": _uri,
        "uri-reference": _path,
        "iri-reference": _path,
        "uri-template": lambda at: f"{_uri(at)}/{{id}}",
        "hostname": _host,
        "idn-hostname": _host,
        "ipv4": lambda at: f"192.0.2.{at.dice.between(1, 254)}",
        "ipv6": lambda at: f"2001:db8::{at.dice.between(1, 0xFFFF):x}",
        "e164": _phone,
        "phone": _phone,
        "iana-time-zone": _one_of(*_ZONES),
        "json-pointer": _path,
        "relative-json-pointer": lambda at: f"0{_path(at)}",
        "regex": lambda at: f"^{at.words()}$",
        "byte": _letters(_BASE62, 8),
    }
)

_NAMES: tuple[tuple[re.Pattern[str], Make], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"mail(address)?s?$", _email),
        (r"phone(number)?$|mobile$", _phone),
        (r"(first|given)name$", lambda at: at.person()[0]),
        (r"(last|family|sur)name$", lambda at: at.person()[1]),
        (r"username$|slug$|handle$", At.words),
        (r"(full|display|invitee|attendee|host|customer|user)name$|^name$", lambda at: " ".join(at.person())),
        (r"(uuid|guid)$", _uuid),
        (r"timezone$|^tz$", FORMATS["iana-time-zone"]),
        (r"(url|uri|link|href|website|avatar|image|logo)$", _uri),
        (r"([a-z]at|datetime|timestamp|starttime|endtime)$|^(start|end)$", FORMATS["date-time"]),
        (r"date$|^day$", FORMATS["date"]),
        (r"time$", _time_as("%H:%M")),
        (r"(title|subject|summary|event|name)$", _one_of(*_THINGS)),
        (
            r"(description|notes?|message|comment|reason|bio|content|text)$",
            lambda at: f"{at.dice.pick(_THINGS)} with {at.person()[0]}.",
        ),
        (r"(token|secret|key|cursor|hash|signature|password)$", _letters(_BASE62, 24)),
        (r"(id|reference|ref|code)$", _letters(_BASE62, 12)),
        (r"(locale|language|lang)$", _one_of("en", "de", "fr", "pt")),
        (r"country$", _one_of("DE", "US", "JP", "PT")),
        (r"currency$", _one_of("EUR", "USD", "JPY")),
        (r"(city|location|place)$", _one_of(*_CITIES)),
        (r"colou?r$", lambda at: f"#{at.dice.text(_HEX, 6)}"),
    )
)

_SHAPES: tuple[Make, ...] = (
    *(
        _time_as(form)
        for form in (
            "%Y-%m-%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%dT%H:%M:%S.000000Z",
            "%Y-%m-%d",
            "%H:%M",
            "%H:%M:%S",
            "%Y-%m-%d %H:%M",
        )
    ),
    _phone,
    _email,
    _uri,
    _uuid,
    FORMATS["iana-time-zone"],
    lambda at: f"#{at.dice.text(_HEX, 6)}",
)

_NUMBERS: tuple[tuple[re.Pattern[str], tuple[int, ...]], ...] = (
    (re.compile(r"(duration|minutes|length)$"), (15, 30, 45, 60)),
    (re.compile(r"(page|currentpage|order|position|version)$"), (1,)),
    (re.compile(r"(status|statuscode)$"), (200,)),
    (re.compile(r"hours?$"), (9, 10, 14)),
    (re.compile(r"year$"), (2026,)),
)


def by_name(at: At) -> str:
    """A text that suits a name ("startTime", "inviteeEmail"); a word where the name says nothing."""
    plain = at.plain
    for pattern, make in _NAMES:
        if pattern.search(plain):
            return make(at)
    return at.dice.pick(_WORDS)


def likely(at: At, form: str | None) -> Iterator[str]:
    """Texts to try on a pattern: what the format says, what the name says, then shapes that are common."""
    if form is not None and form in FORMATS:
        yield FORMATS[form](at)
    yield by_name(at)
    for make in _SHAPES:
        yield make(at)


def number_by_name(at: At) -> int | None:
    """A whole number that suits a name; None where the name says nothing."""
    plain = at.plain
    for pattern, options in _NUMBERS:
        if pattern.search(plain):
            return at.dice.pick(options)
    return None
