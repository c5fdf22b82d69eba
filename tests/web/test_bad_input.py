"""Every kind of bad input, sent to a live server: the provider's 4xx, never a 5xx, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.exchange import BODY_LIMIT
from tests.web.raw import Got, Raw, chunked, request

Header = tuple[str | bytes, str | bytes]

OWNER: Header = ("Authorization", "Bearer zeeg_owner")
JSON: Header = ("Content-Type", "application/json")
EVENTS = "/v2/scheduled-events"

TARGETS = {
    "cancelEvent": ("PUT", "/v2/scheduled-events/{event}/cancel"),
    "handoverEvent": ("PUT", "/v2/scheduled-events/{event}/handover"),
    "cancelInvitee": ("PUT", "/v2/scheduled-invitees/{invitee}/cancel"),
    "toggleEventType": ("PATCH", "/v2/event-types/{page}/toggle"),
    "createEvent": ("POST", "/v2/event"),
    "updateDefaultSchedule": ("PATCH", "/v2/schedules/default"),
    "updateSchedule": ("PATCH", "/v2/schedules/{schedule}"),
    "createWebhook": ("POST", "/v2/webhooks"),
    "addTeamMember": ("POST", "/v2/teams/{team}/members"),
    "createNote": ("POST", "/v2/scheduled-events/{event}/notes"),
    "updateNote": ("PATCH", "/v2/notes/{note}"),
    "createOutboundCall": ("POST", "/v2/agents/{agent}/outbound-calls"),
}

NO_JSON = {
    "not JSON": b"{nope",
    "white space": b" \n",
    "a comma too many": b'{"a":1,}',
    "a comment": b"/**/{}",
    "something after it": b"{} {}",
    "NaN": b'{"phoneNumber":NaN}',
    "Infinity": b'{"duration":Infinity}',
    "minus Infinity": b'{"duration":-Infinity}',
    "1e400": b'{"duration":1e400}',
    "10^400": b'{"duration":1' + b"0" * 400 + b"}",
    "a key twice": b'{"email":"a@example.com","email":"b@example.com"}',
    "a key twice, spelt differently": b'{"email":"a@example.com","\\u0065mail":"b@example.com"}',
    "invalid UTF-8": b'{"name":"\xff"}',
    "an encoded surrogate": b'{"name":"\xed\xa0\x80"}',
    "a lone surrogate": b'{"name":"\\ud800"}',
    "a lone surrogate in a key": b'{"\\udfff":1}',
    "UTF-16": '{"name":"x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name":"x"}',
    "100,000 open brackets": b"[" * 100_000,
    "100,000 nested lists": b"[" * 100_000 + b"]" * 100_000,
    "100,000 nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}
NO_OBJECT = {"null": b"null", "a number": b"3", "a text": b'"x"', "a list": b"[]", "true": b"true"}
WRONG_TYPES: dict[str, bytes] = {
    "createEvent": b'{"ownerSlug":1,"eventTypeSlug":[],"date":{},"duration":"x","name":null,"email":true}',
    "createNote": b'{"content":{"a":[1]}}',
    "updateNote": b'{"content":7}',
    "createOutboundCall": b'{"phoneNumber":4915112345678,"email":[],"fullName":{}}',
    "createWebhook": b'{"callbackUrl":1,"events":"invitee.scheduled","scope":null}',
    "handoverEvent": b'{"newHostEmail":[null]}',
    "cancelEvent": b'{"cancellationReason":["x"]}',
    "cancelInvitee": b'{"cancellationReason":1e308}',
    "updateSchedule": b'{"weeklyHours":"always","timezone":1}',
    "updateDefaultSchedule": b'{"specialHours":{"a":1}}',
    "addTeamMember": b'{"email":0}',
    "toggleEventType": b'{"isActive":"perhaps"}',
}
OTHER_MEDIA: list[str | bytes] = [
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/json; charset=utf-16",
    "application/json; charset=klingon",
    "application/json; charset=iso-8859-1",
    "",
    ";",
    b"\xff\xfe",
    "a" * 9000,
]


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with Mock("zeeg", limits=False) as mock:
        yield mock


@pytest.fixture(scope="module")
def targets(mock: Mock) -> dict[str, tuple[str, str]]:
    """Operations that take a body, at rows that are there."""

    def first(path: str) -> dict[str, Any]:
        found: dict[str, Any] = mock.call("GET", path, persona="owner").json["collection"][0]
        return found

    event = first("/v2/scheduled-events?status=confirmed")
    ids = {
        "event": event["uuid"],
        "invitee": event["invitees"][0]["uuid"],
        "page": first("/v2/event-types")["uuid"],
        "schedule": first("/v2/schedules")["uuid"],
        "note": mock.state("note")[0]["uuid"],
        "agent": mock.state("agent")[0]["uuid"],
        "team": "1",
    }
    bodied = {each.id for each in mock.service().contract.operations if each.body is not None}
    assert bodied == set(TARGETS), "an operation with a body came or went: say so in TARGETS"
    return {name: (method, path.format(**ids)) for name, (method, path) in TARGETS.items()}


@pytest.fixture(autouse=True)
def nothing_changes(mock: Mock) -> Iterator[None]:
    """State is as it was, the next id too, and the server answers."""
    before = mock.world.store.root()
    yield
    assert mock.world.store.root() == before
    with Raw(mock.url) as raw:
        assert raw.ask("GET", "/v2/whoami", [OWNER]).status == 200


def refused(got: Got, *statuses: int) -> dict[str, Any]:
    """What an answer says, which must be one of those refusals in the provider's envelope."""
    assert got.status in statuses, got
    assert got.headers["content-type"] == "application/json"
    assert got.whole
    told: dict[str, Any] = got.json
    assert told["success"] is False
    assert told["status"] == got.status
    assert told["message"]
    return told


def send(mock: Mock, target: tuple[str, str], body: bytes, *headers: Header) -> Got:
    with Raw(mock.url) as raw:
        return raw.ask(*target, [OWNER, *headers], body)


# Bodies


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_refused(body: bytes, mock: Mock, targets: dict[str, tuple[str, str]]) -> None:
    for target in targets.values():
        refused(send(mock, target, body, JSON), 400)


@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
def test_json_that_is_no_object_is_refused(
    body: bytes, mock: Mock, targets: dict[str, tuple[str, str]]
) -> None:
    for target in targets.values():
        told = refused(send(mock, target, body, JSON), 400, 422)
        assert told["status"] == 400 or told["errors"]


@pytest.mark.parametrize("operation", TARGETS)
def test_wrong_types_are_refused(operation: str, mock: Mock, targets: dict[str, tuple[str, str]]) -> None:
    told = refused(send(mock, targets[operation], WRONG_TYPES[operation], JSON), 400, 422)
    assert told["status"] == 400 or told["errors"]


@pytest.mark.parametrize("content_type", OTHER_MEDIA, ids=lambda value: repr(value)[:40])
def test_another_media_type_or_charset_is_refused(
    content_type: str | bytes, mock: Mock, targets: dict[str, tuple[str, str]]
) -> None:
    for target in targets.values():
        refused(send(mock, target, b'{"a":1}', ("Content-Type", content_type)), 415)


def test_a_body_that_is_missing_is_refused_where_one_is_needed(
    mock: Mock, targets: dict[str, tuple[str, str]]
) -> None:
    for operation in mock.service().contract.operations:
        if operation.body is not None and operation.body.required:
            for headers in ([], [JSON], [JSON, ("Content-Length", "0")]):
                refused(send(mock, targets[operation.id], b"", *headers), 400, 422)


@pytest.mark.parametrize("sent", ["whole", "in chunks"])
def test_ten_megabytes_are_refused_and_the_connection_goes_on(
    sent: str, mock: Mock, targets: dict[str, tuple[str, str]]
) -> None:
    body = b'{"name":"' + b"x" * 10_000_000 + b'"}'
    with Raw(mock.url) as raw:
        for method, path in targets.values():
            if sent == "whole":
                got = raw.ask(method, path, [OWNER, JSON], body)
            else:
                head = request(raw.host, method, path, [OWNER, JSON, ("Transfer-Encoding", "chunked")])
                raw.send(head, chunked(body))
                got = raw.answer()
            refused(got, 413)


def test_the_limit_of_a_body_is_exact(mock: Mock, targets: dict[str, tuple[str, str]]) -> None:
    frame = b'{"content":""}'
    most = b'{"content":"' + b"x" * (BODY_LIMIT - len(frame)) + b'"}'
    assert len(most) == BODY_LIMIT
    refused(send(mock, targets["createNote"], most, JSON), 422)
    refused(send(mock, targets["createNote"], most + b" ", JSON), 413)


# Queries, paths and headers


@pytest.mark.parametrize(
    "query",
    [
        "keyword=" + "x" * 8000,
        "&".join(f"count={number}" for number in range(200)),
        "keyword=" + "%F0%9F%98%80" * 700,
        "count=%FF",
        "keyword=%ED%A0%80",
        "count=1e400",
        "count=1" + "0" * 400,
        "count=-1",
        "count=",
        "page=%EF%BC%91",
        "minStartTime=2026-02-30T00:00:00Z",
        "maxStartTime=10000-01-01T00:00:00Z",
        "status=confirmed&status=cancelled",
    ],
    ids=lambda query: query[:30],
)
def test_a_bad_query_is_refused(query: str, mock: Mock) -> None:
    refused(send(mock, ("GET", f"{EVENTS}?{query}"), b""), 400)


@pytest.mark.parametrize(
    "query",
    ["x" * 8000, "&".join(f"p{number}={number}" for number in range(200)), "%", "=&&=", "%zz=%zz"],
    ids=lambda query: query[:30],
)
def test_unknown_parameters_however_many_say_nothing(query: str, mock: Mock) -> None:
    assert send(mock, ("GET", f"{EVENTS}?{query}"), b"").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/a%2Fb",
        "/%2F",
        "/%00",
        "/%0D%0AX:1",
        "/%",
        "/%zz",
        "/%FF%FE",
        "/%ED%A0%80",
        "/%2e%2e/whoami",
        "/../whoami",
        "//",
        "/" + "a" * 8000,
        "/a" * 500,
    ],
    ids=lambda path: path[:20],
)
def test_a_bad_path_leads_nowhere(path: str, mock: Mock) -> None:
    refused(send(mock, ("GET", EVENTS + path), b""), 404)


def test_an_encoded_slash_parts_nothing(mock: Mock) -> None:
    refused(send(mock, ("GET", "/v2%2Fwhoami"), b""), 404)
    refused(send(mock, ("GET", "/v2/scheduled-events%2Fx"), b""), 404)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "")],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer zeeg_owner, Bearer zeeg_owner")],
        [("Authorization", b"Bearer zeeg_owner\xe9")],
        [("Authorization", b"B\xe9arer zeeg_owner")],
        [("Authorization", "Bearer " + "x" * 20_000)],
        [OWNER, ("Authorization", "Bearer zeeg_nobody")],
        [("Authorization", "Bearer zeeg_nobody"), OWNER],
        [OWNER, OWNER],
    ],
    ids=lambda headers: repr(headers)[:60],
)
def test_credentials_that_are_none_or_too_many_are_refused(headers: list[Header], mock: Mock) -> None:
    with Raw(mock.url) as raw:
        refused(raw.ask("GET", "/v2/whoami", headers), 401)


@pytest.mark.parametrize(
    "header",
    [("X-Long", "x" * 60_000), ("X-Latin", b"\xe9\xff"), ("Accept", "nothing/at-all"), ("Cookie", ";=;;")],
    ids=lambda header: str(header[0]),
)
def test_a_header_that_nobody_reads_does_no_harm(header: Header, mock: Mock) -> None:
    assert send(mock, ("GET", "/v2/whoami"), b"", header).status == 200


@pytest.mark.parametrize(
    "header",
    [
        ("Content-Length", "-1"),
        ("Content-Length", "two"),
        ("Content-Length", "9" * 30),
        ("Transfer-Encoding", "gzip"),
        ("X-Null", b"a\x00b"),
    ],
    ids=repr,
)
def test_what_is_no_http_is_refused_and_the_connection_ends(header: Header, mock: Mock) -> None:
    with Raw(mock.url) as raw:
        got = raw.ask("POST", "/v2/event", [OWNER, JSON, header], b"{}", length=False)
        assert got.status == 400
        assert raw.closed()


def test_two_lengths_for_one_body_are_refused(mock: Mock) -> None:
    chunks: Header = ("Transfer-Encoding", "chunked")
    for headers in ([("Content-Length", "2"), ("Content-Length", "3")], [("Content-Length", "2"), chunks]):
        with Raw(mock.url) as raw:
            got = raw.ask("POST", "/v2/event", [OWNER, JSON, *headers], b"2\r\n{}\r\n0\r\n\r\n", length=False)
            assert got.status == 400
            assert raw.closed()


def test_a_body_that_nobody_declared_is_passed_over(mock: Mock) -> None:
    with Raw(mock.url) as raw:
        for body in (b"{nope", b"x" * 2_000_000):
            assert raw.ask("GET", "/v2/whoami", [OWNER, JSON], body).status == 200
