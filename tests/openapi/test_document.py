from __future__ import annotations

from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.openapi.document import Document, open_document
from mockserver.openapi.problems import SpecificationError

ROOT = """\
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /events:
    $ref: paths/events.yaml
components:
  schemas:
    Event:
      type: object
      properties:
        note: {type: string, nullable: true}
        user: {$ref: 'schemas.yaml#/User'}
"""
EVENTS = """\
get:
  operationId: list
  responses:
    '200':
      description: ok
      content: {application/json: {schema: {$ref: '../openapi.yaml#/components/schemas/Event'}}}
"""
SCHEMAS = """\
User:
  type: object
  properties:
    name:
      type: string
      example: Ada
"""
OVERLAY = """\
overlay: 1.0.0
info: {title: O, version: '1'}
actions:
  - target: $.paths['/events'].get
    update: {summary: List them, x-plan: paid}
"""


def write(folder: Path, **files: str) -> Path:
    named = {"openapi.yaml": ROOT, "paths/events.yaml": EVENTS, "schemas.yaml": SCHEMAS, "o.yaml": OVERLAY}
    named |= {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
    for name, text in named.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "openapi.yaml"


def problems(path: Path, **options: Any) -> list[str]:
    with pytest.raises(SpecificationError) as caught:
        open_document(path, **options)
    folder = path.parent
    return [
        f"{Path(p.file).relative_to(folder)}:{p.line} {p.pointer} {p.message}" for p in caught.value.problems
    ]


def refs(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for each in node for ref in refs(each)]
    if isinstance(node, Mapping):
        return [node["$ref"] for _ in range("$ref" in node)] + [
            ref for each in node.values() for ref in refs(each)
        ]
    return []


def test_a_document_is_in_one_piece_in_3_1_and_overlaid(tmp_path: Path) -> None:
    root = write(tmp_path)
    document = open_document(root, overlays=[tmp_path / "o.yaml"])
    assert document.data["openapi"] == "3.1.1"
    assert document.data["paths"]["/events"]["get"]["summary"] == "List them"
    assert document.data["components"]["schemas"]["User"]["properties"]["name"]["examples"] == ["Ada"]
    assert document.data["components"]["schemas"]["Event"]["properties"]["note"]["type"] == ["string", "null"]
    assert refs(document.data) == ["#/components/schemas/Event", "#/components/schemas/User"]
    assert document.file == str(root)
    assert document.sources == (
        root,
        tmp_path / "paths/events.yaml",
        tmp_path / "schemas.yaml",
        tmp_path / "o.yaml",
    )
    with pytest.raises(FrozenInstanceError):
        document.file = "x"  # type: ignore[misc]


def test_every_place_is_in_the_file_that_somebody_has_to_edit(tmp_path: Path) -> None:
    document = open_document(write(tmp_path))
    assert document.line("/components/schemas/Event/properties/note/type") == 11
    assert document.line("/components/schemas/Event/not/there") == 8
    assert document.line("") == 1
    assert document.place("/components/schemas/User/properties/name/type") == (
        str(tmp_path / "schemas.yaml"),
        5,
    )
    assert document.line("/components/schemas/User/properties/name/type") == 0
    assert document.place("/paths/~1events/get/operationId") == (str(tmp_path / "paths/events.yaml"), 2)
    problem = document.problem("/paths/~1events/get", "is wrong", "mend it")
    assert str(problem).endswith("events.yaml:1: /paths/~1events/get is wrong (mend it)")


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        openapi=ROOT
        + "        none: {$ref: '#/components/schemas/None'}\n"
        + "        far: {$ref: 'http://a/b'}\nx-oder: []\n",
        schemas=SCHEMAS + "  x-now: maybe\n",
        o=OVERLAY + "  - target: $.none\n    update: {}\n",
    )
    assert [line.partition("(")[0] for line in problems(root, overlays=[tmp_path / "o.yaml"])] == [
        "openapi.yaml:13 /components/schemas/Event/properties/none/$ref "
        "the reference '#/components/schemas/None' points to nothing",
        "openapi.yaml:14 /components/schemas/Event/properties/far/$ref "
        "the reference 'http://a/b' leaves this machine's folder",
        "openapi.yaml:15 /x-oder the fact x-oder is not known, did you mean 'x-order'?",
        "o.yaml:6 /actions/1/target $.none selects nothing",
        'schemas.yaml:7 /components/schemas/User/x-now "maybe" is not of type "boolean"',
    ]


def test_the_digest_is_of_every_byte_and_only_of_those(tmp_path: Path) -> None:
    def digest(**files: str) -> str:
        return open_document(write(tmp_path, **files), overlays=[tmp_path / "o.yaml"]).digest

    whole = digest()
    assert digest() == whole
    assert digest(unrelated="a: 1") == whole
    changed = {
        digest(openapi=ROOT + "\n"),
        digest(schemas=SCHEMAS + "\n"),
        digest(paths__events=EVENTS + "\n"),
        digest(o=OVERLAY + "\n"),
        whole,
    }
    assert len(changed) == 5


def test_overlays_are_applied_in_their_order(tmp_path: Path) -> None:
    write(tmp_path, p=OVERLAY.replace("List them", "All of them"))
    layers = [tmp_path / "o.yaml", tmp_path / "p.yaml"]

    def summary(document: Document) -> Any:
        return document.data["paths"]["/events"]["get"]["summary"]

    assert summary(open_document(tmp_path / "openapi.yaml", overlays=layers)) == "All of them"
    assert summary(open_document(tmp_path / "openapi.yaml", overlays=layers[::-1])) == "List them"


def test_an_overlay_brings_no_reference_that_leads_nowhere(tmp_path: Path) -> None:
    bad = OVERLAY.replace("{summary: List them, x-plan: paid}", "{requestBody: {$ref: 'schemas.yaml#/User'}}")
    (problem,) = problems(write(tmp_path, o=bad), overlays=[tmp_path / "o.yaml"])
    assert "leaves the document" in problem


def test_a_broken_overlay_is_named_with_its_line(tmp_path: Path) -> None:
    root = write(tmp_path, o="overlay: 1.0.0\na: [\n")
    assert problems(root, overlays=[tmp_path / "o.yaml"])[0].startswith("o.yaml:3 ")


def test_a_document_that_nobody_prepared_keeps_its_vendor_keys(tmp_path: Path) -> None:
    root = write(tmp_path, openapi=ROOT + "x-tagGroups: []\n")
    assert open_document(root, facts="lenient").data["x-tagGroups"] == []
    assert "x-tagGroups is not known" in problems(root)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no mapping"),
        ("- a", "is no mapping"),
        ("swagger: '2.0'", "is a Swagger 2.0 document"),
        ("openapi: 3.1", "must be a string"),
        ("a: 1\na: 2", "appears twice"),
        ("[" * 100_000, "nested deeper"),
        ("a: \xff", None),
    ],
)
def test_what_is_no_document_gives_one_clear_line(tmp_path: Path, text: str, message: str | None) -> None:
    (tmp_path / "openapi.yaml").write_bytes(text.encode("latin-1"))
    (problem,) = problems(tmp_path / "openapi.yaml")
    assert (message or "not UTF-8") in problem


@pytest.mark.parametrize("name", ["none.yaml", ".", "a\0b", "x" * 5000])
def test_what_cannot_be_opened_is_a_specification_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecificationError):
        open_document(tmp_path / name)
    with pytest.raises(SpecificationError):
        open_document(write(tmp_path), overlays=[tmp_path / name])


def test_json_yaml_and_an_upgrade_agree(tmp_path: Path) -> None:
    data = open_document(write(tmp_path)).data
    (tmp_path / "a.json").write_bytes(orjson.dumps(data))
    assert open_document(tmp_path / "a.json").data == data


UPSTREAM = Path(__file__).parents[3] / "shared/upstream/calcom/openapi.json"


@pytest.mark.seeds
@pytest.mark.skipif(not UPSTREAM.is_file(), reason="the documents the project is made from are not here")
def test_a_big_document_of_a_vendor_opens_and_every_schema_compiles() -> None:
    import jsonschema_rs

    document = open_document(UPSTREAM, facts="lenient")
    assert document.warnings == ()
    for schema in document.data["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)
