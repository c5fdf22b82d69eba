"""Drives wrk against one request of one server, and reads what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
# Bodies that are written for a second of load: more than a server that keeps state gets through. One that
# keeps none may get them again.
EACH_SECOND = 20_000


class NoLoadTool(Exception):
    """wrk is not installed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `name` is list, get, post or refused.

    `series` gives the body number n, where no two requests may be the same; `body` is one that is not of it.
    """

    name: str
    method: str
    path: str
    token: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    series: Callable[[int], str] | None = None


def lacks_wrk() -> bool:
    """Whether there is nothing to make load with, which is then told on stderr."""
    try:
        find_wrk()
    except NoLoadTool as error:
        print(error, file=sys.stderr)
        return True
    return False


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


def measure(url: str, ask: Ask, *, connections: int, seconds: int, folder: Path, begin: int = 0) -> Measure:
    """Load a server with one request for some seconds. RuntimeError where answers failed.

    `refused` has to be refused, and nothing else may be. `begin`: where in its series of bodies to begin.
    """
    command = [
        find_wrk(),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(write_script(ask, folder, begin, seconds * EACH_SECOND)),
        url + ask.path,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    return read(told, ask.name, url)


def write_script(ask: Ask, folder: Path, begin: int = 0, bodies: int = EACH_SECOND) -> Path:
    """The script that tells wrk what to ask; beside it the bodies, a line each, where there is a series."""
    script = folder / f"{ask.name}.lua"
    fields = {"Authorization": f"Bearer {ask.token}", "Accept": "application/json", **ask.headers}
    if ask.body:
        fields["Content-Type"] = "application/json"
    lines = [f'wrk.method = "{ask.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in fields.items()]
    if ask.series is not None:
        file = script.with_suffix(".txt")
        file.write_text("\n".join(ask.series(number) for number in range(begin, begin + bodies)) + "\n")
        # Made before the load begins: what is made for each request would be wrk's own time.
        lines += [
            "local requests, last = {}, 0",
            "function init()",
            f'  for line in io.lines("{file}") do',
            "    requests[#requests + 1] = wrk.format(nil, nil, nil, line)",
            "  end",
            "end",
            "function request()",
            "  last = last % #requests + 1",
            "  return requests[last]",
            "end",
        ]
    elif ask.body:
        lines.append(f"wrk.body = [==[{ask.body}]==]")
    script.write_text("\n".join(lines) + "\n")
    return script


def read(told: str, name: str, url: str = "") -> Measure:
    """What wrk says of one request. RuntimeError where it could not measure, or answers were not as due."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    p50, p99 = (re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", told) for share in (50, 99))
    if rate is None or p50 is None or p99 is None or "Socket errors" in told:
        raise RuntimeError(f"wrk could not measure {name} at {url}:\n{told}")
    answered = re.search(r"(\d+) requests in", told)
    found = re.search(r"Non-2xx or 3xx responses:\s+(\d+)", told)
    refused = int(found[1]) if found else 0
    # Every one of what is to be refused, and none of the rest.
    due = int(answered[1]) if answered and name == "refused" else 0
    if refused != due:
        raise RuntimeError(f"{name} at {url}: {refused} answers are refusals, {due} are due:\n{told}")
    return Measure(float(rate[1]), float(p99[1]) * UNITS[p99[2]], float(p50[1]) * UNITS[p50[2]])
