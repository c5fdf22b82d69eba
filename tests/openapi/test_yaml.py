from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.openapi import yaml
from mockserver.openapi.positions import escape, locate, positions
from mockserver.openapi.problems import Problem, SpecificationError


def refused(text: bytes | str, file: str = "a.yaml") -> tuple[Problem, ...]:
    with pytest.raises(SpecificationError) as caught:
        yaml.read(text.encode() if isinstance(text, str) else text, file)
    return caught.value.problems


def read(text: str, file: str = "a.yaml") -> Any:
    return yaml.read(text.encode(), file)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1:30", "1:30"),
        ("12:30:45", "12:30:45"),
        ("2026-04-10", "2026-04-10"),
        ("2026-04-10T09:00:00Z", "2026-04-10T09:00:00Z"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1e3", -1000.0),
        ("+4915112345678", 4915112345678),
        ("'+4915112345678'", "+4915112345678"),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", float(2**64)),
        ("-", None),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!float 1", 1),
        ("3.1.0", "3.1.0"),
    ],
)
def test_plain_scalars_follow_the_core_of_yaml_1_2(written: str, meant: object) -> None:
    value = read(f"a: {written}\n")["a"] if written != "-" else read("a: \n")["a"]
    assert value == meant
    assert type(value) is type(meant)


def test_keys_are_strings_as_they_were_written() -> None:
    assert read("200: a\ntrue: b\n1.0: c\n~: d\nno: e\n") == {
        "200": "a",
        "true": "b",
        "1.0": "c",
        "~": "d",
        "no": "e",
    }


def test_every_duplicate_key_is_named_with_its_line_and_pointer() -> None:
    problems = refused("a:\n  x/y: 1\n  x/y: 2\nb: 1\nb: 2\n")
    assert [(p.line, p.pointer) for p in problems] == [(3, "/a/x~1y"), (5, "/b")]
    assert "appears twice" in problems[0].message


def test_duplicate_keys_in_json_are_named_with_line_and_pointer() -> None:
    problems = refused('{"a": {"x": 1,\n "y": "{",\n "x": {"x": [1]}},\n "b": {"x": 1}}', "a.json")
    assert [(p.line, p.pointer) for p in problems] == [(3, "/a/x")]


def test_an_escaped_key_in_json_is_the_same_key() -> None:
    assert refused('{"a": 1, "\\u0061": 2}', "a.json")[0].pointer == "/a"


@pytest.mark.parametrize("file", ["a.json", "a.yaml"])
@pytest.mark.parametrize("opening", ["[", '{"a":', "[{a: "])
def test_a_hundred_thousand_brackets_are_refused_cleanly(file: str, opening: str) -> None:
    assert len(refused(opening * 100_000, file)) == 1


def test_nesting_is_bounded_in_both_languages() -> None:
    fits, deep = yaml.MAX_DEPTH, yaml.MAX_DEPTH + 1
    for file in ("a.json", "a.yaml"):
        read("[" * fits + "]" * fits, file)
        assert "nested deeper" in refused("[" * deep + "]" * deep, file)[0].message
    block = "".join("  " * depth + "a:\n" for depth in range(deep + 1))
    assert "nested deeper" in refused(block)[0].message


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)]
    assert "aliases repeat too much" in refused("\n".join(lines))[0].message


def test_many_small_aliases_are_refused() -> None:
    text = "a: &a x\nb:\n" + "  - *a\n" * (yaml.MAX_ALIASES + 1)
    assert "aliases repeat too much" in refused(text)[0].message


def test_aliases_cannot_be_used_to_nest_deeper() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 300)]
    assert "nested deeper" in refused("\n".join(lines))[0].message


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert "contains itself" in refused("a: &a [*a]")[0].message


def test_an_alias_without_an_anchor_is_refused() -> None:
    assert "no anchor" in refused("a: *nothing")[0].message


def test_aliases_and_merge_keys_mean_what_everybody_expects() -> None:
    assert read("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\nd:\n  <<: [*a, {z: 4}]\n") == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 1, "y": 2},
        "d": {"x": 1, "y": 2, "z": 4},
    }


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        ("a: 1".encode("utf-16"), 1, "not UTF-8"),
        (b"a: 1\nb: \x07\n", 2, "not YAML"),
        (b"a: .inf", 1, "not a finite number"),
        (b"a: .NaN", 1, "not a finite number"),
        (b"a: 1e999", 1, "not a finite number"),
        (b"a: " + b"9" * 5000, 1, "not a finite number"),
        (b"a: 0x" + b"f" * 400, 1, "not a finite number"),
        (b"a: 1\n? [x]\n: 2\n", 2, "a key must be"),
        (b"a: 1\n---\nb: 2\n", 2, "more than one document"),
        (b"a: !!python/object:os.system x", 1, "is not supported"),
        (b"a: !!binary aGk=", 1, "is not supported"),
        (b"a: !!int x", 1, "not what its tag"),
        (b"a: !!set {x}", 1, "is not supported"),
        (b"a:\n  b: [1\n  c: 2\n", 3, "not YAML"),
        (b"<<: 1", 1, "only mappings"),
    ],
)
def test_bad_yaml_is_refused_with_its_line(text: bytes, line: int, message: str) -> None:
    (problem,) = refused(text)
    assert message in problem.message
    assert problem.line == line
    assert problem.file == "a.yaml"


@pytest.mark.parametrize(
    ("text", "line"),
    [('{"a":\n NaN}', 2), ('{"a":\n 1,}', 2), ('{"a": 1e999}', 1), ("", 1), ('{"a": "\\ud800"}', 1)],
)
def test_bad_json_is_refused_with_its_line(text: str, line: int) -> None:
    (problem,) = refused(text, "a.json")
    assert "is not JSON" in problem.message
    assert problem.line == line


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert "larger than 32 MB" in refused(b"\xff" * (yaml.MAX_BYTES + 1))[0].message


def test_a_byte_order_mark_and_an_empty_file_are_no_problem() -> None:
    assert yaml.read(b"\xef\xbb\xbfa: 1", "a.yaml") == {"a": 1}
    assert yaml.read(b"\xef\xbb\xbf{}", "a.json") == {}
    assert read("") is None
    assert read("# only a comment\n") is None


def test_a_flow_mapping_that_is_no_json_is_yaml() -> None:
    assert read("{a: 1, b: no}") == {"a": 1, "b": "no"}


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    # What YAML calls printable, without the line breaks that only YAML 1.1 knows.
    | st.text(
        st.characters(
            min_codepoint=0x20, max_codepoint=0x10FFFD, exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn")
        )
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc/~é😀 ", max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_whatever_json_can_say_is_read_back(value: Any) -> None:
    assert yaml.read(json.dumps(value, ensure_ascii=True, indent=1).encode(), "a.json") == value
    assert yaml.read(json.dumps(value, ensure_ascii=False).encode(), "a.yaml") == value


@given(PLAIN)
def test_yaml_that_quotes_its_strings_is_read_back(value: Any) -> None:
    class Dumper(pyyaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    Dumper.add_representer(str, lambda d, text: d.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
    text = pyyaml.dump(value, Dumper=Dumper, allow_unicode=True)
    # PyYAML writes 1e+16 as 1.0e+16: the same number in both.
    assert yaml.read(text.encode(), "a.yaml") == value


def marked(value: Any, pointer: str = "") -> dict[str, Any]:
    found = {pointer: value}
    if isinstance(value, dict):
        for key, each in value.items():
            found |= marked(each, f"{pointer}/{escape(key)}")
    if isinstance(value, list):
        for index, each in enumerate(value):
            found |= marked(each, f"{pointer}/{index}")
    return found


@given(PLAIN)
def test_lines_are_the_same_whether_json_is_read_as_json_or_as_yaml(value: Any) -> None:
    from mockserver.openapi.positions import json_positions

    text = json.dumps(value, ensure_ascii=False, indent=1).encode()
    lines = dict(json_positions(text))
    assert lines.keys() == marked(value).keys()
    assert lines == positions(b" " + text + b"\n# yaml, for its comment") or not isinstance(
        value, dict | list
    )


@given(
    st.binary(max_size=60)
    | st.text(st.sampled_from("a&*[]{}:,-?!<|>#%'\"\n \t0x.~é"), max_size=40).map(str.encode)
)
def test_any_bytes_are_data_or_a_specification_error(text: bytes) -> None:
    for file in ("a.yaml", "a.json"):
        with contextlib.suppress(SpecificationError):
            yaml.read(text, file)
    locate(text, "/a/0")


def test_a_line_is_where_the_key_or_the_element_stands() -> None:
    text = b"a:\n  b/c:\n    - x\n    -\n      d: 1\n"
    assert [locate(text, pointer) for pointer in ("", "/a", "/a/b~1c", "/a/b~1c/1/d")] == [1, 1, 2, 5]


def test_a_pointer_to_nothing_has_the_line_of_its_nearest_ancestor() -> None:
    assert locate(b"a:\n  b:\n    c: 1\n", "/a/b/x/y") == 2
    assert locate(b"a: [", "/a") == 0


@pytest.mark.parametrize("text", ["{}:", "[a, [b]]: c\nd: 1", "? {a: {b: c}}\n: [1]\nd: 1", "? []\n"])
def test_a_key_that_is_no_text_leads_the_lines_nowhere_else(text: str) -> None:
    lines = positions(text.encode())
    assert lines[""] == 1
    if "\nd: 1" in text:
        assert lines["/d"] == len(text.splitlines())
    assert not any(pointer.startswith(("/a", "/b")) for pointer in lines)
