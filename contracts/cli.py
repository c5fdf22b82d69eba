"""The command line: which subcommands there are, how a mistake is told; imports a subcommand when it runs."""

from __future__ import annotations

import argparse
import difflib
import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import NoReturn

from contracts.commands import Mistake

# A subcommand is contracts/commands/<name>.py: SUMMARY, configure(parser), run(options) -> exit code.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "check": "put the checks to a mock, or to a server that claims to be a provider",
        "agree": "put the same cases to mock and server, and show the smallest disagreement",
        "cleanup": "remove what a run created at a server and could not remove itself",
        "diff": "compare two documents, and tell what breaks whom",
        "verify": "judge recorded traffic by a document: HAR files, our journal, Schemathesis cassettes",
        "fuzz": "run a program against a provider that Hypothesis plays, and judge what it does",
    }
)
DONE, FOUND, MISTAKEN, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code: 0 clean, 1 findings, 2 it could not be run."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _speak_line_by_line()
        if not given or given[0] in ("-h", "--help"):
            print(overview())
            return DONE
        if given[0] == "--version":
            from mockserver import __version__

            print(f"contracts {__version__}")
            return DONE
        command = subcommand(given[0])
        parser = Parser(prog=f"contracts {given[0]}", allow_abbrev=False)
        command.configure(parser)
        code: int = command.run(parser.parse_args(given[1:]))
        return code
    except Mistake as mistake:
        for line in mistake.lines:
            print(line, file=sys.stderr)
        return MISTAKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who reads us has seen enough. Nothing is flushed into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def subcommand(name: str) -> ModuleType:
    """The module of a subcommand. Mistake for one that there is not."""
    if name not in COMMANDS:
        if name.startswith("-"):
            raise Mistake(f"contracts: there is no option {name}; contracts --help lists the commands")
        known = f"; there are {', '.join(COMMANDS)}"
        raise Mistake(f"contracts: there is no command {name!r}{near(name, COMMANDS) or known}")
    return import_module(f"contracts.commands.{name}")


def near(name: str, known: Iterable[str]) -> str:
    """`, did you mean 'check'?` or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def overview() -> str:
    """What `contracts --help` says."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        (
            "usage: contracts COMMAND …",
            "",
            "Ask a provider, mocked or real, whether it keeps its contract; fuzz the programs that call it.",
            "",
            *lines,
            "",
            "contracts COMMAND --help tells more. Exit codes: 0 clean, 1 findings, 2 it could not be run.",
        )
    )


class Parser(argparse.ArgumentParser):
    """argparse, telling a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        """One line, no usage dump."""
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            first = unknown.split()[0]
            options = [option for action in self._actions for option in action.option_strings]
            hint = near(first.partition("=")[0], options) or f"; {self.prog} --help lists them"
            message = f"there is no option {first}{hint}" if first[:1] == "-" else f"{first!r} is too much"
        raise Mistake(f"{self.prog}: {message}")


def _speak_line_by_line() -> None:
    """A pipe sees each line when it is printed, and no terminal is too narrow-minded for a letter."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
