"""`contracts cleanup LEDGER`: takes away what a run created at a server and could not take away itself."""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from contracts.commands import Mistake
from contracts.commands.arguments import count, rate
from contracts.commands.ending import terminated_is_interrupted

SUMMARY = "remove what a run created at a server and could not remove itself"
EPILOG = """\
A run writes what it is about to create into its ledger (.understudy/ledger-….jsonl) before it asks for it.
One that was killed leaves the ledger behind: this takes away what is still there, and looks whether it is
gone. Tokens come from the environment, as for `contracts check`. What may or may not be this run's is left
alone and named.

Exit code 0: nothing is left, 1: something is, 2: it could not be run.

  contracts cleanup .understudy/ledger-zeeg-20260406080000000.jsonl
"""
ALLOWED = 2_000


def configure(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.description = SUMMARY[0].upper() + SUMMARY[1:] + "."
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("ledger", metavar="LEDGER", help="the file that the run wrote")
    parser.add_argument(
        "--target", metavar="ADDRESS", help="the server, where it is neither the provider's own nor local"
    )
    parser.add_argument(
        "--max-requests", type=count, default=ALLOWED, metavar="N", help="never more (default: %(default)s)"
    )
    parser.add_argument("--rate", type=rate, metavar="N", help="requests a second, 0 for no limit")


def run(options: Namespace) -> int:
    """Clean up; 0, 1 or 2 as the epilog says."""
    from contracts.suite.opening import Limits, Unopenable, is_local, open_live, rooted
    from contracts.targets.cleaning import clean_up
    from contracts.targets.ledger import LedgerError, read_ledger
    from mockserver.house import UnknownProvider, build_service
    from mockserver.openapi.problems import SpecificationError

    path = Path(options.ledger)
    try:
        ledger = read_ledger(path)
        provider, address = str(ledger.head.get("provider", "")), str(ledger.head.get("address", ""))
        if not ledger.open:
            print(f"{path}: nothing is left of {len(ledger.entries)} created or tried")
            return 0
        service = build_service(provider)
        own = str(service.settings.live.get("url", ""))
        known = {rooted(each, service) for each in (own, options.target) if each}
        if address not in known and not is_local(address):
            # Whoever can write a file would else have the tokens sent wherever he likes.
            raise Mistake(
                f"contracts cleanup: {path} is for {address}: if tokens may go there, add --target {address}"
            )
        limits = Limits(writes="own", requests=options.max_requests, rate=options.rate)
        target = open_live(provider, address, os.environ, limits, ledger)
    except SpecificationError as error:
        raise Mistake(*dict.fromkeys(" ".join(str(each).split()) for each in error.problems)) from error
    except (UnknownProvider, Unopenable, LedgerError, ValueError) as error:
        raise Mistake(f"contracts cleanup: {error}") from error
    wanted = len(ledger.open)
    try:
        with terminated_is_interrupted():
            left = clean_up(target, lambda line: print(target.scrubber.text(line)))
    finally:
        target.close()
    print(f"{wanted - left} of {wanted} are gone, {target.guard.sent} requests: {ledger.path}")
    return 1 if left else 0
