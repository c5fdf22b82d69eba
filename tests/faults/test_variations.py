from __future__ import annotations

from typing import Any

import pytest

from mockserver import Mock

EVENTS = "/v2/scheduled-events"


def asked(fault: str, target: str = EVENTS, **params: Any) -> Any:
    mock = Mock("zeeg")
    mock.faults.declare(fault, **params)
    answer = mock.call("GET", target, persona="owner")
    media = answer.exchange.plan.media(answer.status)
    assert media is not None
    assert media.check is not None
    return answer, media.check.ok(answer.json)


def test_a_member_holds_another_legal_value() -> None:
    answer, legal = asked("other-value", field="title", value="\u202eTitel \U0001f4c5")
    assert legal
    assert answer.json["collection"][0]["title"] == "\u202eTitel \U0001f4c5"


def test_a_value_that_is_not_legal_is_not_given() -> None:
    answer, legal = asked("other-value", field="status", value="gone")
    assert legal
    assert answer.json["collection"][0]["status"] == "confirmed"
    assert "cannot act: status would not be legal" in answer.exchange.reason


def test_a_row_is_moved_with_its_end() -> None:
    answer, legal = asked("moved-times", to="2026-03-29T00:45:00Z")
    row = answer.json["collection"][0]
    assert legal
    assert (row["startTime"], row["endTime"]) == (
        "2026-03-29T00:45:00.000000Z",
        "2026-03-29T01:15:00.000000Z",
    )
    assert row["createdAt"] == "2026-04-06T03:30:00.000000Z"


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="tomorrow"):
        Mock("zeeg").faults.declare("moved-times", to="tomorrow")


def test_rows_come_the_other_way_round() -> None:
    plain = Mock("zeeg").call("GET", EVENTS, persona="owner").json["collection"]
    answer, legal = asked("other-order")
    assert legal
    assert [row["uuid"] for row in answer.json["collection"]] == [row["uuid"] for row in reversed(plain)]


def test_pages_are_short_and_hold_every_row_once() -> None:
    mock = Mock("zeeg")
    mock.faults.declare("small-pages", size=3)
    seen: list[str] = []
    target: str | None = EVENTS
    while target is not None:
        page = mock.call("GET", EVENTS + f"?page={len(seen) // 3 + 1}", persona="owner").json
        assert len(page["collection"]) <= 3
        seen += [row["uuid"] for row in page["collection"]]
        target = page["pagination"]["nextPage"]
    plain = Mock("zeeg").call("GET", EVENTS, persona="owner").json["collection"]
    assert seen == [row["uuid"] for row in plain]


def test_who_names_a_size_gets_pages_of_that_size() -> None:
    answer, _ = asked("small-pages", EVENTS + "?count=7", size=3)
    assert len(answer.json["collection"]) == 7


def test_where_a_cursor_leads_on_pages_may_be_shorter_than_asked_for() -> None:
    mock = Mock("caledee")
    mock.faults.declare("small-pages", size=3)
    page = mock.call("GET", "/api/v2/leads?limit=10", persona="owner").json
    assert len(page["leads"]) == 3
    assert page["nextCursor"]


def test_links_lead_to_another_host() -> None:
    answer, _ = asked("link-elsewhere", EVENTS + "?count=2", host="other.example")
    assert answer.json["pagination"]["nextPage"].startswith("http://other.example/v2/scheduled-events?")
    assert answer.json["collection"][0]["location"]["joinUrl"].startswith("https://meet.example.com/")
