"""Documents to be compared or judged by: a file, a provider, one of its dated versions; compares nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockserver.house import UnknownProvider, document_path, edition, imported_at, version_overlays
from mockserver.openapi.document import Document, open_document, with_overlay
from mockserver.openapi.imports import INFERRED
from mockserver.openapi.problems import SpecificationError
from mockserver.openapi.restate import restate
from mockserver.openapi.sources import read_source


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in 3.1, and where its parts were written. `slug` is the provider's, or made of the file."""

    name: str
    slug: str
    data: Mapping[str, Any]
    document: Document

    def place(self, pointer: str) -> tuple[str, int]:
        """File and line of a pointer."""
        return self.document.place(pointer)


def open_named(name: str, overlays: Sequence[Path] = ()) -> Opened:
    """The document that a word of the command line means: PROVIDER, PROVIDER@DATE, FILE.

    What keeps a vendor's file from being compiled is repaired as an import would. UnknownProvider,
    SpecificationError.
    """
    word, _, date = name.partition("@") if not Path(name).is_file() else (name, "", "")
    slug, path = document_path(word)
    imported = imported_at(path)
    own = () if imported is None else tuple(each for each in imported.overlays if each.name != INFERRED)
    try:
        document = open_document(path, overlays=own, facts="lenient")
    except SpecificationError:
        if own:
            raise
        document = _mended(path)
    if date:
        known = version_overlays(document)
        if date not in known:
            there = ", ".join(known) or "none"
            raise UnknownProvider(f"{word} has no version {date!r}; it has {there}")
        document = edition(document, date, known[date])
    for overlay in overlays:
        document = with_overlay(document, overlay, facts="lenient")
    return Opened(name, slug, document.data, document)


def _mended(path: Path) -> Document:
    label = str(path)
    restated = restate(read_source(path.resolve(), label))
    return Document(label, restated.repaired, "", (), (path.resolve(),), {})
