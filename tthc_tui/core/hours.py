"""Office hours as people write them."""

from __future__ import annotations

import re
from datetime import time

from tthc_tui.core.site import Session
from tthc_tui.core.text import clean


def parse_sessions(text: str) -> tuple[Session, ...]:
    """Office hours as "07:30-11:30,13:30-17:30"; ValueError with a Vietnamese sentence."""
    problem = ValueError(f"Giờ làm việc “{clean(text)[:60]}” không đúng dạng, ví dụ 07:30-11:30,13:30-17:30.")
    sessions: list[Session] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*", part)
        if not found:
            raise problem
        try:
            start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        except ValueError:
            raise problem from None
        if start >= end or (sessions and start < sessions[-1].end):
            raise ValueError(f"Giờ làm việc “{clean(text)[:60]}” không theo thứ tự thời gian.")
        sessions.append(Session(start=start, end=end))
    return tuple(sessions)
