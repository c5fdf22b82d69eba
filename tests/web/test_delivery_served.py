"""Webhooks of `mockserver serve`: sent, told in the log, still sent after the documents were read again."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import httpx

from mockserver.openapi.places import specs_folder
from tests.receiving import Taken, receiving
from tests.serving import Served, serving

OWNER = {"Authorization": "Bearer rgo-owner"}
NORAS = "0a5d9e31-c84f-4b72-86e0-1f3b7d6294ca"


def cancelled(url: str, hook: str) -> None:
    body = {"endpoint": hook, "eventTypes": ["booking_cancelled"]}
    assert httpx.post(f"{url}/webhooks", json=body, headers=OWNER).status_code == 201
    assert httpx.delete(f"{url}/v4/appointment/{NORAS}", headers=OWNER).status_code == 204


def line(served: Served, word: str) -> str:
    """The next line of the log with that word; the server is ended by its watchdog where none comes."""
    assert served.process.stderr is not None
    for text in served.process.stderr:
        if word in text:
            return text
    raise AssertionError(f"the log ended without {word!r}")


def test_a_served_mock_sends_and_says_so_also_after_reading_again(tmp_path: Path) -> None:
    folder = tmp_path / "meetergo"
    shutil.copytree(specs_folder() / "meetergo", folder)
    came = threading.Event()

    def answer(_: Taken) -> tuple[int, dict[str, str], bytes]:
        came.set()
        return 204, {}, b""

    with receiving() as receiver, serving(str(folder), "--watch", "--no-cache") as served:
        receiver.answer = answer
        hook = f"{receiver.url}/crm?key=1"
        cancelled(served.url, hook)
        assert came.wait(10)
        told = line(served, " webhook ")
        assert told == f"meetergo webhook booking_cancelled to {receiver.url}/crm -> 204 m-1\n"
        # The world begins anew, and with it whoever delivers.
        came.clear()
        path = folder / "openapi.yaml"
        path.write_text(path.read_text() + "\n# changed\n")
        line(served, "the world begins anew")
        assert httpx.get(f"{served.url}/webhooks", headers=OWNER).json() == []
        cancelled(served.url, hook)
        assert came.wait(10)
        line(served, " webhook ")
        assert served.end()[0] == 0


def test_a_server_that_ends_waits_for_no_receiver() -> None:
    asked, ended = threading.Event(), threading.Event()

    def never(_: Taken) -> Any:
        asked.set()
        ended.wait(30)
        return 200, {}, b""

    with receiving() as receiver, serving("meetergo") as served:
        receiver.answer = never
        cancelled(served.url, receiver.url)
        assert asked.wait(10)
        code, _, log = served.end()
        ended.set()
        assert code == 0
        assert "Traceback" not in log
