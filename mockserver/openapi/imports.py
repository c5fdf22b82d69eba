"""Imported providers on the user's disk: where they lie and what was kept of them; imports nothing itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockserver.openapi import yaml
from mockserver.openapi.cache import sha256
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.openapi.sources import read_bytes

RECORD = "import.yaml"
DOCUMENT = "openapi.json"
WRITTEN = "openapi.yaml"
ORIGINAL = "original"
REPAIRS, CORRECTIONS, INFERRED, LEARNED = (
    f"{name}.overlay.yaml" for name in ("repairs", "corrections", "inferred", "learned")
)
VARIABLE = "UNDERSTUDY_SPECS"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported provider. `overlays` are applied in this order; `like` is the provider whose rules it has.

    `files`: sha256 of each file under `original/`, as it was taken; the first is the root.
    """

    folder: Path
    slug: str
    source: str
    taken: str
    openapi: str
    files: Mapping[str, str]
    overlays: tuple[Path, ...]
    like: str = ""

    @property
    def document(self) -> Path:
        """The document in one piece and in 3.1."""
        return self.folder / DOCUMENT

    @property
    def digest(self) -> str:
        """sha256 of the root file as it was taken."""
        return next(iter(self.files.values()), "")

    def changed(self) -> list[str]:
        """The files of the original that are not, or no longer, what was taken."""
        found = []
        for name, digest in self.files.items():
            try:
                now = sha256((self.folder / ORIGINAL / name).read_bytes())
            except OSError:
                now = ""
            if now != digest:
                found.append(name)
        return found


def imports_folder() -> Path:
    """Where imported providers lie: $UNDERSTUDY_SPECS, else `understudy` where one works."""
    return Path(os.environ.get(VARIABLE) or "understudy")


def imported_slugs() -> list[str]:
    """The imported providers, and those that one wrote there, by name."""
    folder = imports_folder()
    written = (path.parent for path in folder.glob("*/provider.yaml") if (path.parent / WRITTEN).is_file())
    return sorted({path.parent.name for path in folder.glob(f"*/{RECORD}")} | {path.name for path in written})


def read_import(folder: Path) -> Import | None:
    """What `import.yaml` in a folder says; None where there is none. SpecificationError for a broken one."""
    path = folder / RECORD
    if not path.is_file():
        return None
    label = str(path)
    data = yaml.read(read_bytes(path, label), label)
    try:
        return _parsed(folder, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SpecificationError(
            [Problem(label, 0, "", f"is no record of an import: {error}", "import the document again")]
        ) from None


def _parsed(folder: Path, data: Any) -> Import:
    names = [str(name) for name in data["overlays"]]
    if any(Path(name).name != name for name in names):
        raise ValueError("overlays are named by files in this folder")
    return Import(
        folder=folder,
        slug=str(data["slug"]),
        source=str(data["source"]),
        taken=str(data["taken"]),
        openapi=str(data["openapi"]),
        files={str(name): str(digest) for name, digest in data["files"].items()},
        # One that the user took away is not needed any more.
        overlays=tuple(folder / name for name in names if (folder / name).is_file()),
        like=str(data.get("like", "")),
    )
