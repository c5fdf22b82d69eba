"""The how-to pages run as tests, as printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("pytest.md", "fuzzing.md", "contracts.md", "webhooks.md")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_as_printed(page: str, tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL
    )
    assert blocks
    for number, block in enumerate(blocks):
        (tmp_path / f"test_block_{number}.py").write_text(block)
    from importlib.metadata import entry_points

    installed = any(each.name == "mockserver" for each in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "mockserver.pytest_plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *plugin],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"], "CI": "1"},
    )
    count = sum(block.count("\ndef test_") for block in blocks)
    assert f"{count} passed" in done.stdout, done.stdout + done.stderr
