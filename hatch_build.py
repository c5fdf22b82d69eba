"""The compiled wheel: mypyc makes machine code of the modules under `[tool.understudy] compiled`.

Only where UNDERSTUDY_COMPILE=1 is set; a plain build is pure Python and needs no compiler. The sources stay
in the wheel beside what was made of them. Compiling happens on a copy, so the work tree is never changed.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILE = """
import sys
from mypyc.build import mypycify
from setuptools import setup

modules = sys.argv[1:]
sys.argv = ["setup.py", "--quiet", "build_ext", "--inplace"]
setup(name="compiled", packages=[], ext_modules=mypycify(modules, opt_level="3"))
"""


class CompileHook(BuildHookInterface[Any]):
    """Adds the compiled modules to a wheel."""

    def dependencies(self) -> list[str]:
        """What compiling needs: mypyc, and the packages whose types the modules use."""
        if not _wanted():
            return []
        core = self.metadata.core
        return [*core.optional_dependencies["compiled"], *core.dependencies]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say which files go where; RuntimeError with the compiler's words when it fails."""
        if not _wanted() or version == "editable":
            return
        modules = self.metadata.config["tool"]["understudy"]["compiled"]
        folder = Path(tempfile.mkdtemp(prefix="understudy-"))
        # The files are read when the wheel is written, which is after this.
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
        shutil.copytree(Path(self.root) / "mockserver", folder / "mockserver", ignore=ignored)
        (folder / "mypy.ini").write_text(
            "[mypy]\nfollow_imports = silent\nignore_missing_imports = True\nfollow_untyped_imports = True\n"
        )
        (folder / "compile.py").write_text(COMPILE)
        done = subprocess.run(
            [sys.executable, "compile.py", *modules], cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"compiling failed:\n{done.stdout}\n{done.stderr}")
        for made in [*folder.rglob("*.so"), *folder.rglob("*.pyd")]:
            place = made.relative_to(folder)
            if place.parts[0] != "build":
                build_data["force_include"][str(made)] = place.as_posix()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _wanted() -> bool:
    return os.environ.get("UNDERSTUDY_COMPILE") == "1"
