from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mockserver.openapi import cache, upgrade
from mockserver.openapi.cache import Entry
from mockserver.openapi.document import open_document
from mockserver.openapi.problems import SpecificationError

TEXT = (
    "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents: {schemas: {A: {$ref: b.yaml}}}\n"
)
OVERLAY = "overlay: 1.0.0\ninfo: {title: O, version: '1'}\nactions: [{target: $.info, update: {title: U}}]\n"
ENTRY = Entry({"a": [1, None, "é"]}, {"a.yaml": "0"}, {"/a": ("a.yaml", "/b")}, ("careful",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "api"
    folder.mkdir()
    (folder / "b.yaml").write_text("type: string")
    (folder / "o.yaml").write_text(OVERLAY)
    (folder / "openapi.yaml").write_text(TEXT)
    return folder / "openapi.yaml"


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows whenever a document is really processed."""
    calls: list[str] = []
    real = upgrade.upgrade

    def watched(data: Any) -> Any:
        calls.append("upgrade")
        return real(data)

    monkeypatch.setattr("mockserver.openapi.document.upgrade", watched)
    return calls


def test_the_second_opening_gives_the_same_without_the_work(
    root: Path, tmp_path: Path, worked: list[str]
) -> None:
    overlays = [root.parent / "o.yaml"]
    plain = open_document(root, overlays=overlays)
    first = open_document(root, overlays=overlays, cache=tmp_path / "cache")
    second = open_document(root, overlays=overlays, cache=tmp_path / "cache")
    assert len(worked) == 2
    assert plain == first == second
    assert second.place("/components/schemas/b") == (str(root.parent / "b.yaml"), 1)


@pytest.mark.parametrize("name", ["openapi.yaml", "b.yaml", "o.yaml"])
def test_a_change_of_any_file_is_seen(root: Path, tmp_path: Path, name: str) -> None:
    def opened() -> Any:
        return open_document(root, overlays=[root.parent / "o.yaml"], cache=tmp_path / "cache")

    before = opened()
    path = root.parent / name
    path.write_text(path.read_text() + "\n# changed\n")
    assert opened().digest != before.digest
    path.write_text("a: 1\na: 2\n")
    with pytest.raises(SpecificationError):
        opened()


def test_strict_and_lenient_do_not_share_an_entry(root: Path, tmp_path: Path) -> None:
    root.write_text(TEXT + "x-unknown: 1\n")
    open_document(root, cache=tmp_path / "cache", facts="lenient")
    with pytest.raises(SpecificationError, match="x-unknown"):
        open_document(root, cache=tmp_path / "cache")


def test_a_broken_document_is_not_kept(root: Path, tmp_path: Path) -> None:
    root.write_text(TEXT + "x-unknown: 1\n")
    for _ in range(2):
        with pytest.raises(SpecificationError):
            open_document(root, cache=tmp_path / "cache")
    assert list(tmp_path.glob("cache/*")) == []


def test_a_damaged_entry_is_ignored_and_replaced(root: Path, tmp_path: Path, worked: list[str]) -> None:
    folder = tmp_path / "cache"
    whole = open_document(root, cache=folder)
    (path,) = folder.glob("*.json")
    good = path.read_bytes()
    for bad in (
        b"",
        b"{",
        good[:-1],
        good[:20],
        good.replace(b"string", b"strinG"),
        b"[]\n{}",
        b"{}\n{}",
        b"\xff",
    ):
        path.write_bytes(bad)
        worked.clear()
        assert open_document(root, cache=folder) == whole
        assert worked
        assert path.read_bytes() == good


def test_an_entry_cannot_make_us_open_a_file_outside_the_folder(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("type: string")
    folder = tmp_path / "cache"
    whole = open_document(root, cache=folder)
    (path,) = folder.glob("*.json")
    path.write_bytes(path.read_bytes().replace(b'"b.yaml"', b'"../secret.yaml"'))
    assert open_document(root, cache=folder) == whole
    assert whole.sources == (root, root.parent / "b.yaml")


def test_a_folder_that_cannot_be_used_is_no_error(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert open_document(root, cache=blocked / "cache").data == open_document(root).data


def test_an_entry_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    cache.save(tmp_path, "k", ENTRY)
    assert cache.load(tmp_path, "k") == ENTRY
    assert cache.load(tmp_path, "other") is None
    assert [path.name for path in tmp_path.iterdir()] == ["k.json"]


def test_a_write_that_fails_leaves_the_old_entry_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.save(tmp_path, "k", ENTRY)

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "replace", refuse)
    cache.save(tmp_path, "k", Entry({}, {}, {}, ()))
    assert cache.load(tmp_path, "k") == ENTRY
    assert [path.name for path in tmp_path.iterdir()] == ["k.json"]


def test_old_entries_make_room(tmp_path: Path) -> None:
    for number in range(cache.MAX_ENTRIES + 3):
        cache.save(tmp_path, f"k{number}", ENTRY)
        os.utime(tmp_path / f"k{number}.json", (number, number))
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == cache.MAX_ENTRIES
    assert "k0.json" not in names


def test_keys_tell_apart_names_contents_and_their_borders() -> None:
    keys = {
        cache.key(name, parts, facts)
        for name, parts, facts in [
            ("a", [b"x", b"y"], "strict"),
            ("a", [b"xy"], "strict"),
            ("a", [b"y", b"x"], "strict"),
            ("b", [b"x", b"y"], "strict"),
            ("a", [b"x", b"y"], "lenient"),
        ]
    }
    assert len(keys) == 5


def test_the_default_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE", "/somewhere")
    assert cache.default_cache() == Path("/somewhere")
    monkeypatch.delenv("UNDERSTUDY_CACHE")
    assert cache.default_cache().name == "understudy"
