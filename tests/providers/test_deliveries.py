"""Over HTTP, for each provider: every step of a booking's life tells what it should, once, in order, signed.

Signatures are recomputed here with the standard library, and bodies and headers held against the documents.
"""

from __future__ import annotations

import hmac
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from mockserver import Mock
from mockserver.engine.deliveries import Subscribing, body_pointer
from mockserver.mock import Answer
from tests.providers import calcom_asking, caledee_asking, meetergo_asking, zeeg_asking
from tests.receiving import Receiver, Taken, receiving

SECRET = "a-secret-of-the-tests"


@pytest.fixture(scope="module")
def everlasting() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def receiver(everlasting: Receiver) -> Receiver:
    everlasting.taken.clear()
    everlasting.works()
    return everlasting


@pytest.fixture(scope="session")
def one_calcom() -> Iterator[Mock]:
    with Mock("calcom", data="empty", limits=False) as mock:
        yield mock


@pytest.fixture
def calcom(one_calcom: Mock) -> Mock:
    one_calcom.reset()
    return one_calcom


class Story:
    """A mock, its receiver, and what each step told."""

    def __init__(self, mock: Mock, receiver: Receiver) -> None:
        self.mock = mock
        self.receiver = receiver

    def tells(self, step: Answer | None, *events: str, name: str) -> list[Taken]:
        """What arrived of a step that worked: exactly these events, in this order; `name` is their member."""
        assert step is None or step.status < 300, step
        return self._arrived(events, name)

    def refuses(self, step: Answer, status: int) -> None:
        """A step that is refused tells nothing."""
        assert step.status == status, step
        assert self._arrived((), "") == []

    def _arrived(self, events: Sequence[str], name: str) -> list[Taken]:
        self.receiver.taken.clear()
        self.mock.deliver_webhooks()
        arrived = list(self.receiver.taken)
        assert [taken.json.get(name) for taken in arrived] == list(events)
        for taken in arrived:
            self._as_declared(taken, taken.json[name])
        self.mock.deliver_webhooks()
        assert len(self.receiver.taken) == len(arrived), "once"
        return arrived

    def _as_declared(self, taken: Taken, event: str) -> None:
        contract = self.mock.service().contract
        pointer = body_pointer(contract.data, event)
        assert pointer is not None, event
        assert list(contract.schemas.check(pointer).problems(taken.json)) == [], event
        post = followed(contract.data, contract.data["webhooks"][event])["post"]
        for parameter in post.get("parameters", ()):
            parameter = followed(contract.data, parameter)
            name, schema = parameter["name"].lower(), parameter["schema"]
            assert name in taken.headers or not parameter.get("required"), name
            sent: Any = taken.headers.get(name)
            if sent is not None and followed(contract.data, schema).get("type") == "integer":
                sent = int(sent)
            if sent is not None:
                assert contract.schemas.check_inline(schema).ok(sent), f"{name}: {sent}"


def followed(data: Any, node: Any) -> Any:
    """What a reference inside the document means."""
    while "$ref" in node:
        found = data
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def mac(signed: bytes) -> str:
    return hmac.new(SECRET.encode(), signed, sha256).hexdigest()


class TestZeeg:
    def story(self, mock: Mock, receiver: Receiver) -> Story:
        story = Story(mock, receiver)
        # The API takes https only; the address is turned to the receiver's, whose certificate nobody has.
        made = zeeg_asking.ask(
            mock,
            "POST",
            "/webhooks",
            {
                "callbackUrl": "https://hooks.example.org/z",
                "events": ["invitee.scheduled", "invitee.cancelled"],
                "scope": "organization",
                "token": SECRET,
            },
        )
        assert made.status == 201
        (row,) = mock.state("webhook")
        mock.run(
            lambda: mock.world.store.put("zeeg/webhook", row["uuid"], {**row, "callbackUrl": receiver.url})
        )
        mock.deliver_webhooks()
        (first,) = mock.received
        assert first.body == b'{"event":"test"}'
        assert dict(first.headers)["Token"] == SECRET
        return story

    def test_every_step(self, zeeg: Mock, receiver: Receiver) -> None:
        story = self.story(zeeg, receiver)

        def tells(step: Answer | None, *events: str) -> list[Taken]:
            arrived = story.tells(step, *events, name="event")
            assert {taken.headers["token"] for taken in arrived} <= {SECRET}
            return arrived

        made = zeeg_asking.book(zeeg)
        (taken,) = tells(made, "invitee.scheduled")
        assert taken.json["eventUuid"] == made.json["uuid"]
        story.refuses(zeeg_asking.book(zeeg, start="03:00"), 409)
        story.refuses(zeeg_asking.book(zeeg, email="nobody"), 422)
        (taken,) = tells(zeeg_asking.cancel(zeeg, made.json), "invitee.cancelled")
        assert taken.json["cancelledBy"] == "Alex Mueller"
        story.refuses(zeeg_asking.cancel(zeeg, made.json), 409)
        # A group of two is cancelled.
        gone = zeeg_asking.ask(zeeg, "PUT", "/scheduled-events/zg-O6a1f0c3b9d290/cancel")
        tells(gone, "invitee.cancelled", "invitee.cancelled")
        # Handed over: at another time it is told, at the same it is not.
        zeeg_asking.booked(zeeg, date="2026-04-16", start="16:00")
        tells(None, "invitee.scheduled")
        body = {"newHostEmail": "alex.mueller@example.com"}
        there = "/scheduled-events/zg-O6a1f0c3b9d28f/handover"
        story.refuses(zeeg_asking.ask(zeeg, "PUT", there, body), 409)
        moved = zeeg_asking.ask(zeeg, "PUT", there, {**body, "fallbackToReschedule": True})
        (taken,) = tells(moved, "invitee.scheduled")
        assert taken.json["isRescheduled"] is True
        # One invitee of an event.
        made = zeeg_asking.book(zeeg, date="2026-04-17")
        tells(made, "invitee.scheduled")
        uuid = made.json["invitees"][0]["uuid"]
        tells(
            zeeg_asking.ask(
                zeeg, "PUT", f"/scheduled-invitees/{uuid}/cancel", {"cancellationReason": "Ill."}
            ),
            "invitee.cancelled",
        )


class TestCalcom:
    TRIGGERS = (
        *("BOOKING_CREATED", "BOOKING_REQUESTED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"),
        *("BOOKING_REJECTED", "BOOKING_LOCATION_UPDATED", "BOOKING_REASSIGNED", "BOOKING_NO_SHOW_UPDATED"),
        *("INSTANT_MEETING", "MEETING_STARTED", "MEETING_ENDED"),
    )

    def story(
        self, mock: Mock, receiver: Receiver, personas: Sequence[str] = ("owner",), **more: Any
    ) -> Story:
        for persona in personas:
            body = {
                "subscriberUrl": receiver.url,
                "triggers": self.TRIGGERS,
                "active": True,
                "secret": SECRET,
            }
            made = calcom_asking.ask(mock, "POST", "/webhooks", {**body, **more}, persona)
            assert made.status == 201, made
        return Story(mock, receiver)

    def teller(self, story: Story) -> Callable[..., list[Taken]]:
        def tells(step: Answer | None, *events: str) -> list[Taken]:
            arrived = story.tells(step, *events, name="triggerEvent")
            for taken in arrived:
                assert taken.headers["x-cal-signature-256"] == mac(taken.body)
                assert taken.headers["x-cal-webhook-version"] == "2021-10-20"
            return arrived

        return tells

    def test_every_step(self, calcom: Mock, receiver: Receiver) -> None:
        story = self.story(calcom, receiver)
        tells, ask = self.teller(story), calcom_asking.ask

        def post(path: str, json: Any = None, persona: str | None = "owner") -> Answer:
            return ask(calcom, "POST", path, json, persona)

        made = post("/bookings", calcom_asking.booking(), None)
        uid = made.json["data"]["uid"]
        (taken,) = tells(made, "BOOKING_CREATED")
        assert (taken.json["payload"]["uid"], taken.json["payload"]["status"]) == (uid, "ACCEPTED")
        story.refuses(post("/bookings", calcom_asking.booking(), None), 400)
        moved = post(f"/bookings/{uid}/reschedule", {"start": "2026-04-07T09:00:00Z"}, None)
        (taken,) = tells(moved, "BOOKING_RESCHEDULED")
        assert taken.json["payload"]["rescheduleUid"] == uid
        new = moved.json["data"]["uid"]
        there = ask(
            calcom,
            "PATCH",
            f"/bookings/{new}/location",
            {"location": {"type": "address", "address": "1 High Street"}},
            version=calcom_asking.OLDER,
        )
        tells(there, "BOOKING_LOCATION_UPDATED")
        # It begins and ends, and then somebody was not there.
        calcom.clock.set("2026-04-07T09:10:00Z")
        (taken,) = tells(None, "MEETING_STARTED")
        assert (taken.json["uid"], taken.json["createdAt"]) == (new, "2026-04-07T09:00:00.000Z")
        calcom.clock.set("2026-04-07T11:00:00Z")
        tells(None, "MEETING_ENDED")
        tells(post(f"/bookings/{new}/mark-absent", {"host": True}), "BOOKING_NO_SHOW_UPDATED")
        story.refuses(post(f"/bookings/{new}/cancel", {}), 400)
        # Another one is cancelled; what is cancelled does not begin.
        made = post("/bookings", calcom_asking.booking(start="2026-04-09T08:00:00Z"), None)
        tells(made, "BOOKING_CREATED")
        gone = post(f"/bookings/{made.json['data']['uid']}/cancel", {"cancellationReason": "Ill."})
        (taken,) = tells(gone, "BOOKING_CANCELLED")
        assert taken.json["payload"]["cancellationReason"] == "Ill."
        calcom.clock.set("2026-04-09T08:10:00Z")
        cancelled = made.json["data"]["uid"]
        assert [each for each in anything(story) if each.json.get("uid") == cancelled] == []

    def test_what_waits_for_its_host(self, calcom: Mock, receiver: Receiver) -> None:
        story = self.story(calcom, receiver)
        tells, ask = self.teller(story), calcom_asking.ask
        asked = [
            ask(
                calcom,
                "POST",
                "/bookings",
                calcom_asking.booking(eventTypeId=calcom_asking.REVIEW, start=f"2026-04-{day}T08:00:00Z"),
                None,
            )
            for day in ("07", "10")
        ]
        uids = [made.json["data"]["uid"] for made in asked]
        tells(None, "BOOKING_REQUESTED", "BOOKING_REQUESTED")
        tells(ask(calcom, "POST", f"/bookings/{uids[0]}/confirm"), "BOOKING_CREATED")
        story.refuses(ask(calcom, "POST", f"/bookings/{uids[0]}/confirm"), 400)
        (taken,) = tells(
            ask(calcom, "POST", f"/bookings/{uids[1]}/decline", {"reason": "Full."}), "BOOKING_REJECTED"
        )
        assert taken.json["payload"]["rejectionReason"] == "Full."
        (taken,) = tells(
            ask(calcom, "POST", f"/bookings/{uids[0]}/request-reschedule", {"rescheduleReason": "Travel."}),
            "BOOKING_CANCELLED",
        )
        assert taken.json["payload"]["requestReschedule"] is True

    def test_a_team_is_rung_and_a_booking_changes_hands(self, calcom: Mock, receiver: Receiver) -> None:
        story = self.story(calcom, receiver, personas=("team-admin", "bailey"))
        tells, ask = self.teller(story), calcom_asking.ask
        handed = ask(calcom, "POST", f"/bookings/{calcom_asking.DEMOED}/reassign", None, "team-admin")
        tells(handed, "BOOKING_REASSIGNED")
        body = calcom_asking.booking(
            eventTypeId=None, eventTypeSlug="urgent-support", username="support-team", instant=True
        )
        tells(ask(calcom, "POST", "/bookings", body, None), "INSTANT_MEETING")

    def test_a_template_takes_the_bodys_place_and_is_signed(self, calcom: Mock, receiver: Receiver) -> None:
        template = '{"what":"{{triggerEvent}}","who":"{{attendees.0.name}}","none":"{{no.such}}"}'
        self.story(calcom, receiver, payloadTemplate=template)
        calcom_asking.booked(calcom)
        calcom.deliver_webhooks()
        (taken,) = receiver.taken
        assert taken.body == b'{"what":"BOOKING_CREATED","who":"Kim Poe","none":""}'
        assert taken.headers["x-cal-signature-256"] == mac(taken.body)

    def test_without_a_secret_the_header_says_so(self, calcom: Mock, receiver: Receiver) -> None:
        body = {"subscriberUrl": receiver.url, "triggers": ["BOOKING_CREATED"], "active": True}
        assert calcom_asking.ask(calcom, "POST", "/webhooks", body).status == 201
        calcom_asking.booked(calcom)
        calcom.deliver_webhooks()
        assert receiver.taken[0].headers["x-cal-signature-256"] == "no-secret-provided"

    def test_event_types_and_platforms_have_subscriptions_of_their_own(
        self, calcom: Mock, receiver: Receiver
    ) -> None:
        body = {"subscriberUrl": f"{receiver.url}/type", "triggers": ["BOOKING_CREATED"], "active": True}
        path = f"/event-types/{calcom_asking.INTRO}/webhooks"
        assert calcom_asking.ask(calcom, "POST", path, body).status == 201
        client = calcom.state("platform-client")[0]["id"]
        path = f"/oauth-clients/{client}/webhooks"
        body = {**body, "subscriberUrl": f"{receiver.url}/platform"}
        assert calcom_asking.ask(calcom, "POST", path, body, "platform").status == 201
        calcom_asking.booked(calcom)
        visit = {"title": "Visit", "slug": "visit", "lengthInMinutes": 30, "minimumBookingNotice": 0}
        made = calcom_asking.ask(calcom, "POST", "/event-types", visit, "managed", version="2024-06-14")
        assert made.status == 201, made
        calcom_asking.booked(calcom, eventTypeId=made.json["data"]["id"], start="2026-04-07T10:00:00Z")
        calcom.deliver_webhooks()
        # Each once; which comes first is promised to no two subscriptions.
        assert sorted(taken.path for taken in receiver.taken) == ["/platform", "/type"]

    def test_what_is_switched_off_is_told_nothing(self, calcom: Mock, receiver: Receiver) -> None:
        self.story(calcom, receiver, active=False)
        calcom_asking.booked(calcom)
        calcom.deliver_webhooks()
        assert receiver.taken == []

    def test_meetings_of_before_a_subscription_are_not_told(self, calcom: Mock, receiver: Receiver) -> None:
        calcom_asking.booked(calcom)
        calcom.clock.set("2026-04-07T08:15:00Z")
        story = self.story(calcom, receiver)
        calcom.clock.set("2026-04-07T12:00:00Z")
        self.teller(story)(None, "MEETING_ENDED")

    def test_a_running_clock_brings_a_meeting_by_itself(self, receiver: Receiver) -> None:
        began = threading.Event()
        receiver.answer = lambda _: (began.set(), (200, {}, b""))[1]  # type: ignore[func-returns-value]
        with Mock("calcom", data="empty", clock="running:2026-04-07T07:30:00Z") as mock:
            assert mock.url
            self.story(mock, receiver, triggers=["MEETING_STARTED"])
            calcom_asking.booked(mock, start="2026-04-07T08:30:00Z")
            mock.clock.set("2026-04-07T08:29:59.900Z")
            assert began.wait(10)
        assert receiver.taken[0].json["triggerEvent"] == "MEETING_STARTED"

    def test_a_meeting_that_the_clock_has_just_passed_is_still_waited_for(
        self, calcom: Mock, receiver: Receiver
    ) -> None:
        """A running clock goes on between telling of meetings and asking when to wake up next."""
        wakes = calcom.service().provider.deliveries.wakes
        assert wakes is not None
        story = self.story(calcom, receiver, triggers=["MEETING_STARTED"])
        calcom_asking.booked(calcom, start="2026-04-07T08:30:00Z")
        begins = datetime(2026, 4, 7, 8, 30, tzinfo=UTC)
        calcom.world.clock.set(begins + timedelta(milliseconds=1))
        assert wakes(calcom.world) == begins
        calcom.run(lambda: calcom.service().settle(calcom.world))
        self.teller(story)(None, "MEETING_STARTED")
        assert wakes(calcom.world) == begins + timedelta(minutes=30)

    def test_a_meeting_that_is_booked_meanwhile_is_waited_for(self, calcom: Mock, receiver: Receiver) -> None:
        self.story(calcom, receiver, triggers=["MEETING_STARTED"])
        rung: list[str] = []
        calcom.house.bell.ring = rung.append
        try:
            calcom_asking.booked(calcom)
        finally:
            calcom.house.bell.ring = None
        assert set(rung) == {"default"}


def anything(story: Story) -> list[Taken]:
    story.receiver.taken.clear()
    story.mock.deliver_webhooks()
    return list(story.receiver.taken)


class TestCaledee:
    def story(self, mock: Mock, receiver: Receiver) -> tuple[Story, str]:
        service = mock.service()
        make = service.provider.deliveries.subscribe
        assert make is not None
        wish = Subscribing(receiver.url, service.post.events, SECRET, "owner")
        id = mock.run(lambda: make(service, mock.world, wish))
        return Story(mock, receiver), id

    def signed(self, mock: Mock, taken: Taken, attempt: int) -> None:
        """`t=…,v1=…` over `t.body`, of now; event and attempt stand in headers and body."""
        found = re.fullmatch(r"t=([0-9]+),v1=([0-9a-f]{64})", taken.headers["x-caledee-signature"])
        assert found is not None
        assert int(found[1]) == int(mock.clock.now.timestamp())
        assert found[2] == mac(f"{found[1]}.".encode() + taken.body)
        assert taken.headers["x-caledee-event"] == taken.json["event"]
        assert taken.headers["x-caledee-delivery-attempt"] == str(taken.json["attempt"]) == str(attempt)

    def test_every_step(self, caledee: Mock, receiver: Receiver) -> None:
        story, _ = self.story(caledee, receiver)

        def tells(step: Answer | None, *events: str) -> list[Taken]:
            arrived = story.tells(step, *events, name="event")
            for taken in arrived:
                self.signed(caledee, taken, 1)
            return arrived

        made = caledee_asking.book(caledee)
        (taken,) = tells(made, "booking_created")
        assert taken.json["data"]["id"] == made.json["id"]
        story.refuses(caledee_asking.book(caledee), 409)
        moved = caledee_asking.book(
            caledee, startAt="2026-04-14T11:00:00+02:00", rescheduleOf=made.json["id"]
        )
        old, new = tells(moved, "booking_canceled", "booking_rescheduled")
        assert (old.json["data"]["id"], old.json["data"]["cancelReason"]) == (made.json["id"], "Rescheduled.")
        assert new.json["data"]["id"] == moved.json["id"]
        tells(caledee_asking.cancel(caledee, moved.json["id"]), "booking_canceled")
        # What was cancelled before stays as it was, and is not told again.
        tells(caledee_asking.cancel(caledee, moved.json["id"]))

    def test_each_attempt_has_its_number_its_time_and_its_signature(
        self, caledee: Mock, receiver: Receiver
    ) -> None:
        self.story(caledee, receiver)
        receiver.fails()
        caledee_asking.booked(caledee)
        caledee.deliver_webhooks()
        self.signed(caledee, receiver.taken[-1], 1)
        caledee.clock.advance(60)
        caledee.deliver_webhooks()
        self.signed(caledee, receiver.taken[-1], 2)
        assert receiver.taken[-1].json["sentAt"] == "2026-04-06T08:01:00.000Z"
        receiver.works()
        caledee.clock.advance(300)
        caledee.deliver_webhooks()
        self.signed(caledee, receiver.taken[-1], 3)
        assert len(receiver.taken) == 3

    def test_fifteen_failures_in_a_row_end_a_subscription(self, caledee: Mock, receiver: Receiver) -> None:
        _, id = self.story(caledee, receiver)

        def row() -> dict[str, Any]:
            return next(row for row in caledee.state("webhook") if row["id"] == id)

        receiver.fails()
        for hour in range(10, 13):
            caledee_asking.booked(caledee, startAt=f"2026-04-14T{hour}:00:00+02:00")
        caledee.clock.advance(2400)  # the first, second, third and fourth attempt of each
        caledee.deliver_webhooks()
        assert (len(receiver.taken), row()["_failures"], row()["_disabled"]) == (12, 12, False)
        # One that is taken begins the count anew.
        receiver.works()
        caledee_asking.booked(caledee, startAt="2026-04-15T10:00:00+02:00")
        caledee.deliver_webhooks()
        assert row()["_failures"] == 0
        receiver.fails()
        for hour in range(10, 13):
            caledee_asking.booked(caledee, startAt=f"2026-04-16T{hour}:00:00+02:00")
        receiver.taken.clear()
        caledee.clock.advance(100_000)
        caledee.deliver_webhooks()
        assert (len(receiver.taken), row()["_disabled"]) == (15, True)
        caledee_asking.booked(caledee, startAt="2026-04-17T10:00:00+02:00")
        waiting = [each for each in caledee.deliver_webhooks() if each.url == receiver.url and each.due_at]
        assert (len(receiver.taken), waiting) == (15, [])


class TestMeetergo:
    def test_every_step(self, meetergo: Mock, receiver: Receiver) -> None:
        ask = meetergo_asking.ask
        names = [
            *("booking_created", "booking_cancelled", "booking_rescheduled"),
            *("new_employee", "form_submission"),
        ]
        body = {"endpoint": receiver.url, "eventTypes": names}
        assert ask(meetergo, "POST", "/webhooks", body).status == 201
        story = Story(meetergo, receiver)

        def tells(step: Answer | None, *events: str) -> list[Taken]:
            arrived = story.tells(step, *events, name="webhookType")
            for taken in arrived:
                assert not [name for name in taken.headers if "sign" in name or "token" in name]
            return arrived

        made = meetergo_asking.book(meetergo)
        (taken,) = tells(made, "booking_created")
        id = made.json["appointmentId"]
        assert taken.json["id"] == id
        path = f"/v4/appointment/{id}"
        story.refuses(ask(meetergo, "POST", f"{path}/reschedule", {"start": "2026-04-14T02:00:00Z"}), 400)
        (taken,) = tells(
            ask(meetergo, "POST", f"{path}/reschedule", {"start": "2026-04-14T12:00:00Z"}),
            "booking_rescheduled",
        )
        assert taken.json["start"].startswith("2026-04-14T12:00:00")
        (taken,) = tells(ask(meetergo, "POST", f"{path}/cancel"), "booking_cancelled")
        assert taken.json["isCancelled"] is True
        # Booked in another one's place, and deleted.
        moved = meetergo_asking.book(
            meetergo, start="2026-04-15T07:00:00Z", rescheduledFromId=meetergo_asking.NORAS
        )
        old, new = tells(moved, "booking_cancelled", "booking_created")
        assert (old.json["id"], new.json["id"]) == (meetergo_asking.NORAS, moved.json["appointmentId"])
        tells(ask(meetergo, "DELETE", f"/v4/appointment/{moved.json['appointmentId']}"), "booking_cancelled")
        story.refuses(ask(meetergo, "POST", f"{path}/cancel"), 400)
        person = {"email": "john.smith@example.com", "givenName": "John", "familyName": "Smith"}
        joined = ask(meetergo, "POST", "/v4/user", person, "platform", meetergo_asking.ANNA)
        tells(joined, "new_employee")
        story.refuses(ask(meetergo, "POST", "/v4/user", person, "platform", meetergo_asking.ANNA), 400)
