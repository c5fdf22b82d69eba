"""The workflow that users copy says what our command line understands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.cli import Parser, subcommand
from mockserver.house import known_slugs

WORKFLOW = Path(__file__).parents[2] / "docs" / "ci" / "contracts.yml"


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    return found


def commands() -> Iterator[tuple[str, str]]:
    for name, job in jobs().items():
        for step in job["steps"]:
            if str(step.get("run", "")).startswith("contracts "):
                yield name, step["run"]


def test_every_job_runs_a_command() -> None:
    assert {name for name, _ in commands()} == set(jobs())


@pytest.mark.parametrize(("job", "command"), list(commands()))
def test_its_commands_are_understood(job: str, command: str) -> None:
    filled = command
    for name, values in jobs()[job].get("strategy", {}).get("matrix", {}).items():
        filled = filled.replace(f"${{{{ matrix.{name} }}}}", str(values[0]))
    filled = re.sub(r"\$\{\{[^}]*\}\}|\"\$[A-Z]+\"", "1", filled)
    words = filled.split()
    module = subcommand(words[1])
    parser = Parser(prog="contracts", allow_abbrev=False)
    module.configure(parser)
    options = parser.parse_args(words[2:])
    assert options.provider in (*known_slugs(), "1")
    assert options.report
    # Nothing is written for real, and findings of what is assumed fail nothing there.
    assert getattr(options, "writes", "off") == "off"


def test_shards_of_the_matrix_are_the_whole() -> None:
    shards = jobs()["mock"]["strategy"]["matrix"]["shard"]
    assert [each.split("/") for each in shards] == [
        [str(n + 1), str(len(shards))] for n in range(len(shards))
    ]


def test_secrets_go_to_the_step_that_needs_them_only() -> None:
    text = WORKFLOW.read_text("utf-8")
    assert len(re.findall(r"secrets\.", text)) == 1
    for job in jobs().values():
        for step in job["steps"]:
            assert "secrets." not in str(step.get("run", ""))
            assert "inputs." not in str(step.get("run", "")), "what somebody types is no part of a shell line"
