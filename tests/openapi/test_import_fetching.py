"""An address is asked for its document and what lies beside it, and nobody else is asked for anything."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.cli import main
from mockserver.commands import Mistake
from mockserver.commands.importing import Imported, import_document
from mockserver.openapi.imports import read_import
from mockserver.openapi.yaml import MAX_BYTES

REFERRING = {
    "openapi": "3.1.0",
    "info": {"title": "Far", "version": "1"},
    "paths": {
        "/x": {
            "get": {
                "responses": {
                    "200": {
                        "description": "x",
                        "content": {"application/json": {"schema": {"$ref": "parts/thing.yaml#/Thing"}}},
                    }
                }
            }
        }
    },
}


class Site(ThreadingHTTPServer):
    """Serves what stands in `pages`, and notes what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, bytes | str | int] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site = self.server
        assert isinstance(site, Site)
        site.asked.append(self.path)
        page = site.pages.get(self.path, 404)
        if isinstance(page, int):
            self.send_response(page)
            self.end_headers()
        elif isinstance(page, str):
            self.send_response(302)
            self.send_header("Location", page)
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def take(folder: Path, url: str, **more: Any) -> Imported:
    return import_document("far", url, folder / "far", today=date(2026, 11, 21), **more)


def referring(reference: str) -> bytes:
    return json.dumps(REFERRING).replace("parts/thing.yaml#/Thing", reference).encode()


def test_a_document_and_what_lies_beside_it_are_fetched_once(site: Site, tmp_path: Path) -> None:
    site.pages = {
        "/v1/openapi.json": referring("parts/thing.yaml#/Thing"),
        "/v1/parts/thing.yaml": b"Thing: {type: object, properties: {o: {$ref: other.yaml#/Other}}}\n",
        "/v1/parts/other.yaml": b"Other: {type: string, enum: [here]}\n",
    }
    made = take(tmp_path, f"{site.url}/v1/openapi.json")
    assert sorted(made.files) == ["openapi.json", "parts/other.yaml", "parts/thing.yaml"]
    assert sorted(site.asked) == sorted(site.pages)
    record = read_import(tmp_path / "far")
    assert record is not None
    assert record.source == f"{site.url}/v1/openapi.json"
    assert (tmp_path / "far" / "original" / "openapi.json").read_bytes() == site.pages["/v1/openapi.json"]
    site.asked.clear()
    with Mock(tmp_path / "far") as mock:
        assert mock.call("GET", "/x").status == 200
    assert site.asked == []


@pytest.mark.parametrize(
    "reference", ["../secret.yaml#/A", "/secret.yaml#/A", "http://127.0.0.1:{port}/secret.yaml#/A"]
)
def test_what_lies_elsewhere_is_not_asked_for_unless_it_is_named(
    reference: str, site: Site, tmp_path: Path
) -> None:
    reference = reference.replace("{port}", str(site.server_address[1]))
    site.pages = {"/v1/openapi.json": referring(reference), "/secret.yaml": b"A: {type: string}\n"}
    made = take(tmp_path, f"{site.url}/v1/openapi.json")
    assert site.asked == ["/v1/openapi.json"]
    assert [each.rule for each in made.defects if each.repaired] == ["reference"]
    made = take(tmp_path, f"{site.url}/v1/openapi.json", named=[f"{site.url}/"])
    assert "/secret.yaml" in site.asked
    assert not [each for each in made.defects if each.repaired]


def test_a_redirect_leads_to_no_file(site: Site, tmp_path: Path) -> None:
    site.pages = {"/a": "/b", "/b": referring("#/components/x"), "/f": "file:///etc/passwd", "/loop": "/loop"}
    assert take(tmp_path, f"{site.url}/a").title == "Far"
    for path in ("/f", "/loop"):
        with pytest.raises(Mistake, match="cannot be fetched"):
            take(tmp_path, f"{site.url}{path}")


def test_an_address_that_gives_no_document_is_told_in_one_line(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    site.pages = {"/large": b"x" * (MAX_BYTES + 1), "/page": b"<html><body>Hello</body></html>"}
    for path, told in (("/nothing", "it answers 404"), ("/large", "is larger than"), ("/page", "")):
        assert main(["import", "far", f"{site.url}{path}"]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1
    assert main(["import", "far", "http://127.0.0.1:9/x"]) == 2
    assert "cannot be fetched" in capsys.readouterr().err
    assert not (tmp_path / "understudy" / "far").exists()
