"""`contracts verify`: three kinds of recordings, judged alike; what is learnt becomes a proposal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.cli import main
from mockserver import Mock
from mockserver.openapi.document import open_document, with_overlay

DOCUMENT = """
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /things/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: limit, in: query, schema: {type: integer, maximum: 9}}
      responses:
        "200":
          description: x
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
      responses: {"201": {description: made}}
components:
  schemas:
    Thing:
      type: object
      required: [id]
      properties: {id: {type: integer}, state: {type: string, enum: [new]}}
"""


@pytest.fixture
def document(tmp_path: Path) -> str:
    (tmp_path / "things.yaml").write_text(DOCUMENT)
    return str(tmp_path / "things.yaml")


def entry(method: str, url: str, status: int, reply: Any = None, body: Any = None) -> dict[str, Any]:
    headers = [{"name": "Content-Type", "value": "application/json"}]
    request: dict[str, Any] = {"method": method, "url": url, "headers": headers}
    if body is not None:
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(body)}
    text = "" if reply is None else json.dumps(reply)
    content = {"size": len(text), "mimeType": "application/json", "text": text}
    return {"request": request, "response": {"status": status, "headers": headers, "content": content}}


def har(tmp_path: Path, *entries: dict[str, Any]) -> str:
    path = tmp_path / "run.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
    return str(path)


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["verify", *arguments, "--format", "json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, told


def test_what_is_right_is_silent(document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = har(
        tmp_path,
        entry("GET", "https://t.example.com/things/1?limit=3", 200, {"id": 1}),
        entry("POST", "https://t.example.com/things/1", 201, None, {"id": 1}),
    )
    code, told = findings(capsys, path, "--document", document)
    assert (code, told["exchanges"], told["findings"]) == (0, 2, [])


def test_each_wrong_thing_is_told_with_its_place(
    document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = har(
        tmp_path,
        entry("GET", "https://t.example.com/things/1?limit=30", 200, {"id": "one", "state": "old"}),
        entry("GET", "https://t.example.com/things/1", 500, {}),
        entry("GET", "https://t.example.com/nowhere", 200, {}),
        entry("POST", "https://t.example.com/things/1", 201, None, {}),
    )
    code, told = findings(capsys, path, "--document", document)
    assert code == 1
    found = [(each["source"][-2:], each["side"], each["part"]) for each in told["findings"]]
    assert found == [
        ("#1", "request", "parameter"),
        ("#1", "reply", "body"),
        ("#1", "reply", "body"),
        ("#2", "reply", "status"),
        ("#3", "request", "path"),
        ("#4", "request", "body"),
    ]
    assert told["findings"][1]["pointer"] == "/paths/~1things~1{id}/get/responses/200"
    assert "/id" in told["findings"][1]["place"]


def test_a_wrong_request_that_was_refused_is_counted_and_not_told(
    document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = har(tmp_path, entry("GET", "https://t.example.com/things/1?limit=30", 400, {}))
    _, told = findings(capsys, path, "--document", document)
    assert told["rightly_refused"] == 1
    assert {each["side"] for each in told["findings"]} == {"reply"}


def test_our_journal_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from mockserver.web.explain import explain

    with Mock("zeeg") as mock:
        mock.call("GET", "/v2/scheduled-events?count=2", persona="owner")
        mock.call("GET", "/v2/whoami", persona="owner")
        mock.call("GET", "/v2/whoami")
        lines = [json.dumps(explain(exchange)) for exchange in mock.exchanges]
    (tmp_path / "journal.jsonl").write_text("\n".join(lines))
    code, told = findings(capsys, str(tmp_path / "journal.jsonl"), "--document", "zeeg")
    assert (code, told["exchanges"], told["findings"]) == (0, 3, [])
    assert told["rightly_refused"] == 1


def test_schemathesis_cassettes_are_read(
    document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def interaction(status: int, body: str) -> dict[str, Any]:
        return {
            "id": "1",
            "request": {"uri": "http://t/things/1", "method": "GET", "headers": {"Accept": ["*/*"]}},
            "response": {
                "status": {"code": str(status), "message": "x"},
                "headers": {"Content-Type": ["application/json"]},
                "body": {"encoding": "utf-8", "string": body},
            },
        }

    listed = [
        interaction(200, '{"id": 1}'),
        interaction(200, '{"id": "x"}'),
        {"request": {}, "response": None},
    ]
    (tmp_path / "cassette.yaml").write_text(yaml.safe_dump({"http_interactions": listed}))
    code, told = findings(capsys, str(tmp_path / "cassette.yaml"), "--document", document)
    assert (code, told["exchanges"], len(told["findings"])) == (1, 2, 1)


def test_what_traffic_shows_becomes_an_overlay_that_explains_it(
    document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = har(
        tmp_path,
        entry("GET", "https://t.example.com/things/1", 200, {"id": 1, "state": "old", "owner": "Mrs Secret"}),
        entry("GET", "https://t.example.com/things/2", 200, {"id": 2, "state": "old"}),
        entry("GET", "https://t.example.com/things/3", 404, {"error": "x"}),
    )
    learned = tmp_path / "learned.overlay.yaml"
    code = main(["verify", path, "--document", document, "--learn", str(learned)])
    assert code == 1
    capsys.readouterr()
    overlay = yaml.safe_load(learned.read_text())
    assert "Mrs Secret" not in learned.read_text()
    evidence = {each["target"]: each["x-evidence"] for each in overlay["actions"]}
    assert {each["known"] for each in evidence.values()} == {"observed"}
    assert evidence["$.components.schemas.Thing.properties.state.enum"]["note"] == "seen 2 times"
    assert "run.har, 20" in evidence["$.components.schemas.Thing"]["source"]
    made = with_overlay(open_document(Path(document)), learned)
    assert made.data["components"]["schemas"]["Thing"]["properties"]["owner"] == {"type": "string"}
    assert main(["verify", path, "--document", document, "--overlay", str(learned)]) == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is no recording"),
        ("{}", "is no recording"),
        ("a: [", "neither JSON nor YAML"),
        ('{"log": {"entries": [{}]}}', "#1 is no exchange"),
        ('{"log": {}}', "has no list of exchanges"),
    ],
)
def test_what_is_no_recording_is_told_in_one_line(
    content: str, told: str, document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_text(content)
    assert main(["verify", str(tmp_path / "x"), "--document", document]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
def test_credentials_that_the_recorder_took_out_were_there(
    scheme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guarded = yaml.safe_load(DOCUMENT)
    guarded["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": scheme}}
    guarded["security"] = [{"key": []}]
    (tmp_path / "guarded.yaml").write_text(yaml.safe_dump(guarded))
    told = entry("GET", "http://x/things/1", 200, {"id": 1})
    told["request"]["headers"] = [{"name": "Authorization", "value": "[Filtered]"}]
    (tmp_path / "run.har").write_text(json.dumps({"log": {"entries": [told]}}))
    line = ["verify", str(tmp_path / "run.har"), "--document", str(tmp_path / "guarded.yaml")]
    assert main(line) == 0
    assert "1 exchange of 1 operation, 0 requests rightly refused, 0 findings" in capsys.readouterr().out
    told["request"]["headers"] = []
    (tmp_path / "run.har").write_text(json.dumps({"log": {"entries": [told]}}))
    assert main(line) == 1
