"""The gallery: each broken integration is found as its table says, each repaired one passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PYTHON = {
    "calendar_sync": "pages",
    "lead_import": "survives",
    "reminder_calls": "safe-writes",
    "meeting_booking": "safe-writes",
    "webhook_receiver": "webhooks",
}
COMMANDS = {
    "node_sync": ("zeeg", "/v2", "node", "mjs", "waits"),
    "shell_list": ("caledee", "/api/v2", "sh", "sh", "survives"),
}
# The whole gallery is tried at night; by day one of each kind.
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PYTHON_TRIED = list(PYTHON) if NIGHTLY else ["lead_import"]
COMMANDS_TRIED = list(COMMANDS) if NIGHTLY else ["shell_list"]
pytestmark = pytest.mark.fuzz


def pytest_of(folder: str, which: str, tmp_path: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    plugin = ["-p", "mockserver.pytest_plugin"] if not installed() else []
    done = subprocess.run(
        [*command, *plugin, "--rootdir", str(tmp_path), str(EXAMPLES / folder / f"test_{which}.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"], "CI": "1"},
    )
    return done.stdout + done.stderr


def installed() -> bool:
    from importlib.metadata import entry_points

    return any(each.name == "mockserver" for each in entry_points(group="pytest11"))


def fuzz(folder: str, which: str, tmp_path: Path) -> tuple[int, str]:
    provider, base, interpreter, suffix, _ = COMMANDS[folder]
    if shutil.which(interpreter) is None:
        pytest.skip(f"{interpreter} is not installed")
    program = EXAMPLES / folder / f"{which}.{suffix}"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "contracts", "fuzz", provider, "--base", base, "--seed", "1"),
            *("--cases", "20", "--longest-wait", "0.2", "--save", str(tmp_path), "--jobs", "2"),
            *("--", interpreter, str(program)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_table_names_every_example() -> None:
    told = (EXAMPLES / "README.md").read_text()
    for folder, judgement in [*PYTHON.items(), *((name, each[-1]) for name, each in COMMANDS.items())]:
        line = next(line for line in told.splitlines() if line.startswith(f"| `{folder}` "))
        assert line.endswith(f"| `{judgement}` |")


@pytest.mark.parametrize("folder", PYTHON_TRIED)
def test_the_broken_one_is_found(folder: str, tmp_path: Path) -> None:
    told = pytest_of(folder, "broken", tmp_path)
    assert "1 failed" in told, told
    assert f"Wrong: {PYTHON[folder]}: " in told, told


@pytest.mark.parametrize("folder", PYTHON_TRIED)
def test_the_repaired_one_passes(folder: str, tmp_path: Path) -> None:
    told = pytest_of(folder, "repaired", tmp_path)
    assert "1 passed" in told, told


@pytest.mark.parametrize("folder", COMMANDS_TRIED)
def test_a_broken_program_in_another_language_is_found(folder: str, tmp_path: Path) -> None:
    code, told = fuzz(folder, "broken", tmp_path)
    assert code == 1, told
    assert told.startswith(f"{COMMANDS[folder][-1]}: "), told


@pytest.mark.parametrize("folder", COMMANDS_TRIED)
def test_a_repaired_program_in_another_language_passes(folder: str, tmp_path: Path) -> None:
    code, told = fuzz(folder, "repaired", tmp_path)
    assert code == 0, told
