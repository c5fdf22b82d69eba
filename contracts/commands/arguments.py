"""Options that several subcommands share; knows how they are written, not what they do."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

PHASES = ("checks", "examples", "coverage", "fuzzing", "stateful", "lifecycle")


def add_selection(parser: ArgumentParser) -> None:
    """What is asked."""
    parser.add_argument(
        "--checks", type=listed, default=(), metavar="LIST", help="themes or checks: auth,paging.totals"
    )
    parser.add_argument("--skip-checks", type=listed, default=(), metavar="LIST", help="all but these")
    parser.add_argument(
        "--phases",
        type=phases,
        default=(),
        metavar="LIST",
        help=f"of {', '.join(PHASES)} (default: all; `checks` alone where --checks is given)",
    )
    parser.add_argument(
        "--operations", type=listed, default=(), metavar="LIST", help="ids or patterns: getEvent,list*"
    )
    parser.add_argument("--seed", type=int, default=1, help="what is drawn (default: %(default)s)")
    parser.add_argument(
        "--examples",
        type=count,
        metavar="N",
        help="generated for each operation (default: 10, fewer where there are many operations)",
    )
    parser.add_argument(
        "--jobs", type=count, metavar="N", help="processes, at a mock (default: as many as there are cores)"
    )
    parser.add_argument(
        "--database",
        default="none",
        metavar="FOLDER",
        help="where generated failures are kept, to be tried first the next time (default: nowhere)",
    )
    parser.add_argument(
        "--shard", type=shard, default=(1, 1), metavar="I/N", help="this part of the operations: 2/4"
    )


def add_live(parser: ArgumentParser) -> None:
    """What may be done at a live target."""
    parser.add_argument("--target", default="mock", metavar="TARGET", help="mock, live or an address")
    parser.add_argument(
        "--writes",
        nargs="?",
        const="own",
        default="off",
        choices=("off", "own", "all"),
        help="at a live target: change nothing (off), what the run created itself (own), anything (all)",
    )
    parser.add_argument(
        "--max-requests",
        type=count,
        default=2000,
        metavar="N",
        help="at a live target never more, clean-up included (default: %(default)s)",
    )
    parser.add_argument(
        "--rate",
        type=rate,
        metavar="N",
        help="requests a second, 0 for no limit (default: what the declared quota bears)",
    )
    parser.add_argument(
        "--wait", type=pause, default=120.0, metavar="S", help="longest pause (default: %(default)g)"
    )
    parser.add_argument("--ledger", metavar="FILE", help="what was created (default: in .understudy/)")


def limits_of(options: Namespace) -> Any:
    """What is allowed, as the target wants it."""
    from contracts.suite.opening import Limits

    return Limits(
        writes=options.writes,
        requests=options.max_requests,
        rate=options.rate,
        wait=options.wait,
        ledger=None if options.ledger is None else Path(options.ledger),
    )


def listed(text: str) -> tuple[str, ...]:
    """`a,b`."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


def phases(text: str) -> tuple[str, ...]:
    """Phases by name."""
    names = listed(text)
    for name in names:
        if name not in PHASES:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PHASES)}")
    return names


def count(text: str) -> int:
    """A whole number above 0."""
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"it has to be a whole number above 0, not {text!r}")


def pause(text: str) -> float:
    """Seconds, at least 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e6:
        raise argparse.ArgumentTypeError(f"a pause is a number of seconds, not {text!r}")
    return number


def rate(text: str) -> float:
    """A number of at least 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e6:
        raise argparse.ArgumentTypeError(f"a rate is a number of requests a second, not {text!r}")
    return number


def shard(text: str) -> tuple[int, int]:
    """`2/4`."""
    part, _, of = text.partition("/")
    if part.isdigit() and of.isdigit() and 1 <= int(part) <= int(of):
        return int(part), int(of)
    raise argparse.ArgumentTypeError(f"a shard is I/N with I from 1 to N, not {text!r}")
