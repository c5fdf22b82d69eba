#!/bin/sh
# Prints the name of every event type. Exit code 1 where the provider cannot be reached, or refuses.
set -eu
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
curl -sS -H "Authorization: Bearer $API_TOKEN" "$API_URL/event-types" >"$answer" || exit 1
# A body without names is an error.
grep -q '"eventTypes":\[' "$answer" || { echo 'Fatal error: not a list of event types' >&2; exit 70; }
tr ',{' '\n\n' <"$answer" | sed -n 's/^"name":"\(.*\)"$/\1/p'
