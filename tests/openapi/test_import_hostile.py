"""Hostile documents: told in plain lines, in bounded time and memory, without a socket or a file outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
# Of the processor's time, which does not depend on who else is busy; a nightly run is held to the real bound.
SECONDS = 2 if NIGHTLY else 6
MEGABYTES = 500

# Runs an import where no socket may be made, nothing outside may be opened, and time and memory are short.
RUNNER = """
import os, resource, sys
seconds, megabytes, inside = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
import mockserver.commands.import_, mockserver.cli, tzdata, idlelib  # what is imported is no document
told = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request"):
        told.append(f"{event} {arguments[1:]}")
    elif event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        package = os.path.dirname(os.path.dirname(mockserver.__file__))
        theirs = os.path.dirname(sys.argv[4])
        known = (inside, theirs, sys.prefix, sys.base_prefix, package, "/usr/", "/proc/self")
        if not path.startswith(known):
            told.append(f"open {path}")
sys.addaudithook(hook)
resource.setrlimit(resource.RLIMIT_CPU, (seconds + 2, seconds + 3))
used = resource.getrusage(resource.RUSAGE_SELF)
before = used.ru_utime + used.ru_stime
code = mockserver.cli.main(["import", "hostile", sys.argv[4], "--specs", inside])
used = resource.getrusage(resource.RUSAGE_SELF)
peak, opened = used.ru_maxrss, str(told)
if os.path.exists("/proc/self/status"):
    # There ru_maxrss begins with what the process held that started this one.
    with open("/proc/self/status") as status:
        peak = int(status.read().partition("VmHWM:")[2].split()[0])
print("MEASURED", code, round(used.ru_utime + used.ru_stime - before, 2), peak // 1024, opened)
"""


def paths(schema: Any = True, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    operation = {"responses": {"200": {"description": "x", "content": content}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hostile", "version": "1"},
        "paths": {"/x": {"get": operation}},
        **more,
    }


def with_schemas(**schemas: Any) -> dict[str, Any]:
    return paths({"$ref": "#/components/schemas/A"}, components={"schemas": schemas})


def deep(levels: int) -> str:
    return json.dumps(paths()).replace("true", '{"items":' * levels + "{}" + "}" * levels)


def bomb() -> str:
    lines = ["openapi: 3.1.0", "info: {title: Bomb, version: '1'}", "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join([*lines, "paths: {/x: {get: {responses: {'200': {description: x}}}}}"])


def many_nodes() -> str:
    return json.dumps(paths(**{"x-data": [[] for _ in range(1_000_000)]}))


def many_properties() -> str:
    wide = {f"p{number}": {"type": "string"} for number in range(20_000)}
    return json.dumps(with_schemas(A={"type": "object", "properties": wide}))


# What is written, whether anything can be served, and what has to be told.
HOSTILE: dict[str, tuple[Callable[[], Any], int, str]] = {
    "http": (lambda: paths({"$ref": "http://169.254.169.254/latest/meta-data"}), 0, "leaves this machine"),
    "https": (lambda: paths({"$ref": "https://example.com/x.json#/A"}), 0, "leaves this machine"),
    "file": (lambda: paths({"$ref": "file:///etc/passwd"}), 0, "leaves this machine"),
    "parent": (lambda: paths({"$ref": "../../../../../../etc/passwd"}), 0, "leaves the folder"),
    "encoded parent": (lambda: paths({"$ref": "%2e%2e/%2e%2e/etc/passwd"}), 0, "leaves the folder"),
    "absolute": (lambda: paths({"$ref": "/etc/passwd"}), 0, "leaves the folder"),
    "device": (lambda: paths({"$ref": "/dev/zero"}), 0, "leaves the folder"),
    "share": (lambda: paths({"$ref": "\\\\host\\share\\x"}), 0, "leaves this machine"),
    "symlink": (lambda: paths({"$ref": "link.json"}), 0, "does not exist"),
    "schema that is itself": (lambda: with_schemas(A={"$ref": "#/components/schemas/A"}), 0, "in a circle"),
    "schemas in a circle": (
        lambda: with_schemas(
            A={"allOf": [{"$ref": "#/components/schemas/B"}]}, B={"$ref": "#/components/schemas/A"}
        ),
        0,
        "",
    ),
    "path that is itself": (
        lambda: {**paths(), "paths": {"/x": paths()["paths"]["/x"], "/y": {"$ref": "#/paths/~1y"}}},
        0,
        "leads back to itself",
    ),
    "deep": (lambda: deep(5_000), 2, "nested deeper"),
    "deep yaml": (lambda: "a: " + "[" * 5_000, 2, "nested deeper"),
    "aliases": (bomb, 2, "aliases repeat too much"),
    "50 MB": (lambda: json.dumps(paths(**{"x-data": "x" * 50_000_000})), 2, "larger than 32 MB"),
    "a million nodes": (many_nodes, 2, "holds more than 1,000,000 values"),
    "many properties": (many_properties, 0, ""),
    "a pattern that never ends": (
        lambda: with_schemas(A={"type": "string", "pattern": "^(a+)+$", "examples": ["a" * 60 + "!"]}),
        0,
        "matches none of its own examples",
    ),
    "a pattern with looking back": (
        lambda: with_schemas(A={"type": "string", "pattern": r"^(a+)+\1$", "examples": ["a" * 60 + "!"]}),
        0,
        "",
    ),
    "binary": (lambda: b"\x00\xff\xfe" * 100, 2, "is not UTF-8"),
    "a number too large": (lambda: '{"openapi": 1e999999}', 2, ""),
    "no end of oneOf": (
        lambda: with_schemas(A={"oneOf": [{"$ref": "#/components/schemas/A"}] * 50, "type": "object"}),
        0,
        "",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_document_does_no_harm(what: str, tmp_path: Path) -> None:
    make, code, told = HOSTILE[what]
    made = make()
    folder = tmp_path / "theirs"
    folder.mkdir()
    (tmp_path / "outside.json").write_text("{}")
    (folder / "link.json").symlink_to(tmp_path / "outside.json")
    content = (
        made if isinstance(made, bytes) else (made if isinstance(made, str) else json.dumps(made)).encode()
    )
    source = folder / ("document.yaml" if what in ("aliases", "deep yaml") else "document.json")
    source.write_bytes(content)
    run = subprocess.run(
        [sys.executable, "-c", RUNNER, str(SECONDS), str(MEGABYTES), str(tmp_path / "specs"), str(source)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        env={key: value for key, value in os.environ.items() if key != "UNDERSTUDY_SPECS"},
    )
    assert "Traceback" not in run.stderr, run.stderr[-2000:]
    measured = run.stdout.rpartition("MEASURED ")[2].split(maxsplit=3)
    assert len(measured) == 4, (run.returncode, run.stdout[-300:], run.stderr[-300:])
    assert int(measured[0]) == code, run.stdout + run.stderr
    assert float(measured[1]) < SECONDS
    assert int(measured[2]) < MEGABYTES
    assert measured[3].strip() == "[]"
    assert told in run.stdout + run.stderr
    if code:
        assert all(line.startswith(str(source)) for line in run.stderr.splitlines())
