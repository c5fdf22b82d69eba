"""Chance that repeats itself: every throw is a function of a key; knows nothing of what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Throws that depend on the key alone; a place with dice of its own is not moved by other draws."""

    __slots__ = ("_count", "_key")

    def __init__(self, key: bytes | int | str) -> None:
        text = repr(key).encode()
        self._key = blake2b(text, digest_size=16).digest()
        self._count = 0

    def child(self, name: str | int) -> Dice:
        """The dice of a place inside this one; the same however often this one was thrown."""
        return Dice(self._key + repr(name).encode())

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        self._count += 1
        throw = blake2b(self._count.to_bytes(4, "big"), key=self._key, digest_size=16).digest()
        return int.from_bytes(throw, "big") % limit

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of several."""
        return options[self.below(len(options))]

    def text(self, alphabet: str, length: int) -> str:
        """Letters of an alphabet."""
        return "".join([alphabet[self.below(len(alphabet))] for _ in range(length)])
