"""`mockserver import`: a vendor's document becomes a provider on the user's disk; tells what was found."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mockserver.commands import Mistake
from mockserver.commands.importing import DEFECTS, Imported, counted, import_document
from mockserver.commands.opening import mistakes
from mockserver.house import known_slugs, model_of
from mockserver.openapi.imports import CORRECTIONS, imports_folder
from mockserver.openapi.places import specs_folder

_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
# So many places of one kind of defect are shown; `defects.json` has them all.
SHOWN = 3


def run(options: Namespace) -> int:
    """Import; 0 when it can be served. Mistake, 2, when nothing can."""
    slug: str = options.slug
    if not _SLUG.fullmatch(slug):
        raise Mistake(f"{slug!r} is no name for a provider: write lower-case letters, digits and hyphens")
    if slug in known_slugs():
        raise Mistake(f"{slug} comes with Understudy; choose another name, such as {slug}-upstream")
    specs = Path(options.specs) if options.specs else imports_folder()
    with mistakes():
        if options.like:
            model_of(options.like)
        imported = import_document(
            slug,
            options.source,
            specs / slug,
            named=options.also,
            like=options.like or "",
            corrections=_corrections(options),
            today=datetime.now(UTC).date(),
        )
    every = options.verbose
    for line in told(imported, every=every):
        print(line)
    name = slug if specs == imports_folder() else str(specs / slug)
    print(f"serve it: mockserver serve {name}")
    for failure in imported.failures:
        print(failure, file=sys.stderr)
    return 0


def _corrections(options: Namespace) -> Path | None:
    """The ledger to apply: the one named, else that of the provider it is like; None for none."""
    if options.corrections == "none":
        return None
    if options.corrections:
        path = Path(options.corrections)
        if not path.is_file():
            raise Mistake(f"--corrections: {path}: there is no such file")
        return path
    ours = specs_folder() / options.like / CORRECTIONS if options.like else None
    return ours if ours is not None and ours.is_file() else None


def told(imported: Imported, *, every: bool = False) -> Iterator[str]:
    """What the import came to, a line a finding."""
    files = imported.files
    yield (
        f"{imported.title}: OpenAPI {imported.version}, {imported.operations} operations"
        + (f", {len(files)} files" if len(files) > 1 else "")
    )
    yield from (f"  note: {warning}" for warning in imported.warnings)
    yield f"kept in {imported.folder}"
    if not imported.defects:
        yield "no defects"
    else:
        yield f"{len(imported.defects)} defects, all in {imported.folder / DEFECTS}:"
        for rule, defects in counted(imported.defects).items():
            yield f"  {len(defects):4} {rule}: {defects[0].consequence}"
            shown = defects if every else defects[:SHOWN]
            for each in shown:
                place = imported.places.get(each.pointer, "")
                yield f"         {place} {each.pointer or '/'} {' '.join(each.message.split())}"
            if len(defects) > len(shown):
                yield f"         and {len(defects) - len(shown)} more"
    if imported.corrections:
        yield f"{imported.corrections} corrections applied ({CORRECTIONS})"
    actions: dict[str, int] = {}
    for use in imported.inferred.uses.values():
        actions[use["action"]] = actions.get(use["action"], 0) + 1
    if imported.inferred.uses:
        kinds = {use["kind"] for use in imported.inferred.uses.values()}
        did = ", ".join(f"{count} {action}" for action, count in actions.items())
        yield f"supposed: {len(kinds)} kinds of rows, {did} (inferred.overlay.yaml)"
    if imported.bound:
        yield f"bound by method and path: {imported.bound} operations"
    if imported.unbound:
        yield f"not bound, for they ask for no credentials: {len(imported.unbound)} operations"
