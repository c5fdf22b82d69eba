"""What each subcommand does, one file each; none is imported before it is asked for."""

from __future__ import annotations


class Mistake(Exception):
    """The caller's mistake: `lines` tell it in full, each on one line, and the program ends with 2."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))
