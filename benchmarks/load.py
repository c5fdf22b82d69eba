"""Drives wrk against one request of one server, and reads what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


class NoLoadTool(Exception):
    """wrk is not installed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `name` is list, get, post or refused."""

    name: str
    method: str
    path: str
    token: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """Requests a second, and the 99th and 50th percentile of latency in milliseconds."""

    rate: float
    p99: float
    p50: float = 0.0


def find_wrk() -> str:
    """The path of wrk; NoLoadTool, with how to get it, when there is none."""
    found = shutil.which("wrk")
    if found is None:
        raise NoLoadTool(
            "wrk is needed to make load (Debian and Ubuntu: apt-get install wrk; macOS: brew install wrk)"
        )
    return found


def measure(url: str, ask: Ask, *, connections: int, seconds: int, folder: Path) -> Measure:
    """Load a server with one request for some seconds. RuntimeError where answers failed.

    `refused` has to be refused, and nothing else may be.
    """
    script = folder / f"{ask.name}.lua"
    lines = [
        f'wrk.method = "{ask.method}"',
        f'wrk.headers["Authorization"] = "Bearer {ask.token}"',
        'wrk.headers["Accept"] = "application/json"',
    ]
    if ask.body:
        lines += ['wrk.headers["Content-Type"] = "application/json"', f"wrk.body = [==[{ask.body}]==]"]
    script.write_text("\n".join(lines))
    command = [
        find_wrk(),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(script),
        url + ask.path,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    p50, p99 = (re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", told) for share in (50, 99))
    if rate is None or p50 is None or p99 is None or "Socket errors" in told:
        raise RuntimeError(f"wrk could not measure {ask.name} at {url}:\n{told}")
    refused = re.search(r"Non-2xx or 3xx responses:\s+(\d+)", told)
    if (refused is not None) is not (ask.name == "refused"):
        raise RuntimeError(f"{ask.name} at {url} got the wrong kind of answer:\n{told}")
    return Measure(float(rate[1]), float(p99[1]) * UNITS[p99[2]], float(p50[1]) * UNITS[p50[2]])
