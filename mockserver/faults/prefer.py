"""The Prefer header (RFC 7240) as faults for one request; knows its grammar and three preferences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.engine.exchange import Exchange
from mockserver.faults.answers import unknown
from mockserver.faults.catalogue import CATALOGUE, complaints, kind_named
from mockserver.faults.kinds import Active, FaultError, FaultKind

SOURCE = "Prefer"

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = r'"(?:[^"\\]|\\.)*"'
# name [= value], then parameters after semicolons; an empty value is as good as none.
PAIR = re.compile(rf"[ \t]*({TOKEN})[ \t]*(?:=[ \t]*({QUOTED}|[^\s,;\"]*))?[ \t]*")


@dataclass(slots=True)
class Preference:
    """One preference: its name in lower case, its value, its parameters."""

    name: str
    value: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def applied(self) -> bytes:
        """How Preference-Applied says that it was honoured."""
        if re.fullmatch(TOKEN, self.value):
            return f"{self.name}={self.value}".encode("latin-1")
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.name}="{escaped}"'.encode("latin-1", "replace")


def parse(headers: Iterable[bytes]) -> list[Preference]:
    """The preferences of all Prefer headers: the first where one comes twice, none where one is malformed."""
    found: dict[str, Preference] = {}
    for header in headers:
        text = header.decode("latin-1")
        at = 0
        while at < len(text):
            preference, at = _one(text, at)
            if preference is not None:
                found.setdefault(preference.name, preference)
    return list(found.values())


def requested(exchange: Exchange) -> list[Active]:
    """The faults that the request asks for itself.

    Preferences that we do not have are ignored. Refusal unknown-preference for one of ours whose value means
    nothing: no status, no such fault, a parameter that does not fit.
    """
    sent = [value for name, value in exchange.header_list if name.lower() == b"prefer"]
    known = {preference.name: preference for preference in parse(sent)}
    code, example, fault = known.get("code"), known.get("example"), known.get("fault")
    active: list[Active] = []
    if example is not None:
        params: dict[str, Any] = {"example": example.value}
        applied = example.applied
        if code is not None:
            params["code"] = _code(code)
            applied += b", " + code.applied
        active.append(Active(CATALOGUE["example"], params, SOURCE, applied))
    elif code is not None:
        active.append(Active(CATALOGUE["code"], {"code": _code(code)}, SOURCE, code.applied))
    if fault is not None:
        active.append(_fault(fault))
    return active


def _code(preference: Preference) -> int:
    value = preference.value
    if not (value.isascii() and value.isdigit() and len(value) == 3):
        raise unknown("code", value, "it is not a status of three digits")
    return int(value)


def _fault(preference: Preference) -> Active:
    try:
        kind = kind_named(preference.value)
        if kind.delivery:
            raise FaultError([f"{kind.name} meets webhooks: declare it"])
        params = _typed(kind, preference.parameters)
        if problems := complaints(kind, params, filters=False):
            raise FaultError(problems)
    except FaultError as error:
        raise unknown("fault", preference.value, str(error)) from error
    return Active(kind, params, SOURCE, preference.applied)


def _typed(kind: FaultKind, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of a header are text; those that are declared numbers or null are read as such."""
    typed: dict[str, Any] = {}
    for name, text in parameters.items():
        declared = kind.properties.get(name, {}).get("type", ())
        types = {declared} if isinstance(declared, str) else set(declared)
        value: Any = text
        if "null" in types and text.lower() == "null":
            value = None
        elif "integer" in types and re.fullmatch(r"-?[0-9]{1,18}", text):
            value = int(text)
        elif "number" in types and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text):
            value = float(text)
        typed[name] = value
    return typed


def _one(text: str, at: int) -> tuple[Preference | None, int]:
    """The preference that begins at `at`, None where it is malformed, and where the next one begins."""
    preference: Preference | None = None
    while match := PAIR.match(text, at):
        name, value = match[1], _unquoted(match[2] or "")
        if preference is None:
            preference = Preference(name.lower(), value)
        else:
            preference.parameters.setdefault(name, value)
        at = match.end()
        if at >= len(text) or text[at] == ",":
            return preference, at + 1
        if text[at] != ";":
            break
        at += 1
    comma = text.find(",", at)
    return None, len(text) if comma < 0 else comma + 1


def _unquoted(value: str) -> str:
    if value[:1] != '"':
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1])
