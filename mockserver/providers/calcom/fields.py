"""The questions and places of an event type: how they are kept, and what an answer must be; knows no rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.engine.refusals import Refusal

_USUAL: Final[tuple[Mapping[str, Any], ...]] = (
    {"isDefault": True, "type": "name", "slug": "name", "required": True},
    {"isDefault": True, "type": "email", "slug": "email", "required": True},
    {"isDefault": True, "type": "radioInput", "slug": "location", "required": False, "hidden": False},
    {"isDefault": True, "type": "text", "slug": "title", "required": False, "hidden": True},
    {"isDefault": True, "type": "textarea", "slug": "notes", "required": False, "hidden": False},
    {"isDefault": True, "type": "multiemail", "slug": "guests", "required": False, "hidden": False},
    {"isDefault": True, "type": "textarea", "slug": "rescheduleReason", "required": False, "hidden": False},
)
_NAMES: Final = frozenset(each["slug"] for each in _USUAL)
_GIVEN_ELSEWHERE: Final = frozenset(("name", "email", "location", "guests", "rescheduleReason"))
_WRITTEN: Final = frozenset(("text", "textarea", "number", "url", "address", "phone", "multiemail", "select"))
_ONE_OF: Final = frozenset(("select", "radio"))
_SOME_OF: Final = frozenset(("multiselect", "checkbox"))


def shown_fields(asked: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All questions: the usual ones, changed where a request names them, and its own."""
    fields = {each["slug"]: dict(each) for each in _USUAL}
    for field in asked:
        kind = field.get("type")
        slug = kind if kind in ("name", "email") else field["slug"]
        if slug in _NAMES:
            usual = fields[slug]
            fields[slug] = {**usual, **field, "isDefault": True, "type": usual["type"], "slug": slug}
        else:
            unsaid = {"placeholder": "", "hidden": False} if kind in _WRITTEN else {"hidden": False}
            fields[slug] = {**unsaid, **field, "isDefault": False}
    return list(fields.values())


def questions(fields: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that may be answered wrongly: they have to be answered, or have choices."""
    return [field for field in fields if _has_to_be_answered(field) or field.get("options") is not None]


def _has_to_be_answered(field: Mapping[str, Any]) -> bool:
    elsewhere = field["isDefault"] and field["slug"] in _GIVEN_ELSEWHERE
    return bool(field.get("required")) and not elsewhere


def check_answers(questions: Iterable[Mapping[str, Any]], answers: Mapping[str, Any]) -> None:
    """A 400 refusal where a question that has to be answered is not, or is answered with no choice."""
    for field in questions:
        slug = field["slug"]
        answer = answers.get(slug)
        if answer is None or answer == "" or answer == []:
            if _has_to_be_answered(field):
                raise Refusal(400, "missing-response", pointer="/components/schemas/ShownField", field=slug)
            continue
        options = field.get("options")
        if options is None:
            continue
        chosen = answer if isinstance(answer, list) else [answer]
        kind = field["type"]
        if (kind in _ONE_OF and isinstance(answer, list)) or (
            kind in _ONE_OF | _SOME_OF and any(each not in options for each in chosen)
        ):
            raise Refusal(400, "not-an-option", pointer="/components/schemas/ShownField", field=slug)


def place_asked_for(offered: Iterable[Mapping[str, Any]], asked: Mapping[str, Any] | None, uid: str) -> str:
    """Where a booking takes place, as bookings show it; a 400 refusal for a place that is not offered."""
    offered = list(offered)
    if asked is None:
        return place_text(offered[0], uid) if offered else video_link(uid)
    kind = asked["type"]
    for each in offered:
        if each["type"] == kind and (kind != "integration" or each["integration"] == asked["integration"]):
            return place_text({**each, **asked}, uid)
    if kind == "organizersDefaultApp" or (kind == "integration" and not offered):
        return video_link(uid)
    raise Refusal(400, "location-not-offered", pointer="/components/schemas/NewBookingLocation", type=kind)


def place_text(place: Mapping[str, Any], uid: str) -> str:
    """A place as bookings show it: an address, a number or a link."""
    kind = place["type"]
    if kind == "integration":
        return video_link(uid, place["integration"])
    for name in ("address", "link", "phone", "location"):
        if name in place:
            return str(place[name])
    return video_link(uid) if kind == "organizersDefaultApp" else ""


def video_link(uid: str, app: str = "cal-video") -> str:
    """The link of a meeting in a conferencing application; it leads nowhere (RFC 2606)."""
    return f"https://video.example.com/{uid}" if app == "cal-video" else f"https://{app}.example.com/j/{uid}"
