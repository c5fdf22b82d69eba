"""The rules of each provider that need memory; no provider imports another."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from mockserver.engine.service import Provider


def find_provider(slug: str) -> Provider | None:
    """What the package of that slug provides (its `PROVIDER`), None where there is no such package."""
    if not slug.isidentifier() or find_spec(f"{__name__}.{slug}") is None:
        return None
    provider = import_module(f"{__name__}.{slug}").PROVIDER
    assert isinstance(provider, Provider)
    return provider
