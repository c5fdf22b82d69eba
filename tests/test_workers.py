"""Several mocks from one command: each by itself, all of them ready and ended together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.serving import PATIENCE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked processes")


@contextmanager
def workers(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`serve` in a process, and the addresses of its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "zeeg", "--quiet", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield process, line.partition(": ")[2].split()
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def is_there(url: str) -> bool:
    """Whether anybody answers."""
    try:
        httpx.get(f"{url}/_mock/health", timeout=PATIENCE)
    except httpx.TransportError:
        return False
    return True


def test_each_worker_has_worlds_of_its_own_and_the_same_beginning() -> None:
    fixed = ("--clock", "2026-04-06T08:00:00Z")
    with (
        workers("--port", "0", "--workers", "3", *fixed) as (_, urls),
        httpx.Client(timeout=PATIENCE) as client,
    ):
        assert len(set(urls)) == 3
        assert client.post(f"{urls[1]}/_mock/worlds", json={"name": "mine"}).status_code == 201
        found = [client.get(f"{url}/w/mine/_mock/clock").status_code for url in urls]
        assert found == [404, 200, 404]
        token = client.get(f"{urls[0]}/_mock/personas").json()[0]["token"]
        headers = {"Authorization": f"Bearer {token}"}
        lists = {client.get(f"{url}/v2/scheduled-events", headers=headers).text for url in urls}
        assert len(lists) == 1
        assert "collection" in lists.pop()


def test_workers_end_with_the_command() -> None:
    with workers("--port", "0", "--workers", "2") as (process, urls):
        assert all(map(is_there, urls))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert not any(map(is_there, urls))


def test_all_end_where_one_of_them_does() -> None:
    with workers("--port", "0", "--workers", "2") as (process, urls):
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        if not os.path.exists(children):
            pytest.skip("this system does not tell a process's children")
        with open(children) as file:
            last = int(file.read().split()[-1])
        os.kill(last, signal.SIGKILL)
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        assert "a worker ended" in process.stderr.read()
        assert not any(map(is_there, urls))


def test_a_port_in_use_among_the_workers_is_told_before_anything_is_served() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "mockserver", "serve", "zeeg", "--port", str(port - 1), "--workers", "2"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", [("--workers", "0"), ("--workers", "x"), ("--workers", "2", "--watch")])
def test_wrong_workers_are_told_in_a_line(wrong: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "serve", "zeeg", "--port", "0", *wrong],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "workers" in done.stderr
    assert "Traceback" not in done.stderr
