"""All broken clients with their repaired twins."""

from __future__ import annotations

from tests.quality.clients import booking, calcom, manners, reading
from tests.quality.clients.api import Pair

PAIRS: tuple[Pair, ...] = (*manners.PAIRS, *reading.PAIRS, *booking.PAIRS, *calcom.PAIRS)
