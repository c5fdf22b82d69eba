"""Invented people for data sets, drawn by dice; knows names and addresses, no kind of row."""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

_FIRST: Final = (
    *("Ada", "Ben", "Chloe", "Deniz", "Elif", "Finn"),
    *("Greta", "Hugo", "Ida", "Jonas", "Kaya", "Lars"),
)
_LAST: Final = (
    *("Adler", "Brandt", "Conti", "Demir", "Eklund"),
    *("Fischer", "Garcia", "Haas", "Ivanov", "Jansen"),
)


class Somebody(NamedTuple):
    """A person; `number` is below 10,000 and part of the address, and decides what else is to be decided."""

    first: str
    last: str
    number: int

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        """An address that nobody has (RFC 2606)."""
        return f"{self.first}.{self.last}{self.number}@example.org".lower()


def somebody(dice: Random) -> Somebody:
    """The next person; the same for the same dice."""
    return Somebody(dice.choice(_FIRST), dice.choice(_LAST), dice.randrange(10_000))


def first_name(dice: Random) -> str:
    """A first name alone."""
    return dice.choice(_FIRST)
