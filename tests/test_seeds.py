"""Every curl line of the providers' own documentation, host and placeholders changed and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
import pytest

from mockserver import Mock

SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
NONE: Mapping[str, str] = {}
ACTIVE_AGENT = "3c9e5a71-08d4-4b62-a1f7-5e20c6d8934b"

pytestmark = [
    pytest.mark.skipif(
        not SEEDS.is_dir(), reason="the providers' documentation is not beside the repository"
    ),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


def curls(seed: str) -> list[str]:
    """The curl commands of a documentation page, as they stand there."""
    text = next(SEEDS.glob(f"{seed}_*.txt")).read_text()
    found = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("curl "):
            command = line
            while command.endswith("\\"):
                command += "\n" + next(lines)
            while command.count("'") % 2:
                command += "\n" + next(lines)
            found.append(command)
    return found


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock("zeeg") as mock:
        yield mock


def run(
    command: str, mock: Mock, placeholders: Mapping[str, str] = NONE, cwd: Path | None = None
) -> tuple[int, bytes]:
    """Run a command of the documentation with host and placeholders changed; (status, body)."""
    command = re.sub(r"https://(api\.zeeg\.me|caledee\.com|api\.meetergo\.com)", mock.url, command)
    command = command.replace("YOUR_TOKEN", mock.token()).replace("YOUR_AGENT_UUID", ACTIVE_AGENT)
    for placeholder, value in placeholders.items():
        command = command.replace(placeholder, value)
    assert "YOUR_" not in command
    done = subprocess.run(
        ["sh", "-c", re.sub(r"^curl ", "curl -s -w '\\n%{http_code}' ", command)],
        capture_output=True,
        check=True,
        timeout=20,
        cwd=cwd,
    )
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def test_the_authentication_page_s_request_is_answered_with_a_list(mock: Mock) -> None:
    commands = curls("000")
    assert len(commands) == 1
    status, body = run(commands[0], mock)
    assert status == 200
    assert orjson.loads(body)["collection"]


def test_the_calls_guide_s_requests_are_answered_with_the_call_that_it_prints(mock: Mock) -> None:
    commands = curls("003")
    assert len(commands) == 2
    for number, command in enumerate(commands):
        status, body = run(command, mock)
        call = orjson.loads(body)
        assert status == 201
        assert list(call) == PRINTED
        assert isinstance(call["id"], int)
        assert (call["status"], call["agentId"]) == ("pending", ACTIVE_AGENT)
        assert call["phoneNumber"] == "+4915112345678"
        assert call["scheduledTime"] == [None, "2026-04-10 14:30:00"][number]


def test_meetergo_s_request_is_answered_with_the_object_that_it_prints() -> None:
    commands = curls("001")
    assert len(commands) == 1
    with Mock("meetergo") as mock:
        status, body = run(commands[0], mock, {"ak_live:uuid:secret": mock.token("platform")})
    text = next(SEEDS.glob("001_*.txt")).read_text()
    printed = orjson.loads(re.findall(r"^Response:\n(\{.*?^\})", text, re.MULTILINE | re.DOTALL)[0])
    assert status == 201
    assert list(orjson.loads(body)) == list(printed)
    assert orjson.loads(body)["bookingUrl"] == printed["bookingUrl"]


def test_caledee_s_requests_are_answered_with_a_profile_and_a_description(tmp_path: Path) -> None:
    # What follows a command in the page runs into it, for the page's layout is lost.
    profile, description = [re.sub(r"(?<=/me)Endpoints$|(?<=json)Errors$", "", each) for each in curls("002")]
    with Mock("caledee") as mock:
        status, body = run(profile, mock, {"pat_…": mock.token()})
        assert status == 200
        assert list(orjson.loads(body)) == ["id", "email", "name", "slug", "timezone"]
        assert run(description, mock, cwd=tmp_path) == (200, b"")
        described = orjson.loads((tmp_path / "caledee-openapi.json").read_bytes())
        assert described["openapi"].startswith("3.1")
        assert run(profile, mock, {"pat_…": "pat_nobody"}) == (
            401,
            b'{"title":"Unauthorized","message":"Invalid or unknown access token."}',
        )


# The keys of the response that the guide prints, in its order.
PRINTED = [
    "id",
    "status",
    "agentId",
    "phoneNumber",
    "email",
    "fullName",
    "additionalData",
    "scheduledTime",
]
