"""Webhooks that the mock sends itself: to a program in another process, and to a server of a fuzz test."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts import Played, fuzz, scenario
from contracts.cli import main as contracts_main
from contracts.consumer.delivering import deliver
from contracts.consumer.fuzzing import Wrong
from mockserver import Mock
from mockserver.scenario import Scenario
from mockserver.signatures import InvalidSignature, verify

PROGRAM = """\
import http.client, http.server, json, os, sys, threading, time, urllib.parse, urllib.request
heard, lock = [], threading.Lock()

class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        good = self.headers.get("Token") == "a-shared-secret" or not CHECKS
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()
        with lock:
            if good:
                heard.append(json.loads(body)["event"])

    def log_message(self, *_):
        pass

def ask(path, body):
    request = urllib.request.Request(os.environ["API_URL"] + path, json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + os.environ["API_TOKEN"])
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)
    except (OSError, ValueError, http.client.HTTPException):
        os._exit(1)

url = os.environ["API_HOOK_URL"]
server = http.server.ThreadingHTTPServer(("127.0.0.1", urllib.parse.urlsplit(url).port), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
ask("/v2/webhooks", {"callbackUrl": "https://example.com/", "events": ["invitee.scheduled"], "scope": "user",
                     "token": "a-shared-secret"})
ask("/v2/event", {"ownerSlug": "alex-mueller", "eventTypeSlug": "intro-30", "date": "2026-04-14",
                  "duration": 30, "name": "Mira Oduya", "email": "mira@example.org",
                  "timeZone": "Europe/Berlin", "start": "10:00"})
until = time.monotonic() + 4
while time.monotonic() < until and not heard:
    time.sleep(0.02)
time.sleep(0.1)
os._exit(0 if heard else 1)
"""


def run(folder: Path, text: str, *more: str) -> int:
    path = folder / "receiver.py"
    path.write_text(text)
    options = ["--webhooks", "--cases", "30", "--seed", "1", "--longest-wait", "0.1", "--jobs", "2", *more]
    command = ["fuzz", "zeeg", *options, "--save", str(folder), "--", sys.executable, str(path)]
    return contracts_main(command)


def test_a_program_that_takes_forged_webhooks_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, PROGRAM.replace("CHECKS", "False")) == 1
    out = capsys.readouterr().out
    assert out.startswith("webhooks: ")
    assert "was forged, and it was taken (200)" in out
    assert '"forged": true' in out


def test_a_program_that_checks_them_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, PROGRAM.replace("CHECKS", "True"), "--cases", "16") == 0, capsys.readouterr().out


SECRET = "what-only-we-know"


@contextmanager
def receiving(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            good = self.headers["X-Cal-Signature-256"] == signed
            if good:
                # Before the answer: with that the next may be on its way, to another thread.
                heard.append(json.loads(body)["triggerEvent"])
            self.send_response(status if good else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    # So named, it waits in earnest.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="mockserver")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def book_and_cancel(mock: Played, url: str) -> None:
    owner = mock.mock
    triggers = ["BOOKING_CREATED", "BOOKING_CANCELLED"]
    hook = {"subscriberUrl": url, "triggers": triggers, "active": True, "secret": SECRET}
    assert owner.call("POST", "/v2/webhooks", persona="owner", json=hook).status == 201
    version = {"cal-api-version": "2024-08-13"}
    attendee = {"name": "Nora Lind", "email": "nora.lind@example.org", "timeZone": "UTC"}
    booking = {"eventTypeId": 7, "start": "2026-04-08T09:00:00Z", "attendee": attendee}
    made = owner.call("POST", "/v2/bookings", persona="owner", json=booking, headers=version)
    if made.status != 201:
        return
    target = f"/v2/bookings/{made.json['data']['uid']}/cancel"
    owner.call("POST", target, persona="owner", json={}, headers=version)
    mock.deliver()


def test_a_server_in_a_fuzz_test_gets_webhooks_over_http_and_is_found_out() -> None:
    def counts(mock: Played) -> None:
        with receiving() as (url, heard):
            book_and_cancel(mock, url)
        assert heard.count("BOOKING_CREATED") <= 1, "counted twice"

    with pytest.raises(Wrong, match="survives: AssertionError: counted twice") as caught:
        fuzz("calcom", cases=40, seed=1, remember=False)(counts)()
    (fault,) = caught.value.finding.run.scenario.faults
    assert fault["fault"] == "webhook-duplicated"


def test_what_is_held_back_comes_when_its_time_has_come() -> None:
    fault = {"fault": "webhook-reordered", "event": "BOOKING_CREATED"}

    @scenario(Scenario("calcom", faults=(fault,)))
    def hears(mock: Played) -> None:
        with receiving() as (url, heard):
            book_and_cancel(mock, url)
        assert heard == ["BOOKING_CANCELLED", "BOOKING_CREATED"]

    hears()


def test_a_receiver_that_takes_nothing_is_found() -> None:
    @scenario(Scenario("calcom"))
    def refuses(mock: Played) -> None:
        with receiving(status=500) as (url, _):
            book_and_cancel(mock, url)

    with pytest.raises(Wrong, match=r"webhooks: .* was not taken \(500\)"):
        refuses()


def test_what_comes_late_is_signed_when_it_comes() -> None:
    refused: list[str] = []
    with Mock("caledee", data="empty", webhooks=False) as mock:
        wish = {"url": "https://hooks.example.com/", "secret": SECRET, "provider": "caledee"}
        asked = urllib.request.Request(
            f"{mock.url}/_mock/webhooks/subscriptions",
            json.dumps(wish).encode(),
            {"Content-Type": "application/json"},
        )
        assert urllib.request.urlopen(asked).status == 201
        booking = {
            "eventTypeId": "cm8f2k4q00001a7d3e5b9c0f1",
            "startAt": "2026-04-14T10:00:00+02:00",
            "invitee": {"name": "Bo", "email": "bo@example.org", "timezone": "UTC"},
        }
        assert mock.call("POST", "/api/v2/bookings", persona="owner", json=booking).status == 201
        mock.clock.advance(3600)

        def take(headers: Mapping[str, str], body: bytes) -> int:
            try:
                verify("caledee", headers, body, SECRET, at=mock.clock.now.timestamp())
            except InvalidSignature as wrong:
                refused.append(str(wrong))
                return 401
            return 200

        made = deliver(mock, take, [{"message": 0, "forged": True}], to="https://hooks.example.com/")
    assert [each.status for each in made] == [401, 200]
    assert len(refused) == 1
