"""`pytest --provider=… --target=…`: the same checks, a test each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contracts.suite.asking import Asked, Asking
from contracts.suite.opening import Limits
from tests.contracts.second import Second, second

PYTEST = ("-m", "pytest", "-p", "contracts.pytest_plugin", "-p", "no:cacheprovider", "-rfEs")


def pytest_in(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *PYTEST, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_without_a_file_the_suite_is_run(tmp_path: Path) -> None:
    code, told = pytest_in(
        tmp_path, "--provider=caledee", "--contract-checks=auth,paging", "--contract-phases=checks,lifecycle"
    )
    assert code == 0, told
    assert " passed" in told
    assert "nothing in the document that it could ask of" in told


def test_a_users_file_can_import_it_and_stand_beside_other_tests(tmp_path: Path) -> None:
    (tmp_path / "test_contract.py").write_text(
        "from contracts.suite.testing import test_contract\n\n\ndef test_mine() -> None:\n    pass\n"
    )
    code, told = pytest_in(
        tmp_path,
        "test_contract.py",
        "--provider=zeeg",
        "--contract-checks=errors.unknown-path,paging.totals",
        "-v",
    )
    assert code == 0, told
    assert "test_contract.py::test_contract[paging.totals] PASSED" in told
    assert "test_contract.py::test_mine PASSED" in told
    assert "3 passed" in told


def test_what_is_wrong_fails_with_all_that_shows_it_and_no_token(tmp_path: Path) -> None:
    with second(tmp_path, "zeeg", "--fault", "total-off-by-one", "--fault", "deleted-twice") as server:
        code, told = _against(
            server, "--writes=own", "--contract-checks=paging.totals,resources.deleted,auth.wrong"
        )
        assert code == 1, told
        assert "tells of 21 rows, and there are 20 (paging.totals" in told
        assert "/paths/~1scheduled-events/get" in told
        assert "curl -i" in told
        assert "resources.deleted" in told
        assert "1 passed" in told
        assert [name for name, token in server.tokens.items() if token in told] == []
        made = [each for each in server.writes if each["method"] == "POST" and each["status"] == 201]
        gone = [each for each in server.writes if each["method"] == "DELETE" and each["status"] == 200]
        assert made
        assert len({each["target"] for each in gone}) >= len(made)


def test_several_processes_keep_to_the_limit_together(tmp_path: Path) -> None:
    with second(tmp_path) as server:
        _, told = _against(server, "-n", "2", "--max-requests=61", "--contract-checks=auth,errors")
        assert "the limit of 30 requests is reached" in told
        assert 0 < len(server.requests) <= 61
        assert server.writes == []


def test_a_mistake_is_told_in_a_line(tmp_path: Path) -> None:
    code, told = pytest_in(tmp_path, "--provider=zeg")
    assert code == 4
    assert "there is no provider 'zeg', did you mean 'zeeg'?" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Asked("zeeg", target="http://127.0.0.1:1"), "set ZEEG_API_TOKEN in the environment"),
        (Asked("zeeg", target="elsewhere"), "not 'elsewhere'"),
        (Asked("zeeg", checks=("atuh",)), "did you mean 'auth'"),
    ],
)
def test_what_cannot_be_opened_is_told(asked: Asked, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Asking(asked, {})


def test_fewer_requests_than_processes_are_a_mistake() -> None:
    asked = Asked("zeeg", target="http://127.0.0.1:1", limits=Limits(requests=3), workers=4)
    with pytest.raises(ValueError, match="-n 3"):
        Asking(asked, {"ZEEG_API_TOKEN": "a-token-of-some-length"})


def test_who_asks_for_no_provider_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine() -> None:\n    pass\n")
    code, told = pytest_in(tmp_path)
    assert code == 0, told
    assert "1 passed" in told


def _against(server: Second, *arguments: str) -> tuple[int, str]:
    process = server.start_python(
        *PYTEST, "--provider=zeeg", f"--target={server.url}", "--rate=0", *arguments
    )
    return server.ended(process)
