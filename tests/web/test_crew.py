"""The directory of worlds among several workers: whatever happens at once, or fails, each is in one place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from mockserver.house import House
from mockserver.world.world import World
from mockserver.world.worlds import DEFAULT, WorldError
from tests.web.crewed import links, worker

WHOAMI = "/v2/whoami"
OWNER = {"Authorization": "Bearer zeeg_owner"}


class Three:
    """Three workers, and what is in each."""

    def __init__(self, stack: ExitStack) -> None:
        self.houses = [House(["zeeg"], limited=False) for _ in range(3)]
        self.urls = []
        for number, ends in enumerate(links(3)):
            server = worker(self.houses[number], number, ends)
            stack.callback(server.stop)
            self.urls.append(server.url)

    def listed(self) -> list[str]:
        return [world["name"] for world in httpx.get(f"{self.urls[1]}/_mock/worlds").json()]


@pytest.fixture
def three() -> Iterator[Three]:
    with ExitStack() as stack:
        yield Three(stack)


def test_whatever_is_made_and_dropped_at_once_each_world_is_in_one_place_and_listed(three: Three) -> None:
    names = ["a", "b", "c", "d"]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with httpx.Client(base_url=three.urls[seed % 3], headers=OWNER) as client:
            for _ in range(40):
                name, other = chance.sample(names, 2)
                what = chance.choice(["make", "fork", "drop", "ask", "list"])
                if what == "make":
                    status = client.post("/_mock/worlds", json={"name": name}).status_code
                    assert status in (201, 409)
                elif what == "fork":
                    status = client.post("/_mock/worlds", json={"name": name, "from": other}).status_code
                    assert status in (201, 404, 409)
                elif what == "drop":
                    asker = f"/w/{other}" if chance.random() < 0.5 else ""
                    assert client.delete(f"{asker}/_mock/worlds/{name}").status_code in (204, 404)
                elif what == "ask":
                    assert client.get(f"/w/{name}{WHOAMI}").status_code in (200, 404)
                else:
                    assert client.get("/_mock/worlds").json()[0]["name"] == DEFAULT

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    there = [house.worlds.names() for house in three.houses]
    every = [name for names in there for name in names]
    assert sorted(every) == sorted(set(every)) == sorted(three.listed())
    for url in three.urls:
        for name in names:
            status = httpx.get(f"{url}/w/{name}{WHOAMI}", headers=OWNER).status_code
            assert status == (200 if name in every else 404)


@pytest.mark.parametrize(
    ("error", "status"), [(WorldError("full", "no room"), 409), (RuntimeError("broken"), 500)]
)
def test_a_world_that_its_worker_cannot_make_is_told_of_and_leaves_its_name_free(
    three: Three, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def make(*_: object) -> World:
        raise error

    # Of a seed of its own, so that it has to be made from nothing.
    wish = {"name": "mine", "seed": 7}
    # The second worker's turn, for the first has the default world.
    with monkeypatch.context() as patch:
        patch.setattr(three.houses[1].worlds, "_make", make)
        refused = httpx.post(f"{three.urls[2]}/_mock/worlds", json=wish)
    assert (refused.status_code, str(error) in refused.json()["detail"]) == (status, True)
    assert three.listed() == [DEFAULT]
    assert httpx.post(f"{three.urls[2]}/_mock/worlds", json=wish).status_code == 201
    assert three.houses[1].worlds.names() == ["mine"]


def test_fresh_worlds_go_where_the_fewest_are_and_forks_beside_their_source(three: Three) -> None:
    def made(**wish: str) -> None:
        assert httpx.post(f"{three.urls[0]}/_mock/worlds", json=wish).status_code == 201

    for name in ("a", "b", "c"):
        made(name=name)
    assert [house.worlds.names() for house in three.houses] == [[DEFAULT, "c"], ["a"], ["b"]]
    made(name="a2", **{"from": "a"})
    made(name="default2", **{"from": DEFAULT})
    assert [house.worlds.names() for house in three.houses] == [
        [DEFAULT, "c", "default2"],
        ["a", "a2"],
        ["b"],
    ]
    made(name="d")
    assert three.houses[2].worlds.names() == ["b", "d"]
    assert three.listed() == [DEFAULT, "a", "b", "c", "a2", "default2", "d"]
