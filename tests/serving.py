"""`mockserver serve` in a process of its own, for tests of what only a process shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 30.0


class Served:
    """A running `mockserver serve`; `lines` are what it printed up to its ready line."""

    def __init__(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        self.process = process
        self.lines = lines
        found = re.fullmatch(r"ready in [0-9.]+ s: (http://\S+:([0-9]+))", lines[-1]) if lines else None
        if found is None:
            process.kill()
            raise AssertionError(f"no ready line: {lines} {process.communicate()[1]}")
        self.url = found[1]
        self.port = int(found[2])

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, and what was still written to stdout and stderr."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@contextmanager
def serving(
    *arguments: str, command: Sequence[str] = (sys.executable, "-m", "mockserver"), cwd: Path | None = None
) -> Iterator[Served]:
    """Serve on a free port until the block ends."""
    process = subprocess.Popen(
        [*command, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    # A server that never gets ready ends, and so does waiting for its line.
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("ready in "):
                break
        yield Served(process, lines)
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
        process.communicate()
