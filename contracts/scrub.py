"""Takes secrets out of text by their value, however they are written; knows no report."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

SHORTEST = 6


class Scrubber:
    """Replaces secrets by names. More can be learnt while it is in use; the longest go first."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._forms: dict[str, str] = {}
        self._ordered: list[tuple[str, str]] = []
        self.learn(secrets or {})

    def learn(self, secrets: Mapping[str, str]) -> None:
        """These are secrets from now on: value -> the name that stands in its place."""
        before = len(self._forms)
        for value, name in secrets.items():
            if len(value) < SHORTEST:
                continue
            for form in _forms(value):
                self._forms.setdefault(form, name)
        if len(self._forms) != before:
            self._ordered = sorted(self._forms.items(), key=lambda each: -len(each[0]))

    def text(self, text: str) -> str:
        """The text with names in place of secrets: `$OWNER`."""
        for form, name in self._ordered:
            if form in text:
                text = text.replace(form, f"${name}")
        return text

    def data(self, data: bytes) -> bytes:
        """The same for bytes."""
        for form, name in self._ordered:
            wanted = form.encode()
            if wanted in data:
                data = data.replace(wanted, f"${name}".encode())
        return data


def _forms(value: str) -> set[str]:
    """The ways in which a value gets into texts: as it is, quoted, escaped, in Basic credentials."""
    plain = {value, quote(value, safe=""), quote(value), quote_plus(value)}
    plain |= {each.lower() for each in plain} | {each.upper() for each in plain}
    escaped = {
        json.dumps(value)[1:-1],
        html.escape(value),
        html.escape(value, quote=False),
        repr(value)[1:-1],
    }
    encoded = set(_in_base64(value.encode())) if len(value) >= 2 * SHORTEST else set()
    return {each for each in plain | escaped | encoded if len(each) >= SHORTEST}


def _in_base64(value: bytes) -> Iterator[str]:
    """What of a value stays the same within longer base64: it depends on what goes before, in three ways."""
    for before in range(3):
        told = base64.b64encode(bytes(before) + value).decode().rstrip("=")
        first = -(-before * 4 // 3)
        last = len(told) - (1 if (before + len(value)) % 3 else 0)
        yield told[first:last]
        yield told[first:last].replace("+", "-").replace("/", "_")
