from __future__ import annotations

from tests.faults.model import Model, answered, body_of


def page(model: Model, number: int | None) -> list[str]:
    target = "/notes" if number is None else f"/notes?page={number}"
    return [note["id"] for note in body_of(model.ask("GET", target))["notes"]]


def test_a_repeated_page_is_the_one_before_and_the_first_stays(model: Model) -> None:
    model.declare("page-repeated")
    assert page(model, None) == page(model, 1) == page(model, 2) == ["n-seed-1", "n-seed-2"]
    assert page(model, 3) == ["n-seed-3", "n-seed-4"]


def test_a_skipped_page_is_the_one_after(model: Model) -> None:
    model.declare("page-skipped")
    assert page(model, 1) == ["n-seed-1", "n-seed-2"]
    assert page(model, 2) == ["n-seed-5", "n-seed-6"]


def test_a_cursor_loop_leads_to_the_same_page_again(model: Model) -> None:
    model.declare("cursor-loop")
    assert body_of(model.ask("GET", "/notes?page=2"))["paging"]["next"] == 2


def test_an_operation_without_pages_says_that_nothing_can_be_done(model: Model) -> None:
    for fault in ("page-repeated", "page-skipped", "cursor-loop"):
        model.declare(fault)
    exchange = model.ask("GET", "/notes/n-seed-1")
    assert answered(exchange).status == 200
    assert answered(exchange).reason.count("cannot act: the operation is not paged") == 3


def test_nonsense_for_a_page_is_the_engines_to_refuse(model: Model) -> None:
    model.declare("page-skipped")
    assert answered(model.ask("GET", "/notes?page=two")).status == 422
    assert answered(model.ask("GET", "/notes?page=" + "9" * 5000)).status in (200, 422)
