"""Cal.com's own document beside the mock's replies: where they disagree, tests/vendor.yaml says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from mockserver import Mock
from tests.vendor import DOCUMENT, Disagreement, Judge, judge, listed, plain
from tests.vendor_tour import tour

pytestmark = [
    pytest.mark.seeds,
    pytest.mark.skipif(not DOCUMENT.is_file(), reason="the vendor's document is not beside the repository"),
]


class Toured:
    """What the tour found: disagreements and how often, and by operation the statuses that were answered."""

    def __init__(self, mock: Mock, judge: Judge) -> None:
        self.shared = {
            operation.id
            for operation in mock.service().contract.operations
            if (operation.method, plain(operation.address)) in judge.operations
        }
        self.found: Counter[Disagreement] = Counter()
        self.statuses: dict[str, Counter[int]] = {id: Counter() for id in self.shared}
        for answer in tour(mock):
            self.found.update(judge.disagreements(answer))
            if answer.exchange.plan.id in self.shared:
                self.statuses[answer.exchange.plan.id][answer.status] += 1


@pytest.fixture(scope="module")
def toured() -> Iterator[Toured]:
    with Mock("calcom", data="empty", limits=False) as mock:
        yield Toured(mock, judge())


def test_every_operation_of_both_succeeds_and_is_refused(toured: Toured) -> None:
    assert len(toured.shared) == 143
    for id, statuses in toured.statuses.items():
        assert any(status < 400 for status in statuses), id
        assert any(status >= 400 for status in statuses), id


def test_the_disagreements_are_those_that_are_listed(toured: Toured) -> None:
    known = listed()
    unlisted = {found for found in toured.found if not any(each.means(found) for each in known)}
    assert unlisted == set()


def test_what_is_listed_still_disagrees(toured: Toured) -> None:
    over = [each.at for each in listed() if not any(each.means(found) for found in toured.found)]
    assert over == []


def test_each_has_a_cause_and_a_reason_of_its_own() -> None:
    assert {each.cause for each in listed()} <= {"defect", "earlier", "later"}
    assert all(len(each.why.split()) > 4 for each in listed())
    places = [each.at for each in listed()]
    assert len(set(places)) == len(places)


def test_a_reply_that_is_not_as_declared_is_seen() -> None:
    with Mock("calcom", data="empty", limits=False) as mock:
        mock.faults.declare("wrong-type", operation="getMe")
        answer = mock.call("GET", "/v2/me", persona="owner")
        assert answer.status == 200
        assert any(found.rule == "type" for found in judge().disagreements(answer))
