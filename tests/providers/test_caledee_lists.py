"""Bookings and leads newest first by cursor, contacts by offset and merged; nobody sees what is another's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import Mock
from tests.providers.caledee_asking import (
    ALEX,
    DEEP_DIVE,
    INTRO,
    RIVAL_CHAT,
    ask,
    book,
    booked,
    cancel,
    found,
    slots,
    walk,
)


@pytest.fixture(scope="module")
def busy() -> Iterator[Mock]:
    with Mock("caledee", seed=1, data="busy-week", limits=False) as mock:
        yield mock


def all_of(mock: Mock, path: str, persona: str = "owner", **query: Any) -> list[dict[str, Any]]:
    return [row for page in walk(mock, path, persona, **query) for row in page]


def mine(mock: Mock, kind: str, account: str = "acme") -> list[dict[str, Any]]:
    return [row for row in mock.state(kind) if row["_account"] == account]


class TestProfile:
    def test_me_is_who_the_token_belongs_to(self, caledee: Mock) -> None:
        assert found(caledee, "/me") == {
            "id": ALEX,
            "email": "alex.mueller@example.com",
            "name": "Alex Mueller",
            "slug": "alex-mueller",
            "timezone": "Europe/Berlin",
        }
        assert found(caledee, "/me", "other")["name"] is None

    def test_event_types_are_ones_own(self, caledee: Mock) -> None:
        assert [each["slug"] for each in found(caledee, "/event-types")["eventTypes"]] == [
            "intro-30",
            "deep-dive",
            "sales-call",
            "joint-review",
        ]
        assert [each["id"] for each in found(caledee, "/event-types", "other")["eventTypes"]] == [RIVAL_CHAT]


@pytest.mark.parametrize(("path", "kind"), [("/bookings", "booking"), ("/leads", "lead")])
class TestCursors:
    @pytest.mark.parametrize("limit", [1, 3, 50])
    def test_pages_part_the_list_newest_first(self, busy: Mock, path: str, kind: str, limit: int) -> None:
        for persona, account in (("owner", "acme"), ("other", "rival")):
            pages = list(walk(busy, path, persona, limit=limit))
            assert all(len(page) == limit for page in pages[:-1])
            rows = [row for page in pages for row in page]
            assert sorted(row["id"] for row in rows) == sorted(row["id"] for row in mine(busy, kind, account))
            times = [row["createdAt"] for row in rows]
            assert times == sorted(times, reverse=True)

    def test_fifty_a_page_and_a_hundred_at_most(self, busy: Mock, path: str, kind: str) -> None:
        assert ask(busy, "GET", path, limit=100).status == 200
        for limit in (0, 101, "x"):
            answer = ask(busy, "GET", path, limit=limit)
            assert (answer.status, answer.json["details"][0]["path"]) == (400, ["limit"])

    def test_a_cursor_is_good_for_its_list_its_filters_and_its_owner(
        self, busy: Mock, path: str, kind: str
    ) -> None:
        cursor = found(busy, path, limit=2)["nextCursor"]
        assert ask(busy, "GET", path, limit=5, cursor=cursor).status == 200
        other = "/leads" if path == "/bookings" else "/bookings"
        status = {"booking": "active", "lead": "new"}[kind]
        for answer in (
            ask(busy, "GET", path, cursor=cursor + "x"),
            ask(busy, "GET", path, cursor=cursor, status=status),
            ask(busy, "GET", path, cursor=cursor, persona="other"),
            ask(busy, "GET", other, cursor=cursor),
            ask(busy, "GET", path, cursor="…"),
        ):
            assert (answer.status, answer.json["title"]) == (400, "Invalid Argument")
            assert answer.json["details"][0]["path"] == ["cursor"]


class TestBookings:
    @pytest.mark.parametrize(
        "query",
        [
            {"status": "active"},
            {"status": "canceled"},
            {"from_": "2026-04-08"},
            {"to": "2026-04-08T12:00:00+02:00"},
            {"from_": "2026-04-07", "to": "2026-04-09"},
            {"status": "active", "from_": "2026-04-07T09:00:00Z", "to": "2026-04-16"},
            {"from_": "2026-04-09", "to": "2026-04-07"},
        ],
    )
    def test_filters_choose_by_state_and_start(self, busy: Mock, query: dict[str, str]) -> None:
        def whole(text: str) -> str:
            return {"2026-04-08T12:00:00+02:00": "2026-04-08T10:00:00.000Z"}.get(text, text)

        rows = all_of(busy, "/bookings", limit=3, **query)
        wanted = [
            row["id"]
            for row in mine(busy, "booking")
            if query.get("status") in (None, row["status"])
            and whole(query.get("from_", "")) <= row["startAt"]
            and row["startAt"] < whole(query.get("to", "9"))
        ]
        assert sorted(row["id"] for row in rows) == sorted(wanted)
        times = [row["createdAt"] for row in rows]
        assert times == sorted(times, reverse=True)

    def test_a_walk_is_not_disturbed_by_what_is_booked_and_cancelled_meanwhile(self, busy: Mock) -> None:
        mock = busy.fork()
        expected = [row["id"] for row in all_of(mock, "/bookings")]
        page = found(mock, "/bookings", limit=4)
        seen = [row["id"] for row in page["bookings"]]
        while page["nextCursor"]:
            mock.clock.advance(60)
            start = slots(mock, INTRO, "2026-04-20", "2026-04-25")[0]
            booked(mock, startAt=start)
            assert cancel(mock, seen[-1]).status == 200
            page = found(mock, "/bookings", limit=4, cursor=page["nextCursor"])
            seen += [row["id"] for row in page["bookings"]]
        assert seen == expected

    def test_an_unknown_state_is_400(self, busy: Mock) -> None:
        assert ask(busy, "GET", "/bookings", status="pending").status == 400


class TestLeads:
    @pytest.mark.parametrize("status", [None, "new", "contacted", "archived"])
    @pytest.mark.parametrize("booked", [None, "true", "false"])
    def test_filters_choose_by_state_and_by_what_followed(
        self, busy: Mock, status: str | None, booked: str | None
    ) -> None:
        query = {name: value for name, value in (("status", status), ("booked", booked)) if value is not None}
        rows = all_of(busy, "/leads", limit=2, **query)
        wanted = [
            row["id"]
            for row in mine(busy, "lead")
            if status in (None, row["status"]) and booked in (None, str(row["booked"]).lower())
        ]
        assert sorted(row["id"] for row in rows) == sorted(wanted)


PEOPLE = ("nora.lind@example.org", "Nora.Lind@Example.ORG", "kofi.mensah@example.org", "zoe@example.org")


def merged_slowly(mock: Mock) -> list[tuple[Any, ...]]:
    """The contacts that the bookings and leads make, reckoned in the obvious way."""
    people: dict[str, list[tuple[str, str]]] = {}
    for row in mine(mock, "booking"):
        acts = people.setdefault(row["invitee"]["email"].lower(), [])
        acts.append((row["createdAt"], "booking"))
        if row["canceledAt"] and row["cancelReason"] != "Rescheduled.":
            acts.append((row["canceledAt"], ""))
    for row in mine(mock, "lead"):
        people.setdefault(row["email"].lower(), []).append((row["createdAt"], "lead"))
    return sorted(
        (
            email,
            "client" if ("booking" in [what for _, what in acts]) else "lead",
            sum(what == "booking" for _, what in acts),
            sum(what == "lead" for _, what in acts),
            max(at for at, _ in acts),
        )
        for email, acts in people.items()
    )


def contacts(mock: Mock, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        page = found(mock, "/contacts", offset=len(rows), limit=4, **query)
        rows += page["contacts"]
        assert len(page["contacts"]) <= 4
        if not page["contacts"]:
            assert page["total"] == len(rows)
            return rows


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted((r["email"], r["kind"], r["bookings"], r["leads"], r["lastActivityAt"]) for r in rows)


class TestContacts:
    def test_clients_and_leads_are_one_contact_for_each_address(self, busy: Mock) -> None:
        rows = contacts(busy)
        assert told(rows) == merged_slowly(busy)
        times = [row["lastActivityAt"] for row in rows]
        assert times == sorted(times, reverse=True)
        assert {row["kind"] for row in rows} == {"client", "lead"}

    def test_filters_choose_by_kind_and_by_text(self, busy: Mock) -> None:
        rows = contacts(busy)
        for kind in ("client", "lead"):
            assert contacts(busy, kind=kind) == [row for row in rows if row["kind"] == kind]
        for text in ("LIND", "@example", "ad", "nobody at all"):
            wanted = [
                row
                for row in rows
                if text.lower() in row["email"] or text.lower() in (row["name"] or "").lower()
            ]
            assert contacts(busy, q=text) == wanted
        assert [row["email"] for row in contacts(busy, kind="client", q="lind")] == ["nora.lind@example.org"]

    @pytest.mark.parametrize("query", [{"offset": -1}, {"limit": 0}, {"kind": "friend"}, {"q": ""}])
    def test_what_is_not_valid_is_400(self, busy: Mock, query: dict[str, Any]) -> None:
        assert ask(busy, "GET", "/contacts", **query).status == 400

    def test_an_offset_past_the_end_finds_nothing(self, busy: Mock) -> None:
        assert found(busy, "/contacts", offset=10_000)["contacts"] == []

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from(PEOPLE), st.sampled_from([INTRO, DEEP_DIVE]), st.sampled_from("bcm")),
            max_size=12,
        )
    )
    def test_whatever_is_booked_moved_and_cancelled_contacts_stay_true(
        self, one_caledee: Mock, steps: list[tuple[str, str, str]]
    ) -> None:
        mock = one_caledee
        mock.reset()
        last: dict[str, Any] | None = None
        for email, event_type, what in steps:
            mock.clock.advance(61)
            if what == "c" and last is not None:
                assert cancel(mock, last["id"]).status == 200
                last = None
                continue
            start = slots(mock, event_type, "2026-04-20", "2026-04-25")[0]
            invitee = {"name": "Somebody", "email": email}
            moved = last["id"] if what == "m" and last is not None else None
            answer = book(mock, eventTypeId=event_type, startAt=start, invitee=invitee, rescheduleOf=moved)
            assert answer.status == 201
            last = answer.json
        assert told(contacts(mock)) == merged_slowly(mock)
