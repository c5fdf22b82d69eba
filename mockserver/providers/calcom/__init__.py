"""Cal.com's rules that need memory; not served until specs/calcom/provider.yaml says who may ask."""

from __future__ import annotations

from mockserver.engine.service import Provider

__all__ = ["PROVIDER"]

PROVIDER = Provider()
