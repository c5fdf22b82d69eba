"""Where the specifications lie: beside the package in a working copy, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_MARK = "facts.schema.json"


def specs_folder() -> Path:
    """The folder that holds `facts.schema.json` and a folder for each provider.

    The repository's `specs/` first, so that an editable install reads what is being edited.
    """
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "specs"
    return beside if (beside / _MARK).is_file() else package / "specs"
