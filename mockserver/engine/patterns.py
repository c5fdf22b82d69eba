"""Texts that a regular expression matches; knows patterns, not what they are for."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from mockserver.engine.dice import Dice

# Python's own reader of patterns: not documented, and there since 3.11.
_parser: Any = import_module("re._parser")
_TRIES = 60
_WIDE = 8
"""How many more times than it must a part is repeated at most, unless the length asks for more."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_COMMON = _LETTERS + _LETTERS.upper() + _DIGITS
_ALL = _COMMON + "-_.,:;!?@#$%&*+=/()[]{}<>|~^'\"`\\ "
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_WORD": _COMMON + "_",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": _LETTERS,
    "CATEGORY_NOT_WORD": "-.: ",
    "CATEGORY_NOT_SPACE": _COMMON,
}
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")


def text_matching(
    pattern: str, dice: Dice, fits: Callable[[str], bool], least: int = 0, most: int | None = None
) -> str | None:
    """A text that the pattern makes and `fits` accepts, of `least` to `most` characters; None: none found.

    Look-arounds and word boundaries are not understood, only tried for.
    """
    try:
        tree = _parser.parse(_NAMED_GROUP.sub("(?P<", pattern), re.ASCII)
    except (re.error, RecursionError, OverflowError):
        return None
    for attempt in range(_TRIES):
        # First as short as can be, then longer ones, then anything.
        stretch = 0 if attempt == 0 else min(attempt, _WIDE)
        if attempt > 2 and least:
            stretch = max(stretch, least)
        walker = _Walker(dice, stretch, attempt > 3)
        try:
            text = walker.walk(tree)
        except (_Stuck, RecursionError):
            return None
        if len(text) < least and not pattern.endswith("$"):
            text += dice.text(_LETTERS, least - len(text))
        if least <= len(text) and (most is None or len(text) <= most) and fits(text):
            return text
    return None


class _Stuck(Exception):
    """A class of characters that has none we know."""


class _Walker:
    """One walk through a parsed pattern, writing as it goes."""

    def __init__(self, dice: Dice, stretch: int, wild: bool) -> None:
        self.dice = dice
        self.stretch = stretch
        self.wild = wild
        self.groups: dict[int, str] = {}

    def walk(self, tree: Any) -> str:
        return "".join([self.write(str(code), argument) for code, argument in tree])

    def write(self, code: str, argument: Any) -> str:
        match code:
            case "LITERAL":
                return chr(argument)
            case "NOT_LITERAL":
                return self.one_of([char for char in _COMMON if ord(char) != argument])
            case "ANY":
                return self.dice.pick(_ALL if self.wild else _COMMON)
            case "IN":
                return self.one_of(self.members(argument))
            case "BRANCH":
                return self.walk(self.dice.pick(argument[1]))
            case "SUBPATTERN":
                group, _, _, inner = argument
                text = self.walk(inner)
                if group is not None:
                    self.groups[group] = text
                return text
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, inner = argument
                high = min(int(high), int(low) + max(self.stretch, 0 if low else 1))
                return "".join([self.walk(inner) for _ in range(self.dice.between(int(low), high))])
            case "ATOMIC_GROUP":
                return self.walk(argument)
            case "GROUPREF":
                return self.groups.get(argument, "")
            case _:  # AT, ASSERT, ASSERT_NOT and the like write nothing
                return ""

    def members(self, items: Any) -> list[str]:
        negated = False
        found: list[str] = []
        for code, argument in items:
            match str(code):
                case "NEGATE":
                    negated = True
                case "LITERAL":
                    found.append(chr(argument))
                case "RANGE":
                    found.extend(
                        chr(char) for char in range(argument[0], min(argument[1], argument[0] + 256) + 1)
                    )
                case "CATEGORY":
                    found.extend(_CATEGORIES.get(str(argument), _COMMON))
        if negated:
            return [char for char in (_ALL if self.wild else _COMMON) if char not in found]
        return found

    def one_of(self, chars: list[str]) -> str:
        plain = [char for char in chars if char in _COMMON]
        options = chars if self.wild or not plain else plain
        if not options:
            raise _Stuck
        return self.dice.pick(options)
