"""The steps of an import, from a document as it is to a folder that can be served; prints nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import yaml

from mockserver.commands.fetching import Fetching
from mockserver.commands.trying import error_envelope, first_rows, try_out
from mockserver.engine.sample import Unsatisfiable, sample
from mockserver.house import model_of
from mockserver.openapi.bundle import bundle
from mockserver.openapi.cache import sha256
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.defect import CONSEQUENCES, Defect
from mockserver.openapi.defects import find_defects
from mockserver.openapi.document import Document, open_document
from mockserver.openapi.imports import CORRECTIONS, DOCUMENT, INFERRED, ORIGINAL, RECORD, REPAIRS
from mockserver.openapi.infer import Inferred, infer, operations_of
from mockserver.openapi.like import bind
from mockserver.openapi.overlay import apply
from mockserver.openapi.positions import positions
from mockserver.openapi.repairs import Action
from mockserver.openapi.restate import Restated, read_leniently, restate, title_of
from mockserver.openapi.schemas import Check
from mockserver.openapi.sources import Source
from mockserver.openapi.written import to_yaml

DEFECTS = "defects.json"


@dataclass(slots=True)
class Imported:
    """What an import came to, for whoever tells of it."""

    folder: Path
    title: str
    version: str
    operations: int
    files: list[str]
    defects: list[Defect]
    places: dict[str, str]
    inferred: Inferred
    bound: int = 0
    unbound: list[str] = field(default_factory=list)
    corrections: int = 0
    failures: list[str] = field(default_factory=list)
    warnings: tuple[str, ...] = ()


def import_document(
    slug: str,
    source: str,
    folder: Path,
    *,
    named: Sequence[str] = (),
    like: str = "",
    corrections: Path | None = None,
    today: date,
) -> Imported:
    """Make `folder` from a document: the original, the restated one, overlays, our side of it.

    SpecificationError where nothing can be served; the folder is then as it was.
    """
    draft = folder.with_name(f".{folder.name}.importing")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        made = _make(slug, source, draft, named, like, corrections, today)
        _replace(folder, draft)
        made.folder = folder
        return made
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _make(
    slug: str,
    source: str,
    draft: Path,
    named: Sequence[str],
    like: str,
    corrections: Path | None,
    today: date,
) -> Imported:
    fetching = Fetching(source, draft / ORIGINAL, named)
    root = fetching.begin()
    text = root.read_bytes()
    data, defects = read_leniently(text, source)
    origin = Source(root, source, text, data)
    restated = restate(origin, fetching.fetch)
    defects += restated.defects
    _write_json(draft / DOCUMENT, restated.data)
    _write_overlay(draft / REPAIRS, f"{slug}: what could not be read", restated.repairs)
    overlays = [REPAIRS] if restated.repairs else []
    defects += _judged(restated.repaired)
    if corrections is not None:
        shutil.copyfile(corrections, draft / CORRECTIONS)
        overlays.append(CORRECTIONS)
    corrected = open_document(
        draft / DOCUMENT, overlays=[draft / name for name in overlays], facts="lenient"
    ).data
    inferred, bound, unbound = _suppose(slug, corrected, like)
    _write_overlay(draft / INFERRED, f"{slug}: what is supposed of it", inferred.actions)
    if inferred.actions:
        overlays.append(INFERRED)
    files = {
        path.relative_to(fetching.folder).as_posix(): sha256(path.read_bytes()) for path in fetching.places
    }
    record = {
        "import": 1,
        "slug": slug,
        "source": source,
        "taken": today.isoformat(),
        "openapi": restated.version,
        "files": files,
        "overlays": overlays,
    }
    if like:
        record["like"] = like
    _write_yaml(draft / RECORD, _HEAD_OF_RECORD, record)
    side = _side(slug, restated, corrected, inferred, like)
    if side is not None:
        _write_yaml(draft / "provider.yaml", _HEAD_OF_SIDE, side)
    places = _places(origin, fetching, defects)
    _write_json(
        draft / DEFECTS,
        [
            {
                "rule": each.rule,
                "pointer": each.pointer,
                "place": places.get(each.pointer, ""),
                "message": each.message,
                "consequence": each.consequence,
                "repaired": each.repaired,
            }
            for each in defects
        ],
    )
    return Imported(
        folder=draft,
        title=title_of(restated.data),
        version=restated.version,
        operations=sum(1 for _ in operations_of(restated.repaired)),
        files=list(files),
        defects=defects,
        places=places,
        inferred=inferred,
        bound=bound,
        unbound=unbound,
        corrections=0 if corrections is None else _count(corrections),
        failures=fetching.failures,
        warnings=restated.warnings,
    )


_HEAD_OF_RECORD = (
    "# Written by `mockserver import`: what was taken, from where, when. `original/` has it byte for byte.\n"
    "# `overlays` are applied to openapi.json in this order; those that you add here count too.\n"
)
_HEAD_OF_SIDE = (
    "# Written by `mockserver import`, to be edited: our side of it.\n"
    "# specs/README.md of Understudy lists the keys.\n"
)
_HEAD_OF_OVERLAY = (
    "# Written by `mockserver import`, to be read and edited: each action says what it supposes, and why.\n"
    "# Take away what is wrong; once you know better, change `known` to documented or observed.\n"
)


def _judged(data: dict[str, Any]) -> list[Defect]:
    """What is wrong with a document that can be compiled."""
    contract = compile_contract(_plain_document(data), "imported")

    def draw(check: Check, schema: Any) -> Any:
        try:
            return sample(schema, contract.data, seed=1, check=check)
        except Unsatisfiable as error:
            raise LookupError from error

    return find_defects(contract, draw)


def _plain_document(data: dict[str, Any]) -> Document:
    return Document("openapi.json", data, "", (), (Path("openapi.json"),), {})


def _suppose(slug: str, data: dict[str, Any], like: str) -> tuple[Inferred, int, list[str]]:
    """What is supposed of a document, tried out: facts that do not hold are left away."""
    actions: list[Action] = []
    bound: list[tuple[str, str]] = []
    unbound: list[str] = []
    kinds: Sequence[str] = ()
    if like:
        model = model_of(like)
        kinds = list(model.data.get("x-resources", {}))
        actions, bound, unbound = bind(data, model)
    inferred = infer(data, bound, taken=kinds)
    inferred.actions = [*actions, *inferred.actions]
    wrong = try_out(slug, _with(data, inferred.actions), inferred)
    if wrong:
        inferred.actions = inferred.without(wrong)
        inferred.uses = {key: use for key, use in inferred.uses.items() if key not in wrong}
    inferred.actions = [
        {key: value for key, value in action.items() if key != "x-operation"} for action in inferred.actions
    ]
    return inferred, len(bound), unbound


def _with(data: dict[str, Any], actions: Sequence[Action]) -> dict[str, Any]:
    if not actions:
        return data
    result = apply(data, _overlay("supposed", actions))
    if result.problems:
        raise AssertionError(f"an overlay of ours does not apply: {result.problems[0]}")
    applied: dict[str, Any] = result.data
    return applied


def _side(
    slug: str, restated: Restated, corrected: dict[str, Any], inferred: Inferred, like: str
) -> dict[str, Any] | None:
    """provider.yaml: where the real one is, rows to begin with, how it refuses; None where a model has it."""
    if like:
        return None
    side: dict[str, Any] = {"slug": slug, "title": title_of(restated.data)}
    servers = restated.data.get("servers")
    url = (
        servers[0].get("url")
        if isinstance(servers, list) and servers and isinstance(servers[0], dict)
        else ""
    )
    if isinstance(url, str) and url.startswith(("http://", "https://")) and "{" not in url:
        side["live"] = {"url": url}
    data = _with(corrected, inferred.actions)
    envelope = error_envelope(data)
    if envelope is not None:
        side["refusals"] = {"default": envelope}
    rows = first_rows(slug, data, inferred)
    if rows:
        side["rows"] = rows
    return side


def _places(origin: Source, fetching: Fetching, defects: Sequence[Defect]) -> dict[str, str]:
    """file:line of each defect's pointer, in the files as they were taken."""
    bundled = bundle(origin, fetching.fetch)
    lines: dict[Path, dict[str, int]] = {}
    found: dict[str, str] = {}
    for pointer in {each.pointer for each in defects}:
        prefix, source, inner = pointer, origin, pointer
        while prefix:
            if prefix in bundled.origins:
                source, start = bundled.origins[prefix]
                inner = start + pointer[len(prefix) :]
                break
            prefix = prefix.rpartition("/")[0]
        known = lines.get(source.path)
        if known is None:
            known = lines[source.path] = positions(source.text)
        while inner and inner not in known:
            inner = inner.rpartition("/")[0]
        name = Path(fetching.places.get(source.path, str(source.path))).name
        found[pointer] = f"{name}:{known[inner]}" if inner in known else name
    return found


def _replace(folder: Path, draft: Path) -> None:
    """The draft in the folder's place; what the user added there is kept."""
    if folder.exists():
        for path in folder.iterdir():
            kept = draft / path.name
            if path.name != ORIGINAL and not kept.exists():
                shutil.move(str(path), kept)
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(folder)


def _count(overlay: Path) -> int:
    return len(yaml.load(overlay.read_bytes(), yaml.CSafeLoader).get("actions", ()))


def _overlay(title: str, actions: Sequence[Action]) -> dict[str, Any]:
    return {"overlay": "1.0.0", "info": {"title": title, "version": "1"}, "actions": list(actions)}


def _write_overlay(path: Path, title: str, actions: Sequence[Action]) -> None:
    if actions:
        _write_yaml(path, _HEAD_OF_OVERLAY, _overlay(title, actions))


def _write_yaml(path: Path, head: str, value: Any) -> None:
    path.write_text(head + to_yaml(value), encoding="utf-8")


def _write_json(path: Path, value: Any) -> None:
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def counted(defects: Sequence[Defect]) -> dict[str, list[Defect]]:
    """Defects by rule, in the order in which the rules are written down."""
    found: dict[str, list[Defect]] = {rule: [] for rule in CONSEQUENCES}
    for each in defects:
        found[each.rule].append(each)
    return {rule: each for rule, each in found.items() if each}
