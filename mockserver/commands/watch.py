"""Reads documents again when their files change, while the old ones are served; knows no HTTP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from mockserver.commands import Mistake
from mockserver.house import House
from mockserver.web.adapter import App, Receive, Scope, Send
from mockserver.web.server import sweep

SECONDS = 1.0

Stamps = Mapping[Path, tuple[int, int] | None]


class Watch:
    """An ASGI application that hands on to the newest application whose documents were in order.

    Looks at the files once a second in the server's own loop and builds in a thread, so that requests go on
    being answered. `rebuild` raises Mistake for documents that are broken.
    """

    def __init__(
        self,
        app: App,
        *,
        rebuild: Callable[[], House],
        compose: Callable[[House], App],
        files: Callable[[], Iterable[Path]],
        tell: Callable[[str], None],
    ) -> None:
        self._app = app
        self._rebuild = rebuild
        self._compose = compose
        self._files = files
        self._tell = tell
        self._stamps = stamps(files())
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        await self._app(scope, receive, send)

    def begin(self) -> None:
        """Start looking; called in the server's loop."""
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self.check()

    async def check(self) -> bool:
        """Read the documents again if a file has changed; whether another application is served now."""
        now = stamps(self._stamps)
        changed = [path for path, stamp in now.items() if stamp != self._stamps[path]]
        if not changed:
            return False
        # Taken before reading: what changes meanwhile is seen the next time.
        self._stamps = now
        names = ", ".join(path.name for path in changed)
        try:
            house = await asyncio.to_thread(self._rebuild)
            files = await asyncio.to_thread(self._files)
            self._app = self._compose(house)
            # What was served until now is full of cycles, and none of it is new.
            sweep()
        except Exception as error:
            # Whatever it is, it must not end a server that has something to serve.
            for line in error.lines if isinstance(error, Mistake) else (repr(error),):
                self._tell(line)
            self._tell(f"{names} changed and is broken: still serving what was there before")
            return False
        self._stamps = {**stamps(files), **now}
        self._tell(f"{names} changed: read again, the world begins anew")
        return True


def stamps(files: Iterable[Path]) -> Stamps:
    """Size and time of change of each file, None for one that is not there."""
    found: dict[Path, tuple[int, int] | None] = {}
    for path in files:
        try:
            stat = os.stat(path)
            found[path] = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            found[path] = None
    return found
