"""A second server, started on its own, and `contracts` run against it as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.targets.credentials import variable
from mockserver.house import build_service

PATIENCE = 120.0
ROOT = Path(__file__).parents[2]


@dataclass
class Second:
    """The server: its address, its tokens, what reached it."""

    provider: str
    url: str
    tokens: dict[str, str]
    journal: Path
    folder: Path
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every request that reached it."""
        return [json.loads(line) for line in self.journal.read_text("utf-8").splitlines()]

    @property
    def writes(self) -> list[dict[str, Any]]:
        """Those that may change something."""
        return [each for each in self.requests if each["method"] not in ("GET", "HEAD", "OPTIONS")]

    def rows(self) -> dict[str, int]:
        """How many rows of each kind it has."""
        with urllib.request.urlopen(f"{self.url}/-/rows", timeout=10) as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`contracts …` in a folder of its own, with the tokens in its environment."""
        return self.start_python("-m", "contracts", *arguments)

    def start_python(self, *arguments: str) -> subprocess.Popen[str]:
        """The same of any program in Python."""
        settings = build_service(self.provider).settings
        named = {variable(settings, name): token for name, token in self.tokens.items()}
        kept = {
            name: value for name, value in os.environ.items() if name not in ("CI", "GITHUB_STEP_SUMMARY")
        }
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**kept, **named, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """The same to its end: exit code and everything that it printed."""
        return self.ended(self.start(*arguments))

    def ended(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Exit code of a process, and everything that it printed."""
        out, err = process.communicate(timeout=PATIENCE)
        self.output += [out, err]
        return process.returncode, out + err

    def check(self, *arguments: str) -> tuple[int, str]:
        """`contracts check` there, as fast as it goes."""
        return self.run("check", self.provider, "--target", self.url, "--rate", "0", *arguments)

    def everything(self) -> str:
        """All that was printed, and all files that are there now but its own journal."""
        files = [each for each in self.folder.rglob("*") if each.is_file()]
        return "\n".join([*self.output, *(each.read_bytes().decode("utf-8", "replace") for each in files)])


@contextmanager
def second(folder: Path, provider: str = "zeeg", *arguments: str) -> Iterator[Second]:
    """Start it, and end it."""
    journal = folder / "journal.jsonl"
    journal.touch()
    work = folder / "work"
    work.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.served", str(journal), provider, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Second(provider, told["url"], told["tokens"], journal, work, process)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
