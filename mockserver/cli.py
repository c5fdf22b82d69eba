"""The command line: what may be asked for, and how a mistake is told; imports a subcommand when it runs."""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import NoReturn

from mockserver import __version__
from mockserver.commands import Mistake

PORT = 4010
CLOCK = "running:2026-04-06T08:00:00Z"
SEED = 1
DATA = "busy-week"

# Subcommands whose name no module can have.
MODULES = {"import": "import_"}

DONE, FOUND, MISTAKEN, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code: 0 done, 1 `lint` found errors, 2 the caller's mistake."""
    began = time.perf_counter()
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
        if options.command is None:
            options.parser.print_help()
            return DONE
        options.began = began
        _speak_line_by_line()
        name = MODULES.get(options.command, options.command)
        run: Callable[[argparse.Namespace], int] = import_module(f"mockserver.commands.{name}").run
        return run(options)
    except Mistake as mistake:
        for line in mistake.lines:
            print(line, file=sys.stderr)
        return MISTAKEN
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who reads us has seen enough (`mockserver routes | head`). Nothing is flushed into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for. Mistake for what is not known; SystemExit after --help and --version."""
    parser, commands = build_parser()
    first = arguments[0] if arguments else "-"
    if not first.startswith("-") and first not in commands:
        hint = near(first, commands) or f"; there are {', '.join(commands)}"
        raise Mistake(f"mockserver: there is no command {first!r}{hint}")
    options, left = parser.parse_known_args(arguments)
    options.parser = parser
    if left:
        command = commands.get(options.command or "", parser)
        raise Mistake(f"{command.prog}: {_not_known(left[0], command)}")
    return options


def near(name: str, known: Iterable[str]) -> str:
    """`, did you mean 'serve'?` or nothing."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


class Parser(argparse.ArgumentParser):
    """argparse, telling a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        """One line, no usage dump."""
        raise Mistake(f"{self.prog}: {message}")


def build_parser() -> tuple[Parser, dict[str, Parser]]:
    """The whole command line, and its subcommands by name."""
    parser = Parser(
        prog="mockserver",
        description="Mock scheduling APIs that behave like the real ones, from their OpenAPI documents.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mockserver {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    made = {
        "serve": _serve(commands.add_parser("serve", help="serve providers over HTTP", allow_abbrev=False)),
        "routes": _routes(commands.add_parser("routes", help="list operations", allow_abbrev=False)),
        "lint": _lint(commands.add_parser("lint", help="examine documents", allow_abbrev=False)),
        "env": _env(commands.add_parser("env", help="variables that point SDKs here", allow_abbrev=False)),
        "import": _import(
            commands.add_parser("import", help="take in a vendor's document", allow_abbrev=False)
        ),
        "new": _new(commands.add_parser("new", help="begin a provider of one's own", allow_abbrev=False)),
    }
    return parser, made


def _serve(parser: Parser) -> Parser:
    parser.description = (
        "Serve providers, or any OpenAPI document, over HTTP. With no PROVIDER, every known one. "
        "Each is under its own name (/zeeg/v2/...); one that is served alone also has the root (/v2/...)."
    )
    _providers(parser)
    parser.add_argument(
        "--port",
        type=_port,
        default=PORT,
        help="port to listen on, 0 for any free one (default: %(default)s)",
    )
    parser.add_argument(
        "--host", type=_host, default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=_seed, default=SEED, help="what ids and data are made from (default: %(default)s)"
    )
    parser.add_argument(
        "--clock",
        type=_clock,
        default=CLOCK,
        help="what time it is in the mock: an instant (it stands still), running:INSTANT, or system. "
        "The default is %(default)s, because the dates in the providers' documentation lie in the future "
        "then, so that their examples can be copied as they are",
    )
    parser.add_argument("--data", default=DATA, help="data set to begin with (default: %(default)s)")
    parser.add_argument(
        "--limits",
        choices=("on", "off"),
        default="on",
        help="the providers' rate limits (default: %(default)s)",
    )
    parser.add_argument(
        "--private-webhooks",
        action="store_true",
        help="send webhooks to loopback and private addresses also where the mock listens off loopback",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuse what a provider's own pages do not agree on; it works otherwise, with a warning",
    )
    parser.add_argument(
        "--overlay",
        metavar="FILE",
        type=_file,
        action="append",
        default=[],
        help="OpenAPI Overlay to apply to the one document served; may be repeated",
    )
    parser.add_argument(
        "--scenario",
        metavar="FILE",
        type=_file,
        help="play a scenario, as a fuzz test prints it: its provider, seed, data, clock and faults",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_workers,
        default=1,
        help="serve with so many processes; each world lives in one of them, and requests find it",
    )
    parser.add_argument(
        "--watch", action="store_true", help="read the documents again when one of their files changes"
    )
    parser.add_argument(
        "--proxy",
        metavar="URL",
        type=_url,
        help="hand requests on to this address in place of answering them, and judge what passes",
    )
    parser.add_argument(
        "--record", metavar="FILE", help="keep what passes as a HAR file, without secrets (with --proxy)"
    )
    parser.add_argument(
        "--replay", metavar="FILE", type=_file, help="answer from a HAR file, and from nothing else"
    )
    parser.add_argument("--quiet", action="store_true", help="print the ready line and nothing else")
    _cache(parser)
    return parser


def _routes(parser: Parser) -> Parser:
    parser.description = "List the operations: method, path, id, scopes, what answers, how it is known."
    _providers(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    _cache(parser)
    return parser


def _lint(parser: Parser) -> Parser:
    parser.description = (
        "Tell how much of each document is documented, observed and assumed, and what is wrong or odd in it. "
        "Exit code 1 when there are errors."
    )
    _providers(parser)
    _cache(parser)
    return parser


def _env(parser: Parser) -> Parser:
    parser.description = (
        'Print variables that point common SDKs at a running mock: eval "$(mockserver env zeeg)"'
    )
    parser.add_argument("provider", metavar="PROVIDER", nargs="?", help="a provider's name or a document")
    parser.add_argument("--persona", default="owner", help="whose token (default: %(default)s)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--port", type=_port, default=PORT, help="the mock's port (default: %(default)s)")
    where.add_argument("--url", type=_url, help="the mock's address, such as http://mock.test:8080")
    _cache(parser)
    return parser


def _import(parser: Parser) -> Parser:
    parser.description = (
        "Take in a vendor's OpenAPI document (3.0 to 3.2, JSON or YAML) as it is: kept byte for byte, its "
        "defects listed, facts supposed in an overlay to be read and edited. Serve it by its SLUG."
    )
    parser.add_argument("slug", metavar="SLUG", help="what it is to be called here")
    parser.add_argument("source", metavar="FILE|URL", help="the document")
    parser.add_argument(
        "--like", metavar="PROVIDER", help="bind it to the rules of a known provider, by method and path"
    )
    parser.add_argument(
        "--corrections",
        metavar="FILE",
        help="OpenAPI Overlay that puts right what the document gets wrong; `none` for no overlay "
        "(default: that of the provider it is --like)",
    )
    parser.add_argument(
        "--also",
        metavar="PLACE",
        action="append",
        default=[],
        help="a folder or address elsewhere that the document's references may lead to; may be repeated",
    )
    parser.add_argument(
        "--specs",
        metavar="DIR",
        help="where imported providers lie (default: $UNDERSTUDY_SPECS, else ./understudy)",
    )
    parser.add_argument("--verbose", action="store_true", help="show every place of every defect")
    return parser


def _new(parser: Parser) -> Parser:
    parser.description = (
        "Write the skeleton of a provider: a document with one resource, personas, refusals, rows. "
        "It can be served and passes `mockserver lint` as it is."
    )
    parser.add_argument("slug", metavar="SLUG", help="what it is to be called")
    parser.add_argument("--title", metavar="TEXT", help="how people call it (default: from SLUG)")
    parser.add_argument(
        "--specs",
        metavar="DIR",
        help="where to put it (default: $UNDERSTUDY_SPECS, else ./understudy)",
    )
    return parser


def _providers(parser: Parser) -> None:
    parser.add_argument(
        "provider",
        metavar="PROVIDER|FILE",
        nargs="*",
        help="a provider's name, or the path of an OpenAPI document",
    )


def _cache(parser: Parser) -> None:
    parser.add_argument("--no-cache", action="store_true", help="neither read nor keep compiled documents")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")


def _workers(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 256:
        return int(text)
    raise argparse.ArgumentTypeError(f"a number of workers is one from 1 to 256, not {text!r}")


def _host(text: str) -> str:
    # As it stands in an address, too: [::1].
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if host.strip():
        return host
    raise argparse.ArgumentTypeError("name an address; 0.0.0.0 is every one of this machine")


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a seed is a whole number, not {text!r}") from None


def _clock(text: str) -> str:
    from mockserver.world.clock import parse_clock

    try:
        parse_clock(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _file(text: str) -> object:
    from pathlib import Path

    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: there is no such file")
    return path


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"an address begins with http:// or https://, unlike {text!r}")
    return text.rstrip("/")


def _not_known(argument: str, parser: argparse.ArgumentParser) -> str:
    if not argument.startswith("-"):
        return f"{argument!r} is one argument too many"
    name = argument.partition("=")[0]
    options = [option for action in parser._actions for option in action.option_strings]
    return f"there is no option {name}" + (near(name, options) or f"; {parser.prog} --help lists them")


def _speak_line_by_line() -> None:
    """A pipe sees each line when it is printed, and no terminal is too narrow-minded for a letter."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
