"""What a run may do to a server that is not ours, counted at that server."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.second import Second, second

# Faults that reading shows, and the check and operation that tell of them.
READING = {
    "authentication-skipped": ("auth.missing", "listWebhooks"),
    "any-token-accepted": ("auth.wrong", "listEvents"),
    "scope-ignored-events-read": ("auth.scopes", "getEvent"),
    "scope-ignored-timetable": ("auth.scopes", "getAvailability"),
    "scope-ignored-schedules-read": ("auth.scopes", "listSchedules"),
    "scope-ignored-users-read": ("auth.scopes", "listUsers"),
    "scope-ignored-admin-full": ("auth.values", "listEvents"),
    "plan-ignored": ("auth.plans", "getAvailability"),
    "wrong-envelope-not-found": ("errors.envelope", "getNote"),
    "missing-page-field": ("shapes.answers", "listUsers"),
    "extra-field": ("undeclared.fields", "getSchedule"),
    "undeclared-header": ("undeclared.headers", "listUsers"),
    "missing-rows": ("paging.partition", "listEventTypes"),
    "total-off-by-one": ("paging.totals", "listEvents"),
}
# Faults that only writing shows.
WRITING = {
    "created-not-listed": ("resources.created", "createWebhook"),
    "deleted-twice": ("resources.deleted", "deleteWebhook"),
    "update-cuts-text": ("resources.updated", "updateNote"),
    "double-booking": ("slots.double-booking", "createEvent"),
    "past-booked": ("slots.off-offer", "createEvent"),
    "wrong-success-status": ("shapes.answers", "createNote"),
}


def _faults(names: dict[str, tuple[str, str]]) -> list[str]:
    return [part for name in names for part in ("--fault", name)]


def _found(server: Second, report: str) -> set[tuple[str, str]]:
    told = json.loads((server.folder / report).read_text("utf-8"))
    return {(each["check"], each["operation"]) for each in told["findings"]}


def _canaries(server: Second) -> list[str]:
    whole = server.everything()
    return [name for name, token in server.tokens.items() if token in whole or token[8:] in whole]


def test_the_catalogue_of_this_file_is_twenty() -> None:
    assert len(READING) + len(WRITING) == 20


def test_faults_that_reading_shows_are_found_and_no_write_reaches_the_server(tmp_path: Path) -> None:
    with second(tmp_path, "zeeg", *_faults(READING)) as server:
        reports = [
            part
            for form, file in {
                "json": "run.json",
                "html": "run.html",
                "junit": "run.xml",
                "sarif": "run.sarif",
                "overlay": "run.overlay.yaml",
                "pytest": "test_run.py",
            }.items()
            for part in ("--report", f"{form}={file}")
        ]
        code, told = server.check(
            "--max-requests", "1000", "--phases", "checks,coverage", *reports, "--report", "github"
        )
        assert code == 1, told
        found = _found(server, "run.json")
        assert [name for name, shown in READING.items() if shown not in found] == []
        assert server.writes == []
        assert 0 < len(server.requests) <= 1000
        assert _canaries(server) == []
        assert "$ZEEG_API_TOKEN" in (server.folder / "run.html").read_text("utf-8")


def test_faults_that_writing_shows_are_found_and_what_was_created_is_gone(tmp_path: Path) -> None:
    with second(tmp_path, "zeeg", *_faults(WRITING)) as server:
        before = server.rows()
        code, told = server.check(
            "--writes", "--phases", "checks", "--max-requests", "3000", "--report", "json=run.json"
        )
        assert code == 1, told
        found = _found(server, "run.json")
        assert [name for name, shown in WRITING.items() if shown not in found] == []
        after = server.rows()
        # Events are cancelled and stay; what can be deleted is gone.
        assert {kind: after[kind] - before[kind] for kind in ("note", "webhook")} == {"note": 0, "webhook": 0}
        assert "may be left behind" not in told
        assert _canaries(server) == []


@pytest.mark.parametrize("limit", [1, 7, 111])
def test_the_limit_of_requests_is_never_passed_by_one(tmp_path: Path, limit: int) -> None:
    with second(tmp_path) as server:
        before = server.rows()
        server.check("--writes", "--phases", "checks,lifecycle", "--max-requests", str(limit))
        assert 0 < len(server.requests) <= limit
        after = server.rows()
        assert {kind: after[kind] - before[kind] for kind in ("note", "webhook")} == {"note": 0, "webhook": 0}


def test_with_writes_only_what_the_run_made_is_changed(tmp_path: Path) -> None:
    with second(tmp_path) as server:
        code, told = server.check("--writes", "--phases", "lifecycle,fuzzing", "--max-requests", "600")
        assert code == 0, told
        made = " ".join(each["target"] for each in server.writes if each["method"] == "POST")
        ledger = next((server.folder / ".understudy").glob("*.done.jsonl")).read_text("utf-8")
        assert made
        for each in server.writes:
            if each["status"] < 300 and each["method"] != "POST":
                row = each["target"].partition("?")[0].removesuffix("/cancel").rpartition("/")[2]
                assert row in ledger, each


@pytest.fixture
def heard() -> Iterator[None]:
    """What a job in the background of a shell starts ignores Ctrl-C, unless that job handles it itself."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_what_a_run_created_that_was_ended_in_the_middle_is_cleaned_up(
    tmp_path: Path, heard: None, how: signal.Signals
) -> None:
    with second(tmp_path, "zeeg", "--stall", "5") as server:
        before = server.rows()
        process = server.start(
            *("check", "zeeg", "--target", server.url, "--rate", "0", "--writes", "own"),
            *("--checks", "resources", "--operations", "*Webhook*,*Note*", "--ledger", "run.jsonl"),
        )
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "stalled\n"
        # Its answer never comes: the run is in the middle of a creation, or of a change.
        process.send_signal(how)
        code, told = server.ended(process)
        if how == signal.SIGKILL:
            assert code == -9
            assert server.rows() != before
            code, told = server.run("cleanup", "run.jsonl")
            assert code == 0, told
        else:
            assert code == 130, told
        after = server.rows()
        assert {kind: after[kind] - before[kind] for kind in ("note", "webhook")} == {"note": 0, "webhook": 0}
        assert _canaries(server) == []


def test_a_ledger_sends_tokens_nowhere_unasked(tmp_path: Path) -> None:
    with second(tmp_path) as server:
        entry = {
            "operation": "createNote",
            "method": "POST",
            "target": "/v2/x",
            "persona": "owner",
            "body": "{}",
        }
        lines = [
            {"ledger": 1, "provider": "zeeg", "address": "https://elsewhere.example"},
            {"intend": 1, **entry, "headers": {}},
        ]
        path = server.folder / "evil.jsonl"
        path.write_text("".join(json.dumps(each) + "\n" for each in lines))
        code, told = server.run("cleanup", "evil.jsonl")
        assert code == 2
        assert "add --target https://elsewhere.example" in told
