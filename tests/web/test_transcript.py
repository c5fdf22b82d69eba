from __future__ import annotations

from mockserver import Mock
from mockserver.web.transcript import masked, transcript


def test_what_lets_somebody_in_is_not_shown_whatever_carries_it() -> None:
    mock = Mock("calcom")
    asked = {"grant_type": "refresh_token", "client_id": "app_public", "refresh_token": "ort_not-to-be-shown"}
    mock.call("POST", "/v2/auth/oauth2/token", json=asked)
    hook = {"subscriberUrl": "https://example.com/", "triggers": ["BOOKING_CREATED"], "active": True}
    made = mock.call("POST", "/v2/webhooks", persona="owner", json={**hook, "secret": "not-to-be-shown"})
    assert made.status == 201
    told = "\n".join(transcript(mock.exchanges))
    assert "not-to-be-shown" not in told
    assert '"refresh_token":"***"' in told
    assert '"secret":"***"' in told
    assert '"client_id":"app_public"' in told


def test_labels_of_tokens_and_plain_members_stay() -> None:
    given = {
        "access_token": "<token of owner>",
        "rows": [{"clientSecret": "x", "secretary": "Ana", "token": None, "code": "DE"}],
    }
    assert masked(given) == {
        "access_token": "<token of owner>",
        "rows": [{"clientSecret": "***", "secretary": "Ana", "token": None, "code": "DE"}],
    }
