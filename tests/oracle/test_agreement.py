"""Two judges that share no code say the same of every request and reply, or the list says who is right."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.diff.documents import open_named
from contracts.oracle.judge import Judge
from mockserver.house import known_slugs
from mockserver.openapi.compile import compile_contract
from tests.oracle.corpus import Case, cases, theirs, unlocked

LISTED: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "disagreements.yaml").read_text())[
    "disagreements"
]
# Three times 5,700 cases in a nightly run: for each operation so many bodies, parameters, replies.
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
EACH = {"calcom": 4} if NIGHTLY else {"calcom": 1}
USUAL = 9 if NIGHTLY else 2
SEEDS = (1, 2, 3) if NIGHTLY else (1,)


def listed(case: Case, wrong: list[str]) -> bool:
    told = " ".join(wrong or case.why)
    return any(
        each["says"] in told and each["refused-by"] == ("openapi-core" if wrong else "ours")
        for each in LISTED
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slug", known_slugs())
def test_the_judges_agree(slug: str, seed: int) -> None:
    opened = open_named(slug)
    contract = compile_contract(opened.document, slug)
    judge = Judge(unlocked(opened.data))
    judged = accepted = 0
    unlisted: list[Any] = []
    for case in cases(contract, seed, EACH.get(slug, USUAL)):
        judged += 1
        accepted += case.ours
        wrong = theirs(judge, case)
        if case.ours is bool(wrong) and not listed(case, wrong):
            unlisted.append((case.operation, case.what, case.why, wrong))
    assert judged > len(contract.operations)
    # Neither judge may have an easy life: a good part is valid, and a good part is not.
    assert 0.2 < accepted / judged < 0.8
    assert unlisted == []


def test_who_is_right_is_said_of_every_disagreement() -> None:
    for each in LISTED:
        assert each["right"] in ("ours", "openapi-core")
        assert each["refused-by"] in ("ours", "openapi-core")
        assert len(each["why"]) > 20
