"""The repaired integration against a provider that Hypothesis plays."""

from contracts import fuzz
from examples.calendar_sync.repaired import NotNow, sync


@fuzz("zeeg", scopes=["events:read"], gives_up=NotNow)
def test_sync(mock):
    there = {row["uuid"] for row in mock.state("event") if row["status"] != "cancelled"}
    assert set(sync(mock.url + "/v2", mock.token())) <= there
