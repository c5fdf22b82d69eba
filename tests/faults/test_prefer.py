from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.engine.exchange import Wire
from mockserver.faults.prefer import parse
from tests.faults.model import Model, answered, body_of

NEW = {"text": "Hello", "size": 1}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (["code=429"], [("code", "429", {})]),
        (["code=429, example=plain"], [("code", "429", {}), ("example", "plain", {})]),
        (["code=429", "example=plain"], [("code", "429", {}), ("example", "plain", {})]),
        (["CODE=429"], [("code", "429", {})]),
        (['example="two words, \\"quoted\\""'], [("example", 'two words, "quoted"', {})]),
        (["respond-async, wait=10"], [("respond-async", "", {}), ("wait", "10", {})]),
        (['code=""'], [("code", "", {})]),
        (["  code = 404  "], [("code", "404", {})]),
        (["fault=latency; seconds=2;x"], [("fault", "latency", {"seconds": "2", "x": ""})]),
        (["code=404, code=500"], [("code", "404", {})]),
        (['code="404, example=plain'], [("example", "plain", {})]),
        (["=, ;, code=404"], [("code", "404", {})]),
        (["co de=1, example=x"], [("example", "x", {})]),
        ([""], []),
    ],
)
def test_the_header_is_read_as_rfc_7240_writes_it(
    headers: list[str], told: list[tuple[str, str, dict[str, str]]]
) -> None:
    found = parse(header.encode() for header in headers)
    assert [(one.name, one.value, one.parameters) for one in found] == told


@given(st.lists(st.text(alphabet='abc=,;" \\\t', max_size=40) | st.text(max_size=20), max_size=3))
def test_no_header_breaks_the_reading(headers: list[str]) -> None:
    parse(header.encode("utf-8") for header in headers)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_a_value_survives_being_quoted(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    (found,) = parse([f'example="{quoted}"'.encode()])
    assert found.value == value
    (again,) = parse([found.applied])
    assert again.value == value


def applied(exchange: object) -> bytes | None:
    return dict(answered(exchange).headers).get(b"preference-applied")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [401, 403, 422, 429])
def test_a_declared_error_is_answered_in_the_providers_envelope(model: Model, code: int) -> None:
    exchange = model.ask("POST", "/notes", NEW, prefer=f"code={code}")
    assert answered(exchange).status == code
    assert body_of(exchange)["status"] == code
    assert body_of(exchange)["error"]
    assert model.fits(answered(exchange), "createNote")
    assert applied(exchange) == f"code={code}".encode()
    assert model.world.store.count("notes/note") == 6


def test_a_declared_success_is_answered_with_its_example(model: Model) -> None:
    exchange = model.ask("POST", "/notes", NEW, prefer="code=201")
    assert answered(exchange).status == 201
    assert body_of(exchange)["text"] == "An example"
    assert model.world.store.count("notes/note") == 6


def test_without_an_example_the_schema_gives_the_body(model: Model) -> None:
    exchange = model.ask("GET", "/notes/n-seed-1", prefer="code=200")
    assert model.fits(answered(exchange), "getNote")
    assert answered(exchange).body == answered(model.ask("GET", "/notes/n-seed-1", prefer="code=200")).body


def test_where_the_envelope_does_not_fit_the_schema_decides_and_headers_are_there(model: Model) -> None:
    exchange = model.ask("POST", "/notes", NEW, prefer="code=404")
    assert body_of(exchange)["odd"] in (7, 8, 9)
    assert int(dict(answered(exchange).headers)[b"x-version"]) >= 1


def test_a_status_without_a_body_has_none(model: Model) -> None:
    exchange = model.ask("DELETE", "/notes/n-seed-1", prefer="code=204")
    assert (answered(exchange).status, answered(exchange).body) == (204, b"")
    assert model.world.store.count("notes/note") == 6


@pytest.mark.parametrize(
    ("prefer", "told"),
    [
        ("code=418", "createNote declares 201, 400, 401, 403, 404, 422, 429"),
        ("code=twenty", "it is not a status of three digits"),
        ("code=9999", "it is not a status of three digits"),
        ("example=none", "createNote has plain, bare"),
        ("example=plain, code=400", "createNote has none"),
        ("fault=latencey", "did you mean latency?"),
        ("fault=latency", "latency needs the parameter 'seconds'"),
        ("fault=latency; seconds=soon", "seconds:"),
        ("fault=outage; nth=3", "outage has no parameter 'nth'"),
    ],
)
def test_what_means_nothing_here_is_refused_with_what_would(model: Model, prefer: str, told: str) -> None:
    exchange = model.ask("POST", "/notes", NEW, prefer=prefer)
    assert answered(exchange).status == 400
    assert told in body_of(exchange)["error"]
    assert applied(exchange) is None
    assert exchange.stop is not None
    assert exchange.stop.rule == "unknown-preference"
    assert model.world.store.count("notes/note") == 6


def test_an_example_is_answered_by_name_references_followed(model: Model) -> None:
    exchange = model.ask("POST", "/notes", NEW, prefer=["example=bare", "code=201"])
    assert answered(exchange).status == 201
    assert body_of(exchange)["text"] == "Bare"
    assert applied(exchange) == b"example=bare, code=201"


def test_a_fault_is_asked_for_with_its_parameters(model: Model) -> None:
    exchange = model.ask("GET", "/notes", prefer="fault=latency; seconds=1.5, wait=3")
    assert answered(exchange).wire == Wire(delay=1.5)
    assert applied(exchange) == b"fault=latency"
    exchange = model.ask("GET", "/notes", prefer="fault=rate-limit-storm; retry_after=null")
    assert b"retry-after" not in dict(answered(exchange).headers)


def test_preferences_that_we_do_not_have_are_ignored(model: Model) -> None:
    exchange = model.ask("GET", "/notes", prefer="respond-async, return=minimal, wait=1")
    assert answered(exchange).status == 200
    assert applied(exchange) is None
    assert exchange.faults is None


def test_it_concerns_the_one_request_only(model: Model) -> None:
    model.ask("GET", "/notes", prefer="code=401")
    assert answered(model.ask("GET", "/notes")).status == 200
    assert not model.world.faults
