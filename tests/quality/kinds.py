"""Which seeded faults stand for which kind of fault; knows names of the catalogue, no check."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES = (
    "events-read events-write timetable booking schedules-read schedules-write webhooks-read webhooks-write "
    "users-read teams-write notes-read notes-write outbound-calls-write admin-full"
)
NUMBERS = (
    "spaces dashes no-plus leading-zero zeros sixteen-digits sixteen-or-more national double-zero any-digits "
    "line-break padded brackets extension anything"
)


def _of(slug: str, names: str) -> tuple[str, ...]:
    return tuple(f"{slug}-{name}" for name in names.split())


# What people name first when they are asked what goes wrong between a document and its server.
KINDS: Mapping[str, tuple[str, ...]] = {
    "wrong status": (
        "zeeg-wrong-success-status",
        "caledee-wrong-read-status",
        "zeeg-wrong-status-validation",
    ),
    "wrong envelope": ("zeeg-wrong-envelope-not-found", "meetergo-wrong-envelope-validation"),
    "missing field": ("zeeg-missing-field", "zeeg-missing-page-field"),
    "extra field": ("zeeg-extra-field", "caledee-extra-field-in-open-object"),
    "wrong type": ("caledee-wrong-type", "meetergo-null-where-never"),
    "ignored scope": (
        "caledee-scope-ignored-write-bookings",
        "zeeg-scope-too-strict",
        "calcom-scope-ignored-ORG_MEMBERSHIP_WRITE",
    ),
    "each of Zeeg's 14 scopes": _of("zeeg", " ".join(f"scope-ignored-{each}" for each in SCOPES.split())),
    "ORG_ not implying TEAM_": ("calcom-org-scope-holds-no-team-scope",),
    "expired token accepted": ("zeeg-expired-token-accepted", "meetergo-expired-key-accepted"),
    "existence leaked": (
        "zeeg-existence-leaked-by-status",
        "zeeg-existence-leaked-by-words",
    ),
    "overlapping pages": ("zeeg-overlapping-pages",),
    "missing rows between pages": (
        "zeeg-missing-rows",
        "caledee-missing-rows-by-cursor",
        "caledee-missing-rows-by-offset",
    ),
    "looping pages": ("caledee-looping-pages", "zeeg-never-ending"),
    "cursor without filters": ("caledee-cursor-without-filters", "caledee-foreign-cursor-accepted"),
    "totals off by one": ("zeeg-total-off-by-one", "meetergo-total-off-by-one-below"),
    "quota one too many": ("zeeg-one-too-many", "meetergo-burst-one-too-many"),
    "quota one too few": ("zeeg-one-too-few", "meetergo-burst-one-too-few"),
    "dishonest Retry-After": ("zeeg-retry-after-too-short", "meetergo-retry-after-too-long"),
    "missing limit headers": ("caledee-limit-headers-missing",),
    "cancel not idempotent": ("caledee-cancel-not-idempotent", "caledee-cancelled-anew"),
    "double charge": ("calcom-charged-twice",),
    "stale read": ("zeeg-stale-read", "meetergo-stale-read-of-hours"),
    "lost update": ("zeeg-lost-update", "meetergo-lost-update-of-webhooks"),
    "double booking": (
        "zeeg-double-booking",
        "caledee-double-booking-by-instant",
        "meetergo-double-booking-of-hosts",
    ),
    "slot inside a booking": ("zeeg-slot-inside-a-booking",),
    "daylight-saving hour wrong": (
        "zeeg-summer-time-forgotten",
        "caledee-one-offset-for-all",
        "zeeg-hour-late-in-winter",
    ),
    "E.164 near misses accepted": _of("zeeg", " ".join(f"phone-{each}" for each in NUMBERS.split())),
    "valid numbers refused": (
        "zeeg-shortest-number-refused",
        "zeeg-longest-number-refused",
        "zeeg-american-number-refused",
    ),
    "+00": ("zeeg-phone-zeros",),
    "past times accepted": ("zeeg-past-time-accepted", "zeeg-past-booked", "caledee-past-booked-by-instant"),
    "webhook unsigned": ("zeeg-webhook-unsigned", "calcom-webhook-unsigned"),
    "webhook sent twice": ("zeeg-webhook-sent-twice", "meetergo-webhook-sent-twice"),
    "webhook wrongly signed": ("zeeg-webhook-signed-wrongly", "calcom-webhook-signed-wrongly"),
    "undeclared status": ("meetergo-undeclared-status", "zeeg-undeclared-refusal-status"),
    "undeclared field": ("zeeg-extra-field", "caledee-extra-field-in-refusal"),
    "wrong Allow": ("zeeg-wrong-allow", "caledee-allow-too-much", "meetergo-allow-missing"),
}
