from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.engine.service import Service
from mockserver.faults.catalogue import CATALOGUE, parse_fault
from mockserver.faults.kinds import FILTERS, FaultError
from mockserver.openapi.contract import Contract
from mockserver.web.control import Control, control_contract
from mockserver.web.desk import OPERATIONS
from mockserver.web.guard import Guard
from mockserver.world.clock import parse_clock
from mockserver.world.outbox import Message
from mockserver.world.world import World
from mockserver.world.worlds import Worlds
from tests.faults.model import Model

INSTANT = "2026-04-06T08:00:00.000000Z"


class Backend:
    """A house with one provider, the notes."""

    version = "9.9.9"

    def __init__(self, folder: Path) -> None:
        self.service = Model(folder).service
        self.services: Mapping[str, Service] = {"notes": self.service}
        self.worlds = Worlds(self.make, 1, "busy-week")
        self.moved: list[str] = []

    def make(self, name: str, seed: int, data: str) -> World:
        world = World(name, seed, data, parse_clock("2026-04-06T08:00:00Z"))
        self.service.define(world)
        world.mark_pristine()
        return world

    def clock_moved(self, world: World) -> None:
        self.moved.append(world.name)

    def notes(self, method: str, path: str, token: str = "notes_owner", world: str = "default") -> Any:
        """A request to the provider, for the journal."""
        headers = [(b"authorization", b"Bearer " + token.encode()), (b"cookie", b"session=s3cr3t-cookie")]
        target = self.worlds.get(world)
        return self.service.answer(target, method, path, path.encode(), b"", headers, dict(headers), b"")


class Client:
    """The control API, asked in-process and held against its document at every answer."""

    def __init__(self, backend: Backend, contract: Contract, guard: Guard | None = None) -> None:
        self.app = Control(backend, guard)
        self.contract = contract

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request; the answer as it came."""

        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:4010") as client:
                return await client.request(method, path, **options)

        return asyncio.run(exchange())

    def __call__(self, method: str, path: str, data: Any = None, **options: Any) -> Any:
        """One request; the answer's value, after the document was asked whether it may be."""
        if data is not None:
            options["json"] = data
        response = self.send(method, path, **options)
        found = self.contract.table.find_raw(path.partition("?")[0].split("/_mock", 1)[1])
        assert found is not None
        declared = found[0][method].responses[str(response.status_code)]
        if response.status_code == 204:
            assert response.content == b""
            return None
        media = declared.media[response.headers["content-type"]]
        value = orjson.loads(response.content)
        assert media.check is not None
        assert media.check.ok(value), media.check.problems(value)
        return value


@pytest.fixture(scope="session")
def contract() -> Contract:
    return control_contract()


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    return Backend(tmp_path)


@pytest.fixture
def control(backend: Backend, contract: Contract) -> Client:
    return Client(backend, contract)


def test_every_operation_of_the_document_is_done_and_no_other(contract: Contract) -> None:
    assert {operation.id for operation in contract.operations} == set(OPERATIONS)
    assert contract.base_path == "/_mock"
    assert contract.warnings == ()


def test_health_tells_what_is_served(control: Client) -> None:
    assert control("GET", "/_mock/health") == {"ready": True, "version": "9.9.9", "providers": ["notes"]}


def test_personas_come_with_the_header_that_carries_their_token(control: Client) -> None:
    owner, reader = control("GET", "/_mock/personas?provider=notes")
    assert (owner["persona"], owner["scopes"]) == ("owner", ["notes"])
    assert owner["headers"] == {"Authorization": "Bearer notes_owner"}
    assert (reader["persona"], reader["scopes"]) == ("reader", [])
    assert control("GET", "/_mock/personas") == [owner, reader]
    assert "did you mean notes?" in control("GET", "/_mock/personas?provider=note")["detail"]


def test_a_token_is_minted_with_what_was_asked_for(control: Client, backend: Backend) -> None:
    token = control(
        "POST",
        "/_mock/tokens",
        {
            "provider": "notes",
            "scopes": ["notes"],
            "plan": "free",
            "expires_in": 60,
            "account": "rival",
            "user": "u-7",
            "quota": 2,
        },
    )
    assert token["expires_at"] == "2026-04-06T08:01:00.000000Z"
    assert (token["account"], token["user"], token["plan"], token["quota"]) == ("rival", "u-7", "free", 2)
    assert backend.notes("GET", "/v1/notes", token["token"]).status == 200
    control("POST", "/_mock/clock/advance", {"seconds": 60})
    assert backend.notes("GET", "/v1/notes", token["token"]).status == 401


def test_a_token_starts_from_a_persona(control: Client, backend: Backend) -> None:
    token = control("POST", "/_mock/tokens", {"provider": "notes", "persona": "reader"})
    assert (token["persona"], token["scopes"], token["user"]) == ("reader", [], "u-2")
    assert backend.notes("GET", "/v1/notes", token["token"]).status == 403
    told = control("POST", "/_mock/tokens", {"provider": "notes", "persona": "writer"})
    assert (told["status"], "there is: owner, reader" in told["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"provider": "notes", "scopes": ["notes", "bogus"]}, "scopes"),
        ({"provider": "notes", "expires_in": 0}, "expires_in"),
        ({"provider": "notes", "quota": 1.5}, "quota"),
        ({"provider": "notes", "scope": ["notes"]}, "scope"),
        ({}, "provider"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_minted(
    control: Client, backend: Backend, wish: Any, field: str
) -> None:
    before = backend.worlds.default.store.count("notes/token")
    told = control("POST", "/_mock/tokens", wish)
    assert told["status"] == 422
    assert [problem["field"] for problem in told["problems"]] == [field]
    assert backend.worlds.default.store.count("notes/token") == before


def test_an_unknown_scope_is_named(control: Client) -> None:
    told = control("POST", "/_mock/tokens", {"provider": "notes", "scopes": ["bogus"]})
    assert told["detail"] == "notes has no scope bogus; it has: notes"


def test_the_clock_is_read_set_and_moved_on(control: Client, backend: Backend) -> None:
    assert control("GET", "/_mock/clock") == {"now": INSTANT, "kind": "fixed"}
    moved = control("POST", "/_mock/clock/advance", {"seconds": 1.5})
    assert moved["now"] == "2026-04-06T08:00:01.500000Z"
    moved = control("PUT", "/_mock/clock", {"now": "2027-01-01t00:00:00+01:00"})
    assert moved["now"] == "2026-12-31T23:00:00.000000Z"
    assert backend.moved == ["default", "default"]


@pytest.mark.parametrize(
    "now", ["tomorrow", "2026-04-06", "2026-04-06T08:00:00", "0001-01-01T00:00:00+23:59"]
)
def test_the_clock_is_not_set_to_what_is_no_instant(control: Client, now: str) -> None:
    assert control("PUT", "/_mock/clock", {"now": now})["status"] == 422
    assert control("GET", "/_mock/clock")["now"] == INSTANT


def test_time_ends_before_the_calendar_does(control: Client) -> None:
    assert control("PUT", "/_mock/clock", {"now": "9999-01-01T00:00:00Z"})["status"] == 422
    control("PUT", "/_mock/clock", {"now": "9899-01-01T00:00:00Z"})
    told = control("POST", "/_mock/clock/advance", {"seconds": 3_200_000_000})
    assert told["detail"] == "a clock stays between the years 1900 and 9900"


def test_reset_returns_the_world_to_its_beginning(control: Client, backend: Backend) -> None:
    backend.notes("DELETE", "/v1/notes/n-seed-1")
    assert len(control("GET", "/_mock/state/notes/note")) == 5
    world = control("POST", "/_mock/reset", {})
    assert world == {"name": "default", "seed": 1, "data": "busy-week", "now": INSTANT, "path": ""}
    assert len(control("GET", "/_mock/state/notes/note")) == 6
    assert control("POST", "/_mock/reset", {"seed": 7, "data": "empty"})["seed"] == 7
    told = control("POST", "/_mock/reset", {"data": "buzy-week"})
    assert (told["status"], "did you mean busy-week?" in told["detail"]) == (422, True)


def test_rows_are_shown_as_they_are_kept(control: Client) -> None:
    rows = control("GET", "/_mock/state/notes/note")
    assert [row["id"] for row in rows] == [f"n-seed-{number}" for number in range(1, 7)]
    assert "there is: " in control("GET", "/_mock/state/notes/event")["detail"]
    assert control("GET", "/_mock/state/other/note")["status"] == 404


def test_exchanges_are_listed_newest_first_and_filtered(control: Client, backend: Backend) -> None:
    backend.notes("GET", "/v1/notes")
    backend.notes("GET", "/v1/notes/none")
    backend.notes("GET", "/v1/notes", "notes_reader")
    assert [one["status"] for one in control("GET", "/_mock/exchanges")] == [403, 404, 200]
    assert len(control("GET", "/_mock/exchanges?limit=2")) == 2
    (one,) = control("GET", "/_mock/exchanges?provider=notes&operation=listNotes&status=403")
    assert (one["persona"], one["stage"], one["rule"]) == ("reader", "authorize", "missing-scope")
    assert control("GET", "/_mock/exchanges?provider=other") == []


def test_an_exchange_is_explained(control: Client, backend: Backend) -> None:
    id = backend.notes("GET", "/v1/notes", "notes_reader").id
    told = control("GET", f"/_mock/exchanges/{id}")
    assert told["pointer"].endswith("/security")
    assert told["response"]["body"] == {"error": "You need notes.", "status": 403}
    assert told["evidence"]["known"] == "assumed"
    assert told["faults"] == []
    assert control("GET", "/_mock/exchanges/x-999")["status"] == 404


def test_an_explanation_names_the_faults_that_acted(control: Client, backend: Backend) -> None:
    control("POST", "/_mock/faults", {"fault": "lost-reply"})
    control("POST", "/_mock/faults", {"fault": "wrong-type", "field": "size"})
    told = control("GET", f"/_mock/exchanges/{backend.notes('GET', '/v1/notes/n-seed-1').id}")
    assert [(fault["fault"], fault["source"], fault["note"]) for fault in told["faults"]] == [
        ("lost-reply", "f-1", ""),
        ("wrong-type", "f-2", "/size"),
    ]
    assert told["response"]["wire"] == "dropped"


@pytest.mark.parametrize("token", ["notes_owner", "a-token-nobody-knows", "Basic"])
def test_no_secret_is_shown(control: Client, backend: Backend, token: str) -> None:
    exchange = backend.notes("GET", f"/v1/notes/{token}", token)
    shown = control.send("GET", f"/_mock/exchanges/{exchange.id}").text
    shown += control.send("GET", "/_mock/exchanges").text
    assert token not in shown
    assert "s3cr3t-cookie" not in shown
    if token == "notes_owner":
        assert "Bearer <token of owner>" in shown


def test_a_fault_is_declared_listed_and_withdrawn(control: Client, backend: Backend) -> None:
    declared = control(
        "POST", "/_mock/faults", {"fault": "outage", "operation": "listNotes", "times": 1, "retry_after": 3}
    )
    assert declared == {
        "id": "f-1",
        "fault": "outage",
        "operation": "listNotes",
        "nth": 1,
        "times": 1,
        "every": 1,
        "retry_after": 3,
        "seen": 0,
        "fired": 0,
    }
    assert backend.notes("GET", "/v1/notes").status == 503
    assert backend.notes("GET", "/v1/notes").status == 200
    (seen,) = control("GET", "/_mock/faults")
    assert (seen["seen"], seen["fired"]) == (2, 1)
    assert control("DELETE", "/_mock/faults/f-1") is None
    assert control("DELETE", "/_mock/faults/f-1")["status"] == 404
    control("POST", "/_mock/faults", {"fault": "outage"})
    control("DELETE", "/_mock/faults")
    assert control("GET", "/_mock/faults") == []


@pytest.mark.parametrize(
    ("fault", "status", "told"),
    [
        ({"fault": "outrage"}, 422, "did you mean outage?"),
        ({"fault": "latency"}, 422, "latency needs the parameter 'seconds'"),
        ({"fault": "outage", "operation": "listNote"}, 404, "did you mean listNotes?"),
        ({"fault": "outage", "provider": "other"}, 404, "there is: notes"),
        ({"fault": "outage", "persona": "ownr"}, 404, "did you mean owner?"),
    ],
)
def test_a_fault_that_could_never_act_is_not_declared(
    control: Client, fault: Any, status: int, told: str
) -> None:
    answer = control("POST", "/_mock/faults", fault)
    assert (answer["status"], told in answer["detail"]) == (status, True)
    assert control("GET", "/_mock/faults") == []


def test_worlds_are_made_forked_used_and_dropped(control: Client, backend: Backend) -> None:
    made = control("POST", "/_mock/worlds", {"name": "mine", "seed": 3, "data": "empty"})
    assert (made["name"], made["seed"], made["path"]) == ("mine", 3, "/w/mine")
    backend.notes("DELETE", "/v1/notes/n-seed-1", world="mine")
    assert len(control("GET", "/w/mine/_mock/state/notes/note")) == 5
    assert len(control("GET", "/_mock/state/notes/note")) == 6
    fork = control("POST", "/_mock/worlds", {"from": "mine"})
    assert len(control("GET", f"{fork['path']}/_mock/state/notes/note")) == 5
    assert [world["name"] for world in control("GET", "/_mock/worlds")] == ["default", "mine", fork["name"]]
    assert control("GET", "/_mock/worlds/mine")["name"] == "mine"
    control("POST", "/w/mine/_mock/clock/advance", {"seconds": 5})
    assert control("GET", "/_mock/clock")["now"] == INSTANT
    control("DELETE", "/_mock/worlds/mine")
    assert control("GET", "/_mock/worlds/mine")["status"] == 404
    assert control.send("GET", "/w/mine/_mock/clock").status_code == 404


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"name": "default"}, 409),
        ({"from": "nowhere"}, 404),
        ({"from": "default", "seed": 1}, 422),
        ({"name": ".."}, 422),
        ({"name": "a/b"}, 422),
        ({"seed": -1}, 422),
        ({"data": "none-such"}, 422),
    ],
)
def test_a_world_that_cannot_be_is_not_made(control: Client, wish: Any, status: int) -> None:
    assert control("POST", "/_mock/worlds", wish)["status"] == status
    assert len(control("GET", "/_mock/worlds")) == 1


def test_the_default_world_stays(control: Client) -> None:
    assert control("DELETE", "/_mock/worlds/default")["status"] == 409


def test_a_snapshot_is_returned_to(control: Client, backend: Backend) -> None:
    kept = control("POST", "/_mock/snapshots", {"name": "before"})
    assert kept == {"name": "before", "world": "default", "now": INSTANT}
    backend.notes("DELETE", "/v1/notes/n-seed-1")
    control("POST", "/_mock/clock/advance", {"seconds": 5})
    for _ in range(2):
        control("POST", "/_mock/snapshots/before/restore", {})
        assert len(control("GET", "/_mock/state/notes/note")) == 6
        assert control("GET", "/_mock/clock")["now"] == INSTANT
    assert control("POST", "/_mock/snapshots/after/restore", {})["status"] == 404
    assert control("POST", "/_mock/snapshots", {})["name"] == "s1"


def test_webhooks_tell_how_their_delivery_went(control: Client, backend: Backend) -> None:
    world = backend.worlds.default
    sent = Message("notes", "note.made", "https://hook.example", b'{"id":1}', world.now, retries=(60.0,))
    id = world.outbox.put(sent).id
    world.outbox.record_attempt(id, world.now, 500)
    (told,) = control("GET", "/_mock/webhooks?provider=notes&status=failed")
    assert (told["id"], told["body"], told["attempts"][0]["status"]) == (id, {"id": 1}, 500)
    assert told["due_at"] == "2026-04-06T08:01:00.000000Z"
    assert control("GET", "/_mock/webhooks?status=delivered") == []
    assert control("GET", "/_mock/webhooks?status=odd")["status"] == 400


# How it is spoken to


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "BREW"])
def test_another_verb_is_answered_with_the_whole_allow(control: Client, method: str) -> None:
    response = control.send(method, "/_mock/faults")
    assert response.status_code == 405
    assert response.headers["allow"] == "DELETE, GET, POST"
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/_mock", "/_mock/", "/_mock/nothing", "/_mock/health/", "/_mockery", "/", "/w/none/_mock/health"],
)
def test_a_path_that_is_not_there_is_a_problem(control: Client, path: str) -> None:
    response = control.send("GET", path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"],
)
def test_a_write_is_json_or_nothing(control: Client, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = control.send("POST", "/_mock/clock/advance", content=b'{"seconds": 5}', headers=headers)
    assert response.status_code == 415
    assert control("GET", "/_mock/clock")["now"] == INSTANT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"seconds=5",
        b'{"seconds": NaN}',
        b'{"seconds": 5, "seconds": 6}',
        b'{"seconds": "\xff"}',
        b'{"seconds": "\\ud800"}',
        b"[" * 100_000,
        b'{"seconds": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    ],
)
def test_what_is_not_json_is_refused(control: Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = control.send("POST", "/_mock/clock/advance", content=body, headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"null", b"[]", b"5", b'"x"', b"{}", b'{"seconds": 1e400}'])
def test_json_that_means_nothing_is_refused(control: Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = control.send("POST", "/_mock/clock/advance", content=body, headers=headers)
    assert response.status_code in (400, 422)


def test_a_body_has_a_bound(control: Client) -> None:
    body = b'{"seconds": 5, "x": "' + b"x" * 1_048_576 + b'"}'
    headers = {"content-type": "application/json"}
    response = control.send("POST", "/_mock/clock/advance", content=body, headers=headers)
    assert response.status_code == 413


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=ten", "status=99", "limits=1", "limit=1&limit=2", "provider="]
)
def test_a_parameter_that_does_not_fit_is_refused(control: Client, query: str) -> None:
    told = control("GET", f"/_mock/exchanges?{query}")
    assert told["status"] == 400
    assert told["problems"][0]["place"] == "query"


def test_no_page_of_another_site_may_read_it(control: Client) -> None:
    response = control.send("GET", "/_mock/personas", headers={"origin": "https://evil.example"})
    assert not [name for name in response.headers if name.startswith("access-control-")]
    assert response.headers["cache-control"] == "no-store"


def test_a_lured_browser_is_refused(backend: Backend, contract: Contract) -> None:
    control = Client(backend, contract, Guard("127.0.0.1"))
    assert control.send("GET", "/_mock/health").status_code == 200
    assert control.send("GET", "/_mock/health", headers={"host": "evil.example"}).status_code == 403


def test_in_its_own_process_any_name_will_do(control: Client) -> None:
    assert control.send("GET", "/_mock/health", headers={"host": "mock"}).status_code == 200


def test_off_loopback_a_token_is_asked_for(backend: Backend, contract: Contract) -> None:
    control = Client(backend, contract, Guard("192.0.2.7", token="secret"))
    response = control.send("GET", "/_mock/health")
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    for name, value in (("mock-control-token", "secret"), ("authorization", "Bearer secret")):
        assert control.send("GET", "/_mock/health", headers={name: value}).status_code == 200


# The document and the catalogue say the same


def test_the_document_knows_the_catalogue(contract: Contract) -> None:
    assert set(contract.data["components"]["schemas"]["FaultName"]["enum"]) == set(CATALOGUE)


json_values = (
    st.none()
    | st.booleans()
    | st.integers(-2, 700)
    | st.floats(-2, 700)
    | st.sampled_from(["GET", "notes", "", "/a/b", "listNotes"])
)


@settings(max_examples=300)
@given(
    fault=st.sampled_from(sorted(CATALOGUE)),
    more=st.dictionaries(
        st.sampled_from(
            sorted(
                {
                    *FILTERS,
                    "event",
                    "oddity",
                    *(name for kind in CATALOGUE.values() for name in kind.properties),
                }
            )
        ),
        json_values,
        max_size=3,
    ),
)
def test_the_document_allows_the_faults_that_the_catalogue_takes(
    contract: Contract, fault: str, more: dict[str, Any]
) -> None:
    body = contract.operation("declareFault").body
    assert body is not None
    check = body.media["application/json"].check
    assert check is not None
    declared = {"fault": fault, **more}
    assert check.ok(declared) is taken(declared)


def taken(declared: dict[str, Any]) -> bool:
    """Whether the catalogue takes a fault."""
    try:
        parse_fault(declared)
    except FaultError:
        return False
    return True
