"""Scenarios for a program: first each disturbance in turn, then what Hypothesis draws; judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from contracts.consumer.palette import EDGES, TEXTS, WAITS, Fault, Palette, Used
from contracts.consumer.posting import FAULTS
from mockserver.scenario import Scenario

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Disturbances come twice at most where nothing else is said: a program that tries again gets through.
ONCE: Mapping[str, Any] = {"times": 1}
JUMPS = (61.0, 3_600.0, 86_400.0)


def sweep(palette: Palette, provider: str, *, deviations: bool) -> Iterator[Scenario]:
    """Every single disturbance, the gravest of each operation first; the same for the same palette."""
    plain = Scenario(provider)
    if "empty" in palette.data_sets:
        yield Scenario(provider, data="empty")
    groups = [list(_single(used, palette, deviations=deviations)) for used in palette.used]
    for number, row in enumerate(zip_longest(*groups)):
        for faults in row:
            if faults is not None:
                yield plain.with_faults(faults)
        if number == 1:
            yield from _hooked(palette, plain)
    for removal in palette.removals:
        yield plain.with_faults([{**removal, "nth": 2, "times": 1}])
    for edge in EDGES[:4]:
        yield Scenario(provider, clock=edge)
    if "large" in palette.data_sets and any(used.sized for used in palette.used):
        # Who names the size of pages sees a second one only where there are more rows.
        yield Scenario(provider, data="large")
    if not groups:
        yield from _hooked(palette, plain)


def _hooked(palette: Palette, plain: Scenario) -> Iterator[Scenario]:
    from dataclasses import replace

    for fault in FAULTS:
        for event in palette.events:
            yield plain.with_faults([{**fault, "event": event}])
    numbers = range(palette.hooks)
    for number in numbers:
        yield replace(plain, deliveries=({"message": number, "forged": True},))
    for number in numbers:
        yield replace(plain, deliveries=({"message": number}, {"message": number}))
    if palette.hooks > 1:
        yield replace(plain, deliveries=tuple({"message": number} for number in reversed(numbers)))


def _single(used: Used, palette: Palette, *, deviations: bool) -> Iterator[Sequence[Fault]]:
    """What can be done to one operation, in the order in which it is worth trying."""
    at: dict[str, Any] = {"operation": used.id}
    yield [{"fault": "rate-limit-storm", **at, **ONCE, "retry_after": WAITS[0]}]
    if used.method != "GET":
        yield [{"fault": "lost-reply", **at, **ONCE}]
    if used.shared:
        yield [{"fault": "meanwhile", **at, **ONCE}]
    pages: list[Fault] = []
    if used.paged and used.rows > 1:
        # Three pages, so that one is neither the first nor the last.
        size = -(-used.rows // 3)
        pages = [{"fault": "small-pages", **at, "size": size}]
        yield pages
        yield [*pages, {"fault": "server-error", **at, "nth": 2, **ONCE}]
        yield [*pages, {"fault": "rate-limit-storm", **at, "nth": 2, **ONCE, "retry_after": WAITS[0]}]
    if used.lists:
        yield [{"fault": "no-rows", **at}]
    yield [{"fault": "server-error", **at, **ONCE, "status": 500}]
    nulls = [
        {"fault": "null-for-nullable", **at, "field": each.name} for each in used.fields if each.nullable
    ]
    if nulls:
        yield nulls
    gone = [{"fault": "dropped-optional-field", **at, "field": f.name} for f in used.fields if f.optional]
    if gone:
        yield gone
    yield [{"fault": "token-expires", **at, **ONCE}]
    if used.count > 1:
        yield [{"fault": "token-expires", **at, "nth": 2, **ONCE}]
    if pages:
        yield [*pages, {"fault": "token-expires", **at, "nth": 2, **ONCE}]
    yield [{"fault": "rate-limit-storm", **at, **ONCE, "retry_after": None}]
    yield [{"fault": "rate-limit-storm", **at, "retry_after": WAITS[0]}]
    yield [{"fault": "dropped-connection", **at, **ONCE}]
    if used.method == "GET":
        yield [{"fault": "lost-reply", **at, **ONCE}]
    yield [{"fault": "outage", **at, **ONCE, "retry_after": 30}]
    yield [{"fault": "server-error", **at, "status": 500}]
    if 403 in used.statuses:
        yield [{"fault": "code", **at, "code": 403}]
    if used.open:
        yield [{"fault": "unknown-extra-field", **at}]
    yield from _values(used, at)
    yield [{"fault": "truncated-body", **at, **ONCE}]
    if used.rows > 1 and not used.ordered:
        yield [{"fault": "other-order", **at}]
    if used.count > 1:
        yield [{"fault": "server-error", **at, "nth": 2, **ONCE}]
        yield [{"fault": "rate-limit-storm", **at, "nth": 2, **ONCE, "retry_after": WAITS[0]}]
    if palette.timeout is not None:
        yield [{"fault": "latency", **at, **ONCE, "seconds": palette.timeout * 1.5}]
    if deviations:
        yield from _deviations(used, at, pages)
    yield [{"fault": "clock-jump", **at, **ONCE, "seconds": JUMPS[1]}]


def _values(used: Used, at: Mapping[str, Any]) -> Iterator[Sequence[Fault]]:
    """Other values of what was shown: texts, moved times, the other members of lists of values."""
    texts = [each.name for each in used.fields if each.text]
    if texts:
        for text in TEXTS:
            yield [{"fault": "other-value", **at, "field": name, "value": text} for name in texts]
    listed = [each for each in used.fields if each.values]
    for number in range(max((len(each.values) for each in listed), default=0)):
        yield [
            {"fault": "other-value", **at, "field": each.name, "value": each.values[number]}
            for each in listed
            if number < len(each.values)
        ]
    empty = [{"fault": "other-value", **at, "field": f.name, "value": []} for f in used.fields if f.listed]
    yield from ([each] for each in empty)
    if any(each.instant for each in used.fields):
        for edge in EDGES:
            yield [{"fault": "moved-times", **at, "to": edge}]


def _deviations(used: Used, at: Mapping[str, Any], pages: Sequence[Fault]) -> Iterator[Sequence[Fault]]:
    """What the document does not allow and the world does."""
    if pages:
        yield [*pages, {"fault": "cursor-loop", **at}]
        yield [*pages, {"fault": "page-repeated", **at}]
    if used.links and pages:
        yield [*pages, {"fault": "link-elsewhere", **at}]
    for each in used.fields:
        if each.values:
            yield [{"fault": "unknown-enum-value", **at, "field": each.name}]
    if not used.open:
        yield [{"fault": "unknown-extra-field", **at}]
    yield [{"fault": "undeclared-status", **at, **ONCE}]
    yield [{"fault": "wrong-type", **at}]


def scenarios(palette: Palette, provider: str, *, deviations: bool) -> SearchStrategy[Scenario]:
    """A strategy for worlds and up to four disturbances in them; shrinks to fewer and to the usual world."""
    from hypothesis import strategies as st

    faults = [_drawn(used, palette, deviations=deviations) for used in palette.used]
    removals = [st.just({**each, "times": 1}) for each in palette.removals]
    nth = st.integers(1, 4)
    late = [st.builds(lambda fault, n: {**fault, "nth": n}, each, nth) for each in removals]
    hooks = [
        st.fixed_dictionaries(
            {**{key: st.just(fault[key]) for key in fault}, "event": st.just(event), "nth": nth}
        )
        for fault in FAULTS
        for event in palette.events
    ]
    several = st.lists(st.one_of(*faults, *late, *hooks), max_size=4) if faults else st.just([])
    data = st.sampled_from(("busy-week", *(each for each in palette.data_sets if each == "empty")))
    clock = st.sampled_from((Scenario(provider).clock, *EDGES))
    order: SearchStrategy[list[dict[str, Any]]] = st.just([])
    if palette.hooks:
        entry = st.builds(
            lambda n, forged: {"message": n, "forged": True} if forged else {"message": n},
            st.integers(0, palette.hooks - 1),
            st.booleans(),
        )
        order = st.lists(entry, max_size=2 * palette.hooks)
    return st.builds(
        lambda found, seed, of, at, brought: Scenario(
            provider, seed=seed, data=of, clock=at, faults=tuple(found), deliveries=tuple(brought)
        ),
        several,
        st.integers(1, 50),
        data,
        clock,
        order,
    )


def _drawn(used: Used, palette: Palette, *, deviations: bool) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    at = {"operation": used.id}
    nth = st.integers(1, used.count + 2)
    times = st.integers(1, 3)

    def made(fault: str, **params: SearchStrategy[Any]) -> SearchStrategy[Any]:
        return st.fixed_dictionaries(
            {"fault": st.just(fault), "operation": st.just(at["operation"]), **params}
        )

    found = [
        made("rate-limit-storm", nth=nth, times=times, retry_after=st.none() | st.integers(0, 90)),
        made("server-error", nth=nth, times=times, status=st.sampled_from((500, 502, 503, 504))),
        made("outage", nth=nth, times=times, retry_after=st.integers(0, 90)),
        made("lost-reply", nth=nth, times=times),
        made("dropped-connection", nth=nth, times=times),
        made("token-expires", nth=nth, times=st.just(1)),
        made("clock-jump", nth=nth, times=times, seconds=st.floats(0, 2_000_000).map(lambda n: round(n, 1))),
    ]
    if used.lists:
        found.append(made("no-rows"))
    if used.shared:
        found.append(made("meanwhile", nth=nth, times=st.just(1)))
    if used.paged and used.rows > 1:
        # As many pages as a program goes through without being thought endless.
        found.append(made("small-pages", size=st.integers(-(-used.rows // 5), max(2, used.rows))))
    if used.open or deviations:
        found.append(made("unknown-extra-field"))
    if used.rows > 1 and not used.ordered:
        found.append(made("other-order"))
    names = {
        kind: [f.name for f in used.fields if getattr(f, kind)] for kind in ("nullable", "optional", "text")
    }
    if names["nullable"]:
        found.append(made("null-for-nullable", field=st.sampled_from(names["nullable"])))
    if names["optional"]:
        found.append(made("dropped-optional-field", field=st.sampled_from(names["optional"])))
    if names["text"]:
        # Surrogates on their own are no text that JSON could hold.
        letters = st.characters(codec="utf-8")
        text = st.one_of(st.text(letters, max_size=60), st.sampled_from(TEXTS))
        found.append(made("other-value", field=st.sampled_from(names["text"]), value=text))
    found += [
        made("other-value", field=st.just(each.name), value=st.sampled_from(each.values))
        for each in used.fields
        if each.values
    ]
    if any(each.instant for each in used.fields):
        found.append(made("moved-times", to=st.sampled_from(EDGES)))
    if palette.timeout is not None:
        found.append(made("latency", nth=nth, times=st.just(1), seconds=st.just(palette.timeout * 1.5)))
    if deviations:
        found += [made("undeclared-status", nth=nth, times=times), made("wrong-type", nth=nth)]
        if used.paged:
            found += [made(name) for name in ("cursor-loop", "page-repeated", "link-elsewhere")]
        listed = [each.name for each in used.fields if each.values]
        if listed:
            found.append(made("unknown-enum-value", field=st.sampled_from(listed)))
    return st.one_of(*found)
