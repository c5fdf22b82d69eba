"""Requests handed on to a real address, judged, recorded without secrets, and answered again without it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.cli import main as contracts
from mockserver.house import build_service
from mockserver.web.passing import Proxy, Replay, Upstream
from mockserver.web.recording import Recorded, Recorder, RecordingError, learn, read_recording
from mockserver.web.secrets import Secrets, is_secret_name
from mockserver.web.server import BackgroundServer

SECRET = "s3cr3t/token+with=signs"

DOCUMENT = """
openapi: 3.1.0
info: {title: Things, version: "1"}
paths:
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: x
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer}}}
  /tokens:
    post:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "200": {description: x, content: {application/json: {schema: {type: object}}}}
"""


class Vendor(BaseHTTPRequestHandler):
    """The real thing, for tests: it says its secrets freely."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        id = self.path.rpartition("/")[2].partition("?")[0]
        body = {"id": int(id) if id.isdigit() else id, "seen": self.headers.get("Authorization", "")}
        self._send(200, body)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = json.loads(self.rfile.read(length) or b"{}")
        self._send(200, {"access_token": SECRET, "asked": asked})

    def _send(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "session=cookie-value-1234; Path=/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def vendor() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    (tmp_path / "vendor.yaml").write_text(DOCUMENT)
    return tmp_path / "vendor.yaml"


def ask(
    url: str, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, dict[str, str], object]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        content = None if body is None else json.dumps(body)
        fields = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection.request(method, path, content, fields)
        answer = connection.getresponse()
        raw = answer.read()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(raw) if raw else None
    finally:
        connection.close()


def test_what_passes_is_judged_and_handed_back_unchanged(vendor: str, document: Path) -> None:
    told: list[tuple[Recorded, list[str]]] = []
    service = build_service(document)
    proxy = Proxy(
        Upstream(vendor), service, tell=lambda exchange, wrong: told.append((exchange, list(wrong)))
    )
    server = BackgroundServer(proxy)
    try:
        status, headers, body = ask(server.url, "GET", "/things/7", Authorization=f"Bearer {SECRET}")
        assert (status, body) == (200, {"id": 7, "seen": f"Bearer {SECRET}"})
        assert headers["mock-judged"] == "sound"
        assert headers["set-cookie"].startswith("session=")
        _, headers, _ = ask(server.url, "GET", "/things/seven")
        assert headers["mock-judged"] == "2 wrong"
        assert ask(server.url, "GET", "/nowhere/1")[1]["mock-judged"] == "1 wrong"
        assert ask(server.url, "GET", "/vendor/things/8")[0] == 200  # under its slug, too
    finally:
        server.stop()
    assert [wrong for _, wrong in told[:3]] == [
        [],
        ["request: path id must be an integer", "reply: /id must be an integer"],
        ["request: the document has no GET /nowhere/1"],
    ]
    assert told[3][0].url == f"{vendor}/things/8"


def test_an_address_that_does_not_answer_is_a_502_in_plain_words(document: Path) -> None:
    server = BackgroundServer(Proxy(Upstream("http://127.0.0.1:9"), build_service(document)))
    try:
        status, _, body = ask(server.url, "GET", "/things/7")
    finally:
        server.stop()
    assert status == 502
    assert "http://127.0.0.1:9 did not answer" in json.dumps(body)


def test_a_recording_holds_no_secret_in_any_form(vendor: str, document: Path, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.har")
    server = BackgroundServer(Proxy(Upstream(vendor), build_service(document), recorder=recorder))
    basic = base64.b64encode(b"user:pass-of-basic").decode()
    try:
        # Said before anybody could know that it is a secret, too.
        ask(server.url, "GET", f"/things/1?note={quote(SECRET, safe='')}")
        ask(server.url, "POST", "/tokens", {"client_secret": "hidden-client", "note": f"take {SECRET} along"})
        ask(server.url, "GET", "/things/2?api_key=in-the-query", Authorization=f"Bearer {SECRET}")
        ask(server.url, "GET", "/things/3", Authorization=f"Basic {basic}", X_Api_Key="in-a-header")
        ask(server.url, "GET", "/things/4", Cookie="sid=cookie-of-mine")
    finally:
        server.stop()
    recorder.write()
    text = (tmp_path / "run.har").read_text()
    for secret in (
        SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode().rstrip("="),
        "hidden-client",
        "in-the-query", basic, "pass-of-basic", "in-a-header", "cookie-of-mine", "cookie-value-1234",
    ):  # fmt: skip
        assert secret not in text, secret
    assert text.count("***") > 8
    log = json.loads(text)["log"]
    assert len(log["entries"]) == 5
    assert contracts(["verify", str(tmp_path / "run.har"), "--document", str(document)]) == 0


def test_what_was_recorded_is_answered_again_without_the_address(
    vendor: str, document: Path, tmp_path: Path
) -> None:
    recorder = Recorder(tmp_path / "run.har")
    server = BackgroundServer(Proxy(Upstream(vendor), build_service(document), recorder=recorder))
    try:
        ask(server.url, "GET", f"/things/1?note={quote(SECRET, safe='')}")
        first = ask(server.url, "GET", "/things/7?b=2&a=1", Authorization=f"Bearer {SECRET}")
        ask(server.url, "POST", "/tokens", {"b": 1, "client_secret": "hidden-client"})
    finally:
        server.stop()
    recorder.write()
    replay = BackgroundServer(Replay(read_recording(tmp_path / "run.har")))
    try:
        status, headers, body = ask(
            replay.url, "GET", "/things/7?a=1&b=2", Authorization="Bearer other-token"
        )
        assert (status, headers["mock-replayed"]) == (200, "true")
        assert body == {"id": 7, "seen": "Bearer ***"}
        assert first[0] == 200
        assert ask(replay.url, "GET", f"/things/1?note={quote(SECRET, safe='')}")[0] == 200
        # Another secret in the same place is the same request.
        again = ask(replay.url, "POST", "/tokens", {"client_secret": "another-one", "b": 1})
        assert again[0] == 200
        status, _, body = ask(replay.url, "GET", "/things/7")
        assert status == 404
        assert "was not recorded; recorded are GET /things/7?a=1&b=2" in json.dumps(body)
    finally:
        replay.stop()


def test_answers_come_in_the_order_of_the_recording_and_the_last_one_stays(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.har")
    for number in (1, 2):
        reply = json.dumps({"turn": number}).encode()
        kind = [("Content-Type", "application/json")]
        recorder.add(Recorded("GET", "http://x/turn", [], b"", 200, kind, reply))
    recorder.write()
    recording = read_recording(tmp_path / "run.har")
    turns = [recording.find("GET", "/turn", b"", []) for _ in range(3)]
    assert [each.reply_body for each in turns if each is not None] == [
        b'{"turn": 1}',
        b'{"turn": 2}',
        b'{"turn": 2}',
    ]


def test_a_file_that_is_no_recording_is_told_in_one_line(tmp_path: Path) -> None:
    for content in ("", "[]", '{"log": {"entries": [1]}}', "x"):
        (tmp_path / "x").write_text(content)
        with pytest.raises(RecordingError, match="is no HAR file"):
            read_recording(tmp_path / "x")
    with pytest.raises(RecordingError, match="cannot be written"):
        Recorder(tmp_path / "nowhere" / "run.har").write()


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "X-Api-Key",
        "x-cal-secret-key",
        "clientSecret",
        "refresh_token",
        "password",
        "accessToken",
    ],
)
def test_these_names_are_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["Accept", "title", "key", "tokens_used", "notes", "monkey", "nextCursor"])
def test_these_names_are_not(name: str) -> None:
    assert not is_secret_name(name)


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40),
    st.text(max_size=20),
)
def test_a_token_that_was_once_a_credential_stands_nowhere(token: str, around: str) -> None:
    secrets = Secrets()
    headers = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")]
    body = json.dumps({"said": f"{around}{token}{around}"}).encode()
    learn(
        secrets, Recorded("POST", f"http://x/?q={quote(token, safe='')}", headers, body, 200, headers, body)
    )
    assert token.encode() not in secrets.hide_bytes(body)
    assert json.dumps(token)[1:-1].encode() not in secrets.hide_bytes(body)
    assert quote(token, safe="") not in secrets.hide(f"http://x/?q={quote(token, safe='')}")
