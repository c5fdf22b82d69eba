"""Brings files of a document from the place that a user named, and from nowhere else; keeps none itself."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, NoReturn
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from mockserver.commands import Mistake
from mockserver.openapi.yaml import MAX_BYTES
from mockserver.version import __version__

SECONDS = 20
MAX_REDIRECTS = 5
NAMED = "named"


def is_url(text: str) -> bool:
    """Whether a source is an address, not a file."""
    return text.startswith(("http://", "https://"))


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects are followed to http and https only, and not for ever."""

    max_redirections = MAX_REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request; an error for an address that is no web address."""
        if not is_url(newurl):
            raise urllib.error.URLError(f"it leads to {newurl}, which is no web address")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str) -> bytes:
    """What stands at an address. Mistake for one that does not answer, or with too much."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    request = urllib.request.Request(
        url, headers={"User-Agent": f"understudy/{__version__}", "Accept": "application/json, */*"}
    )
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        _fail(url, f"it answers {error.code}")
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        _fail(url, str(getattr(reason, "strerror", None) or reason))
    if len(content) > MAX_BYTES:
        _fail(url, f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return content


def _fail(url: str, why: str) -> NoReturn:
    raise Mistake(f"{url} cannot be fetched: {why}")


@dataclass(slots=True)
class Fetching:
    """Where the files of one import come from. `root` is an address or a file, `folder` where they are put.

    What lies below the root's own place may be fetched, and what lies below a place in `named`.
    """

    root: str
    folder: Path
    named: Sequence[str] = ()
    places: dict[Path, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def begin(self) -> Path:
        """Put the root file into the folder; its path there. Mistake where there is none."""
        self.folder = self.folder.resolve()
        if is_url(self.root):
            name = unquote(urlsplit(self.root).path).rpartition("/")[2] or "openapi"
            content = download(self.root)
            if "." not in name:
                name += ".json" if content.lstrip()[:1] == b"{" else ".yaml"
        else:
            path = Path(self.root)
            name = path.name
            if not path.is_file():
                raise Mistake(f"{self.root}: there is no such file")
            if path.stat().st_size > MAX_BYTES:
                raise Mistake(f"{self.root} is larger than {MAX_BYTES // 1_000_000} MB")
            content = path.read_bytes()
        return self._keep(
            self.folder / _plain(name),
            self.root if is_url(self.root) else str(Path(self.root).resolve()),
            content,
        )

    def fetch(self, uri: str, base: Path) -> Path | None:
        """The file that a reference in another file means, put into the folder; None where it may not be."""
        origin = self.places.get(base)
        if origin is None:
            return None
        target = urldefrag(
            urljoin(origin, uri) if is_url(origin) or is_url(uri) else _joined(origin, uri)
        ).url
        known = next((path for path, place in self.places.items() if place == target), None)
        if known is not None:
            return known
        path = self._place_for(target)
        if path is None:
            return None
        if is_url(target):
            try:
                content = download(target)
            except Mistake as mistake:
                self.failures += mistake.lines
                return None
        else:
            source = Path(target)
            if not source.is_file() or source.stat().st_size > MAX_BYTES:
                return None
            content = source.read_bytes()
        return self._keep(path, target, content)

    def _place_for(self, target: str) -> Path | None:
        own = self.root if is_url(self.root) else str(Path(self.root).resolve())
        relative = _below(target, own.rpartition("/")[0])
        if relative is not None:
            return self._inside(self.folder, relative)
        for number, place in enumerate(self.named):
            whole = place if is_url(place) else str(Path(place).resolve())
            relative = _below(target, whole.rstrip("/"))
            if relative is not None or target == whole:
                name = relative or whole.rpartition("/")[2]
                return self._inside(self.folder / NAMED / str(number + 1), name)
        return None

    def _inside(self, folder: Path, relative: str) -> Path | None:
        steps = [_plain(unquote(step)) for step in relative.split("/") if step]
        if not steps or ".." in steps:
            return None
        return folder.joinpath(*steps)

    def _keep(self, path: Path, place: str, content: bytes) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.places[path] = place
        return path


def _below(target: str, place: str) -> str | None:
    """The rest of an address or path below a place; None where it is not below it."""
    plain = target.partition("?")[0]
    if "/../" in plain or not plain.startswith(f"{place}/"):
        return None
    return plain[len(place) + 1 :]


def _joined(origin: str, uri: str) -> str:
    try:
        path = (Path(origin).parent / unquote(uri.partition("#")[0])).resolve()
    except (OSError, ValueError, RuntimeError):
        return ""
    return str(path)


def _plain(name: str) -> str:
    """A name that is one file's, whatever stood in an address."""
    kept = "".join(letter if letter.isalnum() or letter in "._-+@ " else "_" for letter in name)
    return kept if kept not in ("", ".", "..") else "_"
