"""Bars as SVG files, from a result: a panel for each request, a bar for each server."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from benchmarks.peers.table import ASKS, MINE, counts, instead_of, plural, title

LEFT, PANEL, GAP, ROW, TOP, BASE = 184, 167, 10, 22, 50, 15
STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #24292f } .head { font-weight: 600 }
.number { font-size: 12px; fill: #57606a } rect { fill: #a8b3c1 } rect.mine { fill: #2f6fde }
.ground { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .number { fill: #9da7b3 } rect { fill: #56606b } rect.mine { fill: #5a93f2 }
  .ground { fill: #0d1117 }
}
</style>"""


def write_pictures(told: Mapping[str, Any], folder: Path) -> list[Path]:
    """A picture of the rates and one of the latencies for each document; where they are."""
    written = []
    for document, servers in told["documents"].items():
        connections = counts(servers)[0]
        for measure, named in (("rate", "requests a second"), ("p99", "99th percentile of latency, ms")):
            path = folder / f"peers-{document}-{measure}.svg"
            head = f"{title(told, document)}, {plural(connections)}: {named}"
            path.write_text(_picture(servers, connections, measure, head))
            written.append(path)
    return written


def _picture(servers: Mapping[str, Any], connections: str, measure: str, head: str) -> str:
    width = LEFT + len(ASKS) * (PANEL + GAP)
    height = TOP + len(servers) * ROW + 8
    scale = _scale(servers, connections, measure)
    note = " (powers of ten; shorter is better)" if measure == "p99" else " (longer is better)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f"aria-label={quoteattr(head)}>",
        STYLE,
        f'<rect class="ground" width="{width}" height="{height}"/>',
        f'<text class="head" x="8" y="17">{escape(head + note)}</text>',
        *_names(servers),
    ]
    for place, (ask, named) in enumerate(ASKS.items()):
        left = LEFT + place * (PANEL + GAP)
        parts.append(f'<text class="head" x="{left}" y="{TOP - 9}">{escape(named)}</text>')
        for row, (name, there) in enumerate(servers.items()):
            figure = there["figures"][connections].get(ask)
            top = TOP + row * ROW
            if figure is None:
                told = escape(instead_of(there, ask))
                parts.append(f'<text class="number" x="{left}" y="{top + BASE}">{told}</text>')
                continue
            long = scale(figure[measure])
            mine = ' class="mine"' if name.startswith(MINE) else ""
            parts.append(
                f'<rect{mine} x="{left}" y="{top + 3}" width="{long:.1f}" height="{ROW - 7}" rx="2"/>'
            )
            told = f"{figure[measure]:,}" if measure == "rate" else f"{figure[measure]:.2f}"
            parts.append(f'<text class="number" x="{left + long + 4:.1f}" y="{top + BASE}">{told}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _names(servers: Mapping[str, Any]) -> Iterator[str]:
    for row, name in enumerate(servers):
        yield f'<text x="8" y="{TOP + row * ROW + BASE}">{escape(name)}</text>'


def _scale(servers: Mapping[str, Any], connections: str, measure: str) -> Callable[[float], float]:
    """From a figure to the length of its bar; room is left for its number."""
    every = [each[measure] for there in servers.values() for each in there["figures"][connections].values()]
    room = PANEL - 52
    most = max(every, default=1)
    if measure == "rate":
        return lambda value: max(1.0, room * value / most)
    low = math.log10(min(every, default=1)) - 0.3
    return lambda value: max(1.0, room * (math.log10(value) - low) / (math.log10(most) - low))
