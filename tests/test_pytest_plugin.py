from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CLIENTS = """
import asyncio
import urllib.request

import aiohttp
import httpx
import pytest
import requests

pytestmark = pytest.mark.mock("zeeg", clock="2026-03-29T00:30:00Z")
NOTE = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/notes"


def with_httpx(url, headers):
    return httpx.get(url, headers=headers).json()


def with_requests(url, headers):
    return requests.get(url, headers=headers).json()


def with_urllib(url, headers):
    import json

    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return json.load(answer)


def with_aiohttp(url, headers):
    async def ask():
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            return await answer.json()

    return asyncio.run(ask())


@pytest.mark.parametrize("get", [with_httpx, with_requests, with_urllib, with_aiohttp])
@pytest.mark.parametrize("kind", ["mock", "mock_server"])
def test_any_client(request, get, kind):
    made = request.getfixturevalue(kind)
    assert made.clock.now.isoformat() == "2026-03-29T00:30:00+00:00"
    headers = {"Authorization": "Bearer " + made.token()}
    before = get(made.url + NOTE, headers)["pagination"]["total"]
    made.call("POST", NOTE, persona="owner", json={"content": "One more."})
    # Nobody else's note is here: neither that of another test nor that of another worker.
    assert get(made.url + NOTE, headers)["pagination"]["total"] == before + 1 == 2
"""

FAILING = """
import pytest


@pytest.mark.mock("zeeg", faults=[{"fault": "server-error", "operation": "whoami"}])
def test_fails(mock):
    assert mock.call("GET", "/v2/whoami", persona="owner").status == 200


@pytest.mark.mock("zeeg")
def test_scope(mock_server):
    answer = mock_server.call("GET", "/v2/scheduled-events?keyword=zeeg_owner", persona="only-notes-read")
    assert answer.status == 200


@pytest.mark.mock("zeg")
def test_name(mock):
    pass


@pytest.mark.mock("zeeg", date="busy-week")
def test_option(mock_server):
    pass
"""


def pytest_run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(text)
    plugin = [] if installed() else ["-p", "mockserver.pytest_plugin"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"]},
    )


def installed() -> bool:
    from importlib.metadata import entry_points

    return any(each.name == "mockserver" for each in entry_points(group="pytest11"))


@pytest.mark.parametrize(
    "workers", ["0", "2"] if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else ["2"]
)
def test_every_test_has_a_world_of_its_own_and_any_client_works(tmp_path: Path, workers: str) -> None:
    done = pytest_run(tmp_path, CLIENTS, "-n", workers)
    assert "8 passed" in done.stdout, done.stdout + done.stderr


def test_a_failure_shows_what_was_asked_and_why_it_was_answered_so(tmp_path: Path) -> None:
    out = pytest_run(tmp_path, FAILING).stdout
    assert "2 failed, 2 errors" in out, out
    assert "x-1  GET /v2/whoami -> 500  whoami" in out
    assert "fault server-error: answered 500, nothing was done" in out
    assert "why: missing scope events:read" in out
    assert "keyword=<token of owner>" in out
    assert "zeeg_only-notes-read" not in out.replace('persona="only-notes-read"', "")
    assert "@pytest.mark.mock: there is no provider 'zeg', did you mean 'zeeg'?" in out
    assert "@pytest.mark.mock: got an unexpected keyword argument 'date'" in out
    assert "pytest_plugin.py" not in out


def test_the_plugin_costs_next_to_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import mockserver.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["mockserver", "mockserver.pytest_plugin", "mockserver.version"]
