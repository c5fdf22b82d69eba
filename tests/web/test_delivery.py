"""Webhooks over HTTP: after the answer, in order, at least once, and again, whatever receivers do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import Mock
from mockserver.web.reach import Reach
from mockserver.web.sender import Sender
from mockserver.world.outbox import Message
from tests.receiving import Receiver, Taken, answering, receiving
from tests.web.raw import Raw

BOOKING = {"eventTypeId": 7, "attendee": {"name": "Bo", "email": "bo@example.org", "timeZone": "UTC"}}
TRIGGERS = ["BOOKING_CREATED", "BOOKING_CANCELLED"]


@pytest.fixture(scope="module")
def shared() -> Iterator[Mock]:
    with Mock(limits=False) as mock:
        yield mock


@pytest.fixture
def mock(shared: Mock) -> Iterator[Mock]:
    """A world of its own, without a server."""
    made = shared.fork()
    yield made
    made.drop()


@pytest.fixture(scope="module")
def everlasting() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def receiver(everlasting: Receiver) -> Receiver:
    everlasting.taken.clear()
    everlasting.works()
    return everlasting


def subscribe(mock: Mock, url: str, **more: Any) -> str:
    """Cal.com: one attempt each."""
    body = {"subscriberUrl": url, "triggers": TRIGGERS, "active": True, **more}
    made = mock.call("POST", "/v2/webhooks", persona="owner", json=body, provider="calcom")
    assert made.status == 201, made
    return str(made.json["data"]["id"])


def book(mock: Mock, start: str = "2026-04-14T09:00:00Z") -> str:
    made = mock.call("POST", "/v2/bookings", json={**BOOKING, "start": start}, provider="calcom", headers=NEW)
    assert made.status == 201, made
    return str(made.json["data"]["uid"])


NEW = {"cal-api-version": "2026-02-25"}


def retried(mock: Mock, url: str) -> None:
    """meetergo: tried again after 1, 10 and 60 minutes."""
    body = {"endpoint": url, "eventTypes": ["booking_cancelled"]}
    made = mock.call("POST", "/webhooks", persona="owner", json=body, provider="meetergo")
    assert made.status == 201, made


def cancel(mock: Mock) -> None:
    rows = [row for row in mock.state("appointment", "meetergo") if not row["isCancelled"]]
    path = f"/v4/appointment/{rows[0]['id']}/cancel"
    assert mock.call("POST", path, persona="owner", provider="meetergo").status < 300


def to(mock: Mock, receiver: Receiver) -> list[Message]:
    """What goes there, oldest first."""
    return [message for message in mock.webhooks if message.url.startswith(receiver.url)]


class TestLeaving:
    def test_what_was_booked_arrives_as_it_was_signed(self, mock: Mock, receiver: Receiver) -> None:
        subscribe(mock, f"{receiver.url}/hook?from=cal", secret="s3cret")
        uid = book(mock)
        mock.deliver_webhooks()
        (taken,) = receiver.taken
        assert taken.path == "/hook?from=cal"
        assert (taken.json["triggerEvent"], taken.json["payload"]["uid"]) == ("BOOKING_CREATED", uid)
        assert taken.headers["content-type"] == "application/json"
        assert taken.headers["user-agent"].startswith("Understudy/")
        (message,) = to(mock, receiver)
        assert taken.headers["x-cal-signature-256"] == dict(message.headers)["X-Cal-Signature-256"]
        assert (message.status, [each.status for each in message.attempts]) == ("delivered", [200])
        assert message.attempts[0].answer == "ok"

    def test_a_server_sends_without_being_asked(self, receiver: Receiver) -> None:
        came = threading.Event()
        receiver.answer = lambda _: (came.set(), (200, {}, b""))[1]  # type: ignore[func-returns-value]
        with Mock("calcom") as mock:
            subscribe(mock, receiver.url)
            with Raw(mock.url) as raw:
                body = b'{"eventTypeId":7,"start":"2026-04-14T09:00:00Z","attendee":{"name":"Bo",'
                body += b'"email":"bo@example.org","timeZone":"UTC"}}'
                headers = [("Content-Type", "application/json"), ("cal-api-version", "2026-02-25")]
                assert raw.ask("POST", "/v2/bookings", headers, body).status == 201
            assert came.wait(10)

    def test_a_mock_that_is_told_not_to_sends_nothing_by_itself(self, receiver: Receiver) -> None:
        with Mock("calcom", webhooks=False) as mock:
            assert mock.url
            subscribe(mock, receiver.url)
            book(mock)
            assert [message.status for message in to(mock, receiver)] == ["pending"]
            mock.deliver_webhooks()
            assert len(receiver.taken) == 1

    def test_an_answer_does_not_wait_for_a_receiver(self, receiver: Receiver) -> None:
        asked, let_go = threading.Event(), threading.Event()

        def slow(_: Taken) -> tuple[int, dict[str, str], bytes]:
            asked.set()
            let_go.wait(10)
            return 200, {}, b""

        receiver.answer = slow
        with Mock("calcom", limits=False) as mock:
            assert mock.url
            subscribe(mock, receiver.url)
            book(mock)
            assert asked.wait(10)
            # The receiver has the first and does not answer: requests are, and so are their webhooks queued.
            book(mock, "2026-04-15T09:00:00Z")
            assert {message.status for message in to(mock, receiver)} == {"pending"}
            let_go.set()
            mock.deliver_webhooks()
            assert {message.status for message in to(mock, receiver)} == {"delivered"}

    def test_messages_of_one_subscription_arrive_in_their_order(self, mock: Mock, receiver: Receiver) -> None:
        subscribe(mock, receiver.url)
        for hour in range(9, 12):
            mock.call(
                "POST", f"/v2/bookings/{book(mock, f'2026-04-14T{hour:02}:00:00Z')}/cancel",
                persona="owner", json={}, provider="calcom", headers=NEW,
            )  # fmt: skip
        mock.deliver_webhooks()
        arrived = [(each.json["triggerEvent"], each.json["payload"]["uid"]) for each in receiver.taken]
        asked = [(message.event, _uid(message)) for message in to(mock, receiver)]
        assert arrived == asked
        assert [event for event, _ in arrived] == TRIGGERS * 3

    def test_nothing_arrives_of_what_was_refused_or_undone(self, mock: Mock, receiver: Receiver) -> None:
        subscribe(mock, receiver.url)
        book(mock)
        body = {**BOOKING, "start": "2026-04-14T09:00:00Z"}
        again = mock.call("POST", "/v2/bookings", json=body, provider="calcom", headers=NEW)
        assert again.status == 400
        (sent,) = to(mock, receiver)
        store, post = mock.world.store, mock.service("calcom").post
        store.begin()
        value = orjson.loads(sent.body)
        post.put(mock.world, sent.event, to=sent.url, subscription="x", value=value, now=mock.clock.now)
        store.rollback()
        mock.deliver_webhooks()
        assert len(receiver.taken) == 1

    def test_the_hot_path_rings_no_bell_without_a_subscription(self, mock: Mock) -> None:
        rung: list[str] = []
        mock.house.bell.ring = rung.append
        try:
            before = len(mock.webhooks)
            assert mock.call("GET", "/v2/me", persona="owner", provider="calcom").status == 200
            assert (rung, len(mock.webhooks)) == ([], before)
        finally:
            mock.house.bell.ring = None


def _uid(message: Message) -> Any:
    return orjson.loads(message.body)["payload"]["uid"]


class TestAgain:
    def test_an_hours_failures_are_tried_again_as_documented_when_the_clock_is_moved(
        self, mock: Mock, receiver: Receiver
    ) -> None:
        retried(mock, receiver.url)
        receiver.fails(503)
        cancel(mock)
        mock.deliver_webhooks()
        for _ in range(60):
            mock.clock.advance(60)
            mock.deliver_webhooks()
        (message,) = to(mock, receiver)
        assert (message.status, len(receiver.taken)) == ("failed", 3)
        receiver.works()
        mock.clock.advance(11 * 60)
        mock.deliver_webhooks()
        (message,) = to(mock, receiver)
        assert [each.status for each in message.attempts] == [503, 503, 503, 200]
        offsets = [(each.at - message.made_at).total_seconds() for each in message.attempts]
        assert offsets == [0, 60, 660, 4260]
        assert message.status == "delivered"
        assert len({taken.body for taken in receiver.taken}) == 1

    @given(statuses=st.lists(st.sampled_from((200, 204, 302, 404, 500)), min_size=4, max_size=4))
    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_it_is_tried_until_it_is_taken_or_no_retry_is_left(
        self, shared: Mock, everlasting: Receiver, statuses: list[int]
    ) -> None:
        world, answers = shared.fork(), iter(statuses)
        everlasting.taken.clear()
        everlasting.answer = lambda _: (next(answers), {}, b"")
        retried(world, everlasting.url)
        cancel(world)
        world.deliver_webhooks()
        for seconds in (60, 600, 3600, 100_000):
            world.clock.advance(seconds)
            world.deliver_webhooks()
        (message,) = to(world, everlasting)
        taken = [number for number, status in enumerate(statuses) if status < 300]
        tries = taken[0] + 1 if taken else 4
        assert [each.status for each in message.attempts] == statuses[:tries]
        assert message.status == ("delivered" if taken else "given-up")
        offsets = [(each.at - message.made_at).total_seconds() for each in message.attempts]
        assert offsets == [0, 60, 660, 4260][:tries]
        assert len(everlasting.taken) == tries
        world.drop()

    def test_one_jump_past_all_retries_makes_all_of_them(self, mock: Mock, receiver: Receiver) -> None:
        retried(mock, receiver.url)
        receiver.fails()
        cancel(mock)
        mock.deliver_webhooks()
        mock.clock.advance(7200)
        mock.deliver_webhooks()
        (message,) = to(mock, receiver)
        assert (message.status, len(message.attempts), len(receiver.taken)) == ("given-up", 4, 4)

    def test_who_fails_holds_up_nobody_else(self, mock: Mock, receiver: Receiver) -> None:
        retried(mock, f"{receiver.url}/bad")
        retried(mock, f"{receiver.url}/good")
        receiver.answer = lambda taken: (500 if taken.path == "/bad" else 200, {}, b"")
        cancel(mock)
        mock.deliver_webhooks()
        assert {message.url[-4:]: message.status for message in to(mock, receiver)} == {
            "/bad": "failed",
            "good": "delivered",
        }

    def test_a_running_clock_brings_the_retry_by_itself(self, receiver: Receiver) -> None:
        statuses = iter((500, 200))
        twice = threading.Event()

        def answer(_: Taken) -> tuple[int, dict[str, str], bytes]:
            if len(receiver.taken) == 2:
                twice.set()
            return next(statuses), {}, b""

        receiver.answer = answer
        with Mock("meetergo", clock="running:2026-04-06T08:00:00Z") as mock:
            assert mock.url
            retried_here(mock, receiver.url)
            rows = [row for row in mock.state("appointment") if not row["isCancelled"]]
            mock.call("POST", f"/v4/appointment/{rows[0]['id']}/cancel", persona="owner")
            mock.deliver_webhooks()
            # A twentieth of a second is left of the minute: the timer is what brings it.
            mock.clock.advance(59.95)
            assert twice.wait(10)

    def test_what_was_delivered_is_delivered_once_more_when_asked(
        self, mock: Mock, receiver: Receiver
    ) -> None:
        subscribe(mock, receiver.url)
        book(mock)
        mock.deliver_webhooks()
        (message,) = to(mock, receiver)
        mock.run(lambda: mock.world.outbox.redeliver(message.id, mock.world.now))
        mock.deliver_webhooks()
        (message,) = to(mock, receiver)
        assert (len(receiver.taken), len(message.attempts), message.status) == (2, 2, "delivered")

    def test_a_reset_world_sends_nothing_of_before(self, mock: Mock, receiver: Receiver) -> None:
        subscribe(mock, receiver.url)
        book(mock)
        mock.reset()
        mock.deliver_webhooks()
        assert receiver.taken == []

    def test_a_delivery_that_was_broken_off_is_tried_by_the_next(
        self, mock: Mock, receiver: Receiver
    ) -> None:
        let_go = threading.Event()
        receiver.answer = lambda _: (200 if let_go.wait(10) else 500, {}, b"")
        subscribe(mock, receiver.url)
        book(mock)
        with pytest.raises(TimeoutError):
            mock.deliver_webhooks(within=0.2)
        assert [message.status for message in to(mock, receiver)] == ["pending"]
        let_go.set()
        mock.deliver_webhooks()
        assert [message.status for message in to(mock, receiver)] == ["delivered"]
        assert len(receiver.taken) == 2, "at least once"


def retried_here(mock: Mock, url: str) -> None:
    body = {"endpoint": url, "eventTypes": ["booking_cancelled"]}
    assert mock.call("POST", "/webhooks", persona="owner", json=body).status == 201


class TestReceivers:
    def told(self, mock: Mock, url: str) -> Message:
        subscribe(mock, url)
        book(mock)
        return next(message for message in mock.deliver_webhooks() if message.url == url)

    def test_a_redirect_is_not_followed_where_the_provider_does_not(
        self, mock: Mock, receiver: Receiver
    ) -> None:
        receiver.answer = lambda _: (302, {"location": f"{receiver.url}/elsewhere"}, b"")
        message = self.told(mock, f"{receiver.url}/here")
        assert [each.status for each in message.attempts] == [302]
        assert message.status == "given-up"
        assert [taken.path for taken in receiver.taken] == ["/here"]

    def test_a_huge_answer_is_read_in_part(self, mock: Mock, receiver: Receiver) -> None:
        receiver.answer = lambda _: (200, {}, b"x" * 5_000_000)
        message = self.told(mock, receiver.url)
        assert (message.status, len(message.attempts[0].answer)) == ("delivered", 500)

    def test_nobody_there_is_said(self, mock: Mock) -> None:
        with receiving() as gone:
            url = gone.url
        (attempt,) = self.told(mock, f"{url}/x").attempts
        assert (attempt.status, attempt.error) == (None, "the connection was refused")

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (b"SSH-2.0-OpenSSH\r\n", "what came back is no HTTP"),
            (b"", "the connection ended before the answer"),
            (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 70_000, "the answer's header is longer"),
            (b"HTTP/1.1 100 Continue\r\n\r\n", "the connection ended before the answer"),
        ],
    )
    def test_what_is_no_answer_is_said(self, mock: Mock, answer: bytes, told: str) -> None:
        with answering(answer) as url:
            (attempt,) = self.told(mock, url).attempts
        assert attempt.status is None
        assert attempt.error.startswith(told), attempt

    def test_a_receiver_that_never_answers_is_left(self, mock: Mock) -> None:
        service = mock.service("calcom")
        with answering(None) as url:
            message = asyncio.run(_asked(url, 0.2))
        assert (message.status, message.error) == (None, "no answer within 0.2 s")
        assert service.post.rules.timeout == 10

    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("http://169.254.169.254/latest/meta-data", "a link-local or metadata address is never"),
            ("http://[fe80::1]/x", "a link-local or metadata address is never"),
            ("http://nobody.invalid/x", "names under .invalid are nobody's"),
        ],
    )
    def test_what_may_never_be_reached_is_not_tried(self, mock: Mock, url: str, told: str) -> None:
        (attempt,) = self.told(mock, url).attempts
        assert attempt.status is None
        assert attempt.error.startswith(told), attempt

    def test_a_mock_off_loopback_sends_nothing_to_its_own_machine(self, receiver: Receiver) -> None:
        with Mock("calcom", host="0.0.0.0") as mock:
            (attempt,) = self.told(mock, receiver.url).attempts
        assert attempt.error == (
            "loopback and private addresses are closed while the mock listens off loopback "
            "(--private-webhooks opens them)"
        )
        assert receiver.taken == []


class TestBuiltInReceiver:
    def test_what_goes_to_example_names_is_kept_here(self, mock: Mock) -> None:
        subscribe(mock, "https://hooks.example.org/x", secret="s3cret")
        book(mock)
        (message,) = [m for m in mock.deliver_webhooks() if m.url.startswith("https://hooks.example.org")]
        assert message.status == "delivered"
        (received,) = mock.received
        assert (received.message, received.status, received.body) == (message.id, 200, message.body)

    def test_its_address_says_what_it_answers(self, mock: Mock) -> None:
        subscribe(mock, "https://hooks.example.org/status/410")
        book(mock)
        (message,) = [m for m in mock.deliver_webhooks() if m.url.startswith("https://hooks.example.org")]
        assert [each.status for each in message.attempts] == [410]


async def _asked(url: str, timeout: float) -> Any:
    return await Sender(Reach(private=True)).post(url, (), b"{}", timeout=timeout)
