"""The page of the checks names all of them, with what each asks and of what."""

from __future__ import annotations

import pytest

from contracts.check import Check
from contracts.checks import CHECKS
from tests.quality.pages import LIST, listed, told, unlisted


def test_the_page_lists_every_check() -> None:
    assert unlisted() == set()
    told(LIST, listed())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_says_what_it_asks_and_of_what(check: Check) -> None:
    assert check.says.endswith("."), "a sentence"
    assert check.of.endswith("."), "a sentence"
    assert "|" not in check.says + check.of
