"""Instants as people type them."""

from __future__ import annotations

from datetime import datetime

from tthc_tui.core.base import VIETNAM, Refused, vietnam_time
from tthc_tui.core.text import clean

_FORMS = ("%d/%m/%Y %H:%M", "%H:%M %d/%m/%Y", "%d/%m/%Y")


def parse_moment(text: str) -> datetime:
    """A typed instant as an aware one; without a zone it is Vietnam's. Refused with a sentence when it is none."""
    wanted = clean(text)
    found: datetime | None = None
    try:
        found = datetime.fromisoformat(wanted)
    except ValueError:
        for form in _FORMS:
            found = found or _parsed(wanted, form)
    if found is None:
        raise Refused(
            f"Thời điểm “{wanted[:40]}” không đúng: hãy viết như 24/11/2026 hoặc 24/11/2026 08:30.",
            "time",
        )
    try:
        return vietnam_time(found) if found.tzinfo else found.replace(tzinfo=VIETNAM)
    except (OverflowError, ValueError):
        raise Refused(f"Thời điểm “{wanted[:40]}” nằm ngoài khoảng tính được.", "time") from None


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=VIETNAM)
    except ValueError:
        return None
