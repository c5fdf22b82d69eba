"""The tables that README and docs/benchmarks.md show, from a result; knows nothing of how it was measured."""

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
    "bare uvicorn": "reads the JSON and sends Understudy's bytes, from a plain ASGI function",
    "Prism": "validation; looks whether there is a token; the document's examples",
    "Mockoon": "makes up a body from the schema, of a list one row; no validation, no token",
    "openapi-backend": "validation; compares the token; Understudy's bytes",
    "WireMock": "compares path, token and three members of the body; Understudy's bytes",
}
MEASURES = {"rate": "Requests a second", "p99": "99th percentile of latency"}


def write_readme(told: Mapping[str, Any], readme: Path) -> bool:
    """Put the short form into the README, between its marks; whether it has them."""
    content = readme.read_text()
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        readme.write_text(before + begin + short(told) + end + after)
    return bool(begin and end)


def short(told: Mapping[str, Any]) -> str:
    """What the README shows: every document at the first number of connections."""
    documents = told["documents"]
    last = list(documents)[-1]
    connections = counts(documents[last])[0]
    lines = [
        "",
        f"At {plural(connections)}, {_how(told)} ({told['machine']}, {told['date']}):",
        "requests a second, and in brackets the 99th percentile of latency in milliseconds. Other numbers of",
        "connections, times to start, memory and versions are in [docs/benchmarks.md](docs/benchmarks.md).",
        "",
    ]
    for name, servers in documents.items():
        lines += [*_rates(servers, connections, title(told, name)), ""]
    lines += [*_note(told, last), *_pictures(told, last, "docs/"), ""]
    lines += [*_what_each_does(documents), ""]
    lines += _ahead([line for name in documents for line in behind(told, name, only_first=True)])
    return "\n".join(lines) + "\n\n"


def page(told: Mapping[str, Any]) -> str:
    """Everything, as Markdown, its pictures beside it."""
    versions = ", ".join(f"{name} {version}" for name, version in told["versions"].items() if version)
    lines = [f"{told['machine']}, {told['date']}: `{told['command']}`", "", f"{versions}.", ""]
    lines += ["Servers on the first core, `wrk` on the second, one server running at a time;"]
    lines += [
        f"{_how(told)}. Requests a second, and in brackets the 99th percentile of latency in ms.",
        "",
        *_what_each_does(told["documents"]),
    ]
    for name, servers in told["documents"].items():
        lines += ["", f"### {title(told, name)}", "", *_note(told, name), *_pictures(told, name)]
        for connections in counts(servers):
            lines += ["", *_rates(servers, connections, plural(connections))]
        lines += ["", *_starts(servers), "", *_ahead(list(behind(told, name)))]
    return "\n".join(lines) + "\n"


def behind(told: Mapping[str, Any], document: str, *, only_first: bool = False) -> Iterator[str]:
    """Where another mock server is ahead: in requests a second, or in the 99th percentile of latency."""
    servers = told["documents"][document]
    mine = servers.get(ours(servers))
    for name, there in servers.items():
        if mine is None or name.startswith(MINE) or name == BARE:
            continue
        for connections in counts(servers)[: 1 if only_first else None]:
            for ask, theirs in there["figures"][connections].items():
                own = mine["figures"].get(connections, {}).get(ask)
                if own is None:
                    continue
                where = f"{ASKS[ask]}, {plural(connections)}, {title(told, document)}"
                if theirs["rate"] > own["rate"]:
                    yield f"{name} answers {_two(theirs['rate'] / own['rate'])} times as often: {where}"
                if theirs["p99"] < own["p99"]:
                    yield f"{name} has the shorter p99, {theirs['p99']:.2f} to {own['p99']:.2f} ms: {where}"


def ours(servers: Mapping[str, Any]) -> str:
    """Whom the others are compared with: Understudy as it is built for speed, where it was measured so."""
    return next((name for name in sorted(servers) if name.startswith(MINE)), "")


def title(told: Mapping[str, Any], document: str) -> str:
    """What a document is called."""
    return str(told.get("titles", {}).get(document, f"{document} operations"))


def counts(servers: Mapping[str, Any]) -> list[str]:
    """The numbers of connections that were measured, the first one being what counts most."""
    return list(next(iter(servers.values()))["figures"])


def plural(connections: str) -> str:
    """That number of connections in words."""
    return f"{connections} connection" + ("" if connections == "1" else "s")


def instead_of(there: Mapping[str, Any], ask: str) -> str:
    """What a server does instead of what it was to be measured on."""
    return str(there.get("instead", {}).get(ask, "accepted" if ask == "refused" else ""))


def _how(told: Mapping[str, Any]) -> str:
    return f"medians of {told['rounds']} interleaved rounds of {told['seconds']} s"


def _note(told: Mapping[str, Any], document: str) -> list[str]:
    note = told.get("notes", {}).get(document)
    return [note, ""] if note else []


def _pictures(told: Mapping[str, Any], document: str, folder: str = "") -> Iterator[str]:
    for measure, named in MEASURES.items():
        yield f"![{named}, {title(told, document)}]({folder}peers-{document}-{measure}.svg)"


def _rates(servers: Mapping[str, Any], connections: str, head: str) -> Iterator[str]:
    """Requests a second with the p99, and how many times a server's are Understudy's."""
    yield f"| {head} | " + " | ".join(ASKS.values()) + " | Understudy over it |"
    yield "|---|" + "---:|" * len(ASKS) + "---:|"
    mine = servers.get(ours(servers), {}).get("figures", {}).get(connections, {})
    for name, there in servers.items():
        figures = there["figures"][connections]
        cells = [
            f"{figures[ask]['rate']:,} ({figures[ask]['p99']:.2f})"
            if ask in figures
            else instead_of(there, ask)
            for ask in ASKS
        ]
        times = [mine[ask]["rate"] / figures[ask]["rate"] for ask in ASKS if ask in figures and ask in mine]
        yield f"| {name} | " + " | ".join(cells) + f" | {_times(times) if name != ours(servers) else ''} |"


def _starts(servers: Mapping[str, Any]) -> Iterator[str]:
    yield "| server | first answer | memory | after load |"
    yield "|---|---:|---:|---:|"
    for name, there in servers.items():
        yield (
            f"| {name} | {there['cold_start']:.2f} s | {there['idle_megabytes']:.0f} MB | "
            f"{there['loaded_megabytes']:.0f} MB, {there['requests']:,} requests |"
        )


def _what_each_does(documents: Mapping[str, Any]) -> Iterator[str]:
    """What was on for whom."""
    yield "| server | does for each request |"
    yield "|---|---|"
    for name in dict.fromkeys(name for servers in documents.values() for name in servers):
        yield f"| {name} | {DOES.get(name, '')} |"


def _ahead(lines: Sequence[str]) -> list[str]:
    if not lines:
        return ["No other mock server is ahead of Understudy in any of these figures."]
    return ["Where another is ahead of Understudy:", "", *(f"- {line}" for line in lines)]


def _times(ratios: Sequence[float]) -> str:
    if not ratios:
        return ""
    low, high = _two(min(ratios)), _two(max(ratios))
    return f"{low} ×" if low == high else f"{low} to {high} ×"


def _two(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"
