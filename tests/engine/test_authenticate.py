"""Whose tokens count."""

from __future__ import annotations

from pathlib import Path

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider


def test_where_a_scheme_names_a_plan_tokens_of_other_plans_are_none(tmp_path: Path) -> None:
    document = tasks_document()
    document["components"]["securitySchemes"]["bearer"]["x-plan"] = "paid"
    with Mock(write_provider(tmp_path, document, tasks_provider()), data="empty") as mock:
        assert mock.call("GET", "/v1/tasks", persona="owner").status == 200
        # Before the scope is looked at: such a token is as good as none.
        for scopes in (["tasks:read"], ["tasks:write"]):
            answer = mock.call("GET", "/v1/tasks", token=mock.tokens(scopes=scopes, plan="free"))
            assert answer.status == 401
            assert "paid" in answer.json["message"]
            assert answer.exchange.stop is not None
            assert answer.exchange.stop.rule == "plan-without-access"
        assert mock.call("GET", "/v1/open", persona="free").status == 200


def test_a_new_token_has_the_plan_of_a_persona(tmp_path: Path) -> None:
    document, provider = tasks_document(), tasks_provider()
    document["components"]["securitySchemes"]["bearer"]["x-plan"] = "team"
    for persona in provider["personas"].values():
        persona["plan"] = "team"
    with Mock(write_provider(tmp_path, document, provider), data="empty") as mock:
        assert mock.call("GET", "/v1/tasks", token=mock.tokens(scopes=["tasks:read"])).status == 200
