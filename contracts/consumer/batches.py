"""Plays scenarios several at a time; knows neither programs nor judgements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

S = TypeVar("S")
R = TypeVar("R")


def played(scenarios: Iterable[S], play: Callable[[S], R], jobs: int) -> Iterator[tuple[S, R]]:
    """Each scenario with what came of it, in their order, `jobs` at a time; lazily, batch by batch."""
    if jobs <= 1:
        for scenario in scenarios:
            yield scenario, play(scenario)
        return
    waiting = iter(scenarios)
    with ThreadPoolExecutor(jobs, thread_name_prefix="understudy-case") as pool:
        while batch := list(islice(waiting, jobs)):
            yield from zip(batch, pool.map(play, batch), strict=True)
