"""meetergo's contract and our side of it: valid, complete, and in agreement with themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockserver.openapi.document import Document, open_document
from mockserver.openapi.facts import read_provider
from mockserver.openapi.schemas import Schemas
from tests.providers.meetergo_asking import needs_seeds, page

SPECS = Path(__file__).parents[2] / "specs" / "meetergo"
# By the resource that the page names, the operations that it needs at least.
RESOURCES = {
    "User": {"createUser", "getCurrentUser"},
    "Meeting Type": {"listMeetingTypes", "getMeetingType"},
    "Availability": {"listAvailabilities", "getAvailability", "getBookingAvailability"},
    "Booking": {"createBooking", "listAppointments", "getAppointment"},
}


@dataclass(frozen=True, slots=True)
class Meetergo:
    document: Document
    provider: Mapping[str, Any]
    schemas: Schemas

    @property
    def data(self) -> Mapping[str, Any]:
        return self.document.data

    def resolve(self, value: Any) -> Any:
        while isinstance(value, dict) and "$ref" in value:
            value = self.schemas.at(value["$ref"].removeprefix("#"))
        return value

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
        """operationId, path, operation, its parameters with those of the path."""
        for path, item in self.data["paths"].items():
            for method, operation in item.items():
                if method not in ("parameters", "servers"):
                    declared = [*item.get("parameters", ()), *operation.get("parameters", ())]
                    parameters = [self.resolve(parameter) for parameter in declared]
                    yield operation["operationId"], path, operation, parameters

    def complaints(self, schema: Any, value: Any) -> list[str]:
        found = self.schemas.check_inline(schema).problems(value)
        return [f"{violation.path} {violation.message}" for violation in found]

    def rows(self, kind: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.provider["rows"].get(kind, [])
        return rows


@pytest.fixture(scope="module")
def meetergo() -> Meetergo:
    document = open_document(SPECS / "openapi.yaml")
    return Meetergo(document, read_provider(SPECS / "provider.yaml"), Schemas(document.data))


class TestSeed:
    pytestmark = needs_seeds

    def test_every_resource_of_the_page_has_its_operations(self, meetergo: Meetergo) -> None:
        table = page().split("ResourceDescription\n")[1].split("\n\n")[0]
        known = {id for id, _, _, _ in meetergo.operations()}
        lines = table.splitlines()
        assert len(lines) == len(RESOURCES)
        for name, line in zip(RESOURCES, lines, strict=True):
            assert line.startswith(name)
            assert RESOURCES[name] <= known

    def test_the_server_and_the_paths_are_those_of_the_page(self, meetergo: Meetergo) -> None:
        urls = set(re.findall(r"https://api\.meetergo\.com/v4(/\S+)?\b", page())) - {""}
        assert meetergo.data["servers"] == [{"url": "https://api.meetergo.com/v4"}]
        assert urls <= meetergo.data["paths"].keys()
        assert urls == {"/user"}


class TestDocument:
    def test_it_is_valid_openapi(self, meetergo: Meetergo) -> None:
        validator = pytest.importorskip("openapi_spec_validator")
        validator.validate(meetergo.data, cls=validator.OpenAPIV31SpecValidator)

    def test_it_opens_without_a_warning(self, meetergo: Meetergo) -> None:
        assert meetergo.document.warnings == ()

    def test_operation_ids_are_unique(self, meetergo: Meetergo) -> None:
        ids = [id for id, _, _, _ in meetergo.operations()]
        assert len(ids) == len(set(ids)) == 32

    def test_every_operation_says_how_it_is_known_and_who_does_it(self, meetergo: Meetergo) -> None:
        for id, _, operation, _ in meetergo.operations():
            evidence = operation["x-evidence"]
            assert evidence["known"] == "documented" or evidence["note"], f"{id}: say what was assumed"
            assert "x-resource" in operation or "x-behaviour" in operation, id
            assert operation.get("x-behaviour", id) == id

    def test_every_refusal_that_can_come_is_declared(self, meetergo: Meetergo) -> None:
        for id, path, operation, _ in meetergo.operations():
            expected = {"400", "401", "403", "429"}
            if "{" in path:
                expected.add("404")
            if "requestBody" in operation:
                expected.add("413")
            assert expected <= operation["responses"].keys(), id

    def test_refusals_are_in_one_envelope(self, meetergo: Meetergo) -> None:
        for id, _, operation, _ in meetergo.operations():
            for status, response in operation["responses"].items():
                if status.startswith("4"):
                    (media,) = meetergo.resolve(response)["content"].values()
                    assert media["schema"]["$ref"].endswith("/Error"), f"{id} {status}"
                    assert media["example"]["statusCode"] == int(status), f"{id} {status}"

    def test_every_success_is_declared_and_closed(self, meetergo: Meetergo) -> None:
        for id, _, operation, _ in meetergo.operations():
            ((status, response),) = (
                (status, found) for status, found in operation["responses"].items() if status[0] == "2"
            )
            if status == "204":
                assert "content" not in response, id
                continue
            schema = meetergo.resolve(response["content"]["application/json"]["schema"])
            for each in schema.get("oneOf", [schema]):
                shown = meetergo.resolve(each)
                shown = meetergo.resolve(shown["items"]) if shown["type"] == "array" else shown
                assert shown["additionalProperties"] is False, id

    def test_everybody_is_told_of_the_acting_header(self, meetergo: Meetergo) -> None:
        header = meetergo.data["x-acting-user"]["header"]
        for id, _, _, parameters in meetergo.operations():
            found = [each for each in parameters if each["in"] == "header"]
            assert [(each["name"], each.get("required", False)) for each in found] == [(header, False)], id

    def test_fields_and_parameters_are_described(self, meetergo: Meetergo) -> None:
        for id, path, _, parameters in meetergo.operations():
            for parameter in parameters:
                assert parameter["description"], f"{id} {parameter['name']}"
            placed = {each["name"] for each in parameters if each["in"] == "path"}
            assert placed == set(re.findall(r"\{(\w+)\}", path)), id
        for place, schema in walk(meetergo.data, "properties"):
            properties = schema["properties"]
            assert set(schema.get("required", ())) <= properties.keys(), place
            for name, field in properties.items():
                assert field.get("description") or "$ref" in field, f"{place}/{name}"

    def test_every_example_is_valid(self, meetergo: Meetergo) -> None:
        seen = 0
        for place, holder in walk(meetergo.data, "schema"):
            for example in examples_of(holder):
                assert meetergo.complaints(holder["schema"], example) == [], place
                seen += 1
        assert seen > 40

    def test_every_body_has_an_example(self, meetergo: Meetergo) -> None:
        for id, _, operation, _ in meetergo.operations():
            if "requestBody" in operation:
                assert examples_of(operation["requestBody"]["content"]["application/json"]), id

    def test_links_lead_to_operations_and_give_their_parameters(self, meetergo: Meetergo) -> None:
        known = {id: {each["name"] for each in parameters} for id, _, _, parameters in meetergo.operations()}
        linked = set()
        for id, _, operation, _ in meetergo.operations():
            for response in operation["responses"].values():
                for link in meetergo.resolve(response).get("links", {}).values():
                    assert link["parameters"].keys() <= known[link["operationId"]], id
                    linked.add(link["operationId"])
        assert {"getUser", "getAppointment", "getWebhook", "getMeetingType", "getAvailability"} <= linked

    def test_what_webhooks_tell_are_the_types_one_can_subscribe_to(self, meetergo: Meetergo) -> None:
        assert list(meetergo.data["webhooks"]) == meetergo.data["components"]["schemas"]["EventType"]["enum"]


class TestRows:
    def test_every_row_fits_its_schema(self, meetergo: Meetergo) -> None:
        for kind, rows in meetergo.provider["rows"].items():
            resource = meetergo.data["x-resources"][kind]
            for row in rows:
                public = {name: value for name, value in row.items() if not name.startswith("_")}
                assert meetergo.complaints({"$ref": resource["schema"]}, public) == [], f"{kind} {row}"

    def test_ids_are_unique_and_have_a_shape(self, meetergo: Meetergo) -> None:
        for kind, resource in meetergo.data["x-resources"].items():
            rows = meetergo.rows(kind)
            assert len({row[resource["id"]] for row in rows}) == len(rows), kind
            assert kind in meetergo.provider["ids"]

    def test_rows_refer_to_rows_of_their_own_company(self, meetergo: Meetergo) -> None:
        home = {user["id"]: user["companyId"] for user in meetergo.rows("user")}
        for kind, rows in meetergo.provider["rows"].items():
            for row in rows:
                company = row.get("companyId") or row["_account"]
                people = [*row.get("hostIds", ()), *filter(None, [row.get("_user")])]
                assert {home[person] for person in people} <= {company}, f"{kind} {row}"
        types = {row["id"]: row for row in meetergo.rows("meeting-type")}
        for row in meetergo.rows("appointment"):
            assert row["meetingInfo"] == types[row["meetingTypeId"]]["meetingInfo"]
            assert row["hostIds"] == [host["id"] for host in row["hosts"]]
            assert row["_status"] == ("cancelled" if row["isCancelled"] else "active")

    def test_every_user_has_one_default_availability(self, meetergo: Meetergo) -> None:
        defaults = sorted(row["_user"] for row in meetergo.rows("availability") if row["isDefault"])
        assert defaults == sorted(user["id"] for user in meetergo.rows("user"))

    def test_every_persona_is_somebody_with_a_token_of_its_kind(self, meetergo: Meetergo) -> None:
        home = {user["id"]: user["companyId"] for user in meetergo.rows("user")}
        kinds = set(meetergo.data["x-acting-user"]["for"])
        for name, persona in meetergo.provider["personas"].items():
            assert home[persona["user"]] == persona["account"], name
            assert persona["kind"] in kinds
        roles = {user["role"] for user in meetergo.rows("user")}
        assert roles == set(meetergo.data["x-access"]["roles"])


def walk(value: Any, key: str, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that has such a key with an object in it; examples are not looked into."""
    if isinstance(value, dict):
        if isinstance(value.get(key), dict):
            yield place, value
        for name, inner in value.items():
            if name not in {"example", "examples", "default", "const", "enum"}:
                yield from walk(inner, key, f"{place}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk(inner, key, f"{place}/{number}")


def examples_of(holder: Mapping[str, Any]) -> Sequence[Any]:
    named = [example["value"] for example in holder.get("examples", {}).values()]
    return [*named, holder["example"]] if "example" in holder else named
