"""The same cases at a mock and at a server, and what they disagree about."""
