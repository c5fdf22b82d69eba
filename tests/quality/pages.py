"""The pages of docs/ that are made from the checks and from the seeded faults; asks nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill

from contracts.check import Check
from contracts.checks import CHECKS
from tests.quality.catalogue import MISSED
from tests.quality.kinds import KINDS
from tests.quality.twists import Deviation

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGE = DOCS / "contract-checks-quality.md"
LIST = DOCS / "checks.md"
UPDATE = "UPDATE_DOCS"
THEMES: Mapping[str, str] = {
    "auth": "Who may do what",
    "errors": "Refusals, and what has to be refused",
    "shapes": "Answers",
    "undeclared": "What the document does not know",
    "paging": "Pages",
    "lists": "Filters and order",
    "limits": "Quotas",
    "resources": "Lives of rows",
    "slots": "Slots and bookings",
    "phone": "Telephone numbers",
    "webhooks": "Webhooks",
    "times": "Times and zones",
}


def told(path: Path, wanted: str) -> None:
    """A page says what is so; with UPDATE_DOCS=1 it is written anew."""
    if os.environ.get(UPDATE):
        path.write_text(wanted, encoding="utf-8")
    there = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert there == wanted, f'{UPDATE}=1 make test ARGS="-n 0 tests/quality" writes docs/{path.name} anew'


def page(table: Mapping[Deviation, bool]) -> str:
    """How well the checks find what is wrong: every seeded fault, and whether it is found as it should."""
    right, missed = sum(table.values()), [each for each, good in table.items() if not good]
    by_name = {f"{each.provider}-{each.name}": good for each, good in table.items()}
    lines = [
        "# What the contract checks find",
        "",
        _filled(f"""
            {len(table)} faults, each built into a sound mock by itself, and each named with the check that
            has to find it: **{right} of {len(table)}** are found by that check, asked as `contracts check`
            asks it by itself: of the whole provider, seed 1, no option. Every check has at least one fault
            to find.
        """),
        _filled("""
            The same checks are silent on the four sound mocks, for ten seeds, and reach every operation that
            they have something to ask of. What cannot be asked of a mock is listed with its reason in
            `specs/<provider>/unreached.json`; an entry that is asked after all fails the tests.
        """),
        _filled("""
            What this is not: the faults were made by the people who made the checks, some of which were
            bettered until they found them, and a fault that nobody thought of is in no catalogue. So the
            share is one of known faults, not of all there are. When the faults of Cal.com were written,
            before any check was put to them, three that were really there were missed: two checks could
            be bettered (scopes below an organisation, a pause longer than the declared block), one fault
            still is missed. No fault of Cal.com leaks existence, because the real one, as far as is
            known, answers 403 for what others have and 404 for what nobody has. The requests that are
            generated and the drawn lives of rows are left out, so that it is the check that finds it.
        """),
        _filled("""
            `tests/quality` has faults and tests. `UPDATE_DOCS=1 make test ARGS="-n 0 tests/quality"` writes
            this page anew; `HYPOTHESIS_PROFILE=nightly` puts every fault to every check, and asks sound mocks
            of ten seeds.
        """),
        "## Missed",
        "",
        *([_missed(each) for each in missed] or ["None."]),
        "",
        "## By kind",
        "",
        "| kind | found | of |",
        "|---|---:|---:|",
        *[
            f"| {kind} | {sum(by_name[name] for name in names)} | {len(names)} |"
            for kind, names in KINDS.items()
        ],
        "",
        "## All",
        "",
        "| provider | fault | what is wrong | check | found |",
        "|---|---|---|---|---|",
        *[
            f"| {each.provider} | {each.name} | {each.what} | {each.check} | {'yes' if good else '**no**'} |"
            for each, good in table.items()
        ],
    ]
    return "\n".join(lines) + "\n"


def _missed(each: Deviation) -> str:
    why = MISSED.get(f"{each.provider}-{each.name}", "not known")
    return f"- {each.provider}, {each.name} ({each.what}), by {each.check}: {why}."


def listed() -> str:
    """Every check: what it holds a server to, of which operations, and what it takes to ask."""
    lines = [
        "# The checks",
        "",
        _filled(f"""
            The {len(CHECKS)} questions that `contracts check` puts to a provider beside the requests that it
            generates. `--checks auth,paging.totals` asks some of them, `--skip-checks` all but some.
        """),
        _filled("""
            *Writes*: it makes or changes something even where all is well, so it is asked of a live server
            only with `--writes`. *Costly*: it uses up a quota. *Clock*: it lets time pass.
            `docs/contract-checks-quality.md` tells which faults each has to find.
        """).rstrip(),
    ]
    for theme, title in THEMES.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| check | what it holds a server to | asked of an operation where | takes |",
        ]
        lines += ["|---|---|---|---|"]
        lines += [_row(check) for check in CHECKS if check.theme == theme]
    return "\n".join(lines) + "\n"


def _filled(text: str) -> str:
    """A paragraph, and the empty line after it."""
    return fill(" ".join(text.split()), 110, break_on_hyphens=False, break_long_words=False) + "\n"


def _row(check: Check) -> str:
    takes = [
        word
        for word, so in (("writes", check.writes), ("costly", check.costly), ("clock", check.clock))
        if so
    ]
    return f"| `{check.name}` | {check.says} | {check.of} | {', '.join(takes)} |"


def unlisted() -> set[str]:
    """Themes that the page has no heading for, and headings without a check."""
    return {check.theme for check in CHECKS} ^ THEMES.keys()
