"""`mockserver lint`: how much of a document is known how, and what is wrong in it; finds nothing itself."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

from mockserver.commands.opening import cache_folder, mistakes, problem_lines
from mockserver.engine.service import Service
from mockserver.engine.settings import build_settings
from mockserver.house import build_service, document_path, imported_at, known_slugs
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.contract import Contract
from mockserver.openapi.corrections import examine as examine_corrections
from mockserver.openapi.document import Document, open_document
from mockserver.openapi.facts import read_provider
from mockserver.openapi.imports import CORRECTIONS, ORIGINAL, REPAIRS
from mockserver.openapi.lint import KNOWN, LintReport, lint
from mockserver.openapi.problems import SpecificationError
from mockserver.providers import find_provider


def run(options: Namespace) -> int:
    """Print a report a document; 1 when one has errors, 2 when one cannot be served at all, else 0."""
    code = 0
    for index, provider in enumerate(options.provider or known_slugs()):
        if index:
            print()
        with mistakes():
            slug, path = document_path(provider)
        try:
            document, contract, report = examine(slug, path, cache_folder(options))
        except SpecificationError as error:
            for line in problem_lines(error.problems):
                print(line, file=sys.stderr)
            code = 2
            continue
        for line in lines(document, contract.warnings, report):
            print(line)
        if report.count("error"):
            code = max(code, 1)
        with mistakes():
            for line in correction_lines(path):
                print(line)
    return code


def examine(slug: str, path: Path, cache: Path | None) -> tuple[Document, Contract, LintReport]:
    """A document, compiled, and its report. SpecificationError for one that cannot be served."""
    imported = imported_at(path)
    side = path.parent / "provider.yaml"
    prepared = side.is_file() and imported is None
    overlays = imported.overlays if imported is not None else ()
    document = open_document(path, overlays=overlays, cache=cache, facts="strict" if prepared else "lenient")
    if imported is not None and imported.like:
        # Facts and code of another provider's: bound as the server would.
        service = build_service(path.parent, cache=cache)
        contract, behaviours = service.contract, tuple(service.provider.behaviours)
        return document, contract, lint(contract, line=document.line, behaviours=behaviours)
    contract = compile_contract(document, slug)
    # A document that only bears the name of a provider is not bound to its rules.
    provider = find_provider(slug) if prepared else None
    settings = build_settings(contract, read_provider(side) if side.is_file() else None)
    # Binding finds the names that facts and code do not agree on.
    Service(contract, settings, provider)
    behaviours = () if provider is None else tuple(provider.behaviours)
    return document, contract, lint(contract, line=document.line, behaviours=behaviours)


def correction_lines(path: Path) -> Iterable[str]:
    """Of an import: which corrections its vendor has made unnecessary, and files that are not as taken."""
    imported = imported_at(path)
    if imported is None:
        return
    for name in imported.changed():
        yield f"warning  {imported.folder / ORIGINAL / name} is not what was taken on {imported.taken}"
    ledger = imported.folder / CORRECTIONS
    if ledger not in imported.overlays:
        return
    repairs = [each for each in imported.overlays if each.name == REPAIRS]
    vendors = open_document(imported.document, overlays=repairs, facts="lenient")
    verdicts = examine_corrections(vendors, ledger)
    for each in verdicts:
        if each.state != "needed":
            told = "is not needed any more" if each.state == "unnecessary" else "corrects what is gone"
            at = f"{ledger}: /actions/{each.correction.index}"
            yield f"warning  {at} {told}: {each.why} ({each.correction.description})"
    needed = sum(each.state == "needed" for each in verdicts)
    yield f"{len(verdicts)} corrections, {needed} of them still needed"


def lines(document: Document, warnings: Sequence[str], report: LintReport) -> Iterable[str]:
    """The report, a line a finding, each at the file and line that somebody has to edit."""
    shares = ", ".join(
        f"{report.evidence.get(known, 0)} {known} ({report.share(known):.0f} %)" for known in KNOWN
    )
    yield f"{report.slug}: {report.operations} operation{'' if report.operations == 1 else 's'}: {shares}"
    for warning in warnings:
        yield f"warning  {warning}"
    for finding in report.findings:
        file, line = document.place(finding.pointer)
        place = f"{file}:{line}" if line else file
        yield f"{finding.level:7}  {place}: {finding.pointer} {' '.join(finding.message.split())}"
    counted = {"error": report.count("error"), "warning": report.count("warning") + len(warnings)}
    counted["note"] = report.count("note")
    yield ", ".join(f"{count} {level}{'' if count == 1 else 's'}" for level, count in counted.items())
