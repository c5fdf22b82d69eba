"""Templates: what stands in a hole, and what is put into one beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.engine.template import replace

PAGE = {"total": "$total", "more": {"next": "$next-cursor"}}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$page", PAGE),
        ({"items": "$rows", "total": "$page.total"}, {"items": "$rows", "total": "$total"}),
        (
            ["$page.more.next", "$pages", "$page.none", "$page.total.deeper"],
            ["$next-cursor", "$pages", None, None],
        ),
        ("page", "page"),
    ],
)
def test_a_name_is_replaced_and_so_is_a_path_into_it(template: Any, expected: Any) -> None:
    assert replace(template, "page", PAGE) == expected
