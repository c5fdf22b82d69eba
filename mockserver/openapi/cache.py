"""Keeps finished documents on disk by the content they were made from; knows bytes, not OpenAPI."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from mockserver.openapi.places import specs_folder

MAX_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished document. `sources`: paths below the root's folder -> sha256 of what was read there."""

    data: Any
    sources: Mapping[str, str]
    origins: Mapping[str, tuple[str, str]]
    warnings: tuple[str, ...]


def default_cache() -> Path:
    """The folder for finished documents: $UNDERSTUDY_CACHE, else this platform's place for caches."""
    chosen = os.environ.get("UNDERSTUDY_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "understudy"


def sha256(content: bytes) -> str:
    """The digest of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def key(name: str, parts: Sequence[bytes], facts: str) -> str:
    """The name of an entry: root file's name and content, overlays, and everything of ours that has a say."""
    digest = hashlib.sha256()
    for part in (_fingerprint(), facts.encode(), name.encode("utf-8", "surrogatepass")):
        digest.update(b"%d:" % len(part) + part)
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()


def load(folder: Path, name: str) -> Entry | None:
    """The entry of that name; None when there is none, or when it is not whole."""
    try:
        head, _, payload = (folder / f"{name}.json").read_bytes().partition(b"\n")
        about = orjson.loads(head)
        if about["sha256"] != sha256(payload):
            return None
        return Entry(
            orjson.loads(payload),
            about["sources"],
            {pointer: (file, inner) for pointer, (file, inner) in about["origins"].items()},
            tuple(about["warnings"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def save(folder: Path, name: str, entry: Entry) -> None:
    """Keep an entry, all or nothing; a folder that cannot be written to is no error."""
    try:
        payload = orjson.dumps(entry.data)
        head = orjson.dumps(
            {
                "sha256": sha256(payload),
                "sources": dict(entry.sources),
                "origins": dict(entry.origins),
                "warnings": entry.warnings,
            }
        )
    except orjson.JSONEncodeError:
        return
    draft = ""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".draft-", dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(head + b"\n" + payload)
        os.replace(draft, folder / f"{name}.json")
        _prune(folder)
    except OSError:
        if draft:
            Path(draft).unlink(missing_ok=True)


def _prune(folder: Path) -> None:
    entries = list(folder.glob("*.json"))
    if len(entries) > MAX_ENTRIES:
        entries.sort(key=lambda path: path.stat().st_mtime)
        for path in entries[: len(entries) - MAX_ENTRIES]:
            path.unlink(missing_ok=True)


def _fingerprint() -> bytes:
    """A digest of all that reads documents, and of the package's version, which stands in its first file.

    Of contents, not of dates: an installed file may carry any date. About a millisecond.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in [
        here.parent / "__init__.py",
        *sorted(here.glob("*.py")),
        specs_folder() / "facts.schema.json",
    ]:
        try:
            content = path.read_bytes()
        except OSError:
            continue
        digest.update(b"%s %d:" % (path.name.encode(), len(content)) + content)
    return digest.digest()
