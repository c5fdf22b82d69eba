"""How a command that asks a real server ends when it is told to: by the same way as with Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

TOLD = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def terminated_is_interrupted() -> Iterator[None]:
    """SIGTERM and a closed terminal are KeyboardInterrupt: what was created is taken away again."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in TOLD}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
