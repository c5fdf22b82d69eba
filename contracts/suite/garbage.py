"""How a process that is there for one run looks for garbage; knows nothing of runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects after which the youngest are looked through. Python's 700 are few where a drawn case makes
# thousands that are gone with it; so many more cost some megabytes.
YOUNG = 5_000


@contextmanager
def seldom() -> Iterator[None]:
    """Look for garbage less often, and only among what is made meanwhile.

    Documents, modules and compiled schemas are there to stay: to look through them again and again takes a
    fifth of a run. For processes of our own: whoever lends us theirs has it as it was.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
