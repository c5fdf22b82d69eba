"""`contracts diff OLD NEW`: what changed between two documents, and what of it breaks clients."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from contracts.commands import Mistake

SUMMARY = "compare two documents, and tell what breaks whom"
EPILOG = """\
OLD and NEW are files, providers, or dated versions of one (calcom@2024-08-13). What narrows what clients
may send breaks them, and so does what widens what they receive; the rules and levels are oasdiff's.
Exit code 0: nothing at the level of --fail-on or above, 1: something, 2: it could not be compared.

  contracts diff calcom@2024-08-13 calcom
  contracts diff openapi-2026-03.json openapi-2026-09.json --format sarif --output diff.sarif
"""
LEVELS = ("error", "warning", "info", "none")


def configure(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.description = SUMMARY[0].upper() + SUMMARY[1:] + "."
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("old", metavar="OLD", help="a file, a provider, or PROVIDER@DATE")
    parser.add_argument("new", metavar="NEW", help="the same")
    parser.add_argument("--old-overlay", metavar="FILE", action="append", default=[], help="applied to OLD")
    parser.add_argument("--new-overlay", metavar="FILE", action="append", default=[], help="applied to NEW")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text")
    parser.add_argument("--output", metavar="FILE", help="where to write it (default: to be read here)")
    parser.add_argument(
        "--level", choices=LEVELS[:3], default="info", help="tell of nothing below (default: %(default)s)"
    )
    parser.add_argument(
        "--fail-on", choices=LEVELS, default="error", help="exit code 1 from here on (default: %(default)s)"
    )
    parser.add_argument(
        "--explained",
        metavar="FILE",
        help="differences that are known, with their causes: they are counted, the others told",
    )


def run(options: Namespace) -> int:
    """Compare; 0, or 1 where something changed that matters, Mistake where it could not be compared."""
    from contracts.diff.changes import LEVELS as ORDER
    from contracts.diff.documents import open_named
    from contracts.diff.explained import explain, read_explanations
    from contracts.diff.operations import compare_documents
    from contracts.diff.report import as_json, as_sarif, text
    from mockserver.house import UnknownProvider
    from mockserver.openapi.problems import SpecificationError

    try:
        old = open_named(options.old, [Path(each) for each in options.old_overlay])
        new = open_named(options.new, [Path(each) for each in options.new_overlay])
        explanations = read_explanations(Path(options.explained)) if options.explained else []
    except SpecificationError as error:
        lines = dict.fromkeys(" ".join(str(each).split()) for each in error.problems)
        raise Mistake(*(f"contracts diff: {line}" for line in lines)) from None
    except UnknownProvider as error:
        raise Mistake(f"contracts diff: {error}") from None
    shown = ORDER[: ORDER.index(options.level) + 1]
    changes = [change for change in compare_documents(old.data, new.data) if change.level in shown]
    footer: list[str] = []
    if explanations:
        known, changes, needless = explain(changes, explanations)
        footer.append("")
        for each in explanations:
            count = sum(explanation is each for _, explanation in known)
            if count:
                footer.append(f"{count:5} {each.cause}: {each.why}")
        footer += [f"      not needed any more: {each.cause}: {each.why}" for each in needless]
    if options.format == "text":
        written = "\n".join([*text(changes, old, new), *footer]) + "\n"
    elif options.format == "json":
        written = json.dumps(as_json(changes, old, new), indent=2, ensure_ascii=False) + "\n"
    else:
        written = json.dumps(as_sarif(changes, old, new), indent=2, ensure_ascii=False) + "\n"
    if options.output:
        try:
            Path(options.output).write_text(written, encoding="utf-8")
        except OSError as error:
            told = f"{options.output} cannot be written: {error.strerror or error}"
            raise Mistake(f"contracts diff: {told}") from None
    else:
        sys.stdout.write(written)
    if options.fail_on == "none":
        return 0
    failing = ORDER[: ORDER.index(options.fail_on) + 1]
    return 1 if any(change.level in failing for change in changes) else 0
