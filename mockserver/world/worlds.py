"""The worlds of one process, by name; knows how many and which, not what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final

from mockserver.world.world import World

DEFAULT: Final = "default"
MAX_WORLDS: Final = 10_000
MAX_TEMPLATES: Final = 8

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z", re.ASCII)

Make = Callable[[str, int, str], World]


class WorldError(ValueError):
    """A world cannot be made, found or dropped. `kind`: name, exists, unknown, full, options, default."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class Worlds:
    """Named worlds; "default" is always there.

    `make(name, seed, data)` gives a seeded world. It is called once for each (seed, data) in use, always
    with the name "default", and what it made is forked: so another world costs the same however much
    data there is, and the same requests get the same answers in any world, whatever it is called.
    """

    def __init__(self, make: Make, seed: int = 0, data: str = "", limit: int = MAX_WORLDS) -> None:
        self._make = make
        self._seed = seed
        self._data = data
        self._limit = limit
        self._auto = 0
        # How many were dropped: a world that was here is here as long as this stays the same.
        self.drops = 0
        # Whether another process answers the default world, so that this one has it as a pattern only.
        self.named_only = False
        self._templates: dict[tuple[int, str], World] = {}
        self._worlds = {DEFAULT: self._fresh(DEFAULT, seed, data)}

    @property
    def default(self) -> World:
        """The world of requests that name none."""
        return self._worlds[DEFAULT]

    def create(
        self,
        name: str | None = None,
        from_: str | None = None,
        seed: int | None = None,
        data: str | None = None,
    ) -> World:
        """Make a world: a fork of `from_`, or a fresh one. Without a name it is called w1, w2, …

        WorldError when the name is no name or is taken, `from_` is unknown, or there are too many.
        """
        name = self.settle(name, from_, seed is not None or data is not None, self._worlds)
        source = self.get(from_) if from_ is not None else None
        made = source.fork(name) if source is not None else self._fresh(name, seed, data)
        self._worlds[name] = made
        return made

    def settle(self, name: str | None, from_: str | None, fresh: bool, known: Collection[str]) -> str:
        """What a world that is asked for will be called, where those `known` are all there are.

        `fresh`: a seed or data were asked for. WorldError as of `create`.
        """
        if name is not None:
            self._check(name)
            if name in known:
                raise WorldError("exists", f"there is already a world {name!r}")
        if from_ is not None and fresh:
            raise WorldError("options", "a fork keeps its seed and data: give from, or seed and data")
        if len(known) >= self._limit:
            raise WorldError("full", f"there are {self._limit} worlds already; drop some first")
        if from_ is not None and from_ not in known:
            raise WorldError("unknown", f"there is no world {from_!r}")
        return self._free_name(known) if name is None else name

    def find(self, name: str) -> World | None:
        """The world of that name, or None (the hot form of `get`)."""
        return self._worlds.get(name)

    def get(self, name: str) -> World:
        """The world of that name; WorldError when there is none."""
        world = self._worlds.get(name)
        if world is None:
            raise WorldError("unknown", f"there is no world {name!r}")
        return world

    def reset(self, name: str, seed: int | None = None, data: str | None = None) -> World:
        """The world as it began; with a seed or data, a fresh one in its place."""
        world = self.get(name)
        if seed is None and data is None:
            world.reset()
            return world
        made = self._fresh(name, world.seed if seed is None else seed, world.data if data is None else data)
        self._worlds[name] = made
        world.journal.clear()
        return made

    def drop(self, name: str) -> None:
        """Forget a world; WorldError when it is unknown or the default one."""
        if name == DEFAULT:
            raise WorldError("default", "the default world cannot be dropped; reset it")
        # Exchanges know their world and the world its exchanges: parted here, both are gone at once.
        self.get(name).journal.clear()
        del self._worlds[name]
        self.drops += 1

    def names(self) -> list[str]:
        """All names, oldest first; without the default one's where another process answers that."""
        return [name for name in self._worlds if name != DEFAULT or not self.named_only]

    def __len__(self) -> int:
        return len(self._worlds)

    def __contains__(self, name: object) -> bool:
        return name in self._worlds

    def _fresh(self, name: str, seed: int | None, data: str | None) -> World:
        wanted = (self._seed if seed is None else seed, self._data if data is None else data)
        template = self._templates.get(wanted)
        if template is None:
            template = self._make(DEFAULT, *wanted)
            template.mark_pristine()
            if len(self._templates) >= MAX_TEMPLATES:
                del self._templates[next(iter(self._templates))]
            self._templates[wanted] = template
        # A clock that runs has gone on since the template was made: a fresh world begins at its beginning.
        template.reset()
        return template.fork(name)

    @staticmethod
    def _check(name: str) -> None:
        if not _NAME.match(name):
            raise WorldError("name", "a world's name has 1 to 64 of the letters A-Z a-z 0-9 _ . -")

    def _free_name(self, known: Collection[str]) -> str:
        while True:
            self._auto += 1
            name = f"w{self._auto}"
            if name not in known:
                return name
