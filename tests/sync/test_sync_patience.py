"""A backend that asks for patience is given some, whatever it writes, but never more than an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from sync_backend import URL

from tthc_tui.core import wire
from tthc_tui.store.remote import Remote
from tthc_tui.store.sync_errors import TooMany


def asked(value: str | None) -> float:
    """How long a station waits when it is told this."""
    problem = wire.Problem(title="x", status=429, detail="Hãy chờ.", code=wire.ProblemCode.TOO_MANY)
    headers = {} if value is None else {b"Retry-After": value.encode()}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers=headers, content=problem.model_dump_json())

    remote = Remote(URL, clock=lambda: datetime.now(UTC), transport=httpx.MockTransport(answer))
    with pytest.raises(TooMany) as told:
        remote.health()
    return told.value.retry_after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("9" * 30, 3600.0),
        ("9" * 5000, 5.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Fri, 31 Dec 9999 23:59:59", 3600.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1.0),
        ("Fri, 99 Foo 99999 25:61:61 GMT", 5.0),
        ("-5", 5.0),
        ("²", 5.0),
        ("một lát", 5.0),
        ("", 5.0),
        (None, 5.0),
    ],
)
def test_what_is_asked_is_kept_within_bounds(value: str | None, seconds: float) -> None:
    assert asked(value) == seconds


def test_a_date_is_waited_for() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < asked(soon) <= 90
