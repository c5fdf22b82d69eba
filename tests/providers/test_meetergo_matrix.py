"""Who may do what at meetergo: every operation with every credential, with and without the acting header."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockserver import Mock
from mockserver.engine.settings import Persona
from mockserver.mock import Answer
from mockserver.openapi.contract import Operation
from mockserver.web.forms import token_form
from tests.providers.meetergo_asking import ACTING, ANNA, BEN, CARLA, RAVI

# The documentation, by operation; everything else is let in with any credential and, for a key, the header.
KEYS_ONLY = {"createUser", "updateUser", "deleteUser"}
WITHOUT_HEADER = {"createUser", "getCurrentUser", "getBookingAvailability"}
# Assumed: what concerns the whole company is for admins.
ADMINS = {"listWebhooks", "createWebhook", "getWebhook", "updateWebhook", "deleteWebhook", "listContacts"}
# What names a row of Anna's that a member of the company does not see.
ANNAS = {
    *("getUser", "updateMeetingType", "deleteMeetingType"),
    *("getAvailability", "updateAvailability", "deleteAvailability"),
    *("getAppointment", "deleteAppointment", "cancelAppointment", "rescheduleAppointment"),
    *("updateAppointmentNotes", "updateAppointmentTranscription"),
}
# What needs something that is not there at the start: no webhook exists before one is made.
NOT_AT_ONCE = {"getWebhook", "updateWebhook", "deleteWebhook"}
ROLES = {ANNA: "owner", BEN: "admin", CARLA: "member", RAVI: "owner"}
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock("meetergo", data="busy-week", limits=False) as mock:
        yield mock


def expected(operation: str, persona: Persona, named: str | None) -> int | None:
    """400, 401 or 403, or None for the operation's own answer."""
    if persona.revoked or persona.expired:
        return 401
    key = persona.kind == "key"
    if operation in KEYS_ONLY and not key:
        return 403
    acting = persona.user
    if named is not None:
        if named != persona.user and not key:
            return 403
        if named == NOWHERE or (named == RAVI) != persona.name.startswith("other"):
            return 403
        acting = named
    elif key and operation not in WITHOUT_HEADER:
        return 400
    if operation in ADMINS and ROLES[acting] == "member":
        return 403
    own = persona.name.startswith("other")
    if operation in ANNAS and ROLES[acting] == "member" and not own:
        # A platform key manages users whoever it acts as.
        return None if operation == "getUser" and key else 403
    return None


def test_every_operation_answers_every_credential_as_documented(mock: Mock) -> None:
    service = mock.service()
    start = mock.snapshot()
    asked = 0
    for operation in service.contract.operations:
        for persona in service.settings.personas:
            for named in (None, ANNA, CARLA, RAVI, NOWHERE):
                wanted = expected(operation.id, persona, named)
                mock.restore(start)
                answer = call(mock, operation, persona.token, named)
                told = f"{operation.id} as {persona.name} for {named}: {answer}"
                if wanted is not None:
                    assert answer.status == wanted, told
                    assert answer.json.keys() == {"statusCode", "message", "error"}, told
                    assert answer.exchange.stop is not None
                    assert answer.exchange.stop.stage in ("authenticate", "authorize", "behave"), told
                elif persona.name in ("owner", "platform") and operation.id not in NOT_AT_ONCE:
                    assert answer.status < 300, told
                elif persona.name.startswith("other") and "{id}" in operation.path:
                    assert answer.status == 404, told
                else:
                    assert answer.status in (200, 201, 204, 404), told
                asked += 1
    assert asked == 32 * 9 * 5


def test_missing_malformed_and_unknown_credentials_are_401_everywhere(mock: Mock) -> None:
    for operation in mock.service().contract.operations:
        for header, message in (
            (None, "Missing authorization header"),
            ("Bearer garbage", "Invalid API key"),
            ("Bearer rgo-", "Invalid API key"),
            ("Bearer ak_live:owner", "Invalid API key"),
            ("Basic eDp5", "Invalid API key"),
            ("rgo-owner", "Invalid API key"),
            ("Bearer rgo-expired", "API key has expired"),
        ):
            headers = {} if header is None else {"authorization": header}
            answer = mock.call(operation.method, target_of(operation), headers=headers, json={})
            assert answer.json == {"statusCode": 401, "message": message, "error": "Unauthorized"}, operation


def test_the_words_of_the_documented_refusals(mock: Mock) -> None:
    key = mock.call("GET", "/v4/user", persona="platform")
    assert key.json == {
        "statusCode": 400,
        "message": "Missing required header 'x-meetergo-api-user-id' for API key authentication",
        "error": "Bad Request",
    }
    other = mock.call("GET", "/v4/user/me", persona="owner", headers={ACTING: BEN})
    assert (other.status, other.json["error"]) == (403, "Forbidden")


def test_the_headers_that_personas_are_told_with_let_them_in(mock: Mock) -> None:
    service = mock.service()
    for persona in service.settings.personas:
        row = mock.world.store.get(service.token_kind, persona.token)
        assert row is not None
        headers = token_form(service, row, "")["headers"]
        assert (ACTING in headers) == (persona.kind == "key")
        status = mock.call("GET", "/v4/user", headers=headers).status
        assert status == (401 if persona.revoked or persona.expired else 200), persona.name


def call(mock: Mock, operation: Operation, token: str, named: str | None) -> Answer:
    headers = {} if named is None else {ACTING: named}
    return mock.call(
        operation.method, target_of(operation), token=token, headers=headers, json=body_of(operation)
    )


def target_of(operation: Operation) -> str:
    """The operation's address with the examples of its parameters, required query parameters included."""
    path = operation.address
    for parameter in operation.parameters:
        if parameter.place == "path":
            example = ANNA if operation.id == "getUser" else (*parameter.examples, NOWHERE)[0]
            path = path.replace("{" + parameter.name + "}", str(example))
    required = [p for p in operation.parameters if p.place == "query" and p.required]
    return path + ("?" + "&".join(f"{p.name}={p.examples[0]}" for p in required) if required else "")


def body_of(operation: Operation) -> object:
    """The first example of the operation's body."""
    if operation.body is None:
        return None
    return operation.body.media["application/json"].examples[0]
