from __future__ import annotations

import pickle
import re
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockserver.openapi.problems import SpecificationError
from mockserver.openapi.table import Table, shape, variables


def table(*templates: str) -> Table[str]:
    return Table((template, "GET", template) for template in templates)


def found(made: Table[str], path: str) -> tuple[str, tuple[str, ...]] | None:
    result = made.find(path)
    return None if result is None else (result[0]["GET"], result[1])


EVENTS = table(
    "/",
    "/events",
    "/events/{id}",
    "/events/{id}/notes",
    "/events/latest/notes/all",
    "/users/me",
    "/users/{id}",
    "/files/{name}.{ext}",
    "/files/{name}",
    "/files/report-{year}",
    "/files/{name}:cancel",
    "/{a}/x/{b}",
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/", "/", ()),
        ("/events", "/events", ()),
        ("/events/42", "/events/{id}", ("42",)),
        ("/events/42/notes", "/events/{id}/notes", ("42",)),
        ("/events/latest", "/events/{id}", ("latest",)),
        ("/events/latest/notes", "/events/{id}/notes", ("latest",)),
        ("/events/latest/notes/all", "/events/latest/notes/all", ()),
        ("/users/me", "/users/me", ()),
        ("/users/you", "/users/{id}", ("you",)),
        ("/users/x/me", "/{a}/x/{b}", ("users", "me")),
        ("/files/a.b.c", "/files/{name}.{ext}", ("a", "b.c")),
        ("/files/report-2026", "/files/report-{year}", ("2026",)),
        ("/files/report-", "/files/{name}", ("report-",)),
        ("/files/x:cancel", "/files/{name}:cancel", ("x",)),
        ("/files/plain", "/files/{name}", ("plain",)),
        ("/files/.hidden", "/files/{name}", (".hidden",)),
    ],
)
def test_the_most_concrete_template_answers(path: str, template: str, values: tuple[str, ...]) -> None:
    assert found(EVENTS, path) == (template, values)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/events/",
        "//",
        "/events//notes",
        "/Events",
        "/events/42/notes/",
        "/users",
        "events",
        "/users/me/",
        "/a/b/c/d",
    ],
)
def test_a_path_that_is_not_there_is_not_found(path: str) -> None:
    assert EVENTS.find(path) is None
    assert EVENTS.find_raw(path.encode()) is None


def test_all_methods_of_a_path_are_told() -> None:
    made = Table([("/x", "GET", 1), ("/x", "PUT", 2), ("/y/{a}", "DELETE", 3)])
    result = made.find("/x")
    assert result is not None
    assert dict(result[0]) == {"GET": 1, "PUT": 2}


def test_a_raw_path_is_split_before_it_is_decoded() -> None:
    assert EVENTS.find_raw(b"/events/a%2Fb") == ({"GET": "/events/{id}"}, ("a/b",))
    assert EVENTS.find_raw("/events/a%2fb/notes") == ({"GET": "/events/{id}/notes"}, ("a/b",))
    assert EVENTS.find_raw(b"/events/%C3%BC%20+") == ({"GET": "/events/{id}"}, ("ü +",))
    assert EVENTS.find_raw(b"/%65vents") == ({"GET": "/events"}, ())


@pytest.mark.parametrize("raw", [b"/events/%", b"/events/%f", b"/events/%zz", b"/events/%ff", b"/a\xff"])
def test_a_broken_escape_is_a_path_that_is_not_there(raw: bytes) -> None:
    assert EVENTS.find_raw(raw) is None


@pytest.mark.parametrize(
    ("one", "other"), [("/a/{x}", "/a/{y}"), ("/{a}.{b}", "/{c}.{d}"), ("/{a}/b/{c}", "/{x}/b/{y}")]
)
def test_templates_that_differ_in_names_only_are_refused(one: str, other: str) -> None:
    with pytest.raises(SpecificationError, match="is the same path as"):
        table(one, other)


def test_a_table_survives_pickling() -> None:
    again: Table[str] = pickle.loads(pickle.dumps(EVENTS))
    assert again.templates == EVENTS.templates
    assert found(again, "/files/a.b") == ("/files/{name}.{ext}", ("a", "b"))


def test_variables_and_shape_of_a_template() -> None:
    assert variables("/a/{b}/{c}.{d}") == ("b", "c", "d")
    assert shape("/a/{b}/{c}.{d}") == "/a/{}/{}.{}"


def test_a_hostile_segment_takes_no_time() -> None:
    made = table("/{a}-{b}-{c}-{d}.end")
    assert made.find("/" + "-" * 200_000) is None
    assert made.find("/" + "x-" * 100_000) is None


SEGMENTS = st.sampled_from(["a", "b", "{v}", "a{v}", "{v}b", "{v}-{w}", "{v}.{w}"])
TEMPLATES = st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
PATHS = st.lists(st.text("ab-.", max_size=4), min_size=1, max_size=3).map("/".join).map("/{}".format)


@given(st.lists(TEMPLATES, min_size=1, max_size=6, unique_by=shape), PATHS)
@settings(deadline=None, max_examples=400)
def test_a_path_is_found_exactly_when_some_template_matches_it(templates: list[str], path: str) -> None:
    made = table(*templates)
    patterns = {
        template: re.compile(re.sub(r"\\\{.\\\}", "([^/]+)", re.escape(template))) for template in templates
    }
    matching = {template for template, pattern in patterns.items() if pattern.fullmatch(path)}
    result = found(made, path)
    if result is None:
        assert not matching
        return
    template, values = result
    assert template in matching
    rebuilt = iter(values)
    assert re.sub(r"\{.\}", lambda _: next(rebuilt), template) == path
    if path in templates:
        assert template == path
    assert made.find_raw(quote(path)) == made.find(path)


@given(TEMPLATES, st.lists(st.text(min_size=1, max_size=5), min_size=3, max_size=6))
@settings(deadline=None)
def test_encoded_values_come_back_whole(template: str, texts: list[str]) -> None:
    assume(all(not re.search("[\ud800-\udfff]", text) for text in texts))
    assume("." not in template and "-" not in template)
    names = variables(template)
    values = iter(texts)
    raw = re.sub(r"\{.\}", lambda _: quote(next(values), safe=""), template)
    assert table(template).find_raw(raw) == ({"GET": template}, tuple(texts[: len(names)]))
