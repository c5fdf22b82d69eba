"""The same broken clients against Prism, tested as people do: by examples, and by each error on demand.

    npm install @stoplight/prism-cli
    python -m tests.quality.clients.prism node_modules/.bin/prism > table.md

A client is found where its broken form fails in a run in which its repaired twin does not. The runs: every
answer the document's example, every answer made from its schema (`Prefer: dynamic=true`, five times), and
every answer a 401, 403, 404, 429 or 500 (`Prefer: code=…`), after which a client may only give up.
Webhooks, rows and the clock are not there to be asked: what a client asserts of them is left out. Prism's own
500, where it cannot make an answer from a schema, counts for nothing.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.consumer.waiting import Waiting
from contracts.consumer.watching import Endless, Watch
from mockserver.scenario import Scenario
from tests.quality.clients.api import BASES, Client, GaveUp, Pair
from tests.quality.clients.catalogue import PAIRS

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PORT = 4_881
NOW = datetime(2026, 4, 6, 8, tzinfo=UTC)
CODES = (401, 403, 404, 429, 500)


class NoState(Exception):
    """A mock without state has nothing to say to that."""


class Stateless:
    """As much of what a fuzz test gets as Prism has: an address, a token, and a date."""

    def __init__(self, provider: str, url: str, headers: Mapping[str, str]) -> None:
        self.scenario = Scenario(provider)
        # Prism leaves the path of `servers` out.
        self.url = url
        self.headers = headers
        self.now = NOW

    def token(self) -> str:
        return "token"

    def fresh_token(self) -> str:
        return "token-2"

    def __getattr__(self, name: str) -> Any:
        raise NoState(name)


@contextmanager
def prism(command: str, provider: str, port: int) -> Iterator[str]:
    """Prism, serving a provider's document; its address."""
    document = ROOT / "specs" / provider / "openapi.yaml"
    process = subprocess.Popen(
        [command, "mock", "-p", str(port), "-h", "127.0.0.1", str(document)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url + "/").close()
            except urllib.error.HTTPError as error:
                error.close()
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise SystemExit(f"{command} does not serve {document}")
        yield url
    finally:
        process.terminate()
        process.wait()


def outcome(client: Client, given: Stateless, watch: Watch, *, may_give_up: bool) -> str:
    """What is wrong in one run, "" where nothing is."""
    try:
        with watch.over(lambda: 0):
            client(given)  # type: ignore[arg-type]
    except NoState:
        return ""
    except GaveUp as error:
        # Prism answers 500 where it cannot make an answer from a schema: that says nothing of the client.
        helpless = "500" in str(error) or "no answer that helps" in str(error)
        return "" if may_give_up or helpless else f"gave up: {error}"
    except Endless:
        return "does not end"
    except ConnectionRefusedError:
        raise
    except Exception as error:
        return type(error).__name__
    return ""


def runs(provider: str, url: str) -> Iterator[tuple[str, Stateless, bool]]:
    """The runs of one client: what they are called, what it gets, and whether it may give up."""
    yield "example", Stateless(provider, url, {}), False
    for _ in range(5):
        yield "dynamic", Stateless(provider, url, {"Prefer": "dynamic=true"}), False
    for code in CODES:
        yield f"code {code}", Stateless(provider, url, {"Prefer": f"code={code}"}), True


def found(pair: Pair, url: str, watch: Watch) -> str:
    """The first run in which the broken client fails and its twin does not; "" where there is none."""
    for name, given, may in runs(pair.provider, url):
        wrong = outcome(pair.broken, given, watch, may_give_up=may)
        if wrong and not outcome(pair.repaired, given, watch, may_give_up=may):
            return f"{name}: {wrong}"
    return ""


def fuzzed(pair: Pair) -> str:
    """By which judgement a fuzz test finds the broken client."""
    from tests.quality.test_broken_clients import fuzzed

    return fuzzed(pair, pair.broken, pair.broken_scopes or pair.scopes, seed=1).found_by


def main(command: str) -> None:
    """Print the table."""
    watch, waiting = Watch(10_000, 5.0), Waiting()
    ours = {pair.name: fuzzed(pair) for pair in PAIRS}
    theirs: dict[str, str] = {}
    for number, provider in enumerate(BASES):
        with prism(command, provider, PORT + number) as url, waiting.installed(), watch.on_guard():
            # Prism serves the paths of the document as they are, without those of its servers.
            for pair in PAIRS:
                if pair.provider == provider:
                    with waiting.case(NOW.timestamp, lambda _: watch.check()):
                        theirs[pair.name] = _with_bases({provider: ""}, pair, url, watch)
    lines = ["| broken client | fuzzing | Prism, by examples |", "|---|---|---|"]
    lines += [f"| {pair.name} | {ours[pair.name] or '-'} | {theirs[pair.name] or '-'} |" for pair in PAIRS]
    lines.append(
        f"| **found** | **{sum(map(bool, ours.values()))} of {len(PAIRS)}** "
        f"| **{sum(map(bool, theirs.values()))} of {len(PAIRS)}** |"
    )
    sys.stdout.write("\n".join(lines) + "\n")


def _with_bases(bases: Mapping[str, str], pair: Pair, url: str, watch: Watch) -> str:
    kept = dict(BASES)
    BASES.update(bases)
    try:
        return found(pair, url, watch)
    finally:
        BASES.update(kept)


if __name__ == "__main__":
    main(sys.argv[1])
