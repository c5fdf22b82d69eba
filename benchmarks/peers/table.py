"""The tables that the README shows, from a result; knows nothing of how it was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- peers: written by python -m benchmarks.peers --draw -->\n", "<!-- end of peers -->"
ASKS = {"list": "list of 10", "get": "get", "post": "valid POST", "refused": "refused POST"}
MINE, BARE = "Understudy", "bare uvicorn"
# What each does for a request, besides answering it.
DOES = {
    "Understudy": "state, tokens and scopes, quotas, validation, judged replies, journal",
    "Understudy, interpreted": "the same, without a compiler",
    "bare uvicorn": "reads the JSON; nothing else",
    "Prism": "validation; looks whether there is a token",
    "Mockoon": "nothing of it",
    "openapi-backend": "validation; compares the token",
    "WireMock": "compares path, token and three members of the body",
}


def write_tables(told: Mapping[str, Any], readme: Path) -> str:
    """Put the tables into the README, between the marks, where it has them; the text."""
    text = "\n".join(_lines(told)) + "\n"
    content = readme.read_text()
    if BEGIN in content:
        before, _, rest = content.partition(BEGIN)
        readme.write_text(before + BEGIN + text + END + rest.partition(END)[2])
    return text


def behind(told: Mapping[str, Any]) -> Iterator[str]:
    """Where another mock server is ahead: in requests a second, or in the 99th percentile of latency."""
    for operations, servers in told["documents"].items():
        mine = servers.get(MINE)
        for name, there in servers.items():
            if mine is None or name.startswith(MINE) or name == BARE:
                continue
            for connections, by_ask in there["figures"].items():
                for ask, theirs in by_ask.items():
                    own = mine["figures"][connections][ask]
                    where = f"{ASKS[ask]}, {_connections(connections)}, {operations} operations"
                    if theirs["rate"] > own["rate"]:
                        yield f"{name} answers {theirs['rate'] / own['rate']:.2f} times as often: {where}"
                    if theirs["p99"] < own["p99"]:
                        yield f"{name} has the shorter p99, {theirs['p99']:g} to {own['p99']:g} ms: {where}"


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield (
        f"{told['machine']}, {told['date']}: "
        + ", ".join(f"{k} {v}" for k, v in told["versions"].items() if v)
    )
    yield "Servers on the first core, `wrk` on the second, one server running at a time."
    yield f"Medians of {told['rounds']} interleaved rounds of {told['seconds']} s."
    for operations, servers in told["documents"].items():
        yield ""
        for measure, title in (("rate", "Requests a second"), ("p99", "99th percentile of latency")):
            yield f"![{title}, {operations} operations](docs/peers-{operations}-{measure}.svg)"
        for connections in _counts(servers):
            yield ""
            yield f"{operations} operations, {_connections(connections)}:"
            yield ""
            yield from _rates(servers, connections)
    yield ""
    yield "| server | first answer | memory | after load | does for each request |"
    yield "|---|---|---|---|---|"
    for name, there in next(iter(told["documents"].values())).items():
        yield (
            f"| {name} | {there['cold_start']:.2f} s | {there['idle_megabytes']:.0f} MB | "
            f"{there['loaded_megabytes']:.0f} MB, {there['requests']:,} requests | {DOES.get(name, '')} |"
        )
    yield ""
    ahead = list(behind(told))
    yield "Where another is ahead of Understudy: " + ("nowhere." if not ahead else "")
    if ahead:
        yield ""
        yield from (f"- {line}" for line in ahead)
    yield ""


def _rates(servers: Mapping[str, Any], connections: str) -> Iterator[str]:
    """Requests a second with the p99, and how many times a server's are Understudy's."""
    yield "| requests a second (p99 in ms) | " + " | ".join(ASKS.values()) + " | Understudy is |"
    yield "|---|" + "---:|" * len(ASKS) + "---|"
    mine = servers.get(MINE, {}).get("figures", {}).get(connections, {})
    for name, there in servers.items():
        figures = there["figures"][connections]
        cells = [
            f"{figures[ask]['rate']:,} ({figures[ask]['p99']:.2f})" if ask in figures else "accepted"
            for ask in ASKS
        ]
        times = [mine[ask]["rate"] / figures[ask]["rate"] for ask in ASKS if ask in figures and ask in mine]
        yield f"| {name} | " + " | ".join(cells) + f" | {_times(times) if name != MINE else ''} |"


def _times(ratios: Sequence[float]) -> str:
    if not ratios:
        return ""
    return f"{_two(min(ratios))} to {_two(max(ratios))} times it"


def _two(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def _counts(servers: Mapping[str, Any]) -> list[str]:
    return list(next(iter(servers.values()))["figures"])


def _connections(count: str) -> str:
    return f"{count} connection" + ("" if count == "1" else "s")
