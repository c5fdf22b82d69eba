"""Create, read, list, update, delete and transitions from facts alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import Mock
from tests.documents import tasks_document, tasks_provider, write_provider

DAYS = [f"2026-05-{day:02d}T10:00:00Z" for day in range(1, 13)]


def make(mock: Mock, **fields: Any) -> dict[str, Any]:
    answer = mock.call("POST", "/v1/tasks", persona="owner", json={"title": "x", **fields})
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.json
    return made


def titles(mock: Mock, target: str) -> list[str]:
    answer = mock.call("GET", target, persona="owner")
    assert answer.status == 200, answer
    return [item["title"] for item in answer.json["items"]]


def test_what_is_made_is_read_back_and_listed(mock: Mock) -> None:
    made = make(mock, title="Call Ana", due=DAYS[0], tags=["a", "b"])
    assert mock.call("GET", f"/v1/tasks/{made['id']}", persona="owner").json == made
    assert mock.call("GET", "/v1/tasks", persona="owner").json["items"] == [made]
    assert made["state"] == "open"
    assert made["createdAt"] == "2026-04-06T08:00:00.000000Z"


def test_undeclared_and_private_fields_of_a_body_are_not_taken_over(mock: Mock) -> None:
    made = make(mock, title="a", state="done", createdAt=5, _account="two", surprise=1)
    assert (made["state"], "surprise" in made, mock.state("task")[0]["_account"]) == ("open", False, "one")


def test_an_update_lays_its_fields_over_the_row_and_marks_the_time(mock: Mock) -> None:
    made = make(mock, title="a", weight=3)
    mock.clock.advance(60)
    changed = mock.call(
        "PATCH", f"/v1/tasks/{made['id']}", persona="owner", json={"title": "b", "id": "no"}
    ).json
    assert changed == made | {
        "title": "b",
        "updatedAt": "2026-04-06T08:01:00.000000Z",
        "seenAt": "2026-04-06T08:01:00.000000Z",
    }


def test_the_time_of_the_answer_moves_with_the_clock_and_the_row_does_not(mock: Mock) -> None:
    made = make(mock)
    mock.clock.advance(3600)
    read = mock.call("GET", f"/v1/tasks/{made['id']}", persona="owner").json
    assert read == made | {"seenAt": "2026-04-06T09:00:00.000000Z"}


def test_what_is_deleted_is_gone(mock: Mock) -> None:
    made = make(mock)
    target = f"/v1/tasks/{made['id']}"
    assert (mock.call("DELETE", target, persona="owner").status, mock.state("task")) == (204, [])
    assert mock.call("DELETE", target, persona="owner").status == 404
    assert mock.call("GET", target, persona="owner").status == 404


def test_a_transition_starts_from_its_states_only(mock: Mock) -> None:
    target = f"/v1/tasks/{make(mock)['id']}/finish"
    assert mock.call("POST", target, persona="owner").json["state"] == "done"
    assert mock.call("POST", target, persona="owner").status == 409


def test_another_account_s_row_is_not_there(mock: Mock) -> None:
    made = make(mock)
    target = f"/v1/tasks/{made['id']}"
    unknown = mock.call("GET", "/v1/tasks/t-nobody", persona="other")
    for method in ("GET", "DELETE"):
        answer = mock.call(method, target, persona="other")
        assert (answer.status, answer.body) == (unknown.status, unknown.body)
    assert mock.call("GET", "/v1/tasks", persona="other").json["items"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "a", "d", "b"]),
        ("?sort=desc", ["b", "d", "a", "c"]),
        ("?state=done", ["d"]),
        ("?state=open&tag=x", ["a"]),
        ("?tag=x", ["a", "d"]),
        ("?q=A", ["a"]),
        ("?dueAfter=2026-05-02T12:00:00%2B02:00", ["a", "d", "b"]),
        ("?dueAfter=2026-05-02T10:00:01Z", ["d", "b"]),
        ("?dueBefore=2026-05-03T10:00:00Z", ["c", "a"]),
        ("?dueAfter=2026-05-02T00:00:00Z&dueBefore=2026-05-04T00:00:00Z&sort=desc", ["d", "a"]),
        ("?dueAfter=2026-05-04T00:00:00Z&dueBefore=2026-05-02T00:00:00Z", []),
    ],
)
def test_filters_and_order(mock: Mock, query: str, found: list[str]) -> None:
    make(mock, title="a", due="2026-05-02T12:00:00+02:00", tags=["x"])
    make(mock, title="b", due=DAYS[3])
    make(mock, title="c", due=DAYS[0], tags=["y"])
    done = make(mock, title="d", due=DAYS[2], tags=["x", "y"])
    mock.call("POST", f"/v1/tasks/{done['id']}/finish", persona="owner")
    assert titles(mock, f"/v1/tasks{query}") == found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 50])
def test_pages_of_every_style_and_size_partition_the_list(mock: Mock, size: int) -> None:
    for number in range(11):
        make(mock, title=str(number), due=DAYS[number % 4])
    whole = titles(mock, "/v1/tasks?size=50")
    assert len(whole) == 11
    assert [t for page in range(1, 20) for t in titles(mock, f"/v1/tasks?size={size}&page={page}")] == whole
    assert [
        t for n in range(20) for t in titles(mock, f"/v1/tasks-by-offset?size={size}&skip={n * size}")
    ] == whole
    assert walk(mock, f"size={size}") == whole
    assert walk(mock, f"size={size}&sort=desc") == whole[::-1]


def walk(mock: Mock, query: str) -> list[str]:
    found: list[str] = []
    cursor = ""
    for _ in range(100):
        page = mock.call("GET", f"/v1/tasks-by-cursor?{query}{cursor}", persona="owner").json
        found += [item["title"] for item in page["items"]]
        assert page["info"]["more"] is (page["info"]["next"] is not None)
        if page["info"]["next"] is None:
            return found
        cursor = f"&cursor={page['info']['next']}"
    raise AssertionError("the list has no end")


def test_a_cursor_is_good_for_its_own_list_and_caller_only(mock: Mock) -> None:
    for number in range(6):
        make(mock, title=str(number))
    cursor = mock.call("GET", "/v1/tasks-by-cursor?size=2&state=open", persona="owner").json["info"]["next"]
    target = f"/v1/tasks-by-cursor?size=2&cursor={cursor}"
    assert mock.call("GET", target + "&state=open", persona="owner").status == 200
    assert mock.call("GET", target.replace("size=2", "size=3") + "&state=open", persona="owner").status == 200
    assert mock.call("GET", target, persona="owner").status == 422
    assert mock.call("GET", target + "&state=done", persona="owner").status == 422
    assert mock.call("GET", target + "&state=open", persona="other").status == 422
    flipped = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    assert mock.call("GET", f"/v1/tasks-by-cursor?cursor={flipped}&state=open", persona="owner").status == 422
    assert mock.call("GET", "/v1/tasks-by-cursor?cursor=x&state=open", persona="owner").status == 422


@settings(max_examples=40)
@given(st.data())
def test_a_walk_by_cursor_loses_and_repeats_nothing_that_stays(tasks_path: Any, data: st.DataObject) -> None:
    """Rows come and go between the pages; those that were there throughout are seen once, in order."""
    with Mock(tasks_path, data="empty", limits=False) as mock:
        days = st.sampled_from(DAYS[:6])
        ids = [
            make(mock, title=str(n), due=data.draw(days))["id"] for n in range(data.draw(st.integers(0, 12)))
        ]
        stays: set[str] = set(ids)
        seen: list[str] = []
        descending = data.draw(st.booleans())
        cursor, order = "", "&sort=desc" if descending else ""
        while True:
            page = mock.call("GET", f"/v1/tasks-by-cursor?size=2{order}{cursor}", persona="owner").json
            seen += [item["id"] for item in page["items"]]
            if page["info"]["next"] is None:
                break
            cursor = f"&cursor={page['info']['next']}"
            for _ in range(data.draw(st.integers(0, 2))):
                if data.draw(st.booleans()) and stays:
                    gone = data.draw(st.sampled_from(sorted(stays)))
                    stays.discard(gone)
                    mock.call("DELETE", f"/v1/tasks/{gone}", persona="owner")
                else:
                    make(mock, title="new", due=data.draw(days))
        assert len(seen) == len(set(seen))
        assert stays <= set(seen)


def test_the_same_seed_and_requests_give_the_same_bytes_whatever_ran_between(tasks_path: Any) -> None:
    def story(mock: Mock, disturbed: bool) -> list[bytes]:
        bodies = []
        for number in range(5):
            if disturbed:
                other = mock.fork()
                make(other, title="elsewhere")
                mock.call("GET", "/v1/tasks/t-none", persona="owner")
                mock.call("POST", "/v1/tasks", persona="owner", json={"title": ""})
            bodies.append(mock.call("POST", "/v1/tasks", persona="owner", json={"title": str(number)}).body)
            bodies.append(mock.call("GET", "/v1/tasks-by-cursor?size=2", persona="owner").body)
        return bodies

    with Mock(tasks_path, data="empty", seed=7) as one, Mock(tasks_path, data="empty", seed=7) as two:
        assert story(one, disturbed=False) == story(two, disturbed=True)
    with Mock(tasks_path, data="empty", seed=8) as three, Mock(tasks_path, data="empty", seed=7) as four:
        assert story(three, disturbed=False)[0] != story(four, disturbed=False)[0]


def test_reset_snapshot_and_fork_go_back_to_what_was(mock: Mock) -> None:
    make(mock, title="first")
    kept = mock.snapshot()
    fork = mock.fork()
    make(fork, title="in the fork")
    make(mock, title="second")
    assert (titles(fork, "/v1/tasks"), titles(mock, "/v1/tasks")) == (
        ["first", "in the fork"],
        ["first", "second"],
    )
    mock.restore(kept)
    assert titles(mock, "/v1/tasks") == ["first"]
    mock.reset()
    fork.reset()
    assert (titles(mock, "/v1/tasks"), titles(fork, "/v1/tasks")) == ([], ["first"])


@pytest.mark.parametrize(
    ("target", "first", "second"),
    [
        ("/v1/tasks?size=2", "", "&page=2"),
        ("/v1/tasks-by-offset?size=2", "", "&skip=2"),
        ("/v1/tasks-by-offset?size=2", "&skip=0", "&skip=1"),
    ],
)
def test_a_page_says_whether_one_comes_before_it(
    tmp_path: Path, target: str, first: str, second: str
) -> None:
    document = tasks_document()
    for style in document["x-paging"].values():
        style["info"] = {"before": "$has-previous", "after": "$has-more"}
    with Mock(write_provider(tmp_path, document, tasks_provider()), data="empty") as mock:
        for day in DAYS[:3]:
            make(mock, due=day)
        told = [mock.call("GET", target + more, persona="owner").json["info"] for more in (first, second)]
        assert told == [{"before": False, "after": True}, {"before": True, "after": False}]


@pytest.mark.parametrize("far", [10**6, 2**63, 10**35])
def test_a_page_however_far_behind_the_end_is_empty(mock: Mock, far: int) -> None:
    for target in (f"/v1/tasks?page={far}", f"/v1/tasks-by-offset?skip={far}"):
        answer = mock.call("GET", target, persona="owner")
        assert answer.status == 200, answer
        assert answer.json["items"] == []
