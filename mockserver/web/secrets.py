"""Finds secrets in traffic and takes them out by value, wherever they stand; knows no provider."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import orjson

SHORTEST = 4
SHOWN = "***"

# Names of headers, parameters and members whose values are secrets.
_NAMES = re.compile(
    r"(?:^|[-_.])(?:authorization|cookie|api[-_]?key|apikey|access[-_]?token|refresh[-_]?token|id[-_]?token|token"
    r"|secret|secret[-_]?key|client[-_]?secret|password|passwd|signature|credentials?|session|jwt)s?$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS = frozenset({"", "null", "true", "false", "none", "bearer", "basic"})


def is_secret_name(name: str) -> bool:
    """Whether what is called so is a secret: Authorization, X-Api-Key, clientSecret, refresh_token."""
    return _NAMES.search(_CAMEL.sub("_", name)) is not None


class Secrets:
    """The secrets seen so far. Once seen, a secret is hidden everywhere, also in what came before it."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._values: dict[str, None] = {}
        self._forms: list[str] | None = None
        for value in known:
            self.add(value)

    def add(self, value: str) -> None:
        """A secret. Short and harmless values are left alone: they stand everywhere."""
        value = value.strip()
        if len(value) >= SHORTEST and value.lower() not in _HARMLESS and value not in self._values:
            self._values[value] = None
            self._forms = None

    def learn_headers(self, headers: Iterable[tuple[str, str]], extra: frozenset[str] = frozenset()) -> None:
        """Secrets in headers; `extra` are further names, in lower case."""
        for name, value in headers:
            lower = name.lower()
            if lower in ("authorization", "proxy-authorization"):
                scheme, _, rest = value.strip().partition(" ")
                self.add(rest or scheme)
                if scheme.lower() == "basic":
                    self._learn_basic(rest)
            elif lower in ("cookie", "set-cookie"):
                parts = value.split(";") if lower == "cookie" else value.split(";")[:1]
                for part in parts:
                    self.add(part.partition("=")[2])
            elif lower in extra or is_secret_name(name):
                self.add(value)

    def learn_url(self, url: str, extra: frozenset[str] = frozenset()) -> None:
        """Secrets in a query and before the host."""
        parts = urlsplit(url)
        if parts.password:
            self.add(parts.password)
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name in extra or is_secret_name(name) or name in ("code", "code_verifier"):
                self.add(value)

    def learn_body(self, body: bytes, content_type: str) -> None:
        """Secrets in a JSON or form body, by the names of its members."""
        if "json" in content_type:
            try:
                self._learn_value(orjson.loads(body))
            except orjson.JSONDecodeError:
                return
        elif "x-www-form-urlencoded" in content_type:
            for name, value in parse_qsl(body.decode("latin-1"), keep_blank_values=True):
                if is_secret_name(name) or name in ("code", "code_verifier"):
                    self.add(value)

    def _learn_value(self, value: Any) -> None:
        stack = [value]
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                for name, each in node.items():
                    if isinstance(each, str) and is_secret_name(name):
                        self.add(each)
                    elif isinstance(each, (dict, list)):
                        stack.append(each)
            elif isinstance(node, list):
                stack.extend(each for each in node if isinstance(each, (dict, list)))

    def _learn_basic(self, encoded: str) -> None:
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return
        self.add(password)
        # Whose name is no secret stays; a key that is sent as the name is one.
        if not password:
            self.add(user)

    def hide(self, text: str) -> str:
        """The text with every secret, in every form that it may have in it, replaced."""
        for form in self._every_form():
            if form in text:
                text = text.replace(form, SHOWN)
        return text

    def hide_bytes(self, content: bytes) -> bytes:
        """The same of bytes; those that are no text are compared as Latin-1."""
        try:
            return self.hide(content.decode()).encode()
        except UnicodeDecodeError:
            return self.hide(content.decode("latin-1")).encode("latin-1", "replace")

    def _every_form(self) -> list[str]:
        if self._forms is None:
            forms = {form for value in self._values for form in _forms(value) if len(form) >= SHORTEST}
            # Longest first: a secret that begins with another must not leave its end behind.
            self._forms = sorted(forms, key=lambda form: (-len(form), form))
        return self._forms


def _forms(value: str) -> Iterator[str]:
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield orjson.dumps(value).decode()[1:-1]
    raw = value.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode().rstrip("=")
