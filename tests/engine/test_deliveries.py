"""Webhooks before they leave: rules from facts, bodies judged, attempts signed anew."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.deliveries import Rules, body_pointer, spoilt
from mockserver.engine.refusals import NotConformant
from mockserver.signatures import Scheme, verify

NOW = datetime(2026, 4, 6, 8, tzinfo=UTC)
PLAIN = """
openapi: 3.1.0
info: {title: Plain, version: "1"}
paths:
  /things:
    get: {responses: {"200": {description: Things.}}}
"""


def test_rules_are_what_the_fact_says() -> None:
    fact = {
        "signature": {"scheme": "hmac-sha256", "header": "X-Sig", "unsigned": "none"},
        "schedule": {"retries": [5, 60], "timeout": 3, "redirects": "followed", "disable-after": 4},
    }
    scheme = Scheme("hmac-sha256", "X-Sig", "none")
    assert Rules.from_fact(fact) == Rules(scheme, (5.0, 60.0), 3.0, True, 4)
    assert Rules.from_fact({}) == Rules(Scheme(), (), 10.0, False, None)


def test_a_body_is_found_through_references() -> None:
    data: dict[str, Any] = {
        "webhooks": {
            "plain": {"post": {"requestBody": {"content": {"application/json": {"schema": {}}}}}},
            "item": {"$ref": "#/components/pathItems/item"},
            "a/b~c": {"post": {"requestBody": {"$ref": "#/components/requestBodies/body"}}},
            "nobody": {"post": {}},
        },
        "components": {
            "pathItems": {"item": {"post": {"requestBody": {"$ref": "#/components/requestBodies/body"}}}},
            "requestBodies": {"body": {"content": {"application/json": {"schema": {}}}}},
        },
    }
    schema = "/content/application~1json/schema"
    assert body_pointer(data, "plain") == f"/webhooks/plain/post/requestBody{schema}"
    assert body_pointer(data, "item") == f"/components/requestBodies/body{schema}"
    assert body_pointer(data, "a/b~c") == f"/components/requestBodies/body{schema}"
    assert body_pointer(data, "nobody") is None
    assert body_pointer(data, "unknown") is None


@pytest.mark.parametrize("signature", ["abc0", "t=1,v1=ff", "x"])
def test_a_spoilt_signature_is_as_long_and_another(signature: str) -> None:
    assert len(spoilt(signature)) == len(signature)
    assert spoilt(signature) != signature


class TestJudging:
    def put(self, mock: Mock, event: str, value: Any, **more: Any) -> Any:
        post, world = mock.service().post, mock.world
        return post.put(
            world, event, to="https://a.example/x", subscription="s", value=value, now=NOW, **more
        )

    def test_a_body_that_the_document_does_not_allow_is_no_message(self) -> None:
        mock = Mock("caledee", data="empty")
        with pytest.raises(NotConformant, match="booking_created does not fit"):
            self.put(mock, "booking_created", {"event": "booking_created"})
        with pytest.raises(NotConformant, match="the document has no webhook booking_born"):
            self.put(mock, "booking_born", {})
        assert mock.webhooks == []

    def test_a_request_that_would_tell_something_wrong_is_a_500_and_undone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mock = Mock("meetergo", data="empty")
        hook = {"endpoint": "https://hooks.example.com/x", "eventTypes": ["booking_cancelled"]}
        assert mock.call("POST", "/webhooks", persona="owner", json=hook).status == 201
        told = "mockserver.providers.meetergo.deliveries.payload"
        monkeypatch.setattr(told, lambda *_: {"webhookType": "booking_cancelled"})
        row = next(row for row in mock.state("appointment") if not row["isCancelled"])
        answer = mock.call("POST", f"/v4/appointment/{row['id']}/cancel", persona="owner")
        assert answer.status == 500
        assert b"webhook booking_cancelled" in answer.body
        assert mock.webhooks == []
        assert row in mock.state("appointment")

    def test_what_no_prepared_document_describes_is_not_judged(self, tmp_path: Path) -> None:
        plain = tmp_path / "plain.yaml"
        plain.write_text(PLAIN)
        mock = Mock(plain)
        self.put(mock, "thing.made", {"any": "thing"})
        assert [message.body for message in mock.webhooks] == [b'{"any":"thing"}']

    def test_one_value_is_the_same_body_for_all(self) -> None:
        mock = Mock("meetergo", data="empty")
        value = {"webhookType": "form_submission"}
        first, second = (self.put(mock, "form_submission", value) for _ in range(2))
        assert first.body == second.body == b'{"webhookType":"form_submission"}'
        assert (first.retries, first.headers) == (
            (60.0, 600.0, 3600.0),
            (("Content-Type", "application/json"),),
        )
        with pytest.raises(NotConformant):
            self.put(mock, "booking_created", value)


def test_an_attempt_is_signed_at_its_own_time() -> None:
    mock = Mock("calcom", data="empty")
    hook = {"subscriberUrl": "https://a.example/x", "triggers": ["BOOKING_CREATED"], "active": True}
    made = mock.call("POST", "/v2/webhooks", persona="owner", json={**hook, "secret": "s3cret"})
    assert made.status == 201
    person = {"name": "Bo", "email": "bo@example.org", "timeZone": "UTC"}
    body = {"eventTypeId": 7, "start": "2026-04-14T09:00:00Z", "attendee": person}
    mock.call("POST", "/v2/bookings", json=body, headers={"cal-api-version": "2026-02-25"})
    message = mock.webhooks[-1]
    letter = mock.service().post.letter(message, NOW)
    assert letter.body == message.body
    assert dict(letter.headers) == dict(message.headers)
    verify("calcom", letter.headers, letter.body, "s3cret")
    assert "s3cret" not in repr(message)
