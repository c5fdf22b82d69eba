"""A made-up result of comparing servers, as the result file has it."""

from __future__ import annotations

from typing import Any


def figures(**rates: int) -> dict[str, dict[str, float]]:
    """By request, that rate; with a p99 that is small where the rate is large."""
    return {ask: {"rate": rate, "p50": 1.0, "p99": 16_000 / rate} for ask, rate in rates.items()}


def server(sixteen: dict[str, Any], one: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What is told of a server."""
    return {
        "cold_start": 0.25,
        "idle_megabytes": 47.4,
        "loaded_megabytes": 210.4,
        "requests": 1234567,
        "figures": {"16": sixteen, "1": one},
        **more,
    }


def result() -> dict[str, Any]:
    """Two documents; on the second a server refuses what is valid, and one takes what is not."""
    fast = figures(list=40_000, get=50_000, post=20_000, refused=25_000)
    slow = figures(list=10_000, get=10_000, post=10_000, refused=10_000)
    quick = figures(list=20_000, get=20_000, post=30_000, refused=10_000)
    lax = figures(list=400, get=500, post=200)
    return {
        "date": "2026-11-21",
        "machine": "A machine, 2 cores, Linux",
        "versions": {"Python": "3.11.7", "Java": "", "Prism": "5.16.0"},
        "command": "python -m benchmarks.peers --rounds 3 --seconds 1",
        "seconds": 1,
        "rounds": 3,
        "titles": {"4": "4 operations", "calcom": "Cal.com & more, 152 operations"},
        "notes": {"calcom": "Each valid POST books half an hour."},
        "documents": {
            "4": {
                "Understudy": server(fast, slow),
                "Understudy, interpreted": server(slow, slow),
                "bare uvicorn": server(figures(list=50_000, get=50_000, post=50_000, refused=50_000), fast),
                "Mockoon": server(lax, lax),
                "openapi-backend": server(quick, quick),
            },
            "calcom": {
                "Understudy": server(fast, fast),
                "Prism": server(
                    figures(list=1_000, get=1_000, refused=1_000),
                    figures(list=1_000, get=1_000, refused=1_000),
                    instead={"post": "refused (422)"},
                ),
                "Mockoon": server(lax, lax, instead={"refused": "accepted"}),
            },
        },
    }
