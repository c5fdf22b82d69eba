"""The list of what `make compiled` compiles fits the sources; the build itself has `make test-compiled`."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTED: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["understudy"]["compiled"]
# What mypyc can make classes of its own of, among the exceptions that Python has.
BASES = {"Exception", "LookupError", "IndexError", "ValueError"}


def test_every_listed_module_is_there_once_and_in_order() -> None:
    assert all((ROOT / module).is_file() for module in LISTED)
    assert sorted(set(LISTED)) == LISTED


def test_listed_modules_derive_from_no_exception_that_cannot_be_compiled() -> None:
    for module in LISTED:
        for node in ast.walk(ast.parse((ROOT / module).read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                assert not {base for base in bases if base.endswith("Error")} - BASES, (module, node.name)


def test_nothing_compiled_stands_before_a_source() -> None:
    for pattern in ("*.so", "*.pyd"):
        assert not list((ROOT / "mockserver").rglob(pattern))
