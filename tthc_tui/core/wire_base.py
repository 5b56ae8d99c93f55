"""What all bodies of the protocol share: limits, the form of a body, problems."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from tthc_tui.core.base import Model

__all__ = [
    "CLOCK_TOLERANCE",
    "HEARTBEAT_SECONDS",
    "MAX_ACTED",
    "MAX_BATCH",
    "MAX_BODY_BYTES",
    "MAX_EVENT_BYTES",
    "MAX_LEASE",
    "MAX_PAGE",
    "NDJSON",
    "PREFIX",
    "PROBLEM_TYPE",
    "PROTOCOL",
    "TIME_HEADER",
    "Asked",
    "Problem",
    "ProblemCode",
    "Secret",
    "Text",
    "Wire",
]

PREFIX = "/api/v1"
PROTOCOL = 1
MAX_ACTED = 20_000  # entries of the history a joining file may name
MAX_BATCH = 200  # events of one push
MAX_EVENT_BYTES = 64 * 1024
MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_PAGE = 1000  # events of one feed page
MAX_LEASE = 500  # numbers of one lease
HEARTBEAT_SECONDS = 15
CLOCK_TOLERANCE = timedelta(minutes=5)
TIME_HEADER = "TTHC-Time"  # the server's clock, ISO 8601, on every answer
PROBLEM_TYPE = "application/problem+json"
NDJSON = "application/x-ndjson"

Text = Annotated[str, Field(max_length=200)]
Secret = Annotated[str, Field(min_length=1, max_length=200)]


class Wire(Model):
    """A body: fields that a newer program added are passed over, so that versions can be mixed."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Asked(Wire):
    """A body that the server's framework reads. Built at once: the framework reads it through a wrapper of its own,
    which must find it ready."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=False)


class ProblemCode(StrEnum):
    """Why a call was not done; stable, for programs. People read `detail`."""

    MALFORMED = "malformed"  # 400, 422: the body or a parameter is not of this protocol
    UNAUTHENTICATED = "unauthenticated"  # 401: sign in again
    SIGN_IN = "sign_in"  # 401: wrong user, password or device
    FORBIDDEN = "forbidden"  # 403: role or unit
    NOT_FOUND = "not_found"  # 404
    METHOD = "method"  # 405
    OTHER_BYTES = "other_bytes"  # 409: this event id was pushed with other bytes
    SEQ_REUSED = "seq_reused"  # 409: this device_seq was used for another event: fork the device
    GONE = "gone"  # 410: start again from a snapshot
    TOO_LARGE = "too_large"  # 413
    TOO_MANY = "too_many"  # 429: wait Retry-After seconds
    INTERNAL = "internal"  # 500
    UNAVAILABLE = "unavailable"  # 503: database away; try again


class Problem(Wire):
    """An answer of 4xx or 5xx (RFC 9457). `detail` is one Vietnamese sentence."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: ProblemCode
    event: UUID | None = None  # of a 409
    device_seq: int | None = None
    field: str = ""  # where a body is wrong
