"""What a person types; a file a subcommand, imported when it runs."""

from __future__ import annotations


class Mistake(Exception):
    """The caller's mistake, told in plain lines; exit code 2."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))
