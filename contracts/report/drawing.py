"""Small pictures as inline SVG: numbers in, markup out; knows no run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 420, 180
BINS = 24


def at(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.floor(share * len(ordered)))]


def bars(seen: Mapping[str, Mapping[int, int]]) -> str:
    """How often each status was answered."""
    sums: dict[int, int] = {}
    for statuses in seen.values():
        for status, count in statuses.items():
            sums[status] = sums.get(status, 0) + count
    if not sums:
        return ""
    most = max(sums.values())
    step = (WIDTH - 20) / len(sums)
    parts = []
    for index, (status, count) in enumerate(sorted(sums.items())):
        height = max(2.0, (HEIGHT - 60) * count / most)
        left = 10 + index * step
        top = HEIGHT - 25 - height
        middle = left + step / 2
        parts.append(
            f'<rect class="s{status // 100}" x="{left + step * 0.15:.1f}" y="{top:.1f}" '
            f'width="{step * 0.7:.1f}" height="{height:.1f}" rx="2"/>'
            f'<text x="{middle:.1f}" y="{top - 4:.1f}">{count}</text>'
            f'<text x="{middle:.1f}" y="{HEIGHT - 10}">{status or "none"}</text>'
        )
    return _picture("answers by status", parts)


def histogram(times: Mapping[str, Sequence[float]]) -> str:
    """How long answers took, on a scale of powers of ten."""
    every = [max(each, 1e-6) for values in times.values() for each in values]
    if not every:
        return ""
    low, high = math.log10(min(every)), math.log10(max(every))
    wide = max(high - low, 1e-9)
    counts = [0] * BINS
    for each in every:
        counts[min(BINS - 1, int((math.log10(each) - low) / wide * BINS))] += 1
    most = max(counts)
    step, tall = (WIDTH - 20) / BINS, HEIGHT - 60
    parts = [
        f'<rect class="time" x="{10 + index * step:.1f}" y="{HEIGHT - 25 - tall * count / most:.1f}" '
        f'width="{step - 1:.1f}" height="{tall * count / most:.1f}"/>'
        for index, count in enumerate(counts)
        if count
    ]
    for power in range(math.ceil(low), math.floor(high) + 1):
        x = 10 + (power - low) / wide * (WIDTH - 20)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 10}">{_named(power)}</text>')
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT - 25}" y2="{HEIGHT - 21}"/>')
    return _picture("answers by time", parts)


def span(half: float, most: float, longest: float) -> str:
    """The median and the time of 95 % on a line."""
    scale = 120 / longest if longest else 0.0
    return (
        '<svg class="span" viewBox="0 0 124 10" role="img" aria-label="time">'
        f'<line x1="1" x2="{1 + most * scale:.1f}" y1="5" y2="5"/>'
        f'<circle cx="{1 + half * scale:.1f}" cy="5" r="3"/></svg>'
    )


def _picture(title: str, parts: Sequence[str]) -> str:
    return (
        f'<figure><figcaption>{title}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{title}">{"".join(parts)}</svg></figure>'
    )


def _named(power: int) -> str:
    if power >= 0:
        return f"{10**power} s"
    return f"{10 ** (power + 3)} ms" if power >= -3 else f"{10 ** (power + 6)} µs"
