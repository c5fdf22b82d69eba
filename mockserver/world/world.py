"""Everything that changes, in one place, to be forked, kept and reset as one; knows no provider.

Nothing here takes longer because there are more rows: forks and snapshots share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.world.clock import Clock
from mockserver.world.cursors import Cursors
from mockserver.world.declared import DeclaredFaults
from mockserver.world.ids import Ids, Shape
from mockserver.world.journal import Journal
from mockserver.world.limits import Limits
from mockserver.world.outbox import Bell, Mark, Outbox
from mockserver.world.store import Root, Store


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world at one moment."""

    root: Root
    clock: datetime | float
    limits: Limits
    faults: DeclaredFaults
    journal: tuple[int, tuple[Any, ...]]
    outbox: Mark


class World:
    """Rows, clock, ids, cursors, limits, journal, outbox and declared faults.

    `space` names the ids: two worlds with the same seed and space give the same ids for the same requests
    (by default the space is the name). A fork keeps its parent's seed and space. `bell` is rung when
    the outbox has something to deliver.
    """

    __slots__ = (
        "_pristine",
        "clock",
        "cursors",
        "data",
        "faults",
        "ids",
        "journal",
        "limits",
        "name",
        "outbox",
        "seed",
        "snapshots",
        "space",
        "store",
    )

    def __init__(
        self,
        name: str,
        seed: int,
        data: str,
        clock: Clock,
        *,
        space: str | None = None,
        journal: int = 1000,
        bell: Bell | None = None,
    ) -> None:
        self.name = name
        self.seed = seed
        self.data = data
        self.space = name if space is None else space
        self.store = Store()
        self.clock = clock
        self.ids = Ids(seed, self.space)
        self.cursors = Cursors(self.ids.bytes("cursors", 0, 32))
        self.limits = Limits()
        self.journal: Journal[Any] = Journal(journal)
        self.outbox = Outbox(self.store, name, bell)
        self.faults = DeclaredFaults()
        # By name; kept here for whoever takes them, dropped with the world.
        self.snapshots: dict[str, Snapshot] = {}
        self._pristine: Snapshot | None = None

    @property
    def now(self) -> datetime:
        """The instant of this world's clock, aware, in UTC."""
        return self.clock.now()

    def new_id(self, shape: Shape | str, kind: str) -> str:
        """The next id for a row of that kind; given back when the transaction is."""
        return self.ids.make(shape, kind, self.store.take(kind))

    def mark_pristine(self) -> None:
        """What `reset` goes back to is how the world is now; to be called once it is seeded."""
        self._pristine = self.snapshot()

    def reset(self) -> None:
        """As it began: at the last `mark_pristine`, or at the fork. RuntimeError when never marked."""
        if self._pristine is None:
            raise RuntimeError(f"world {self.name!r} was never marked pristine")
        self.restore(self._pristine)

    def snapshot(self) -> Snapshot:
        """The world as it is now."""
        return Snapshot(
            self.store.root(),
            self.clock.mark(),
            self.limits.fork(),
            self.faults.fork(),
            self.journal.mark(),
            self.outbox.mark(),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Be again as at the snapshot, which may be restored any number of times."""
        self.store.restore(snapshot.root)
        self.clock.return_to(snapshot.clock)
        self.limits = snapshot.limits.fork()
        self.faults = snapshot.faults.fork()
        self.journal.return_to(snapshot.journal)
        self.outbox.return_to(snapshot.outbox)

    def fork(self, name: str) -> World:
        """Another world like this one, which goes its own way; its journal and outbox start empty.

        `reset` brings it back to this moment.
        """
        other = World(
            name,
            self.seed,
            self.data,
            self.clock.fork(),
            space=self.space,
            journal=self.journal.capacity,
            bell=self.outbox.bell,
        )
        other.store.restore(self.store.root())
        other.limits = self.limits.fork()
        other.faults = self.faults.fork()
        other.mark_pristine()
        return other

    def __repr__(self) -> str:
        return f"World({self.name!r}, seed={self.seed}, data={self.data!r})"
