from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import weakref
from pathlib import Path
from typing import Any

import pytest

from mockserver import __version__, house
from mockserver.cli import CLOCK, DATA, main
from mockserver.commands.watch import Watch
from mockserver.house import House
from mockserver.web.adapter import App, Receive, Scope, Send
from tests.serving import serving

PLAIN = """\
openapi: 3.1.0
info: {title: Plain, version: "1"}
paths:
  /things:
    get:
      operationId: listThings
      responses:
        "200":
          description: OK
          content:
            application/json:
              schema: {type: array, items: {type: string}, minItems: 1}
"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.yaml"
    path.write_text(PLAIN)
    return path


def get(url: str, **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serv"], "there is no command 'serv', did you mean 'serve'?"),
        (["frobnicate"], "there is no command 'frobnicate'; there are serve, routes, lint, env"),
        (["--vers"], "there is no option --vers, did you mean '--version'?"),
        (["serve", "--prot", "3"], "there is no option --prot, did you mean '--port'?"),
        (["serve", "--prot=3"], "there is no option --prot, did you mean '--port'?"),
        (["routes", "--qqqqqq"], "there is no option --qqqqqq; mockserver routes --help lists them"),
        (["serve", "zeg"], "there is no provider 'zeg', did you mean 'zeeg'?"),
        (["serve", "no/such.yaml"], "no/such.yaml: there is no such file"),
        (["serve", "zeeg", "--port", "65536"], "a port is a number from 0 to 65535, not '65536'"),
        (["serve", "zeeg", "--port", "x"], "a port is a number from 0 to 65535, not 'x'"),
        (["serve", "zeeg", "--port"], "expected one argument"),
        (["serve", "zeeg", "--seed", "x"], "a seed is a whole number, not 'x'"),
        (["serve", "zeeg", "--clock", "tomorrow"], "not an instant: 'tomorrow'"),
        (["serve", "zeeg", "--clock", "2026-04-06T08:00:00"], "an instant needs its offset from UTC"),
        (["serve", "zeeg", "--port", "0", "--data", "bussy-week"], "did you mean 'busy-week'?"),
        (["serve", "zeeg", "--limits", "maybe"], "invalid choice: 'maybe'"),
        (["serve", "zeeg", "--overlay", "no.yaml"], "no.yaml: there is no such file"),
        (["serve", "zeeg", "--host", ""], "name an address; 0.0.0.0 is every one"),
        (["serve", "zeeg", "--clock", "9999-12-31T23:59:59Z"], "stays between the years 1900 and 9900"),
        (["serve", "--port", "0", "/"], "/ is a folder without an openapi.yaml"),
        (["serve", "--port", "0", "/dev/null"], "/dev/null is no file that can be read again"),
        (["serve", "zeeg", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1, port 4010"),
        (["env", "zeeg", "more"], "'more' is one argument too many"),
        (["env", "zeeg", "--persona", "ownr"], "zeeg has no persona 'ownr', did you mean 'owner'?"),
        (["env", "zeeg", "--port", "0"], "--port is the one that the mock listens on"),
        (["env", "zeeg", "--url", "mock.test"], "an address begins with http:// or https://"),
        (["lint", "zeg"], "there is no provider 'zeg', did you mean 'zeeg'?"),
        (["routes", "zeg"], "there is no provider 'zeg', did you mean 'zeeg'?"),
    ],
)
def test_a_mistake_is_one_clear_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert err.count("\n") == 1


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "zeeg", "--port", str(port)]) == 2
    err = capsys.readouterr().err
    assert f"port {port} on 127.0.0.1 is in use" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["serve", "routes", "lint", "env"])
def test_every_problem_of_a_broken_document_has_its_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(PLAIN.replace("{type: string}", '{$ref: "#/nowhere"}') + "x-paging: 3\n")
    arguments = [command, str(path), *(["--port", "0"] if command == "serve" else [])]
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{path}:") for line in lines)
    assert any(line.startswith(f"{path}:12: /paths/~1things/get/") and "#/nowhere" in line for line in lines)
    assert any(line.startswith(f"{path}:13: /x-paging ") for line in lines)


def test_an_overlay_needs_one_document(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "0", "--overlay", str(plain)]) == 2
    assert "name exactly one PROVIDER or FILE" in capsys.readouterr().err


def test_two_documents_of_one_name_are_told_apart_by_the_caller(
    plain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other" / "plain.yaml"
    other.parent.mkdir()
    other.write_text(PLAIN)
    assert main(["serve", "--port", "0", str(plain), str(other)]) == 2
    assert f"{plain} and {other} would both be served as 'plain'" in capsys.readouterr().err


# Asking nothing


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serve", "--help"]])
def test_help_costs_no_server(arguments: list[str]) -> None:
    program = f"""
import sys
from mockserver.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert not end.code
heavy = {{"starlette", "uvicorn", "orjson", "yaml", "jsonschema_rs", "mockserver.house"}} & set(sys.modules)
sys.exit(f"imported: {{heavy}}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "mockserver" in done.stdout


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"mockserver {__version__}\n"


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: mockserver")


def test_the_command_line_begins_where_mock_does() -> None:
    assert (f"running:{house.EPOCH}", house.DATA) == (CLOCK, DATA)


# Serving


def test_serving_says_where_who_and_what_to_try() -> None:
    with serving("zeeg") as served:
        lines = served.lines
        assert lines[0] == f"zeeg  {served.url}/zeeg/v2  (also {served.url}/v2)"
        assert any("owner" in line and "zeeg_owner" in line and "may do everything" in line for line in lines)
        for persona in ("reader", "revoked", "expired", "free", "other", "only-notes-write"):
            assert any(f"zeeg_{persona}" in line for line in lines), persona
        [line] = [line for line in lines if line.startswith("  try: curl ")]
        asked = subprocess.run(
            [*shlex.split(line.removeprefix("  try: ")), "--silent", "--fail"],
            capture_output=True,
            timeout=10,
        )
        assert asked.returncode == 0
        assert json.loads(asked.stdout)["collection"]
        code, out, err = served.end(signal.SIGINT)
        assert (code, out) == (0, "")
        assert err.startswith("zeeg GET /v2/scheduled-events -> 200")
        assert err.count("\n") == 1


def test_quiet_prints_the_ready_line_only() -> None:
    with serving("zeeg", "--quiet") as served:
        assert len(served.lines) == 1
        assert get(f"{served.url}/v2/whoami")[0] == 401
        assert served.end(signal.SIGTERM) == (0, "", "")


def test_a_document_nobody_prepared_is_served(plain: Path) -> None:
    with serving(str(plain)) as served:
        assert served.lines[0] == f"plain  {served.url}/plain  (also {served.url})"
        assert f"  try: curl {served.url}/plain/things" in served.lines
        status, things = get(f"{served.url}/things")
        assert status == 200
        assert things
        assert get(f"{served.url}/_mock/health")[1]["providers"] == ["plain"]


def test_off_loopback_the_control_api_wants_its_token(plain: Path) -> None:
    with serving(str(plain), "--host", "0.0.0.0") as served:
        assert served.url == f"http://127.0.0.1:{served.port}"
        assert get(f"{served.url}/things")[0] == 200
        assert get(f"{served.url}/_mock/exchanges")[0] == 401
        # The token stands in the warning, which a pipe has seen before the ready line.
        assert served.process.stderr is not None
        warning = [served.process.stderr.readline() for _ in range(2)]
        assert "warning: on 0.0.0.0 anyone who reaches this machine may use the mock" in warning[0]
        token = warning[1].partition("Mock-Control-Token: ")[2].split()[0]
        assert get(f"{served.url}/_mock/exchanges", Mock_Control_Token=token)[0] == 200


# Watching


async def ask(app: App, path: str) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    await app(scope, receive, send)
    status: int = sent[0]["status"]
    return status


def test_watching_reads_again_and_keeps_what_works(plain: Path) -> None:
    from mockserver.commands.opening import mistakes
    from mockserver.web.application import build_application

    told: list[str] = []

    def rebuild() -> House:
        with mistakes():
            return House([plain])

    async def story() -> None:
        watch = Watch(
            build_application(rebuild()),
            rebuild=rebuild,
            compose=build_application,
            files=lambda: [plain],
            tell=told.append,
        )
        assert await watch.check() is False
        assert await ask(watch, "/things") == 200
        assert await ask(watch, "/others") == 404

        plain.write_text(PLAIN.replace("/things", "/others"))
        os.utime(plain, (1, 1))
        assert await watch.check() is True
        assert told == ["plain.yaml changed: read again, the world begins anew"]
        assert await ask(watch, "/things") == 404
        assert await ask(watch, "/others") == 200

        plain.write_text("openapi: [")
        os.utime(plain, (2, 2))
        assert await watch.check() is False
        assert told[1].startswith(f"{plain}:1:")
        assert told[-1] == "plain.yaml changed and is broken: still serving what was there before"
        assert await ask(watch, "/others") == 200
        assert await watch.check() is False

        plain.write_text(PLAIN)
        os.utime(plain, (3, 3))
        assert await watch.check() is True
        assert await ask(watch, "/things") == 200

    asyncio.run(story())


def test_what_was_served_before_a_change_is_let_go(plain: Path) -> None:
    from mockserver.web.application import build_application

    first = build_application(House([plain]))
    gone = weakref.ref(first)

    async def story() -> None:
        nonlocal first
        watch = Watch(
            first,
            rebuild=lambda: House([plain]),
            compose=build_application,
            files=lambda: [plain],
            tell=lambda _: None,
        )
        del first
        assert await ask(watch, "/things") == 200
        os.utime(plain, (1, 1))
        assert await watch.check() is True
        assert gone() is None

    asyncio.run(story())


def test_a_fault_of_ours_does_not_end_a_watched_server(plain: Path) -> None:
    told: list[str] = []

    def rebuild() -> House:
        raise ZeroDivisionError

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    async def story() -> None:
        watch = Watch(
            nothing, rebuild=rebuild, compose=lambda house: nothing, files=lambda: [plain], tell=told.append
        )
        os.utime(plain, (1, 1))
        assert await watch.check() is False

    asyncio.run(story())
    assert told == [
        "ZeroDivisionError()",
        "plain.yaml changed and is broken: still serving what was there before",
    ]


def test_all_files_of_a_provider_are_watched() -> None:
    from mockserver.cli import parse
    from mockserver.commands.opening import source_files

    names = [path.name for path in source_files(parse(["serve", "zeeg"]))]
    assert "openapi.yaml" in names
    assert "provider.yaml" in names


# Asking about documents


def test_routes_tell_who_may_ask_and_what_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "zeeg"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["METHOD", "PATH", "OPERATION", "SCOPES", "ANSWERS", "KNOWN"]
    column = lines[0].index("OPERATION")
    assert all(line[column - 1] == " " and line[column] != " " for line in lines)
    [created] = [line for line in lines if " createOutboundCall " in line]
    assert created.split()[:4] == [
        "POST",
        "/v2/agents/{agentUuid}/outbound-calls",
        "createOutboundCall",
        "outbound-calls:write",
    ]
    [listed] = [line for line in lines if " listEvents " in line]
    assert "events:read, scope=all: admin:full" in listed
    [slots] = [line for line in lines if " getAvailability " in line]
    assert "timetable (paid plan)" in slots


def test_routes_are_told_to_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "zeeg", "--json"]) == 0
    routes = {route["operation"]: route for route in json.loads(capsys.readouterr().out)}
    assert routes["getNote"]["scopes"] == [["notes:read"]]
    assert routes["getNote"]["path"] == "/v2/notes/{uuid}"
    assert routes["createOutboundCall"]["evidence"]["known"] == "documented"
    assert all(route["answers"] in ("behaviour", "resource", "schema") for route in routes.values())


def test_lint_tells_the_shares_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "zeeg"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("zeeg: 29 operations: ")
    assert "documented" in first
    assert "assumed" in first


def test_lint_ends_with_1_where_there_are_errors(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain.write_text(PLAIN.replace("{type: string}", "{type: string, pattern: /^a$/}"))
    assert main(["lint", str(plain)]) == 1
    out = capsys.readouterr().out
    assert f"error    {plain}:12: /paths/" in out
    assert out.splitlines()[-1].startswith("1 error, ")


def test_env_points_programs_at_the_mock(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "zeeg", "--persona", "reader", "--port", "4011"]) == 0
    assert capsys.readouterr().out == (
        "export ZEEG_BASE_URL=http://127.0.0.1:4011/zeeg/v2\nexport ZEEG_API_TOKEN=zeeg_reader\n"
    )


def test_env_takes_any_address_and_any_document(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", str(plain), "--url", "http://mock.test:8080/"]) == 0
    assert capsys.readouterr().out == (
        "export PLAIN_BASE_URL=http://mock.test:8080/plain\nexport PLAIN_TOKEN=plain_owner\n"
    )


def test_the_variables_of_env_lead_to_a_server_that_serves_one_or_all() -> None:
    with serving("zeeg", "--quiet") as served:
        printed = subprocess.run(
            [sys.executable, "-m", "mockserver", "env", "zeeg", "--port", str(served.port)],
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout
        variables = dict(
            word.split("=", 1) for line in printed.splitlines() for word in shlex.split(line)[1:]
        )
        status, _ = get(
            variables["ZEEG_BASE_URL"] + "/whoami", Authorization=f"Bearer {variables['ZEEG_API_TOKEN']}"
        )
        assert status == 200
