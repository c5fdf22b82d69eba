"""Zeeg's contract and our side of it say the same as the seeds, and nothing that contradicts itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockserver.openapi.document import Document, open_document
from mockserver.openapi.facts import read_provider
from mockserver.openapi.schemas import Schemas

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs" / "zeeg"
SEEDS = ROOT.parent / "shared" / "seeds"

seeds = [
    pytest.mark.seeds,
    pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds are not beside the repository"),
]

# The words with which seed 000 names what a scope unlocks.
ENDPOINTS: Mapping[str, str] = {
    "List events": "listEvents",
    "get event details": "getEvent",
    "Cancel event": "cancelEvent",
    "cancel invitee": "cancelInvitee",
    "hand over event": "handoverEvent",
    "List schedules": "listSchedules",
    "get schedule by UUID": "getSchedule",
    "get default schedule": "getDefaultSchedule",
    "Update schedule by UUID": "updateSchedule",
    "update default schedule": "updateDefaultSchedule",
    "Get available time slots": "getAvailability",
    "Create an event via the API": "createEvent",
    "List webhooks": "listWebhooks",
    "get webhook details": "getWebhook",
    "Create webhook": "createWebhook",
    "delete webhook": "deleteWebhook",
    "List users in a workspace": "listUsers",
    "check logged-in user": "whoami",
    "Add a team member to a workspace": "addTeamMember",
    "Create outbound call": "createOutboundCall",
    "List notes by event": "listNotes",
    "get note details": "getNote",
    "Create note": "createNote",
    "update note": "updateNote",
    "delete note": "deleteNote",
}
# The groups of its second table; scheduling pages appear only there.
GROUPS: Mapping[str, frozenset[str]] = {
    "Scheduled Events (read)": frozenset({"listEvents", "getEvent"}),
    "Scheduled Events (cancel/handover)": frozenset({"cancelEvent", "cancelInvitee", "handoverEvent"}),
    "Scheduling Pages (list/get/toggle/single-use link)": frozenset(
        {"listEventTypes", "getEventType", "toggleEventType", "createSingleUseLink"}
    ),
    "Available Time Slots": frozenset({"getAvailability"}),
    "Create an Event": frozenset({"createEvent"}),
    "Availability Schedules (read)": frozenset({"listSchedules", "getSchedule", "getDefaultSchedule"}),
    "Availability Schedules (update)": frozenset({"updateSchedule", "updateDefaultSchedule"}),
    "Webhooks (read)": frozenset({"listWebhooks", "getWebhook"}),
    "Webhooks (create/delete)": frozenset({"createWebhook", "deleteWebhook"}),
    "Workspace Users": frozenset({"listUsers", "whoami"}),
    "Add Team Member": frozenset({"addTeamMember"}),
    "AI Agent Outbound Call": frozenset({"createOutboundCall"}),
    "Notes (read)": frozenset({"listNotes", "getNote"}),
    "Notes (create/update/delete)": frozenset({"createNote", "updateNote", "deleteNote"}),
}
SCOPE = r"(?:[a-z-]+:(?:read|write|full)|timetable|booking)"


@dataclass(frozen=True, slots=True)
class Zeeg:
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

    def operations(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """operationId, method, path, operation."""
        for path, item in self.data["paths"].items():
            for method, operation in item.items():
                yield operation["operationId"], method, path, operation

    def operation(self, id: str) -> dict[str, Any]:
        return next(found for name, _, _, found in self.operations() if name == id)

    def parameters(self, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [self.resolve(parameter) for parameter in operation.get("parameters", ())]

    def complaints(self, schema: Any, value: Any) -> list[str]:
        return [
            f"{violation.path} {violation.message}"
            for violation in self.schemas.check_inline(schema).problems(value)
        ]

    def rows(self, kind: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.provider["rows"].get(kind, [])
        return rows


@pytest.fixture(scope="module")
def zeeg() -> Zeeg:
    document = open_document(SPECS / "openapi.yaml")
    return Zeeg(document, read_provider(SPECS / "provider.yaml"), Schemas(document.data))


def scope_table() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Seed 000's two tables, each as {scope: operation ids}; an error for words unknown to us."""
    text = next(SEEDS.glob("000_*.txt")).read_text(encoding="utf-8")
    first, second = text.split("ScopeDescriptionEndpoints\n")[1].split("Endpoint GroupRequired Scope\n")
    by_scope: dict[str, set[str]] = {}
    for line in first.splitlines():
        found = re.match(rf"({SCOPE})(?=[A-Z])(.*)", line)
        if found is None:
            continue
        scope, words = found.groups()
        by_scope[scope] = set()
        if scope == "admin:full":
            continue
        # The description and the endpoints run together: a capital right after a small letter parts them.
        _, endpoints = re.split(r"(?<=[a-z])(?=[A-Z])", words, maxsplit=1)
        by_scope[scope] = {ENDPOINTS[name] for name in endpoints.split(", ")}
    by_group: dict[str, set[str]] = {}
    for line in second.splitlines():
        if re.search(rf"{SCOPE}$", line) and not line.endswith("admin:full"):
            name = max((group for group in GROUPS if line.startswith(group)), key=len)
            by_group.setdefault(line.removeprefix(name), set()).update(GROUPS[name])
    return by_scope, by_group


def declared_scopes(zeeg: Zeeg) -> dict[str, set[str]]:
    scopes: dict[str, set[str]] = {}
    for id, _, _, operation in zeeg.operations():
        (alternative,) = operation["security"]
        (scope,) = alternative["bearer"]
        scopes.setdefault(scope, set()).add(id)
    return scopes


class TestSeedOfScopes:
    pytestmark = seeds

    def test_security_is_exactly_the_scope_table(self, zeeg: Zeeg) -> None:
        by_scope, by_group = scope_table()
        told = {
            scope: by_scope.get(scope, set()) | by_group.get(scope, set()) for scope in by_scope | by_group
        }
        assert {scope: ids for scope, ids in told.items() if ids} == declared_scopes(zeeg)

    def test_the_two_tables_do_not_contradict_each_other(self) -> None:
        by_scope, by_group = scope_table()
        for scope, ids in by_group.items():
            assert by_scope[scope] <= ids

    def test_there_are_fourteen_scopes_and_each_has_its_use(self, zeeg: Zeeg) -> None:
        by_scope, _ = scope_table()
        extra = {
            scope
            for _, _, _, operation in zeeg.operations()
            for parameter in zeeg.parameters(operation)
            for scopes in parameter.get("x-scopes", {}).values()
            for scope in scopes
        }
        assert extra == {"admin:full"}
        assert len(by_scope) == 14
        assert set(by_scope) == declared_scopes(zeeg).keys() | extra


class TestSeedOfCalls:
    pytestmark = seeds

    @staticmethod
    def text() -> str:
        return next(SEEDS.glob("003_*.txt")).read_text(encoding="utf-8")

    def test_every_curl_body_is_valid(self, zeeg: Zeeg) -> None:
        bodies = [json.loads(body) for body in re.findall(r"-d '(\{.*?\})'", self.text(), re.DOTALL)]
        schema = {"$ref": "#/components/schemas/OutboundCallRequest"}
        assert len(bodies) == 2
        for body in bodies:
            assert zeeg.complaints(schema, body) == []

    def test_the_response_has_exactly_the_declared_fields(self, zeeg: Zeeg) -> None:
        (text,) = re.findall(r"201 status code\.\n(\{.*?\n\})", self.text(), re.DOTALL)
        told = json.loads(text)
        told["agentId"] = zeeg.rows("agent")[0]["uuid"]
        assert zeeg.complaints({"$ref": "#/components/schemas/OutboundCall"}, told) == []
        assert list(told) == list(zeeg.data["components"]["schemas"]["OutboundCall"]["properties"])

    def test_fields_are_required_and_optional_as_told(self, zeeg: Zeeg) -> None:
        required, optional = self.text().split("Required fields\n")[1].split("Optional fields\n")
        name = re.compile(r"^([a-z][A-Za-z]+)string", re.MULTILINE)
        schema = zeeg.data["components"]["schemas"]["OutboundCallRequest"]
        assert set(name.findall(required)) == set(schema["required"])
        told = set(name.findall(optional.split("Phone numbers must")[0]))
        assert told == schema["properties"].keys() - set(schema["required"])

    def test_refusals_have_the_statuses_and_the_words_of_the_table(self, zeeg: Zeeg) -> None:
        table = re.findall(
            r"^(4\d\d)(Agent not|Agent is|Missing|Invalid|Scheduled)(.*)$", self.text(), re.MULTILINE
        )
        assert len(table) == 5
        responses = zeeg.operation("createOutboundCall")["responses"]
        messages = list(zeeg.provider["messages"].values())
        for status, start, rest in table:
            assert status in responses
            # The text of the error and its description run together.
            words = re.split(r"(?<=[a-z])(?=[A-Z])|(?<=past)", start + rest)[0]
            assert any(message.startswith(words) for message in messages), words

    def test_statuses_of_a_call_are_those_of_the_table(self, zeeg: Zeeg) -> None:
        names = re.findall(r"^(pending|completed|failed)Call ", self.text(), re.MULTILINE)
        assert names == zeeg.data["components"]["schemas"]["OutboundCall"]["properties"]["status"]["enum"]


class TestDocument:
    def test_it_is_valid_openapi(self) -> None:
        validator = pytest.importorskip("openapi_spec_validator")
        data = open_document(SPECS / "openapi.yaml").data
        validator.validate(data, cls=validator.OpenAPIV31SpecValidator)

    def test_it_opens_without_a_warning(self, zeeg: Zeeg) -> None:
        assert zeeg.document.warnings == ()

    def test_every_schema_compiles(self, zeeg: Zeeg) -> None:
        for name in zeeg.data["components"]["schemas"]:
            assert zeeg.schemas.verify(f"/components/schemas/{name}") is None, name

    def test_operation_ids_are_unique(self, zeeg: Zeeg) -> None:
        ids = [id for id, _, _, _ in zeeg.operations()]
        assert len(ids) == len(set(ids)) == 29

    def test_every_operation_says_how_it_is_known(self, zeeg: Zeeg) -> None:
        for id, _, _, operation in zeeg.operations():
            evidence = operation["x-evidence"]
            assert evidence["known"] in {"documented", "assumed"}, id
            assert evidence["source"], id
            assert evidence["known"] == "documented" or evidence["note"], f"{id}: say what was assumed"

    def test_every_operation_says_who_does_it(self, zeeg: Zeeg) -> None:
        for id, _, _, operation in zeeg.operations():
            assert "x-resource" in operation or "x-behaviour" in operation, id
            assert operation.get("x-behaviour", id) == id

    def test_only_slots_and_bookings_need_a_paid_plan(self, zeeg: Zeeg) -> None:
        paid = {id for id, _, _, operation in zeeg.operations() if operation.get("x-plan") == "paid"}
        assert paid == {"getAvailability", "createEvent"}

    def test_every_refusal_that_can_come_is_declared(self, zeeg: Zeeg) -> None:
        for id, _, path, operation in zeeg.operations():
            expected = {"400", "401", "403", "429"}
            if "{" in path:
                expected.add("404")
            if "requestBody" in operation:
                expected |= {"413", "415", "422"}
            assert expected <= operation["responses"].keys(), id

    def test_refusals_are_in_one_envelope_and_quotas_say_when_to_come_back(self, zeeg: Zeeg) -> None:
        for id, _, _, operation in zeeg.operations():
            for status, response in operation["responses"].items():
                if status.startswith("4"):
                    told = zeeg.resolve(response)
                    (media,) = told["content"].values()
                    example = media["example"]
                    assert media["schema"]["$ref"].endswith("Error"), f"{id} {status}"
                    assert example["status"] == int(status), f"{id} {status}"
                    assert zeeg.resolve(media["schema"])["required"][:3] == ["success", "message", "status"]
            headers = zeeg.resolve(operation["responses"]["429"])["headers"]
            assert headers["Retry-After"]["required"] is True, id

    def test_every_success_is_declared_and_closed(self, zeeg: Zeeg) -> None:
        for id, _, _, operation in zeeg.operations():
            successes = [
                response for status, response in operation["responses"].items() if status.startswith("2")
            ]
            assert len(successes) == 1, id
            schema = zeeg.resolve(successes[0]["content"]["application/json"]["schema"])
            assert schema["type"] == "object", id
            assert schema["additionalProperties"] is False, id

    def test_a_required_field_is_a_declared_one_and_every_field_is_described(self, zeeg: Zeeg) -> None:
        for place, schema in walk_schemas(zeeg.data):
            properties = schema.get("properties", {})
            if properties:
                assert set(schema.get("required", ())) <= properties.keys(), place
            for name, field in properties.items():
                assert field.get("description") or "$ref" in field, f"{place}/{name}"

    def test_every_parameter_is_described(self, zeeg: Zeeg) -> None:
        for id, _, path, operation in zeeg.operations():
            parameters = zeeg.parameters(operation)
            for parameter in parameters:
                assert parameter["description"], f"{id} {parameter['name']}"
            placed = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
            assert placed == set(re.findall(r"\{(\w+)\}", path)), id

    def test_every_example_is_valid(self, zeeg: Zeeg) -> None:
        seen = 0
        for place, holder in walk_examples(zeeg.data):
            for example in examples_of(holder):
                assert zeeg.complaints(holder["schema"], example) == [], place
                seen += 1
        for name, schema in zeeg.data["components"]["schemas"].items():
            for example in schema.get("examples", ()):
                assert zeeg.complaints(schema, example) == [], name
                seen += 1
        assert seen > 40

    def test_every_body_has_an_example(self, zeeg: Zeeg) -> None:
        for id, _, _, operation in zeeg.operations():
            if "requestBody" in operation:
                media = operation["requestBody"]["content"]["application/json"]
                assert list(examples_of(media)), id

    def test_links_lead_to_operations_and_give_their_parameters(self, zeeg: Zeeg) -> None:
        known = {
            id: {parameter["name"] for parameter in zeeg.parameters(operation)}
            for id, _, _, operation in zeeg.operations()
        }
        linked = set()
        for id, _, _, operation in zeeg.operations():
            for response in operation["responses"].values():
                for link in zeeg.resolve(response).get("links", {}).values():
                    assert link.get("parameters", {}).keys() <= known[link["operationId"]], id
                    # A page may be empty, and then there is nothing to follow.
                    assert not any("collection" in value for value in link.get("parameters", {}).values()), id
                    linked.add(link["operationId"])
        assert {"getEvent", "cancelEvent", "getNote", "deleteNote", "getWebhook", "deleteWebhook"} <= linked

    def test_the_three_webhooks_carry_their_secret_in_a_header(self, zeeg: Zeeg) -> None:
        assert list(zeeg.data["webhooks"]) == zeeg.data["components"]["schemas"]["WebhookEvent"]["enum"]
        for name, item in zeeg.data["webhooks"].items():
            (parameter,) = zeeg.parameters(item["post"])
            assert (parameter["name"], parameter["in"]) == ("Token", "header"), name

    @pytest.mark.parametrize(
        "number",
        [
            "4915112345678",
            "+0915112345678",
            "+49 151 12345678",
            "+49-151-12345678",
            "+4915112345678\n",
            "+٤٩١٥١",
            "+1234567890123456",
            "+1",
            "tel:+4915112345678",
            "",
        ],
    )
    def test_a_telephone_number_is_strictly_e164(self, zeeg: Zeeg, number: str) -> None:
        assert zeeg.complaints({"$ref": "#/components/schemas/PhoneNumber"}, number) != []

    @pytest.mark.parametrize(
        "time",
        [
            "2030-01-15T09:30:00",
            "2030-01-15 09:30",
            "2030-13-15 09:30:00",
            "2030-01-15 24:00:00",
            "2030-01-15 09:30:00Z",
            "2030-01-15 09:30:00\n",
            "٢٠٣٠-01-15 09:30:00",
        ],
    )
    def test_a_scheduled_time_has_one_form(self, zeeg: Zeeg, time: str) -> None:
        assert zeeg.complaints({"$ref": "#/components/schemas/ScheduledTime"}, time) != []

    @pytest.mark.parametrize(
        "url",
        [
            "https://hooks.example.org",
            "https://hooks.example.org:8443/a/b?c=d&e=%20",
            "https://203.0.113.7/zeeg",
        ],
    )
    def test_a_callback_may_be_any_https_address(self, zeeg: Zeeg, url: str) -> None:
        schema = zeeg.operation("createWebhook")["requestBody"]["content"]["application/json"]["schema"]
        assert (
            zeeg.complaints(schema, {"callbackUrl": url, "events": ["invitee.scheduled"], "scope": "user"})
            == []
        )

    @pytest.mark.parametrize(
        "url", ["http://hooks.example.org", "https://", "https:///a", "hooks.example.org", "https://a b"]
    )
    def test_a_callback_may_be_nothing_else(self, zeeg: Zeeg, url: str) -> None:
        schema = zeeg.operation("createWebhook")["requestBody"]["content"]["application/json"]["schema"]
        assert (
            zeeg.complaints(schema, {"callbackUrl": url, "events": ["invitee.scheduled"], "scope": "user"})
            != []
        )


class TestRows:
    def test_every_row_fits_its_schema(self, zeeg: Zeeg) -> None:
        for kind, rows in zeeg.provider["rows"].items():
            resource = zeeg.data["x-resources"][kind]
            fields = zeeg.resolve({"$ref": resource["schema"]})["properties"]
            present = {
                name: "2026-04-01T08:00:00.000000Z" for name, field in fields.items() if field.get("x-now")
            }
            for row in rows:
                public = {name: value for name, value in row.items() if not name.startswith("_")}
                assert zeeg.complaints({"$ref": resource["schema"]}, public | present) == [], f"{kind} {row}"
                assert row[resource["owner"]] in {"acme", "rival"}

    def test_ids_are_unique(self, zeeg: Zeeg) -> None:
        for kind, rows in zeeg.provider["rows"].items():
            field = zeeg.data["x-resources"][kind]["id"]
            assert len({row[field] for row in rows}) == len(rows), kind

    def test_every_path_example_is_there(self, zeeg: Zeeg) -> None:
        # Which kind a path parameter names, by the part of the path before it.
        kinds = {
            "scheduled-events": "event",
            "event-types": "event-type",
            "schedules": "schedule",
            "teams": "team",
            "notes": "note",
            "agents": "agent",
        }
        invitees = {invitee["uuid"] for event in zeeg.rows("event") for invitee in event["invitees"]}
        pages = {
            (page["profile"]["slug"], page["slug"]) for page in zeeg.rows("event-type") if page["isActive"]
        }
        for id, _, path, operation in zeeg.operations():
            examples = {p["name"]: p.get("example") for p in zeeg.parameters(operation) if p["in"] == "path"}
            if id == "getAvailability":
                assert (examples["ownerSlug"], examples["eventTypeSlug"]) in pages
            elif id == "cancelInvitee":
                assert examples["uuid"] in invitees
            elif path.startswith("/webhooks/"):
                # No subscription is there at the start: it would have an address to deliver to.
                assert examples == {"uuid": None}
            elif examples:
                kind = kinds[path.split("/")[1]]
                field = zeeg.data["x-resources"][kind]["id"]
                mine = {row[field] for row in zeeg.rows(kind) if row["_account"] == "acme"}
                assert set(examples.values()) <= mine, id

    def test_query_examples_find_something(self, zeeg: Zeeg) -> None:
        examples = {p["name"]: p.get("example") for p in zeeg.parameters(zeeg.operation("listEvents"))}
        hosts = [host for event in zeeg.rows("event") for host in event["hosts"]]
        assert examples["userSlug"] in {host["slug"] for host in hosts}
        assert examples["hostEmail"] in {host["email"] for host in hosts}
        assert examples["inviteeEmail"] in {
            i["email"] for event in zeeg.rows("event") for i in event["invitees"]
        }
        assert examples["teamSlug"] in {event["_team"] for event in zeeg.rows("event")}

    def test_rows_refer_to_rows_of_their_own_account(self, zeeg: Zeeg) -> None:
        home = {user["uuid"]: user["_account"] for user in zeeg.rows("user")}
        pages = {page["uuid"]: page for page in zeeg.rows("event-type")}
        schedules = {schedule["uuid"]: schedule for schedule in zeeg.rows("schedule")}
        for kind, rows in zeeg.provider["rows"].items():
            for row in rows:
                people = [*row.get("_hosts", ()), *row.get("_members", ()), *filter(None, [row.get("_user")])]
                assert {home[person] for person in people} <= {row["_account"]}, f"{kind} {row}"
        for event in zeeg.rows("event"):
            page = pages[event["_eventType"]]
            assert event["eventTypeUri"] == page["uri"]
            assert set(event["_hosts"]) <= set(page["_hosts"])
            assert event["maxActiveInvitees"] == page["_seats"]
        for page in pages.values():
            assert page["duration"] in page["_durations"]
            assert page["_schedule"] is None or schedules[page["_schedule"]]["_user"] in page["_hosts"]

    def test_every_user_has_one_default_schedule(self, zeeg: Zeeg) -> None:
        defaults = sorted(row["_user"] for row in zeeg.rows("schedule") if row["isDefault"])
        assert defaults == sorted(user["uuid"] for user in zeeg.rows("user"))

    def test_three_zones_and_both_kinds_of_agent_are_there(self, zeeg: Zeeg) -> None:
        zones = {user["timezone"] for user in zeeg.rows("user") if user["_account"] == "acme"}
        assert zones == {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}
        agents = {
            agent["isActive"]: agent["uuid"] for agent in zeeg.rows("agent") if agent["_account"] == "acme"
        }
        note = zeeg.provider["personas"]["owner"]["note"]
        assert agents.keys() == {True, False}
        assert all(uuid in note for uuid in agents.values())


class TestPersonas:
    def test_every_persona_is_somebody(self, zeeg: Zeeg) -> None:
        home = {user["uuid"]: user["_account"] for user in zeeg.rows("user")}
        for name, persona in zeeg.provider["personas"].items():
            assert home[persona["user"]] == persona["account"], name

    def test_the_reader_may_read_and_nothing_else(self, zeeg: Zeeg) -> None:
        readable = {scope for scope in declared_scopes(zeeg) if scope.endswith(":read")}
        assert set(zeeg.provider["personas"]["reader"]["scopes"]) == readable

    def test_the_personas_that_were_promised_are_there(self, zeeg: Zeeg) -> None:
        personas = zeeg.provider["personas"]
        assert list(personas) == ["owner", "each-scope", "reader", "revoked", "expired", "free", "other"]
        assert personas["free"]["plan"] == "free"
        assert personas["other"]["account"] != personas["owner"]["account"]

    def test_every_kind_of_row_has_a_shape_of_ids(self, zeeg: Zeeg) -> None:
        assert zeeg.data["x-resources"].keys() <= zeeg.provider["ids"].keys()


def walk_schemas(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with `properties`, wherever it stands; examples are not schemas."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield place, value
        for key, inner in value.items():
            if key not in {"example", "examples", "default", "const", "enum"}:
                yield from walk_schemas(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk_schemas(inner, f"{place}/{number}")


def walk_examples(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every parameter, header and media type that has a schema and an example."""
    if isinstance(value, dict):
        if "schema" in value and ("example" in value or "examples" in value):
            yield place, value
        for key, inner in value.items():
            yield from walk_examples(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk_examples(inner, f"{place}/{number}")


def examples_of(holder: Mapping[str, Any]) -> Sequence[Any]:
    named = [example["value"] for example in holder.get("examples", {}).values()]
    return [*named, holder["example"]] if "example" in holder else named
