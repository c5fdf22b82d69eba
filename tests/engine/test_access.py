"""What only a provider can say of a caller, scopes that hold others, and plans that stand above others."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.engine import membership
from mockserver.engine.exchange import Exchange
from mockserver.engine.membership import path_value
from mockserver.engine.refusals import Refusal
from mockserver.engine.service import Provider, Service
from mockserver.engine.settings import build_settings
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.document import open_document
from mockserver.openapi.facts import read_provider
from mockserver.openapi.problems import SpecificationError
from mockserver.world.clock import parse_clock
from mockserver.world.world import World
from tests.documents import json_body, operation, tasks_document, tasks_provider, write_provider

TEAM = [{"name": "team", "in": "path", "required": True, "schema": {"type": "integer"}}]
FOR_ALL = {"200": {"description": "Something.", **json_body({"type": "object"})}}


def may(exchange: Exchange) -> None:
    assert exchange.plan.operation is not None
    least = exchange.plan.operation.facts["role"]["least"]
    if path_value(exchange, "team") != "7" or path_value(exchange, "nothing") is not None:
        raise Refusal(403, "role-required", role=least, pointer=exchange.plan.pointer + "/x-role")


def service(folder: Path, provider: Provider | None = None, least: str = "SCALE") -> Service:
    made = tasks_document()
    made["x-access"] = {"plans": ["STARTER", "SCALE", "ENTERPRISE"], "scopes": {"org": "team"}}
    made["paths"]["/teams/{team}"] = {
        "get": operation(
            "getTeam",
            "teamtasks:read",
            FOR_ALL,
            parameters=TEAM,
            **{"x-role": {"level": "team", "least": "admin", "param": "team"}, "x-plan": least},
        )
    }
    made["paths"]["/org"] = {"get": operation("getOrg", "orgtasks:read", FOR_ALL)}
    made["paths"]["/report"]["get"].pop("x-plan")
    side = tasks_provider()
    personas = {plan.lower(): {"scopes": "all", "plan": plan} for plan in ("STARTER", "SCALE", "ENTERPRISE")}
    scoped = {
        "org": {"scopes": ["orgtasks:read"], "plan": "SCALE"},
        "team": {"scopes": ["teamtasks:read"], "plan": "SCALE"},
    }
    path = write_provider(folder, made, side | {"personas": personas | scoped})
    contract = compile_contract(open_document(path), "tasks")
    settings = build_settings(contract, read_provider(path.parent / "provider.yaml"))
    return Service(contract, settings, provider)


def ask(service: Service, path: str, persona: str) -> Exchange:
    world = World("default", 1, "empty", parse_clock("2026-04-06T08:00:00Z"), space="test")
    service.define(world)
    headers = [(b"authorization", b"Bearer tasks_" + persona.encode())]
    return service.answer(world, "GET", path, path.encode(), b"", headers, dict(headers), b"")


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return service(tmp_path_factory.mktemp("access"), Provider(authorize=may))


def test_the_provider_is_asked_at_the_end_of_authorization(asking: Service) -> None:
    assert ask(asking, "/v1/teams/7", "scale").status == 200
    refused = ask(asking, "/v1/teams/8", "scale")
    assert refused.status == 403
    assert refused.stop is not None
    assert (refused.stop.stage, refused.stop.rule) == ("authorize", "role-required")


def test_it_is_asked_after_scopes_and_plans_and_before_parameters(asking: Service) -> None:
    refused = ask(asking, "/v1/teams/8", "starter")
    assert refused.stop is not None
    assert refused.stop.rule == "plan-required"
    assert ask(asking, "/v1/teams/none", "scale").status == 403


def test_operations_without_role_or_permission_ask_nobody(asking: Service) -> None:
    for each in asking.contract.operations:
        assert (membership.authorize in asking.plan(each).stages) == (each.id == "getTeam")


def test_a_provider_that_says_nothing_is_not_asked(tmp_path: Path) -> None:
    silent = service(tmp_path)
    assert ask(silent, "/v1/teams/8", "scale").status == 200


@pytest.mark.parametrize(("persona", "status"), [("starter", 403), ("scale", 200), ("enterprise", 200)])
def test_a_higher_plan_may_what_a_lower_one_may(asking: Service, persona: str, status: int) -> None:
    assert ask(asking, "/v1/teams/7", persona).status == status


def test_a_plan_that_is_not_in_the_order_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SpecificationError, match="there is no plan 'GOLD'"):
        ask(service(tmp_path, least="GOLD"), "/v1/teams/7", "scale")


def test_a_scope_holds_the_one_below_it_and_not_the_other_way(asking: Service) -> None:
    assert ask(asking, "/v1/teams/7", "org").status == 200
    assert ask(asking, "/v1/teams/7", "team").status == 200
    assert ask(asking, "/v1/org", "org").status == 200
    assert ask(asking, "/v1/org", "team").status == 403
