"""Who may do what at Zeeg: every operation with every persona, expected from the scope table itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.settings import Persona
from mockserver.openapi.contract import Operation
from mockserver.openapi.parameters import Parameter

SEED = Path(__file__).parents[3] / "shared" / "seeds"

# How the scope table's endpoint groups name the operations; the scope of each is read from the table.
GROUPS = {
    "Scheduled Events (read)": ("listEvents", "getEvent"),
    "Scheduled Events (cancel/handover)": ("cancelEvent", "cancelInvitee", "handoverEvent"),
    "Scheduling Pages (list/get/toggle/single-use link)": (
        "listEventTypes",
        "getEventType",
        "toggleEventType",
        "createSingleUseLink",
    ),
    "Available Time Slots": ("getAvailability",),
    "Create an Event": ("createEvent",),
    "Availability Schedules (read)": ("listSchedules", "getSchedule", "getDefaultSchedule"),
    "Availability Schedules (update)": ("updateSchedule", "updateDefaultSchedule"),
    "Webhooks (read)": ("listWebhooks", "getWebhook"),
    "Webhooks (create/delete)": ("createWebhook", "deleteWebhook"),
    "Workspace Users": ("listUsers", "whoami"),
    "Add Team Member": ("addTeamMember",),
    "AI Agent Outbound Call": ("createOutboundCall",),
    "Notes (read)": ("listNotes", "getNote"),
    "Notes (create/update/delete)": ("createNote", "updateNote", "deleteNote"),
}
PAID = {"timetable", "booking"}


@pytest.fixture(scope="module")
def mock() -> Any:
    with Mock("zeeg", data="busy-week", limits=False) as mock:
        yield mock


def table() -> dict[str, str]:
    """Endpoint group to scope, as the provider's documentation prints it."""
    page = next(SEED.glob("000_*.txt"), None) if SEED.is_dir() else None
    if page is None:
        pytest.skip("the provider's documentation is not beside this repository (../shared/seeds)")
    rows = page.read_text().split("Endpoint GroupRequired Scope\n")[1]
    found = {}
    for line in rows.splitlines():
        for group in GROUPS:
            if line.startswith(group):
                found[group] = line.removeprefix(group).strip()
    return found


def scope_of() -> dict[str, str]:
    """Operation to scope, from the table."""
    return {operation: scope for group, scope in table().items() for operation in GROUPS[group]}


def test_the_table_names_every_operation_and_nothing_else(mock: Mock) -> None:
    assert set(scope_of()) == {operation.id for operation in mock.service().contract.operations}


def expected(persona: Persona, scope: str) -> int | None:
    """401, 403, or None for the operation's own answer."""
    if persona.revoked or persona.expired:
        return 401
    if scope not in persona.scopes:
        return 403
    return 403 if scope in PAID and persona.plan != "paid" else None


def test_every_operation_answers_every_persona_as_the_scope_table_says(mock: Mock) -> None:
    scopes = scope_of()
    service = mock.service()
    asked = 0
    for operation in service.contract.operations:
        for persona in service.settings.personas:
            wanted = expected(persona, scopes[operation.id])
            fork = mock.fork()
            answer = fork.call(
                operation.method, target_of(mock, operation), token=persona.token, json=body_of(operation)
            )
            told = f"{operation.id} as {persona.name}: {answer}"
            if wanted is not None:
                assert answer.status == wanted, told
                assert set(answer.json) >= {"success", "message", "status"}, told
            else:
                assert answer.status not in (401, 403), told
                assert answer.status < 500, told
                if persona.name == "owner":
                    assert answer.status < 400 or operation.id in NOT_AT_ONCE, told
            asked += 1
    assert asked == 29 * 20


# What needs something that is not there at the start: no webhook exists before one is made.
NOT_AT_ONCE = {"getWebhook", "deleteWebhook"}


def test_missing_malformed_and_unknown_credentials_are_401_everywhere(mock: Mock) -> None:
    for operation in mock.service().contract.operations:
        for header in (
            None,
            "Bearer",
            "Bearer ",
            "Bearer garbage",
            "Basic eDp5",
            "zeeg_owner",
            "Bearer zeeg_owner x",
        ):
            headers = {} if header is None else {"authorization": header}
            answer = mock.call(
                operation.method, target_of(mock, operation), headers=headers, json=body_of(operation)
            )
            assert answer.status == 401, f"{operation.id} with {header!r}: {answer}"


def test_org_wide_lists_need_admin_full(mock: Mock) -> None:
    target = "/v2/scheduled-events?scope=all"
    assert mock.call("GET", target, persona="only-events-read").status == 403
    assert "admin:full" in mock.call("GET", target, persona="only-events-read").json["message"]
    token = mock.tokens(scopes=["events:read", "admin:full"])
    assert mock.call("GET", target, token=token).status == 200


def target_of(mock: Mock, operation: Operation) -> str:
    """The operation's path with the examples of its parameters, required query parameters included."""
    path = mock.service().base_path + operation.path
    for parameter in operation.parameters:
        if parameter.place == "path":
            path = path.replace("{" + parameter.name + "}", example_of(parameter))
    required = [p for p in operation.parameters if p.place == "query" and p.required]
    return path + ("?" + "&".join(f"{p.name}={p.examples[0]}" for p in required) if required else "")


def example_of(parameter: Parameter) -> str:
    """The parameter's example; an id that nothing has where the document gives none."""
    return str(parameter.examples[0]) if parameter.examples else "00000000-0000-4000-8000-000000000000"


def body_of(operation: Operation) -> Any:
    """The first example of the operation's body."""
    if operation.body is None:
        return None
    examples = operation.body.media["application/json"].examples
    return examples[0] if examples else {}
