"""A connection that ends before its time, from either side; interpreted also where the rest is compiled."""

from __future__ import annotations


class ConnectionDropped(ConnectionResetError):
    """What an in-process client sees of a connection that a fault has dropped."""


class ClientGone(ConnectionResetError):
    """Whoever asked hung up in the middle of the request; there is nobody to answer."""
