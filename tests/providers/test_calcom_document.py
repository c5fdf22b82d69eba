"""Cal.com's contract, in each of its versions, is whole and does not contradict itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.openapi.compile import compile_contract
from mockserver.openapi.lint import lint
from tests.providers.calcom_reading import (
    NEWEST,
    SPECS,
    VERSIONS,
    Cal,
    alternatives,
    examples_of,
    opened,
    walk,
    walk_schemas,
)


@pytest.fixture(scope="module", params=VERSIONS)
def cal(request: pytest.FixtureRequest) -> Cal:
    return opened(request.param)


@pytest.fixture(scope="module")
def newest() -> Cal:
    return opened(NEWEST)


class TestDocument:
    def test_it_is_valid_openapi(self, cal: Cal) -> None:
        validator = pytest.importorskip("openapi_spec_validator")
        validator.validate(cal.data, cls=validator.OpenAPIV31SpecValidator)

    def test_it_compiles_without_a_warning_and_lints_without_a_fault(self, cal: Cal) -> None:
        contract = compile_contract(cal.document, "calcom")
        assert (*cal.document.warnings, *contract.warnings) == ()
        report = lint(contract, line=cal.document.line)
        assert [finding for finding in report.findings if finding.level != "note"] == []

    def test_no_comma_has_cut_a_text_short(self, cal: Cal) -> None:
        for place, holder in walk(cal.data):
            assert not [key for key in holder if re.search(r"\s", key)], place

    def test_operation_ids_are_unique(self, cal: Cal) -> None:
        ids = [id for id, _, _, _ in cal.operations()]
        assert len(ids) == len(set(ids))

    def test_every_operation_says_how_it_is_known_and_who_does_it(self, cal: Cal) -> None:
        for id, _, _, operation in cal.operations():
            evidence = operation["x-evidence"]
            assert evidence["source"], id
            assert evidence["known"] == "documented" or evidence["note"], f"{id}: say what was assumed"
            assert "x-resource" in operation or "x-behaviour" in operation, id
            assert operation.get("x-behaviour", id) == id

    def test_every_refusal_that_can_come_is_declared(self, cal: Cal) -> None:
        for id, _, _, operation in cal.operations():
            expected = {"400", "429"}
            if alternatives(operation).keys() - {""}:
                expected.add("401")
            if alternatives(operation).keys() - {""}:
                # Tokens of some kind lack a scope or are not let in at all.
                expected.add("403")
            if alternatives(operation).keys() & {"apiKey", "managed", "oauth"}:
                # Managed users' tokens may be shown wherever any is.
                expected.add("498")
            free = [p for p in cal.parameters(operation) if p["in"] == "path" and "enum" not in p["schema"]]
            if free or operation.get("x-version", {}).get("default") == "required":
                expected.add("404")
            if "requestBody" in operation:
                expected |= {"413", "415"}
            assert expected <= operation["responses"].keys(), id

    def test_every_answer_is_declared_closed_and_in_the_envelope(self, cal: Cal) -> None:
        bare = {path for path in cal.data["paths"] if path.startswith("/auth/oauth2/")}
        for id, _, path, operation in cal.operations():
            told = [status for status in operation["responses"] if status[0] in "23"]
            assert len(told) == 1, id
            content = cal.resolve(operation["responses"][told[0]]).get("content", {})
            for media in content.values():
                schema = cal.resolve(media["schema"])
                assert schema["additionalProperties"] is False, id
                if path not in bare:
                    assert schema["required"][0] == "status", id

    def test_refusals_are_in_one_envelope(self, cal: Cal) -> None:
        for id, _, path, operation in cal.operations():
            for status, response in operation["responses"].items():
                if status[0] == "4" and not path.startswith("/auth/oauth2/"):
                    (media,) = cal.resolve(response)["content"].values()
                    assert media["schema"]["$ref"].endswith("/Error"), f"{id} {status}"
                    details = media["example"]["error"].get("details", {"statusCode": int(status)})
                    assert details["statusCode"] == int(status), f"{id} {status}"

    def test_only_versions_that_are_declared_are_named(self, cal: Cal) -> None:
        overlays = cal.data["x-versions"]["overlays"]
        assert {name: (SPECS / file).is_file() for name, file in overlays.items()} == dict.fromkeys(
            overlays, True
        )
        assert set(VERSIONS) - {NEWEST} == overlays.keys()
        header = cal.data["x-versions"]["header"]
        for id, _, _, operation in cal.operations():
            told = [p for p in cal.parameters(operation) if p["name"] == header]
            assert bool(told) == ("x-version" in operation), id
            if told:
                version = operation["x-version"]
                assert version["default"] in {*version["accepts"], "required"}, id
                assert told[0].get("required", False) == (version["default"] == "required"), id
                assert not set(version.get("disputed", ())) & set(version["accepts"]), id

    def test_roles_scopes_and_plans_are_known_ones(self, cal: Cal) -> None:
        access = cal.data["x-access"]
        flow = cal.data["components"]["securitySchemes"]["oauth"]["flows"]["authorizationCode"]
        used = set()
        for id, _, path, operation in cal.operations():
            used |= set(alternatives(operation).get("oauth", ()))
            role = operation.get("x-role")
            if role is not None:
                assert role["least"] in access["roles"], id
                assert "param" not in role or f"{{{role['param']}}}" in path, id
            assert operation.get("x-plan", access["plans"][0]) in access["plans"], id
        assert used <= flow["scopes"].keys()

    def test_every_scheme_names_its_kind_of_token(self, cal: Cal) -> None:
        schemes = cal.data["components"]["securitySchemes"]
        kinds = {name: scheme["x-token-kind"] for name, scheme in schemes.items()}
        assert set(kinds.values()) == {"api-key", "managed", "oauth", "client"}

    def test_every_parameter_and_field_is_described(self, cal: Cal) -> None:
        for id, _, path, operation in cal.operations():
            parameters = cal.parameters(operation)
            assert all(parameter["description"] for parameter in parameters), id
            placed = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
            assert placed == set(re.findall(r"\{(\w+)\}", path)), id
        for place, schema in walk_schemas(cal.data):
            properties = schema["properties"]
            if "type" in schema:
                assert set(schema.get("required", ())) <= properties.keys(), place
                for name, field in properties.items():
                    assert field is False or field.keys() & {"description", "$ref"} or name == "data", (
                        f"{place}/{name}"
                    )

    def test_every_body_has_an_example_and_every_example_fits(self, cal: Cal) -> None:
        for id, _, _, operation in cal.operations():
            bodies = list(cal.bodies(operation))
            assert not bodies or any(examples_of(media) for media in bodies), id
        for place, holder in walk(cal.data):
            if "schema" in holder:
                for example in examples_of(holder):
                    assert cal.complaints(holder["schema"], example) == [], place

    def test_links_lead_to_operations_and_give_their_parameters(self, cal: Cal) -> None:
        known = {
            id: {parameter["name"] for parameter in cal.parameters(operation)}
            for id, _, _, operation in cal.operations()
        }
        for id, _, _, operation in cal.operations():
            for response in operation["responses"].values():
                for link in cal.resolve(response).get("links", {}).values():
                    assert link.get("parameters", {}).keys() <= known[link["operationId"]], id


class TestDeliveries:
    def test_every_delivery_is_of_a_known_trigger_and_signed(self, cal: Cal) -> None:
        triggers = cal.data["components"]["schemas"]["Trigger"]["enum"]
        assert cal.data["webhooks"].keys() <= set(triggers)
        for name, item in cal.data["webhooks"].items():
            headers = [parameter["name"] for parameter in cal.parameters(item["post"])]
            assert headers == ["X-Cal-Signature-256", "X-Cal-Webhook-Version"], name
            (media,) = cal.bodies(item["post"])
            assert cal.complaints(media["schema"], media["example"]) == [], name


class TestBookings:
    """One example of what the vendor's own document refuses or cannot tell apart."""

    BODY: Mapping[str, Any] = {
        "start": "2026-12-01T09:00:00Z",
        "attendee": {"name": "Bo", "timeZone": "UTC", "email": "bo@example.org"},
    }

    @pytest.mark.parametrize(
        ("more", "fits"),
        [
            ({"eventTypeId": 7}, True),
            ({"eventTypeId": 7, "recurrenceCount": 3}, True),
            ({"eventTypeSlug": "intro", "username": "ana"}, True),
            ({"eventTypeSlug": "intro", "teamSlug": "support", "instant": True}, True),
            ({}, False),
            ({"eventTypeSlug": "intro"}, False),
            ({"eventTypeId": 7, "foo": 1}, False),
            ({"eventTypeId": 7, "location": {"type": "attendeePhone", "phone": "0151 1234"}}, False),
        ],
    )
    def test_a_booking_names_its_event_type_in_one_of_three_ways(
        self, newest: Cal, more: Mapping[str, Any], fits: bool
    ) -> None:
        schema = {"$ref": "#/components/schemas/NewBooking"}
        assert (newest.complaints(schema, {**self.BODY, **more}) == []) is fits

    def test_a_booking_is_of_one_kind_only(self, newest: Cal) -> None:
        media = newest.data["paths"]["/bookings/{bookingUid}"]["get"]["responses"]["200"]["content"]
        booking = media["application/json"]["example"]["data"]
        seat = {**booking["attendees"][0], "seatUid": "s1", "bookingFieldsResponses": {}}
        seated = {
            key: value for key, value in booking.items() if key not in ("guests", "bookingFieldsResponses")
        }
        seated["attendees"] = [seat]
        kinds = {
            "Booking": booking,
            "RecurringBooking": {**booking, "recurringBookingUid": "r1"},
            "SeatedBooking": seated,
            "RecurringSeatedBooking": {**seated, "recurringBookingUid": "r1"},
        }
        for kind, row in kinds.items():
            for other in kinds:
                fits = newest.complaints({"$ref": f"#/components/schemas/{other}"}, row) == []
                assert fits is (kind == other), f"{kind} as {other}"
