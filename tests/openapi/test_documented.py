"""The page on imports lists every kind of defect, and says the same of it as the command."""

from __future__ import annotations

import re
from pathlib import Path

from mockserver.openapi.defect import CONSEQUENCES

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"


def test_the_page_lists_every_kind_of_defect() -> None:
    table = PAGE.read_text().partition("## What is listed")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", table, re.MULTILINE)) == dict(CONSEQUENCES)
