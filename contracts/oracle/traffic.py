"""One exchange that was recorded somewhere, as bytes; knows no format and no document."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """A request and its reply. `source` says where it was read: "run.har #3".

    A body is None where the recording leaves it out or cuts it: it is not judged then.
    """

    source: str
    method: str
    url: str
    headers: Headers
    body: bytes | None
    status: int
    reply_headers: Headers
    reply_body: bytes | None

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> str:
        """The query, without the question mark."""
        return urlsplit(self.url).query

    def header(self, name: str) -> str:
        """A header of the request, "" where it is not there."""
        return _header(self.headers, name)

    def reply_header(self, name: str) -> str:
        """A header of the reply, "" where it is not there."""
        return _header(self.reply_headers, name)


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
