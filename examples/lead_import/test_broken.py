"""The broken integration against a provider that Hypothesis plays."""

from contracts import fuzz
from examples.lead_import.broken import NotNow, run


@fuzz("caledee", scopes=["read:leads"], gives_up=NotNow)
def test_import(mock):
    assert all(contact.first_name for contact in run(mock.url + "/api/v2", mock.token()))
