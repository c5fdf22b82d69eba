from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.openapi import places
from mockserver.openapi.places import specs_folder


def test_the_specs_are_found_and_hold_the_schema_of_facts() -> None:
    assert (specs_folder() / "facts.schema.json").is_file()


@pytest.mark.parametrize("beside", [True, False])
def test_specs_beside_the_package_come_before_those_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: bool
) -> None:
    monkeypatch.setattr(places, "__file__", str(tmp_path / "mockserver/openapi/places.py"))
    (tmp_path / "specs").mkdir()  # somebody else's folder of that name does not count
    if beside:
        (tmp_path / "specs/facts.schema.json").write_text("{}")
    expected = tmp_path / "specs" if beside else tmp_path / "mockserver/specs"
    assert specs_folder() == expected
