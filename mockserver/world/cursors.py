"""Opaque cursors: a position, sealed and bound to who asked for what; knows neither rows nor lists.

    base64url(seal[12] + bound[8] + JSON [position, expires])

The seal covers the rest, so a changed cursor is recognised before anything in it is believed.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final, Literal

import orjson

SEAL: Final = 12
BOUND: Final = 8
MAX_LENGTH: Final = 4096
KEPT: Final = 64  # cursors kept ready


class CursorError(ValueError):
    """A cursor that cannot be used.

    `kind`: malformed (not one of ours, or changed), foreign (made for other filters or another persona),
    stale (its time is over).
    """

    def __init__(self, kind: Literal["malformed", "foreign", "stale"]) -> None:
        self.kind: Literal["malformed", "foreign", "stale"] = kind
        super().__init__(f"{kind} cursor")


class Cursors:
    """Makes and reads the cursors of one world."""

    __slots__ = ("_base", "_made")

    def __init__(self, secret: bytes) -> None:
        self._base = blake2b(key=secret[:64], digest_size=SEAL)
        # Who asks for a page asks for it again: a third of what a cursor costs.
        self._made: dict[tuple[bytes, bytes], str] = {}

    def encode(self, position: Sequence[Any], bound: bytes, expires: float | None = None) -> str:
        """A cursor for a position (JSON values), good until `expires` (epoch seconds; None: always)."""
        told = orjson.dumps([position, expires])
        text = self._made.get((told, bound))
        if text is None:
            content = blake2b(bound, digest_size=BOUND).digest() + told
            text = urlsafe_b64encode(self._seal(content) + content).rstrip(b"=").decode()
            if len(self._made) >= KEPT:
                self._made.clear()
            self._made[told, bound] = text
        return text

    def decode(self, text: str, bound: bytes, now: float) -> list[Any]:
        """The position; CursorError when the cursor is changed, foreign or stale at `now`."""
        try:
            if len(text) > MAX_LENGTH:
                raise CursorError("malformed")
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except (NotBase64, UnicodeEncodeError):
            raise CursorError("malformed") from None
        content = raw[SEAL:]
        # The decoder overlooks foreign letters and loose bits: only the one true spelling counts.
        sound = urlsafe_b64encode(raw).rstrip(b"=").decode() == text
        if not (compare_digest(self._seal(content), raw[:SEAL]) and sound):
            raise CursorError("malformed")
        if not compare_digest(content[:BOUND], blake2b(bound, digest_size=BOUND).digest()):
            raise CursorError("foreign")
        position, expires = orjson.loads(content[BOUND:])
        if expires is not None and now >= expires:
            raise CursorError("stale")
        return position  # type: ignore[no-any-return]

    def _seal(self, content: bytes) -> bytes:
        seal = self._base.copy()
        seal.update(content)
        return seal.digest()
