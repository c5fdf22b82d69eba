"""The composition root: documents, providers and faults become services; worlds are made for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from mockserver.engine.exchange import Exchange
from mockserver.engine.service import Provider, Service
from mockserver.engine.settings import build_settings
from mockserver.faults.apply import Faults
from mockserver.faults.catalogue import parse_fault
from mockserver.faults.kinds import FaultError
from mockserver.openapi.anatomy import METHODS
from mockserver.openapi.cache import default_cache
from mockserver.openapi.compile import compile_contract
from mockserver.openapi.disputed import without_disputed
from mockserver.openapi.document import Document, open_document, with_overlay
from mockserver.openapi.facts import did_you_mean, read_provider
from mockserver.openapi.imports import DOCUMENT, RECORD, Import, imported_slugs, imports_folder, read_import
from mockserver.openapi.like import Model, adopt
from mockserver.openapi.places import specs_folder
from mockserver.openapi.problems import Problem, SpecificationError
from mockserver.providers import find_provider
from mockserver.version import __version__
from mockserver.world.clock import Clock, parse_clock
from mockserver.world.declared import DELIVERIES
from mockserver.world.outbox import Bell
from mockserver.world.world import World
from mockserver.world.worlds import Worlds

# Where worlds begin unless told otherwise: a Monday, before the dates in the providers' documentation.
EPOCH = "2026-04-06T08:00:00Z"
DATA = "busy-week"


class UnknownProvider(ValueError):
    """No provider or file of that name; `str()` is one line for a person."""


class UnknownFault(ValueError):
    """A fault that cannot be declared here; `str()` is one line for a person."""


class UnknownData(ValueError):
    """No data set of that name; `str()` is one line for a person."""


def known_slugs() -> list[str]:
    """The providers that come with the project, by name."""
    folder = specs_folder()
    return sorted(path.parent.name for path in folder.glob("*/provider.yaml"))


def document_path(provider: str | Path) -> tuple[str, Path]:
    """(slug, path of the document) for a provider's slug or the path of any OpenAPI document."""
    text = str(provider)
    folder = specs_folder()
    if text in known_slugs():
        return text, folder / text / "openapi.yaml"
    path = Path(text)
    for place in (imports_folder() / text, path):
        record = read_import(place) if text and (place / RECORD).is_file() else None
        if record is not None:
            # Rules are written for their provider's rows: what has them is served under its name.
            return record.like or record.slug, record.document
    written = imports_folder() / text / "openapi.yaml"
    if text in imported_slugs() and written.is_file():
        return text, written
    if path.is_file():
        return slug_of(path), path
    if path.is_dir() and (path / "openapi.yaml").is_file():
        return slug_of(path / "openapi.yaml"), path / "openapi.yaml"
    if path.is_dir():
        raise UnknownProvider(f"{text} is a folder without an openapi.yaml; name the document in it")
    if path.exists():
        raise UnknownProvider(f"{text} is no file that can be read again and again; save it to one")
    if path.suffix or "/" in text:
        raise UnknownProvider(f"{text}: there is no such file")
    known = [*known_slugs(), *imported_slugs()]
    raise UnknownProvider(
        f"there is no provider {text!r}{did_you_mean(text, known)}; known are {', '.join(known)}, or give "
        "the path of an OpenAPI document"
    )


def slug_of(path: Path) -> str:
    """A name for a document that has none: its file's, or its folder's where the file's says nothing."""
    name = path.stem if path.stem not in ("openapi", "swagger", "index") else path.resolve().parent.name
    kept = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name.lower())
    return kept.strip("-") or "api"


def build_service(
    provider: str | Path,
    *,
    limited: bool = True,
    cache: Path | None = None,
    overlays: Sequence[Path] = (),
    strict: bool = False,
) -> Service:
    """One provider, ready to serve. SpecificationError with every problem of its documents.

    Strict: what the provider's own pages do not agree on (x-disputed) is refused.
    """
    slug, path = document_path(provider)
    imported = imported_at(path)
    if imported is not None:
        return _imported_service(imported, limited=limited, cache=cache, overlays=overlays, strict=strict)
    side = path.parent / "provider.yaml"
    prepared = side.is_file()
    document = open_document(path, overlays=overlays, cache=cache, facts="strict" if prepared else "lenient")
    contract = compile_contract(_agreed(document) if strict else document, slug)
    settings = build_settings(contract, read_provider(side) if prepared else None)
    # A document that only bears the name of a provider is not bound to its rules.
    given = (find_provider(slug) if prepared else None) or Provider()
    editions: dict[str, Service] = {}
    for date, overlay in version_overlays(document).items():
        made = edition(document, date, overlay)
        dated = compile_contract(_agreed(made) if strict else made, slug)
        names = {each.facts.get("behaviour", each.id) for each in dated.operations}
        behaviours = {name: do for name, do in given.behaviours.items() if name in names}
        part = replace(given, behaviours=behaviours)
        editions[date] = Service(dated, settings, part, faults=Faults(), limited=limited, date=date)
    return Service(
        contract, settings, given, faults=Faults(), limited=limited, strict=strict, editions=editions
    )


def imported_at(document: Path) -> Import | None:
    """The import whose document that is; None for every other document. SpecificationError."""
    return read_import(document.parent) if document.name == DOCUMENT else None


def model_of(slug: str) -> Model:
    """The provider whose rules an imported document is bound to. UnknownProvider, SpecificationError."""
    if slug not in known_slugs():
        hint = did_you_mean(slug, known_slugs())
        raise UnknownProvider(f"there is no provider {slug!r}{hint}; known are {', '.join(known_slugs())}")
    document = open_document(specs_folder() / slug / "openapi.yaml", cache=None)
    editions = {
        date: edition(document, date, overlay).data for date, overlay in version_overlays(document).items()
    }
    given = find_provider(slug) or Provider()
    return Model(slug, document.data, editions, frozenset(given.behaviours))


def _imported_service(
    imported: Import, *, limited: bool, cache: Path | None, overlays: Sequence[Path], strict: bool
) -> Service:
    """An imported document with its overlays, bound to another provider's rules where it is like that one."""
    document = open_document(
        imported.document, overlays=(*imported.overlays, *overlays), cache=cache, facts="lenient"
    )
    side, given = imported.folder / "provider.yaml", Provider()
    if imported.like:
        document = replace(document, data=adopt(document.data, model_of(imported.like)))
        side = side if side.is_file() else specs_folder() / imported.like / "provider.yaml"
        given = find_provider(imported.like) or given
    slug = imported.like or imported.slug
    contract = compile_contract(_agreed(document) if strict else document, slug)
    settings = build_settings(contract, read_provider(side) if side.is_file() else None)
    if imported.like:
        names = {each.facts.get("behaviour", each.id) for each in contract.operations}
        behaviours = {name: do for name, do in given.behaviours.items() if name in names}
        given = replace(given, behaviours=behaviours)
    # What a vendor's document does not declare is answered all the same, with a warning.
    settings = replace(settings, prepared=False)
    return Service(contract, settings, given, faults=Faults(), limited=limited, strict=strict)


def _agreed(document: Document) -> Document:
    """The document with nothing in it that is disputed."""
    return replace(document, data=without_disputed(document.data))


def version_overlays(document: Document) -> Mapping[str, Path]:
    """The overlays beside a document that show it as it was, by date (x-versions)."""
    folder = document.sources[0].parent
    named = document.data.get("x-versions", {}).get("overlays", {})
    return {date: folder / name for date, name in named.items()}


def edition(document: Document, date: str, overlay: Path) -> Document:
    """The document as it was, with the operations of that version only. SpecificationError."""
    made = with_overlay(document, overlay)
    for item in made.data.get("paths", {}).values():
        for method in METHODS:
            version = item.get(method, {}).get("x-version", {})
            if date not in version.get("accepts", ()) and date not in version.get("disputed", ()):
                item.pop(method, None)
    return made


class House:
    """Services by slug, and the worlds in which they are answered.

    `clock` is what new worlds begin with: "system", "running:<instant>", or an instant that stands still.
    `strict` refuses what the providers' own pages do not agree on. `faults` are declared in every world from
    its beginning, as objects that `POST /_mock/faults` takes; UnknownFault for one that means nothing here.
    """

    def __init__(
        self,
        providers: Iterable[str | Path] = (),
        *,
        seed: int = 1,
        data: str = DATA,
        clock: str | datetime | Clock = EPOCH,
        limited: bool = True,
        cache: Path | None = None,
        overlays: Sequence[Path] = (),
        strict: bool = False,
        faults: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        wanted = list(providers) or known_slugs()
        services: dict[str, Service] = {}
        problems: list[Problem] = []
        for provider in wanted:
            try:
                service = build_service(
                    provider, limited=limited, cache=cache, overlays=overlays, strict=strict
                )
            except SpecificationError as error:
                problems += error.problems
                continue
            services[service.slug] = service
        if problems:
            raise SpecificationError(problems)
        self.services: Mapping[str, Service] = MappingProxyType(services)
        self._clock = clock if isinstance(clock, Clock) else make_clock(clock)
        self._check_data(data)
        self._faults = [self.fault(fault) for fault in faults]
        # Rung by every world of this house that has something to deliver.
        self.bell = Bell()
        self.worlds = Worlds(self._make_world, seed, data)

    @property
    def version(self) -> str:
        """Ours."""
        return __version__

    def clock_moved(self, world: World) -> None:
        """That world's clock was moved from outside: providers settle what has become due by it."""
        for service in self.services.values():
            service.settle(world)
        world.outbox.ring()

    def service(self, slug: str | None) -> Service:
        """The service of that slug; the only one for None. UnknownProvider otherwise."""
        if slug is None and len(self.services) == 1:
            return next(iter(self.services.values()))
        if slug is not None and slug in self.services:
            return self.services[slug]
        served = ", ".join(self.services)
        raise UnknownProvider(f"{slug!r} is not served here; name one of: {served}")

    def answer(
        self,
        world: World,
        slug: str | None,
        method: str,
        target: str,
        headers: Sequence[tuple[bytes, bytes]] = (),
        body: bytes = b"",
    ) -> Exchange:
        """Answer one request without any transport; `target` is a path with its query."""
        raw, _, query = target.partition("?")
        return self.service(slug).answer(
            world, method.upper(), unquote(raw), raw.encode(), query.encode(), headers, dict(headers), body
        )

    def _make_world(self, name: str, seed: int, data: str) -> World:
        self._check_data(data)
        clock = self._clock
        # A clock that runs begins when all is there: what a world begins with tells no time that it took.
        began = Clock("fixed", clock.start) if clock.kind == "running" else clock.anew()
        world = World(name, seed, data, began, space="understudy", bell=self.bell)
        for service in self.services.values():
            service.define(world)
        for fault in self._faults:
            world.faults.declare(fault)
        world.clock = clock.anew()
        return world

    def fault(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A fault as a world is told of it, from its JSON. UnknownFault for one that means nothing here."""
        try:
            spec = parse_fault(given)
        except FaultError as error:
            raise UnknownFault(str(error)) from error
        slug = spec.get("provider")
        if slug is not None and slug not in self.services:
            raise UnknownFault(f"{slug!r} is not served here; {', '.join(self.services)} is")
        services = [self.services[slug]] if slug is not None else list(self.services.values())
        operations = [id for service in services for id in service.operations]
        operation = spec.get("operation")
        if operation is not None and operation.startswith(DELIVERIES):
            events = [event for service in services for event in service.post.events]
            event = operation.removeprefix(DELIVERIES)
            if event and event not in events:
                raise UnknownFault(f"there is no event {event!r}{did_you_mean(event, events)}")
        elif operation is not None and operation not in operations:
            raise UnknownFault(f"there is no operation {operation!r}{did_you_mean(operation, operations)}")
        personas = [known.name for service in services for known in service.settings.personas]
        persona = spec.get("persona")
        if persona is not None and persona not in personas:
            raise UnknownFault(f"there is no persona {persona!r}{did_you_mean(persona, personas)}")
        return spec

    def _check_data(self, data: str) -> None:
        for service in self.services.values():
            sets = service.provider.data_sets
            if data not in sets:
                hint = did_you_mean(data, sets)
                raise UnknownData(f"{service.slug} has no data set {data!r}{hint}; it has {', '.join(sets)}")


def make_clock(clock: str | datetime) -> Clock:
    """A clock from its text, or one that stands still at an instant."""
    if isinstance(clock, datetime):
        return parse_clock(clock.isoformat())
    return parse_clock(clock)


def default_cache_folder() -> Path:
    """Where compiled documents are kept between runs."""
    return default_cache()


def as_headers(fields: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Headers by name as ASGI has them."""
    return [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in fields.items()]
