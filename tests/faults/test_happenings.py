from __future__ import annotations

from mockserver import Mock

EVENTS = "/v2/scheduled-events"
CANCEL = "/v2/scheduled-events/zg-O6a1f0c3b9d27e/cancel"


def test_an_expired_token_stays_expired_and_another_one_helps() -> None:
    mock = Mock("zeeg")
    mock.faults.declare("token-expires", nth=2, times=1)
    asked = [mock.call("GET", EVENTS, persona="owner").status for _ in range(4)]
    assert asked == [200, 401, 401, 401]
    assert mock.call("GET", EVENTS, token=mock.tokens()).status == 200


def test_somebody_else_who_asks_the_same_first_takes_the_slot() -> None:
    mock = Mock("zeeg")
    mock.faults.declare("meanwhile", operation="cancelEvent", times=1)
    assert mock.call("PUT", CANCEL, persona="owner", json={"cancellationReason": "Ill"}).status == 409
    first, second = sorted(mock.exchanges, key=lambda each: each.id == "x-1")
    assert (first.status, second.status) == (200, 409)


def test_what_somebody_else_did_stays_when_the_request_itself_is_refused() -> None:
    mock = Mock("zeeg")
    request = {"method": "PUT", "target": CANCEL, "json": {"cancellationReason": "Ill"}}
    mock.faults.declare("meanwhile", times=1, request=request)
    assert mock.call("GET", EVENTS).status == 401
    shown = mock.call("GET", CANCEL.removesuffix("/cancel"), persona="owner").json
    assert shown["resource"]["status"] == "cancelled"


def test_faults_do_not_meet_who_asks_first() -> None:
    mock = Mock("zeeg")
    mock.faults.declare("meanwhile")
    mock.faults.declare("server-error", nth=2)
    assert mock.call("GET", EVENTS, persona="owner").status == 200
    assert mock.call("GET", EVENTS, persona="owner").status == 500


def test_time_that_passes_frees_the_quota() -> None:
    mock = Mock("zeeg")
    token = mock.tokens(quota=1)
    mock.faults.declare("clock-jump", nth=3, seconds=61)
    assert [mock.call("GET", EVENTS, token=token).status for _ in range(3)] == [200, 429, 200]
    assert mock.clock.now.isoformat() == "2026-04-06T08:01:01+00:00"


def test_a_list_is_empty_with_its_counts_and_so_is_the_world() -> None:
    mock = Mock("zeeg")
    mock.faults.declare("no-rows", operation="listEvents", nth=2, times=1)
    assert len(mock.call("GET", EVENTS, persona="owner").json["collection"]) == 20
    for _ in range(2):
        empty = mock.call("GET", EVENTS, persona="owner").json
        assert empty["collection"] == []
        assert (empty["pagination"]["total"], empty["pagination"]["nextPage"]) == (0, None)
    assert mock.state("event") == []


def test_who_may_not_see_a_list_is_refused_as_ever() -> None:
    mock = Mock("zeeg")
    mock.faults.declare("no-rows")
    assert mock.call("GET", EVENTS, persona="only-notes-read").status == 403
    assert mock.call("GET", "/v2/whoami", persona="owner").status == 200
