"""Documents that nobody prepared, in many styles: whatever they declare is served, and is asked for.

What is answered is judged by python-jsonschema, which knows nothing of how it was made.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from openapi_schema_validator import OAS30ReadValidator, OAS31Validator

from mockserver import Mock
from mockserver.mock import Answer
from mockserver.openapi.contract import Operation
from mockserver.openapi.problems import SpecificationError
from tests.openapi.given import CALCOM
from tests.serving import serving
from tests.web.raw import Raw

FOLDER = Path(__file__).with_name("unprepared")
DOCUMENTS = sorted(path.name for path in FOLDER.iterdir())
UUID = "6f1e2c3a-0000-4000-8000-000000000000"

# What an operation wants of its request, where an empty one will not do.
FORM = {"content-type": "application/x-www-form-urlencoded"}
PARTS = {"content-type": "multipart/form-data; boundary=x"}
ALL = (
    '{"a":"' + "x" * 300 + '","b":[0,1,2],"c":["x",1],"d":{"x":1.25,"y":2},"e":{"x_":null},"f":true,'
    '"g":"::1","h":"only","i":[42],"j":"10:00:00Z","k":{"one":1,"two":2},"l":"abcdefg1","m":{"next":null}}'
)
BODIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "postPets": ('{"name":"Rex","kind":null,"owner":null,"weight":0.5}', {}),
    "makeFile": ('{"kind":"file","name":"a","size":3}', {}),
    "postLogin": ("user=a&age=7&roles=x&roles=y", FORM),
    "postUpload": ('--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--x--\r\n', PARTS),
    "postEcho": ("hello", {"content-type": "text/plain"}),
    "keep": (ALL, {}),
}
REFUSED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "postPets": ('{"name":"","kind":"fish","weight":0}', {}),
    "makeFile": ('{"kind":"folder","name":"a"}', {}),
    "postLogin": ("user=a&age=old", FORM),
    "postEcho": ("too long", {"content-type": "text/plain"}),
    "keep": ('{"a":"short"}', {}),
}


def mock_of(name: str, **options: Any) -> Mock:
    return Mock(FOLDER / name, **options)


def targets(mock: Mock) -> Iterator[tuple[Operation, str]]:
    """Every operation, with a path that its parameters allow."""
    for operation in mock.service().contract.operations:
        path = operation.address
        for parameter in operation.parameters:
            if parameter.place == "path":
                value = UUID if dict(parameter.schema).get("format") == "uuid" else "7"
                path = path.replace(f"{{{parameter.name}}}", value)
        yield operation, path


def ask(mock: Mock, operation: Operation, path: str, **options: Any) -> Answer:
    body, headers = BODIES.get(operation.id, ("", {}))
    fields = {"content-type": "application/json", **headers} if body else {}
    return mock.call(operation.method, path, body=body.encode(), headers=fields, **options)


def validator(document: Mapping[str, Any], schema: Any) -> Any:
    """A judge of its own for a schema of the document as it was written."""
    judge = OAS30ReadValidator if document["openapi"].startswith("3.0") else OAS31Validator
    if schema is True:
        return judge({})
    return judge({**schema, "components": document.get("components", {})})


def judge(document: Mapping[str, Any], operation: Operation, answer: Answer) -> None:
    """The answer is one that the document declares, by its own words."""
    item = document["paths"][operation.path]
    responses = item[operation.method.lower()].get("responses", {})
    status = str(answer.status)
    declared = responses.get(status) or responses.get(f"{status[0]}XX") or responses.get("default")
    if declared is None:
        # Refusals and operations that declare nothing at all.
        assert answer.status >= 400 or not responses, f"{operation.id} does not declare {status}"
        return
    if "$ref" in declared:
        declared = document["components"]["responses"][declared["$ref"].rpartition("/")[2]]
    for name, header in declared.get("headers", {}).items():
        if header.get("required"):
            text = answer.headers[name.lower()]
            value = json.loads(text) if header["schema"]["type"] != "string" else text
            validator(document, header["schema"]).validate(value)
    content = declared.get("content")
    if not content:
        assert answer.body == b"" or answer.status >= 400
        assert answer.body or "content-type" not in answer.headers
        return
    sent = answer.headers["content-type"]
    assert sent in content or "*/*" in content, f"{operation.id} does not declare {sent}"
    media = content.get(sent, content.get("*/*"))
    value = json.loads(answer.body) if sent.endswith("json") else answer.body.decode()
    validator(document, media.get("schema", {})).validate(value)


def document_of(name: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load((FOLDER / name).read_text())
    return document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_answers_what_its_document_declares(name: str) -> None:
    document, mock = document_of(name), mock_of(name)
    for operation, path in targets(mock):
        answer = ask(mock, operation, path, persona="owner")
        judge(document, operation, answer)
        wanted = 418 if operation.id == "getTeapot" else 400
        assert answer.status <= wanted, (operation.id, answer)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_refusals_keep_to_the_document_too(name: str) -> None:
    document, mock = document_of(name), mock_of(name)
    for operation, path in targets(mock):
        if operation.id in REFUSED:
            body, headers = REFUSED[operation.id]
            fields = {"content-type": "application/json", **headers}
            answer = mock.call(operation.method, path, body=body.encode(), headers=fields, persona="owner")
            assert answer.status in (400, 422), (operation.id, answer)
            judge(document, operation, answer)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_garbage_is_refused_wherever_credentials_are_asked_for(name: str) -> None:
    document, mock = document_of(name), mock_of(name)
    for operation, path in targets(mock):
        optional = () in operation.security or not operation.security
        answers = [ask(mock, operation, path, token="garbage"), ask(mock, operation, path, persona="revoked")]
        if not optional:
            answers.append(ask(mock, operation, path))
        for answer in answers:
            assert (answer.status == 401) == bool(operation.security), (operation.id, answer)
            judge(document, operation, answer)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_same_request_gets_the_same_answer(name: str) -> None:
    def story(mock: Mock) -> list[tuple[int, bytes]]:
        answers = [ask(mock, operation, path, persona="owner") for operation, path in targets(mock)]
        return [(answer.status, answer.body) for answer in answers]

    one, two = mock_of(name), mock_of(name)
    assert story(one) == story(one) == story(two) == story(one.fork())


def test_another_seed_gives_other_data() -> None:
    answers = {
        mock_of("drive.yaml", seed=seed).call("GET", "/v2/me", persona="owner").body for seed in range(5)
    }
    assert len(answers) == 5


def test_scopes_are_asked_for_where_they_are_declared() -> None:
    mock = mock_of("drive.yaml")
    assert mock.call("GET", "/v2/files", token=mock.tokens(scopes=["files.read"])).status == 200
    assert mock.call("GET", "/v2/files", token=mock.tokens(scopes=["files.write"])).status == 403
    body = BODIES["makeFile"][0].encode()
    for scopes, status in ((["files.read"], 403), (["files.read", "files.write"], 202)):
        headers = {"content-type": "application/json"}
        token = mock.tokens(scopes=scopes)
        assert mock.call("POST", "/v2/files", body=body, headers=headers, token=token).status == status


def test_either_of_two_ways_in_will_do() -> None:
    mock = mock_of("drive.yaml")
    token = mock.token("owner")
    basic = base64.b64encode(f"{token}:".encode()).decode()
    for headers in ({"authorization": f"Basic {basic}"}, {"cookie": f"a=b; sid={token}"}):
        assert mock.call("GET", "/v2/me", headers=headers).status == 200
    assert mock.call("GET", "/v2/me", headers={"cookie": "sid=garbage"}).status == 401
    pets = mock_of("petstore.yaml")
    for name, value in (("api_key", "petstore_owner"), ("authorization", "Bearer petstore_owner")):
        assert pets.call("GET", "/api/v3/pets/7", headers={name: value}).status == 200


@pytest.mark.parametrize(
    ("name", "target", "status"),
    [
        ("petstore.yaml", "/api/v3/pets?limit=100", 200),
        ("petstore.yaml", "/api/v3/pets?limit=101", 422),
        ("petstore.yaml", "/api/v3/pets?limit=ten", 422),
        ("petstore.yaml", "/api/v3/pets?tags=a,b", 200),
        ("petstore.yaml", "/api/v3/pets/seven", 422),
        ("petstore.yaml", "/api/v3/pets/9223372036854775808", 422),
        ("petstore.yaml", "/api/v3/fish", 404),
        ("petstore.yaml", "/pets", 404),
        ("drive.yaml", "/v2/files?q=" + quote('{"name":"a"}'), 200),
        ("drive.yaml", "/v2/files?q=" + quote('{"name":1}'), 422),
        ("drive.yaml", "/v2/files?q=name", 422),
        ("drive.yaml", "/v2/files?filter[kind]=file", 200),
        ("drive.yaml", "/v2/files?filter[kind]=fish", 422),
        ("drive.yaml", "/v2/files/7/tree", 422),
        ("bare.json", "/a/b-c.d", 200),
        ("bare.json", "/a/bcd", 404),
    ],
)
def test_parameters_are_held_against_the_document(name: str, target: str, status: int) -> None:
    answer = mock_of(name).call("GET", target, persona="owner")
    # Where the document says nothing of a refusal, the usual status for it.
    assert answer.status == status or (status == 422 and answer.status == 400), answer


def test_text_is_text_and_not_json() -> None:
    mock = mock_of("forms.yaml")
    assert mock.call("GET", "/report.csv").body == b"a,b\n1,2\n"
    refused = mock.call("POST", "/login", body=b"", headers=FORM)
    assert (refused.status, refused.headers["content-type"]) == (400, "text/plain")
    assert refused.body == b"The body is not valid."


def test_what_has_no_body_has_no_type_on_the_wire_either() -> None:
    with mock_of("bare.json") as mock, Raw(mock.url) as raw:
        got = raw.ask("PUT", "/ping")
        assert (got.status, got.headers["content-length"], "content-type" in got.headers) == (200, "0", False)
        got = raw.ask("GET", "/ping")
        assert (got.status, "content-length" in got.headers) == (204, False)
        assert raw.ask("GET", "/teapot").status == 418


def test_what_never_succeeds_answers_what_it_declares() -> None:
    mock = mock_of("bare.json")
    assert mock.call("GET", "/teapot").status == 418
    assert mock.call("POST", "/jobs/7:cancel").status == 303


def test_a_relative_server_is_one_below_the_root() -> None:
    assert mock_of("shapes.yaml").service().base_path == "/relative/path"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_can_be_served_and_tried(name: str) -> None:
    import shlex
    import subprocess

    with serving(str(FOLDER / name)) as served:
        [line] = [line for line in served.lines if line.startswith("  try: curl ")]
        tried = subprocess.run(
            [*shlex.split(line.removeprefix("  try: ")), "--silent", "--fail"],
            capture_output=True,
            timeout=10,
        )
        assert tried.returncode == 0, line


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("{type: strng}", "is not a JSON Schema"),
        ("{type: string, pattern: '('}", "is not a JSON Schema"),
        ("{minimum: low}", "is not a JSON Schema"),
        ("{required: name}", "is not a JSON Schema"),
        ("{$ref: '#/components/schemas/None'}", "#/components/schemas/None"),
        ("{$ref: 'none.yaml'}", "names a file that does not exist"),
        ("[string]", "a.yaml:8"),
    ],
)
def test_a_broken_schema_is_told_with_its_place(schema: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        'openapi: 3.1.0\ninfo: {title: a, version: "1"}\npaths:\n  /a:\n    get:\n      responses:\n'
        f'        "200":\n          {{description: a, content: {{application/json: {{schema: {schema}}}}}}}\n'
    )
    with pytest.raises(SpecificationError) as caught:
        Mock(path)
    [problem] = caught.value.problems
    assert problem.line == 8
    assert told in str(problem)


@pytest.mark.skipif(not CALCOM.exists(), reason="the documents the project is made from are not here")
@pytest.mark.seeds
def test_a_document_of_272_operations_answers_all_of_them() -> None:
    mock = Mock(CALCOM)
    document = json.loads(CALCOM.read_text())
    count = 0
    for operation, path in targets(mock):
        answer = ask(mock, operation, path, persona="owner")
        assert answer.status < 500, (operation.id, answer, answer.exchange.reason)
        if answer.status < 300:
            count += 1
            judge(document, operation, answer)
    assert count > 100
