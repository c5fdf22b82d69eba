"""Understudy's mock server: `from mockserver import Mock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.version import __version__

if TYPE_CHECKING:
    from mockserver.mock import Mock

__all__ = ["Mock", "__version__"]


def __getattr__(name: str) -> Any:
    # Imported on first use: the pytest plugin and `--version` must not pay for the server.
    if name == "Mock":
        from mockserver.mock import Mock

        return Mock
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
