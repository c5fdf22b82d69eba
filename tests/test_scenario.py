from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from mockserver import Mock
from mockserver.cli import main
from mockserver.house import UnknownFault
from mockserver.scenario import Scenario, ScenarioError, read_scenario
from tests.serving import serving

GIVEN: dict[str, Any] = {
    "scenario": 1,
    "provider": "zeeg",
    "data": "busy-week",
    "clock": "2026-03-29T00:30:00Z",
    "faults": [{"fault": "server-error", "operation": "whoami", "nth": 2, "times": 1}],
}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "found.json"
    path.write_bytes(orjson.dumps({**GIVEN, **changes}))
    return path


def test_a_scenario_is_read_as_it_was_written() -> None:
    given = Scenario.from_json(GIVEN)
    assert Scenario.from_json(orjson.loads(given.text())) == given


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scenario": 2}, "known is 1"),
        ({"fault": []}, "unknown fault"),
        ({"provider": None}, "provider is None, not text"),
        ({"clock": "noon"}, "clock:"),
        ({"faults": [{"fault": "server-eror"}]}, "/faults/0: there is no fault 'server-eror' (did you mean"),
        ({"deliveries": [{"forged": True}]}, "/deliveries/0"),
    ],
)
def test_what_cannot_be_played_is_told_with_its_place(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_world_begins_with_its_faults_again_after_a_reset() -> None:
    mock = Mock("zeeg", faults=GIVEN["faults"])
    for _ in range(2):
        assert [mock.call("GET", "/v2/whoami", persona="owner").status for _ in range(3)] == [200, 500, 200]
        mock.reset()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"fault": "latency"}, "needs the parameter 'seconds'"),
        ({"fault": "outage", "operation": "whoam"}, "did you mean 'whoami'"),
        ({"fault": "outage", "persona": "nobody"}, "there is no persona 'nobody'"),
        ({"fault": "outage", "provider": "caledee"}, "'caledee' is not served here"),
    ],
)
def test_a_fault_that_means_nothing_is_refused_at_the_start(fault: dict[str, Any], said: str) -> None:
    with pytest.raises(UnknownFault) as caught:
        Mock("zeeg", faults=[fault])
    assert said in str(caught.value)


def test_a_scenario_is_served_to_every_world_and_after_a_reset(tmp_path: Path) -> None:
    with serving("--scenario", str(written(tmp_path)), "--quiet") as served, httpx.Client() as client:
        client.headers["Authorization"] = "Bearer zeeg_owner"
        assert client.post(f"{served.url}/_mock/worlds", json={"name": "one"}).status_code == 201
        for world in ("", "", "/w/one"):
            root = f"{served.url}{world}"
            asked = [client.get(f"{root}/zeeg/v2/whoami").status_code for _ in range(3)]
            assert asked == [200, 500, 200]
            client.post(f"{root}/_mock/reset", json={})
        assert client.get(f"{served.url}/_mock/clock").json()["now"].startswith("2026-03-29T00:30:00")


def test_another_provider_than_the_scenario_s_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path)
    assert main(["serve", "caledee", "--scenario", str(path), "--port", "0"]) == 2
    assert f"{path} is of zeeg" in capsys.readouterr().err
