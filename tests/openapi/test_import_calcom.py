"""The corrections to the vendor's Cal.com document: each is needed, and together they make it usable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.commands.importing import import_document
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.contract import Contract
from mockserver.openapi.corrections import Correction, examine, passes, read_ledger
from mockserver.openapi.document import Document, open_document, with_overlay
from mockserver.openapi.places import specs_folder
from tests.openapi.asking import ask_all
from tests.openapi.given import CALCOM

pytestmark = pytest.mark.skipif(
    not CALCOM.is_file(), reason="needs the vendor's document beside the repository"
)

LEDGER = specs_folder() / "calcom" / "corrections.overlay.yaml"
TODAY = date(2026, 11, 21)
BOOKING = {
    "start": "2026-04-15T09:00:00Z",
    "eventTypeId": 7,
    "attendee": {"name": "Bo", "email": "bo@example.org", "timeZone": "UTC"},
}


@pytest.fixture(scope="module")
def vendors() -> Document:
    return open_document(CALCOM, facts="lenient")


@pytest.fixture(scope="module")
def uncorrected(vendors: Document) -> Contract:
    return compile_contract(vendors, "vendor")


@pytest.fixture(scope="module")
def corrected(vendors: Document) -> Contract:
    return compile_contract(with_overlay(vendors, LEDGER, facts="lenient"), "vendor")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    folder = tmp_path_factory.mktemp("specs") / "calcom-upstream"
    import_document("calcom-upstream", str(CALCOM), folder, like="calcom", corrections=LEDGER, today=TODAY)
    with Mock(folder) as mock:
        yield mock


@pytest.mark.parametrize(
    "correction", read_ledger(LEDGER) if CALCOM.is_file() else [], ids=lambda each: f"{each.index:03}"
)
def test_a_correction_turns_a_wrong_verdict_into_the_right_one(
    correction: Correction, uncorrected: Contract, corrected: Contract
) -> None:
    assert not passes(uncorrected, correction.test)
    assert passes(corrected, correction.test)


def test_every_correction_is_needed_today(vendors: Document) -> None:
    verdicts = examine(vendors, LEDGER)
    assert len(verdicts) == len(read_ledger(LEDGER)) > 100
    assert {each.state for each in verdicts} == {"needed"}


def test_a_correction_that_the_vendor_made_is_found(tmp_path: Path) -> None:
    data = json.loads(CALCOM.read_bytes())
    for name in ("numberToCall", "yourPhoneNumber"):
        data["components"]["schemas"]["CreatePhoneCallInput"]["properties"][name]["pattern"] = (
            r"^\+[1-9][0-9]{1,14}$"
        )
    del data["components"]["schemas"]["CalVideoSettings"]["properties"]["redirectUrlOnExit"]
    (tmp_path / "openapi.json").write_text(json.dumps(data))
    states = {
        each.correction.action["target"]: each.state
        for each in examine(open_document(tmp_path / "openapi.json", facts="lenient"), LEDGER)
        if each.state != "needed"
    }
    assert sorted(states.values()) == ["adrift", "unnecessary"]
    assert any("pattern" in target for target in states)
    assert any("redirectUrlOnExit" in target for target in states)


def test_no_defect_of_these_kinds_is_left(tmp_path: Path, corrected: Contract) -> None:
    from mockserver.engine.sample import Unsatisfiable, sample
    from mockserver.openapi.defects import find_defects
    from mockserver.openapi.schemas import Check

    def draw(check: Check, schema: Any) -> Any:
        try:
            return sample(schema, corrected.data, seed=1, check=check)
        except Unsatisfiable as error:
            raise LookupError from error

    left = {each.rule for each in find_defects(corrected, draw)}
    # Examples that are not valid, and answers of which nothing is known, stay as the vendor has them.
    assert left <= {"example-misfit", "no-response-schema", "bare-object", "unused-path-parameter"}


def test_a_plain_booking_is_accepted_and_kept(ours: Mock) -> None:
    made = ours.call("POST", "/v2/bookings", json=BOOKING)
    assert made.status == 201
    uid = made.json["data"]["uid"]
    assert ours.call("GET", f"/v2/bookings/{uid}").json == made.json
    taken = ours.call("POST", "/v2/bookings", json=BOOKING)
    assert taken.status == 400


def test_a_telephone_number_is_accepted(ours: Mock) -> None:
    call = {
        "yourPhoneNumber": "+4915112345678",
        "numberToCall": "+4915112345678",
        "calApiKey": "cal_x",
        "enabled": True,
        "templateType": "CUSTOM_TEMPLATE",
    }
    path = "/v2/teams/621/event-types/7/create-phone-call"
    assert ours.call("POST", path, json=call, persona="owner").status == 201
    assert ours.call("POST", path, json={**call, "numberToCall": "0151"}, persona="owner").status in (
        400,
        422,
    )
    attendee = {"name": "Bo", "phoneNumber": "+4915112345678", "timeZone": "UTC"}
    booking = {**BOOKING, "start": "2026-04-16T09:00:00Z", "attendee": attendee}
    assert ours.call("POST", "/v2/bookings", json=booking).status == 201


def test_a_wrong_token_is_refused_by_every_operation_that_asks_for_one(ours: Mock) -> None:
    service = ours.house.service(None)
    asked = 0
    for operation in service.contract.operations:
        if not operation.security or () in operation.security:
            continue
        asked += 1
        path = operation.address.replace("{", "").replace("}", "")
        answer = ours.call(operation.method, path, headers={"Authorization": "Bearer garbage"})
        assert answer.status == 401, operation.id
    assert asked > 150


def test_an_unknown_booking_is_not_found(ours: Mock) -> None:
    missing = ours.call("GET", "/v2/bookings/nope", persona="owner")
    assert missing.status == 404
    assert missing.json["error"]["code"] == "NotFoundException"


def test_lists_are_cut_as_the_vendors_document_has_it(ours: Mock) -> None:
    page = ours.call("GET", "/v2/bookings?take=2&skip=1", persona="owner").json
    assert len(page["data"]) == 2
    assert page["pagination"]["itemsPerPage"] == 2
    assert page["pagination"]["hasPreviousPage"] is True


def test_behaviours_are_bound_by_method_and_path(ours: Mock) -> None:
    service = ours.house.service(None)
    bound = [each for each in service.contract.operations if service.plan(each).kind_of_answer == "behaviour"]
    assert len(bound) > 120


def test_without_the_ledger_the_same_requests_go_wrong(tmp_path: Path) -> None:
    (tmp_path / "vendor.json").write_bytes(CALCOM.read_bytes())
    with Mock(tmp_path / "vendor.json") as mock:
        assert mock.call("POST", "/v2/bookings", json=BOOKING).status in (400, 422)
        garbage = {"Authorization": "Bearer garbage"}
        assert mock.call("GET", "/v2/me", headers=garbage).status == 200
        version = {"cal-api-version": "2024-08-13"}
        assert mock.call("GET", "/v2/bookings/nope", headers=version).status == 200


def test_every_operation_answers_what_the_corrected_document_allows(ours: Mock) -> None:
    with ours.fork() as mock:
        asked, wrong = ask_all(mock)
    assert asked == 272
    assert wrong == []


def test_no_get_of_the_imported_document_breaks_it(ours: Mock) -> None:
    values = {"orgId": "501", "teamId": "621", "eventTypeId": "7", "bookingUid": "bk_7QxV2mPz9LrT"}
    for operation in ours.house.service(None).contract.operations:
        if operation.method != "GET":
            continue
        path = operation.address
        for parameter in operation.parameters:
            if parameter.place == "path":
                path = path.replace(f"{{{parameter.name}}}", values.get(parameter.name, "1"))
        asked = [p.name for p in operation.parameters if p.place == "query" and p.required]
        query = "&".join(f"{name}=2026-04-15" if name in ("start", "end") else f"{name}=1" for name in asked)
        answer = ours.call("GET", f"{path}?{query}", persona="owner")
        assert answer.status < 500, (operation.id, answer.json)
