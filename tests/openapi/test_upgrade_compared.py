"""3.0 restated in 3.1 as an independent implementation does it, but for differences that are listed here.

Needs Node and a folder in which `npm install @scalar/openapi-upgrader @readme/oas-examples` was run:
    UNDERSTUDY_NODE=that/folder pytest tests/openapi/test_upgrade_compared.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.openapi.upgrade import upgrade
from tests.openapi.given import CALCOM

FOLDER = Path(os.environ.get("UNDERSTUDY_NODE") or "nowhere")
UPGRADER = FOLDER / "node_modules" / "@scalar" / "openapi-upgrader"

pytestmark = pytest.mark.skipif(
    not UPGRADER.is_dir() or shutil.which("node") is None, reason="needs Node and the upgrader's package"
)

SCRIPT = """
import { upgradeFromThreeToThreeOne } from '@scalar/openapi-upgrader/3.0-to-3.1'
import fs from 'fs'
const out = upgradeFromThreeToThreeOne(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')))
process.stdout.write(JSON.stringify(out))
"""

# What differs, and why ours is as it is.
LISTED = {
    "example": "at parameters and media types 3.1 has `example`, too; theirs becomes `examples`: the same",
    "nullable": "theirs stays beside $ref and allOf, and means nothing in 3.1; ours is anyOf with null",
    "items": "3.0 asks for `items`, which says nothing where it is empty",
}


def documents() -> list[Path]:
    folder = FOLDER / "node_modules" / "@readme" / "oas-examples" / "3.0" / "json"
    return [*sorted(folder.glob("*.json")), *([CALCOM] if CALCOM.is_file() else [])]


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """(pointer, why) of each difference; the why is a key of LISTED, or "" for one that nobody expects."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if theirs.get("nullable") is True and "nullable" not in ours and "anyOf" in ours:
            yield at, "nullable"
            return
        if "example" in ours and "example" not in theirs and "examples" in theirs:
            yield at, "example"
            ours = {key: value for key, value in ours.items() if key != "example"}
            theirs = {key: value for key, value in theirs.items() if key != "examples"}
        if ours.get("items") == {} and "items" not in theirs:
            yield at, "items"
            ours = {key: value for key, value in ours.items() if key != "items"}
        for key in ours.keys() | theirs.keys():
            if key not in ours or key not in theirs:
                yield f"{at}/{key}", ""
            elif key != "openapi" or at:
                yield from differences(ours[key], theirs[key], f"{at}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, two) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, two, f"{at}/{index}")
    elif ours != theirs:
        yield at, ""


def test_both_say_the_same_but_for_what_is_listed(tmp_path: Path) -> None:
    script = FOLDER / f"upgrade-{os.getpid()}.mjs"
    script.write_text(SCRIPT)
    counted: Counter[str] = Counter()
    unexpected: list[str] = []
    try:
        for path in documents():
            run = subprocess.run(
                ["node", script.name, str(path.resolve())],
                cwd=FOLDER,
                capture_output=True,
                check=True,
                timeout=60,
            )
            ours = upgrade(json.loads(path.read_bytes())).data
            for at, why in differences(ours, json.loads(run.stdout)):
                counted[why] += 1
                if why not in LISTED:
                    unexpected.append(f"{path.name} {at}")
    finally:
        script.unlink()
    assert len(documents()) >= 10
    assert unexpected == []
    assert set(counted) <= set(LISTED)
