"""Plays scenarios to a command: its environment, its end and its output; knows no language, no provider."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlsplit

from contracts.consumer.paging import gets_on
from contracts.consumer.posting import met, posted, sent
from contracts.consumer.postman import Post
from contracts.consumer.seen import Run, watch
from mockserver.mock import Mock
from mockserver.scenario import Scenario

INTERVAL = 0.02
# What interpreters print when a program breaks off, in the languages that people write such programs in.
CRASHES = re.compile(
    r"^(Traceback \(most recent call last\):"
    r"|Uncaught |\s*throw (new |err)|node:internal/|Unhandled(PromiseRejection| exception)"
    r"|panic: |goroutine \d+ \[|thread '.*' panicked at"
    r"|Exception in thread \"|Unhandled exception\. |PHP Fatal error|Fatal error: |Segmentation fault"
    r"|.*\.rb:\d+:in )",
    re.MULTILINE,
)
SHOWN_OUTPUT = 600


@dataclass(frozen=True, slots=True)
class Names:
    """How the variables are called that tell the command where the provider is.

    `base` is put after the address: most SDKs want the version in it ("/v2").
    """

    url: str = "API_URL"
    token: str = "API_TOKEN"
    now: str = "API_NOW"
    base: str = ""
    hook: str = "API_HOOK_URL"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (None: it was ended), and what it printed."""

    code: int | None
    output: str
    reason: str = ""


class CommandPlayer:
    """A live mock of one provider, and a command that is run once a case, with a world of its own.

    `gives_up` are the exit codes by which the command says that it gives up where the provider kept it from
    its work, `timeout` is its own, in seconds. The world's clock runs, because the command's does. Any number
    of cases may be played at once. With `webhooks` the command is told an address on this machine to
    listen at: what is for elsewhere is brought there.
    """

    def __init__(
        self,
        provider: str,
        command: Sequence[str],
        *,
        names: Names,
        scopes: Sequence[str] | None = None,
        gives_up: Sequence[int] = (1,),
        requests: int = 200,
        seconds: float = 10.0,
        longest_wait: float = 1.0,
        timeout: float | None = None,
        webhooks: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = tuple(command)
        self._names = names
        self._scopes = None if scopes is None else tuple(scopes)
        self._gives_up = frozenset(gives_up)
        self._requests = requests
        self._seconds = seconds
        self._longest_wait = longest_wait
        self._timeout = timeout
        self._webhooks = webhooks
        self._environment = dict(os.environ if environment is None else environment)
        self._base = Mock(provider, webhooks=webhooks)
        # Waiting for the command is done at once by who asks; the mock's own turn is taken in its thread.
        self._turn = threading.Lock()
        self.host = urlsplit(self._base.url).netloc
        self.service = self._base.service()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def play(self, scenario: Scenario) -> Run:
        """Run the command once; OSError where it cannot be run."""
        played = self._in_real_time(scenario)
        mock = self._base.another(
            seed=played.seed, data=played.data, clock=played.clock, faults=played.faults
        )
        post = Post(mock, played.deliveries) if self._webhooks else None
        try:
            token = mock.tokens(scopes=self._scopes)
            ended = self._run(mock, token, post)
            exchanges = mock.exchanges
            seen = mock.run(lambda: watch(exchanges, self._timeout))
            messages = sent(mock.webhooks)
        finally:
            mock.drop()
        cut = bool(ended.reason) and gets_on(seen)
        right = cut or (ended.code == 0 and not ended.reason)
        run = Run(
            scenario=played,
            seen=seen,
            error="" if right else _told(ended, token),
            kind=_kind(ended),
            endless="" if cut else ended.reason,
            cut=cut,
            host=self.host,
            delivered=(*posted(messages), *(post.made if post is not None else ())),
            events=tuple(each.event for each in messages),
            hooked=met(messages),
            exchanges=tuple(exchanges),
        )
        crashed = (
            bool(CRASHES.search(ended.output)) or (ended.code or 0) < 0 or (ended.code is None and not cut)
        )
        gave_up = ended.code in self._gives_up and not crashed and run.disturbed
        if crashed and ended.code == 0 and not run.error:
            return replace(run, error=_told(ended, token))
        return replace(run, gave_up=gave_up)

    def _in_real_time(self, scenario: Scenario) -> Scenario:
        """The scenario with a clock that runs, and with waits that a person has time for."""
        clock = scenario.clock if scenario.clock.startswith("running:") else f"running:{scenario.clock}"
        faults = []
        for fault in scenario.faults:
            changed: dict[str, Any] = dict(fault)
            wait = changed.get("retry_after")
            if wait is not None:
                changed["retry_after"] = min(wait, self._longest_wait)
            faults.append(changed)
        return replace(scenario, clock=clock, faults=tuple(faults))

    def _run(self, mock: Mock, token: str, post: Post | None) -> Ended:
        names = self._names
        environment = {
            **self._environment,
            names.url: mock.url + names.base,
            names.token: token,
            names.now: mock.clock.now.isoformat().replace("+00:00", "Z"),
        }
        if post is not None:
            environment[names.hook] = post.url
        process = subprocess.Popen(
            self._command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own, so that what it starts is ended with it.
            start_new_session=True,
        )
        output: list[bytes] = []
        assert process.stdout is not None
        reader = threading.Thread(target=_drain, args=(process.stdout, output), daemon=True)
        reader.start()
        reason = self._wait(process, mock, post)
        if reason:
            _end(process)
        process.wait()
        reader.join(1.0)
        if not reader.is_alive():
            process.stdout.close()
        text = b"".join(output).decode("utf-8", "replace")
        return Ended(None if reason else process.returncode, text, reason)

    def _wait(self, process: subprocess.Popen[bytes], mock: Mock, post: Post | None) -> str:
        """Wait for its end; why it had to be ended, "" where it had not."""
        until = time.monotonic() + self._seconds
        journal = mock.world.journal
        while True:
            try:
                process.wait(INTERVAL)
                return ""
            except subprocess.TimeoutExpired:
                if post is not None:
                    post.look()
            if len(journal) > self._requests:
                return f"it was stopped after {self._requests} requests"
            if time.monotonic() > until:
                return f"it was stopped after {self._seconds:g} s"


def _drain(stream: Any, output: list[bytes]) -> None:
    size = 0
    for chunk in iter(lambda: stream.read1(65_536), b""):
        # All is read, so that nobody waits; enough is kept.
        if size < 1_000_000:
            output.append(chunk)
        size += len(chunk)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _told(ended: Ended, token: str) -> str:
    output = ended.output.replace(token, "***").strip()
    if len(output) > SHOWN_OUTPUT:
        output = "…" + output[-SHOWN_OUTPUT:]
    how = ended.reason or (
        f"exit code {ended.code}" if (ended.code or 0) >= 0 else f"ended by signal {-(ended.code or 0)}"
    )
    return f"{how}; it printed:\n{output}" if output else f"{how}; it printed nothing"


def _kind(ended: Ended) -> str:
    """The same for the same mistake: the exit code and the last line that says what it was."""
    crash = CRASHES.search(ended.output)
    lines = [line.strip() for line in ended.output.strip().splitlines()]
    last = re.sub(r"[0-9a-f-]{8,}|\d+", "#", lines[-1])[:80] if crash and lines else ""
    return f"exit {ended.code} {last}".strip()
