from __future__ import annotations

from dataclasses import dataclass

from mockserver.world.journal import Journal


@dataclass(frozen=True)
class Told:
    id: str
    provider: str = "zeeg"
    operation: str = "listEvents"
    status: int = 200


def filled(count: int, capacity: int = 1000) -> Journal[Told]:
    journal: Journal[Told] = Journal(capacity)
    for number in range(count):
        journal.record(Told(journal.next_id(), operation=f"o{number % 2}", status=200 + number % 3))
    return journal


def test_only_the_last_entries_are_kept() -> None:
    journal = filled(25, capacity=10)
    assert len(journal) == 10
    assert journal.get("x-15") is None
    assert journal.get("x-16") == Told("x-16", operation="o1", status=200)


def test_entries_are_found_newest_first_by_what_they_are() -> None:
    journal = filled(12)
    journal.record(Told("x-99", provider="calcom"))
    assert [entry.id for entry in journal.find(limit=2)] == ["x-99", "x-12"]
    assert [entry.id for entry in journal.find(provider="zeeg", operation="o1", status=201)] == ["x-8", "x-2"]
    assert [entry.id for entry in journal.find(where=lambda entry: entry.id == "x-3")] == ["x-3"]
    assert journal.find(limit=0) == []


def test_a_cleared_journal_counts_from_the_start() -> None:
    journal = filled(3)
    journal.clear()
    assert len(journal) == 0
    assert journal.next_id() == "x-1"


def test_a_mark_brings_entries_and_numbers_back() -> None:
    journal = filled(3)
    mark = journal.mark()
    journal.record(Told(journal.next_id()))
    journal.return_to(mark)
    assert [entry.id for entry in journal.find()] == ["x-3", "x-2", "x-1"]
    assert journal.next_id() == "x-4"
    journal.record(Told("x-4"))
    assert len(journal) == 4
