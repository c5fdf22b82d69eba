from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.openapi.parameters import MISSING, ParameterPlan, ParameterProblem
from mockserver.openapi.values import DIGITS
from tests.openapi.given import plan

LIST_OR_TEXT = {"oneOf": [{"const": "*"}, {"type": "array", "items": {"enum": ["a", "b"]}}]}
COLOR_OR_TEXT = {
    "oneOf": [{"type": "string"}, {"type": "object", "properties": {"R": {"type": "integer"}}}],
}
INTEGERS = {"type": "array", "items": {"type": "integer"}}
COLOR = {
    "type": "object",
    "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}, "name": {"type": "string"}},
    "additionalProperties": False,
}


def parameter(place: str, schema: Any, name: str = "p", **more: Any) -> dict[str, Any]:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "schema": schema, **required, **more}


def query_value(schema: Any, query: bytes, **more: Any) -> Any:
    params, problems = plan(parameter("query", schema, **more)).read((), query, ())
    assert problems is None, problems
    return params.get("p", MISSING)


def problem_of(read: tuple[dict[str, Any], list[ParameterProblem] | None]) -> ParameterProblem:
    params, problems = read
    assert problems is not None
    assert len(problems) == 1, problems
    assert problems[0].name not in params
    return problems[0]


def query_problem(schema: Any, query: bytes, **more: Any) -> ParameterProblem:
    return problem_of(plan(parameter("query", schema, **more)).read((), query, ()))


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "abc", "abc"),
        ({"type": "string"}, "a%20b+c", "a b c"),
        ({"type": "string"}, "1", "1"),
        ({"type": "string"}, "", ""),
        ({"type": "string"}, "100%", "100%"),
        ({"type": "string"}, "%C3%BC", "ü"),
        ({"type": "string"}, "a=b", "a=b"),
        ({}, "1", "1"),
        ({"type": "integer"}, "10", 10),
        ({"type": "integer"}, "-10", -10),
        ({"type": "integer"}, "9" * DIGITS, int("9" * DIGITS)),
        ({"type": "number"}, "1.5", 1.5),
        ({"type": "number"}, "-1e3", -1000.0),
        ({"type": "number"}, "7", 7),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "false", False),
        ({"type": ["integer", "null"]}, "", None),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["integer", "boolean"]}, "true", True),
        ({"type": ["integer", "string"]}, "5", "5"),
        ({"oneOf": [{"type": "integer"}, {"enum": ["all"]}]}, "5", 5),
        ({"oneOf": [{"type": "integer"}, {"enum": ["all"]}]}, "all", "all"),
        ({"enum": [1, 2]}, "2", 2),
        ({"const": True}, "true", True),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, "5", 5),
        ({"type": "string", "format": "date"}, "2026-04-10", "2026-04-10"),
        ({"type": "string", "format": "e164"}, "%2B4915112345678", "+4915112345678"),
    ],
)
def test_a_scalar_is_read_by_its_type(schema: Any, text: str, value: Any) -> None:
    read = query_value(schema, b"p=" + text.encode())
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "text",
    ["1_0", "%201", "1+", "%2B1", "1e2", "1.0", "0x1", "", "abc", "%D9%A3", "-", "--1", "9" * (DIGITS + 1)],
)
def test_an_integer_is_ascii_digits_and_nothing_else(text: str) -> None:
    problem = query_problem({"type": "integer"}, b"p=" + text.encode())
    assert (problem.place, problem.name, problem.rule) == ("query", "p", "type")
    assert problem.message == "must be an integer"


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "Infinity", "1e999", "1_0", ".5", "5.", "1e", "%D9%A3", ""]
)
def test_a_number_is_written_as_json_writes_it(text: str) -> None:
    assert query_problem({"type": "number"}, b"p=" + text.encode()).message == "must be a number"


@pytest.mark.parametrize("text", ["True", "1", "0", "yes", "on", "", "TRUE"])
def test_a_boolean_is_true_or_false(text: str) -> None:
    assert query_problem({"type": "boolean"}, b"p=" + text.encode()).message == "must be a boolean"


def test_a_number_of_very_many_digits_is_refused_quickly() -> None:
    for schema in ({"type": "integer"}, {"type": "number"}):
        assert query_problem(schema, b"p=" + b"1" * 60_000).rule == "type"


def test_the_schema_judges_what_was_read() -> None:
    problem = query_problem({"type": "integer", "maximum": 100}, b"p=101")
    assert (problem.rule, problem.message) == ("maximum", "must be at most 100")
    assert problem.pointer == "/paths/~1x/get/parameters/0/schema/maximum"


def test_a_scalar_that_is_given_twice_is_refused() -> None:
    problem = query_problem({"type": "string"}, b"p=1&p=2")
    assert (problem.rule, problem.message) == ("repeated", "is given more than once")


def test_bytes_that_are_not_utf8_are_refused() -> None:
    assert query_problem({"type": "string"}, b"p=%ff").rule == "encoding"
    assert query_problem({"type": "string"}, b"p=\xff").rule == "encoding"
    assert query_problem({"type": "string"}, b"p=%ed%a0%80").rule == "encoding"


def test_names_are_decoded_too() -> None:
    assert query_value({"type": "integer"}, b"%70=1") == 1


def test_an_absent_parameter_has_its_default() -> None:
    assert query_value({"type": "integer", "default": 20}, b"") == 20
    assert query_value({"type": "integer", "default": 20}, b"q=1&&=") == 20
    assert query_value({"type": ["integer", "null"], "default": None}, b"") is None
    assert query_value({"type": "integer"}, b"") is MISSING


def test_a_default_that_can_change_is_never_shared() -> None:
    compiled = plan(parameter("query", {**INTEGERS, "default": [1]}))
    first = compiled.read((), b"", ())[0]["p"]
    first.append(2)
    assert compiled.read((), b"", ())[0] == {"p": [1]}


def test_a_required_parameter_is_asked_for() -> None:
    compiled = plan(
        parameter("query", {"type": "string", "default": "x"}, required=True),
        parameter("header", {"type": "string"}, "h", required=True),
        parameter("cookie", {"type": "string"}, "c", required=True),
    )
    params, problems = compiled.read((), b"", ())
    assert params == {}
    assert problems is not None
    assert [(p.place, p.name, p.rule) for p in problems] == [
        ("header", "h", "required"),
        ("query", "p", "required"),
        ("cookie", "c", "required"),
    ]


def test_an_empty_value_is_allowed_where_the_document_says_so() -> None:
    assert query_value({"type": "integer"}, b"p=", allowEmptyValue=True) == ""
    assert query_value({"type": "integer"}, b"p", allowEmptyValue=True) == ""
    assert query_value({"type": "integer"}, b"p=3", allowEmptyValue=True) == 3


def test_all_problems_are_told_at_once() -> None:
    compiled = plan(
        parameter("path", {"type": "integer"}, "id"),
        parameter("query", {"type": "integer"}, "count"),
        parameter("query", {"enum": ["asc", "desc"]}, "sort"),
        parameter("query", {"type": "string"}, "fine"),
        path="/x/{id}",
    )
    params, problems = compiled.read(("a",), b"count=b&sort=c&fine=d", ())
    assert params == {"fine": "d"}
    assert problems is not None
    assert [(p.place, p.name, p.message) for p in problems] == [
        ("path", "id", "must be an integer"),
        ("query", "count", "must be an integer"),
        ("query", "sort", "must be one of: asc, desc"),
    ]


@pytest.mark.parametrize(
    ("style", "explode", "schema", "query", "value"),
    [
        ("form", True, INTEGERS, b"p=1&p=2", [1, 2]),
        ("form", True, INTEGERS, b"p=1&other=3&p=2", [1, 2]),
        ("form", True, {"type": "array"}, b"p=", [""]),
        ("form", False, INTEGERS, b"p=1,2", [1, 2]),
        ("form", False, INTEGERS, b"p=1%2C2", [1, 2]),
        ("form", False, INTEGERS, b"p=", []),
        ("form", False, {"type": "array"}, b"p=a%2Cb,c", ["a,b", "c"]),
        ("spaceDelimited", False, INTEGERS, b"p=1%202", [1, 2]),
        ("spaceDelimited", False, INTEGERS, b"p=1+2", [1, 2]),
        ("spaceDelimited", True, INTEGERS, b"p=1&p=2", [1, 2]),
        ("pipeDelimited", False, INTEGERS, b"p=1|2", [1, 2]),
        ("pipeDelimited", False, INTEGERS, b"p=1%7C2", [1, 2]),
        ("form", True, COLOR, b"R=1&G=2&name=a%20b", {"R": 1, "G": 2, "name": "a b"}),
        ("form", False, COLOR, b"p=R,1,G,2", {"R": 1, "G": 2}),
        ("deepObject", True, COLOR, b"p[R]=1&p[name]=5", {"R": 1, "name": "5"}),
        ("deepObject", True, COLOR, b"p%5BR%5D=1", {"R": 1}),
        ("deepObject", True, {"type": "object"}, b"p[a][b]=1&p[c][]=2", {"a": {"b": "1"}, "c": ["2"]}),
        ("form", True, {"type": "object"}, b"a=1&b=2", {"a": "1", "b": "2"}),
        ("form", False, LIST_OR_TEXT, b"p=a,b", ["a", "b"]),
        ("form", False, LIST_OR_TEXT, b"p=*", "*"),
        ("form", True, LIST_OR_TEXT, b"p=a&p=b", ["a", "b"]),
        ("form", True, LIST_OR_TEXT, b"p=*", "*"),
        ("form", False, COLOR_OR_TEXT, b"p=red", "red"),
        ("form", False, COLOR_OR_TEXT, b"p=R,1", {"R": 1}),
    ],
)
def test_each_style_of_the_query(style: str, explode: bool, schema: Any, query: bytes, value: Any) -> None:
    assert query_value(schema, query, style=style, explode=explode) == value


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text", "value"),
    [
        ("simple", False, {"type": "integer"}, "5", 5),
        ("simple", False, INTEGERS, "3,4,5", [3, 4, 5]),
        ("simple", True, INTEGERS, "3,4,5", [3, 4, 5]),
        ("simple", False, COLOR, "R,100,G,200", {"R": 100, "G": 200}),
        ("simple", True, COLOR, "R=100,G=200", {"R": 100, "G": 200}),
        ("label", False, {"type": "integer"}, ".5", 5),
        ("label", False, INTEGERS, ".3,4,5", [3, 4, 5]),
        ("label", True, INTEGERS, ".3.4.5", [3, 4, 5]),
        ("label", False, COLOR, ".R,100,G,200", {"R": 100, "G": 200}),
        ("label", True, COLOR, ".R=100.G=200", {"R": 100, "G": 200}),
        ("matrix", False, {"type": "integer"}, ";p=5", 5),
        ("matrix", False, INTEGERS, ";p=3,4,5", [3, 4, 5]),
        ("matrix", True, INTEGERS, ";p=3;p=4;p=5", [3, 4, 5]),
        ("matrix", False, COLOR, ";p=R,100,G,200", {"R": 100, "G": 200}),
        ("matrix", True, COLOR, ";R=100;G=200", {"R": 100, "G": 200}),
    ],
)
def test_each_style_of_the_path(style: str, explode: bool, schema: Any, text: str, value: Any) -> None:
    compiled = plan(parameter("path", schema, style=style, explode=explode), path="/x/{p}")
    assert compiled.read((text,), b"", ()) == ({"p": value}, None)


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text", "message"),
    [
        ("label", False, {"type": "integer"}, "5", "must begin with ."),
        ("matrix", False, INTEGERS, "3,4", "must begin with ;p="),
        ("simple", False, COLOR, "R,100,G", "must be a list of names and values by turns"),
        ("simple", True, COLOR, "R", "must be a list of name=value"),
    ],
)
def test_another_style_in_the_path_is_told(
    style: str, explode: bool, schema: Any, text: str, message: str
) -> None:
    compiled = plan(parameter("path", schema, style=style, explode=explode), path="/x/{p}")
    problem = problem_of(compiled.read((text,), b"", ()))
    assert (problem.rule, problem.message) == ("style", message)


def test_an_item_that_is_wrong_has_its_place() -> None:
    problem = query_problem(INTEGERS, b"p=1&p=x")
    assert (problem.message, problem.path) == ("must be an integer", (1,))
    problem = query_problem(COLOR, b"p[R]=x", style="deepObject")
    assert (problem.message, problem.path) == ("must be an integer", ("R",))


def test_headers_are_read_whatever_their_case() -> None:
    compiled = plan(
        parameter("header", {"type": "integer"}, "X-Count"),
        parameter("header", INTEGERS, "X-Ids"),
        parameter("header", {"type": "string", "default": "2024-08-13"}, "cal-api-version"),
    )
    headers = [(b"x-count", b" 5 "), (b"x-ids", b"1, 2"), (b"host", b"x"), (b"cookie", b"a=b")]
    assert compiled.read((), b"", headers) == (
        {"X-Count": 5, "X-Ids": [1, 2], "cal-api-version": "2024-08-13"},
        None,
    )
    assert compiled.read((), b"", [(b"x-ids", b"1"), (b"x-ids", b"2")])[0]["X-Ids"] == [1, 2]
    twice = problem_of(compiled.read((), b"", [(b"x-count", b"1"), (b"x-count", b"2")]))
    assert (twice.place, twice.rule) == ("header", "repeated")
    assert problem_of(compiled.read((), b"", [(b"x-count", b"x")])).message == "must be an integer"


def test_cookies_are_read() -> None:
    compiled = plan(
        parameter("cookie", {"type": "integer"}, "id"),
        parameter("cookie", INTEGERS, "list", explode=False),
        parameter("cookie", {"type": "string", "default": "x"}, "other"),
    )
    assert compiled.read((), b"", [(b"cookie", b"id=5; list=1,2"), (b"cookie", b"third=3")]) == (
        {"id": 5, "list": [1, 2], "other": "x"},
        None,
    )
    assert compiled.read((), b"id=7", ())[0] == {"other": "x"}


def test_a_parameter_may_be_json() -> None:
    declared = {"name": "p", "in": "query", "content": {"application/json": {"schema": INTEGERS}}}
    compiled = plan(declared)
    assert compiled.read((), b"p=%5B1%2C2%5D", ()) == ({"p": [1, 2]}, None)
    assert problem_of(compiled.read((), b"p=%5B1", ())).message == "must be JSON"
    assert problem_of(compiled.read((), b"p=%5B%22x%22%5D", ())).path == (0,)
    assert problem_of(compiled.read((), b"p=" + b"[" * 50_000, ())).message == "must be JSON"


def test_a_name_in_two_places_has_two_keys() -> None:
    compiled = plan(
        parameter("path", {"type": "string"}, "id"),
        parameter("query", {"type": "integer"}, "id"),
        path="/x/{id}",
    )
    assert compiled.read(("a",), b"id=5", ()) == ({"id": "a", "query.id": 5}, None)


def test_values_of_the_path_come_in_the_order_of_the_path() -> None:
    compiled = plan(
        parameter("path", {"type": "integer"}, "b"),
        parameter("path", {"type": "string"}, "a"),
        path="/x/{a}/{b}",
    )
    assert compiled.read(("one", "2"), b"", ()) == ({"a": "one", "b": 2}, None)


def test_unknown_names_of_the_query_are_ignored_but_known() -> None:
    compiled = plan(
        parameter("query", {"type": "string"}, "q"),
        parameter("query", COLOR, "color"),
        parameter("query", COLOR, "deep", style="deepObject"),
    )
    query = b"q=1&R=2&deep[R]=1&Q=1&deepest=1&x%20y=1&Q=2"
    assert compiled.read((), query, ())[1] is None
    assert compiled.unknown(query) == ["Q", "deepest", "x y"]
    assert compiled.unknown(b"") == []


def test_a_property_that_is_both_value_and_object_is_refused() -> None:
    for query in (b"p[a]=1&p[a][b]=2", b"p[a][b]=2&p[a]=1"):
        assert query_problem({"type": "object"}, query, style="deepObject").rule == "style"


def test_deep_names_do_not_nest_without_end() -> None:
    query = b"p" + b"[a]" * 20_000 + b"=1"
    plan(parameter("query", {"type": "object"}, style="deepObject")).read((), query, ())


MANY = plan(
    parameter("path", {"type": "string", "minLength": 2}, "id"),
    parameter("query", {"type": "integer", "minimum": 1, "default": 1}, "page"),
    parameter("query", {"type": "string"}, "q", required=True),
    parameter("query", {"type": ["boolean", "null"]}, "flag"),
    parameter("query", INTEGERS, "ids"),
    parameter("header", {"type": "integer"}, "X-Count"),
    path="/x/{id}",
)
PIECES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["page", "q", "flag", "ids", "other", "", "%70age"]),
            st.sampled_from(["1", "0", "", "x", "true", "%31", "%ff", "a+b", "ü", "1,2"]),
        ).map("=".join),
        st.sampled_from(["", "page", "q", "=", "q=1=2"]),
    ),
    max_size=4,
).map("&".join)


@given(
    PIECES, st.sampled_from(["a", "ab"]), st.lists(st.sampled_from([b"1", b"x", b" 2 ", b"\xff"]), max_size=2)
)
@settings(deadline=None, max_examples=500)
def test_the_quick_way_and_the_thorough_way_agree(query: str, text: str, lines: list[bytes]) -> None:
    headers = [(b"x-count", line) for line in lines]
    quick = MANY.read((text,), query.encode(), headers)
    thorough = MANY._examine((text,), query.encode(), headers)
    assert quick == thorough
    assert MANY.read((text,), query.encode(), headers) == thorough


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_no_bytes_at_all_break_the_reading(query: bytes) -> None:
    params, problems = MANY.read(("ab",), query, [(b"x-count", query)])
    assert isinstance(params, dict)
    assert problems is None or len(problems) > 0
    MANY.unknown(query)


STRINGS = {"type": "array", "items": {"type": "string"}}
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)


def _round_trip(compiled: ParameterPlan, query: str, value: Any) -> None:
    assert compiled.read((), query.encode(), ()) == ({"p": value}, None)


@given(st.lists(TEXTS, min_size=2, max_size=4))
@settings(deadline=None)
def test_lists_come_back_as_they_were_written(values: list[str]) -> None:
    encoded = [quote(value, safe="") for value in values]
    _round_trip(EXPLODED, "&".join(f"p={text}" for text in encoded), values)
    _round_trip(COMMAS, "p=" + ",".join(encoded), values)
    _round_trip(PIPES, "p=" + "|".join(encoded), values)


@given(st.dictionaries(st.text("abcdeü ", min_size=1, max_size=4), TEXTS, min_size=1, max_size=3))
@settings(deadline=None)
def test_deep_objects_come_back_as_they_were_written(value: dict[str, str]) -> None:
    query = "&".join(f"p%5B{quote(name, safe='')}%5D={quote(text, safe='')}" for name, text in value.items())
    _round_trip(DEEP, query, value)


EXPLODED = plan(parameter("query", STRINGS))
COMMAS = plan(parameter("query", STRINGS, explode=False))
PIPES = plan(parameter("query", STRINGS, style="pipeDelimited", explode=False))
DEEP = plan(parameter("query", {"type": "object"}, style="deepObject"))
