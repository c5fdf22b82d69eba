"""The ledger tells after any end what may be there."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.scrub import Scrubber
from contracts.targets.ledger import Ledger, LedgerError, read_ledger
from contracts.undoing import Undo

REQUEST: dict[str, Any] = {
    "operation": "createNote",
    "method": "POST",
    "target": "/v2/notes",
    "persona": "owner",
    "body": '{"text": "mine"}',
    "headers": {},
}
UNDO = Undo("deleteNote", "DELETE", "/v2/notes/n-1", "", "/v2/notes/n-1", "getNote", ("n-1",))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = begun(tmp_path)
    yield made
    made.close()


def begun(folder: Path) -> Ledger:
    return Ledger(folder / "run.jsonl", {"provider": "zeeg", "address": "http://127.0.0.1:1"})


def test_a_creation_is_on_disk_before_it_is_asked_for(ledger: Ledger) -> None:
    ledger.intend(REQUEST)
    left = read_ledger(ledger.path).open
    assert [each.operation for each in left] == ["createNote"]
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def test_what_was_made_and_taken_is_over_and_what_was_refused_never_was(ledger: Ledger) -> None:
    made, refused = ledger.intend(REQUEST), ledger.intend(REQUEST)
    ledger.made(made, UNDO, 201)
    ledger.nothing_made(refused, "422")
    assert [each.undo for each in read_ledger(ledger.path).open] == [UNDO]
    ledger.taken(made)
    assert read_ledger(ledger.path).open[0].taken
    ledger.gone(made, "getNote answers 404")
    assert read_ledger(ledger.path).open == []
    ledger.close()
    assert ledger.path.name == "run.done.jsonl"


def test_a_run_that_created_nothing_leaves_no_file(tmp_path: Path) -> None:
    begun(tmp_path).close()
    assert [*tmp_path.iterdir()] == []


@given(st.data())
def test_a_process_that_was_killed_while_it_wrote_leaves_a_ledger_that_can_be_continued(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    ledger = begun(tmp_path_factory.mktemp("ledger"))
    for number in range(3):
        entry = ledger.intend(REQUEST)
        if number < 2:
            ledger.made(entry, UNDO, 201)
    whole = ledger.path.read_bytes()
    ledger.close()
    first = whole.index(b"\n") + 1
    ledger.path.write_bytes(whole[: data.draw(st.integers(first, len(whole)))])
    again = read_ledger(ledger.path)
    before = len(again.entries)
    again.nothing_made(again.intend(REQUEST), "refused")
    assert len(read_ledger(again.path).entries) == before + 1
    again.close()


def test_no_secret_is_written(ledger: Ledger) -> None:
    ledger.scrub = Scrubber({"sesame-open-now": "TOKEN"}).text
    ledger.intend({**REQUEST, "body": json.dumps({"key": "sesame-open-now"})})
    told = ledger.path.read_text()
    assert "sesame" not in told
    assert "$TOKEN" in told


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "no ledger"),
        ("nonsense\n", "no ledger"),
        ("[]\n", ":1:"),
        ('{"other": 1}\n{}\n', ":1:"),
        ('{"ledger": 1, "provider": "zeeg"}\nnonsense\n{}\n', ":2:"),
        ('{"ledger": 1, "provider": "zeeg"}\n{"made": 7, "undo": null}\n', ":2:"),
        ('{"ledger": 1, "provider": "zeeg"}\n{"intend": 1}\n', ":2:"),
    ],
)
def test_a_file_that_is_no_ledger_is_told_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(LedgerError, match=place):
        read_ledger(path)


def test_a_ledger_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="No such file"):
        read_ledger(tmp_path / "none.jsonl")
