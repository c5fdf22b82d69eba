"""What people have in their calendars, as rows: one for each host of what takes place; knows no provider."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from mockserver.world.store import Index, Row, Store

BY_HOST: Final = "by-host"
# The index that the kind of these rows needs.
INDEX: Final = Index(BY_HOST, ("host",), ("start",), lambda data: (data["start"],))


@dataclass(frozen=True, slots=True)
class Diary:
    """The rows of a kind, each `{host, start, end, …}` in seconds.

    None is longer than `longest` seconds, so none that began earlier reaches into a stretch.
    """

    kind: str
    longest: int

    def entries(self, store: Store, host: Hashable, since: int, until: int) -> list[Row]:
        """What a host has in `[since, until)`, in order."""
        near = store.between(self.kind, BY_HOST, (host,), (since - self.longest,), (until,))
        found = []
        for row in near:
            end: int = row.data["end"]  # compiled, a number that is known to be one is compared as such
            if end > since:
                found.append(row)
        return found

    def enter(self, store: Store, id: str, hosts: Iterable[Hashable], entry: dict[str, Any]) -> None:
        """Put what has that id into its hosts' calendars; `entry` is what each row has beside its host."""
        for host in hosts:
            store.insert(self.kind, f"{id} {host}", {"host": host, **entry})

    def strike(self, store: Store, id: str, hosts: Iterable[Hashable]) -> None:
        """Take what has that id out of its hosts' calendars."""
        for host in hosts:
            store.remove(self.kind, f"{id} {host}")
