"""Who may do what at Cal.com: every operation with every persona, as its page's scopes and ranks say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver import Mock
from mockserver.engine.settings import Persona
from mockserver.mock import Answer
from mockserver.openapi.contract import Operation
from tests.providers.calcom_rules import OWN, Rule, expected, rules, standings

ACME, SUPPORT, GLOBEX, FIELD = 501, 621, 503, 623
# What needs something that only an earlier answer gives: a code, a state, a reservation, a feed.
LATER = {
    *(
        "checkIcsFeed",
        "saveCalendar",
        "saveConferencingApp",
        "verifyEmail",
        "verifyPhone",
        "createOAuthToken",
    ),
    *("getReservation", "updateReservation", "deleteReservation", "refreshManagedUserTokens"),
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock("calcom", data="busy-week", limits=False) as mock:
        yield mock


def test_every_operation_answers_every_persona_as_its_page_says(mock: Mock) -> None:
    """In Acme, where ranks decide, and in Globex, where permissions count."""
    service, start = mock.service(), mock.snapshot()
    told = rules(service.contract.operations)
    held = {persona.name: standings(mock, persona) for persona in service.settings.personas}
    asked, met, worked = 0, Counter[int | None](), set()
    for operation in service.contract.operations:
        rule = told[operation.id]
        places = [(OWN, SUPPORT, False)]
        if "{orgId}" in operation.path:
            places = [(ACME, SUPPORT, False), (GLOBEX, FIELD, True)]
        for org, team, pbac in places:
            for persona in service.settings.personas:
                wanted = expected(rule, persona, held[persona.name], org, team, pbac)
                mock.restore(start)
                answer = call(mock, operation, persona, rule, org, team)
                about = f"{operation.id} in {org} as {persona.name}: wanted {wanted}, {answer}"
                stop = answer.exchange.stop
                if not rule.carries(persona):
                    # Such a token cannot even be shown there.
                    assert answer.status in (401, 403, 498) or rule.public, about
                elif wanted is not None:
                    assert answer.status == wanted, about
                    assert stop is not None, about
                    assert stop.stage in ("authenticate", "authorize", "membership"), about
                    assert answer.json["status"] == "error", about
                else:
                    assert answer.status not in (401, 498) or not rule.kinds, about
                    assert answer.status != 403 or (stop is not None and stop.stage == "behave"), about
                    assert answer.status < 500, about
                    if answer.status < 400:
                        worked.add(operation.id)
                met[wanted] += 1
                asked += 1
    assert {operation.id for operation in service.contract.operations} - worked <= LATER
    assert asked > len(told) * len(service.settings.personas)
    assert min(met[status] for status in (None, 401, 403, 498)) > 50, met


def test_missing_malformed_and_unknown_credentials_are_401_everywhere(mock: Mock) -> None:
    told = rules(mock.service().contract.operations)
    for operation in mock.service().contract.operations:
        rule = told[operation.id]
        for header in (
            None,
            "Bearer",
            "Bearer ",
            "Bearer garbage",
            "Basic eDp5",
            "cal_owner",
            "Bearer cal_owner x",
        ):
            if rule.public if header is None else not rule.reads_bearer:
                continue
            headers = {} if header is None else {"authorization": header}
            answer = call(mock, operation, None, rule, ACME, SUPPORT, headers)
            assert answer.status == 401, f"{operation.id} with {header!r}: {answer}"
            assert answer.json["error"]["code"] == "UnauthorizedException"


def test_a_platform_s_name_and_secret_count_together_only(mock: Mock) -> None:
    for given in (
        {"x-cal-client-id": "clq8vk3n2000008l4f6r2d9ah"},
        {"x-cal-client-id": "clq8vk3n2000008l4f6r2d9ah", "x-cal-secret-key": "other"},
        {"x-cal-client-id": "other", "x-cal-secret-key": "not-a-real-platform-secret"},
    ):
        answer = mock.call("GET", "/v2/oauth-clients/clq8vk3n2000008l4f6r2d9ah/users", headers=given)
        assert answer.status == 401, given


def test_a_scope_of_the_organisation_holds_its_teams_and_no_other(mock: Mock) -> None:
    def asked(scope: str, path: str) -> int:
        token = mock.tokens(scopes=[scope])
        assert token.startswith("oat_")
        return mock.call("GET", path, headers={"authorization": f"Bearer {token}"}).status

    team = f"/v2/organizations/{ACME}/teams/{SUPPORT}/memberships"
    organization = f"/v2/organizations/{ACME}/memberships"
    assert asked("TEAM_MEMBERSHIP_READ", team) == 200
    assert asked("TEAM_MEMBERSHIP_READ", organization) == 403
    assert asked("ORG_MEMBERSHIP_READ", organization) == 200
    assert asked("ORG_MEMBERSHIP_READ", team) == 200
    assert asked("ORG_MEMBERSHIP_WRITE", team) == 403
    assert asked("ORG_PROFILE_READ", team) == 403


def call(
    mock: Mock,
    operation: Operation,
    persona: Persona | None,
    rule: Rule,
    org: int,
    team: int,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request with the examples of the document, in that organisation and team."""
    path, told = operation.address, dict(headers or {})
    query: list[tuple[str, Any]] = []
    for parameter in operation.parameters:
        example = parameter.examples[0] if parameter.examples else "nothing"
        if parameter.place == "path":
            given = {"orgId": org, "teamId": team}.get(parameter.name, example)
            if parameter.name == "webhookId":
                given = parameter.examples[WEBHOOKS.index(operation.path.split("/")[1])]
            if parameter.name == "bookingUid":
                given = BOOKINGS.get(operation.id, given)
            path = path.replace("{" + parameter.name + "}", str(given))
        elif parameter.place == "query" and (
            parameter.required or parameter.name in WITH_QUERY.get(operation.id, ())
        ):
            query.append((parameter.name, example))
        elif parameter.place == "header" and parameter.required:
            told[parameter.name] = str(example)
    body: Any = None
    if operation.body is not None:
        media = operation.body.media.get("application/json")
        body = media.examples[0] if media is not None and media.examples else {}
    target = path + ("?" + urlencode(query) if query else "")
    if persona is not None:
        told |= shown(persona)
    return mock.call(operation.method, target, json=body, headers=told)


def shown(persona: Persona) -> dict[str, str]:
    """A persona's credentials as they are sent."""
    if persona.kind != "client":
        return {"authorization": f"Bearer {persona.token}"}
    name, _, secret = persona.token.rpartition(":")
    return {"x-cal-secret-key": secret} | ({"x-cal-client-id": name} if name else {})


# What makes no sense without some of its optional parameters.
WITH_QUERY = {
    "listSlots": ("eventTypeId",),
    "listBusyTimes": ("timeZone", "dateFrom", "dateTo"),
    "authorizeOAuthClient": ("scope",),
}
# Whose webhook each of the examples is.
WEBHOOKS = ("webhooks", "event-types", "oauth-clients")
# Decisions need a booking that waits, absences one that is over, and reassignments one of a team.
BOOKINGS = {
    "confirmBooking": "bk_2PendingReview",
    "declineBooking": "bk_2PendingReview",
    "markAbsent": "bk_3PastIntro",
    "reassignBooking": "bk_5Demo",
    "reassignBookingToUser": "bk_5Demo",
}
