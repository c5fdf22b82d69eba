"""What happened last, in a ring of bounded length; knows that entries have ids, not what they tell."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Entry(Protocol):
    """What the journal needs of an entry; read only when somebody looks, so it may be worked out late."""

    @property
    def id(self) -> str:
        """As `Journal.next_id` gave it."""

    @property
    def provider(self) -> str:
        """The slug."""

    @property
    def operation(self) -> str:
        """The operation's id; empty when none was found."""

    @property
    def status(self) -> int:
        """The status that was answered."""


E = TypeVar("E", bound=Entry)


class Journal(Generic[E]):
    """The last `capacity` entries. `record(entry)` appends one; the oldest makes room."""

    __slots__ = ("_last", "_ring", "capacity", "record")

    def __init__(self, capacity: int = 1000) -> None:
        self.capacity = capacity
        self._last = 0
        self._ring: deque[E] = deque(maxlen=capacity)
        # The ring's own method, so that recording is one call and not two.
        self.record: Callable[[E], None] = self._ring.append

    def next_id(self) -> str:
        """`x-1`, then `x-2`, …"""
        self._last += 1
        return f"x-{self._last}"

    def get(self, id: str) -> E | None:
        """The entry of that id, or None when it is unknown or forgotten."""
        for entry in reversed(self._ring):
            if entry.id == id:
                return entry
        return None

    def find(
        self,
        provider: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        limit: int | None = None,
        where: Callable[[E], bool] | None = None,
    ) -> list[E]:
        """Entries newest first, of these only, at most `limit`."""
        found: list[E] = []
        for entry in reversed(self._ring):
            if limit is not None and len(found) >= limit:
                break
            if (
                (provider is None or entry.provider == provider)
                and (operation is None or entry.operation == operation)
                and (status is None or entry.status == status)
                and (where is None or where(entry))
            ):
                found.append(entry)
        return found

    def __len__(self) -> int:
        return len(self._ring)

    def clear(self) -> None:
        """Forget every entry and count from x-1 again."""
        self._last = 0
        self._ring.clear()

    def mark(self) -> tuple[int, tuple[E, ...]]:
        """What `return_to` needs to bring the journal back to how it stands now."""
        return self._last, tuple(self._ring)

    def return_to(self, mark: tuple[int, tuple[E, ...]]) -> None:
        """Have the entries, and go on with the numbers, of that mark."""
        self._last, entries = mark
        self._ring.clear()
        self._ring.extend(entries)
