from __future__ import annotations

import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.serving import serving

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # With the build tool at hand nothing has to be fetched.
    isolation = ["--no-build-isolation"] if find_spec("hatchling") else []
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    run(*pip, *isolation, "--wheel-dir", str(folder), str(ROOT))
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that has the wheel, and for all else what is installed here."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    # Our own editable install is found through a .pth file; in a path that is listed here those are not read.
    [site] = (folder / "venv").glob("lib/python*/site-packages")
    (site / "installed-here.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.with_name("mockserver")


def run(*words: str, cwd: Path | None = None) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_the_specifications_and_the_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for path in sorted((ROOT / "specs").rglob("*")):
        if path.is_file():
            assert f"mockserver/specs/{path.relative_to(ROOT / 'specs').as_posix()}" in names
    assert {"mockserver/py.typed", "mockserver/cli.py", "mockserver/web/server.py"} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_it_works_from_an_empty_folder(command: Path, tmp_path: Path) -> None:
    assert run(str(command), "--help", cwd=tmp_path).startswith("usage: mockserver")
    where = run(
        str(command.with_name("python")), "-c", "import mockserver; print(mockserver.__file__)", cwd=tmp_path
    )
    assert Path(where).is_relative_to(command.parent.parent)
    assert run(str(command), "lint", "zeeg", cwd=tmp_path).startswith("zeeg: 29 operations: ")
    assert "listEvents" in run(str(command), "routes", "zeeg", cwd=tmp_path)


def test_it_serves_from_an_empty_folder(command: Path, tmp_path: Path) -> None:
    with serving("zeeg", command=[str(command)], cwd=tmp_path) as served:
        request = urllib.request.Request(
            f"{served.url}/v2/whoami", headers={"Authorization": "Bearer zeeg_owner"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        assert served.end()[0] == 0
