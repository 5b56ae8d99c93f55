"""What stations and the backend say to each other: every body of every call, and the cursor.

Paths stand under PREFIX; docs/protocol.md tells the rules. Times are aware. An event travels as the text the
station wrote (`event_to_json`), so that its bytes, and with them its place in the chain, never change. Everything
about the protocol is imported from here.
"""
# ruff: noqa: F403, F405

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from tthc_tui.core.chain import SignedCheckpoint
from tthc_tui.core.site import Role
from tthc_tui.core.wire_base import *
from tthc_tui.core.wire_feed import *
from tthc_tui.core.wire_push import *

# --- devices and sessions -------------------------------------------------------------------------------


class Enrol(Asked):
    """POST /devices: a one-time code, given out by the administrator, for a device's identity."""

    code: Secret
    name: Annotated[str, Field(min_length=1, max_length=200)]  # what the station calls itself


class Acted(Wire):
    """Who acted for which unit from one day to another in a file's history; no officer: dossiers were sent there."""

    unit: Text
    officer: Text = ""
    first: date
    last: date


class JoinAsk(Asked):
    """POST /devices/check: what a file that worked alone would bring along; the code stays unused."""

    code: Secret
    acted: Annotated[tuple[Acted, ...], Field(max_length=MAX_ACTED)] = ()


class JoinPlan(Wire):
    """Answer of POST /devices/check: the unit of the code, and of each entry, in order, why it would be refused.

    `reasons`: "" taken, "unit" unknown there, "officer" unknown there or of another unit, "scope" outside the code's
    unit. `parent`: the nearest unit above all known ones, "" where there is none.
    """

    unit: str
    unit_name: str
    reasons: tuple[Literal["", "unit", "officer", "scope"], ...]
    parent: str = ""
    parent_name: str = ""


class Device(Wire):
    """Answer of POST /devices and POST /devices/fork. Keep `secret` as a password; it is shown once.

    `token`: after a fork, the officer's session on the new device; the old token stays with the twin.
    """

    device: UUID
    secret: str
    unit: str
    token: str = ""


class SignIn(Asked):
    """POST /session."""

    user: Secret
    password: Annotated[str, Field(min_length=1, max_length=1000)]
    device: UUID
    secret: Secret
    protocol: int = PROTOCOL


class Session(Wire):
    """Answer of POST /session and GET /session.

    `token` goes into `Authorization: Bearer …` ("" in GET). `feed` is the unit whose feed this session
    follows: when it differs from the feed of the stored cursor, begin with a snapshot. `last_device_seq` is the
    highest number this device ever pushed: when it is above the station's own, the station was restored from
    an old copy and must fork the device before it pushes.
    """

    token: str
    officer: str
    name: str
    unit: str
    roles: tuple[Role, ...]
    feed: str
    units: tuple[str, ...]  # ids of the units in the officer's scope
    epoch: str
    last_device_seq: int
    server_time: AwareDatetime
    expires_at: AwareDatetime


# --- catalogue, numbers -------------------------------------------------------------------------------------


class Catalog(Wire):
    """GET /catalog. `version` is the SHA-256 of the content, also the ETag; `site` is core.site.Site as JSON
    without secrets (units, calendar, forms' wording), `procedures` are core.procedure.Procedure as JSON."""

    version: str
    published_at: AwareDatetime
    site: dict[str, Any]
    procedures: tuple[dict[str, Any], ...]


class NumberAsk(Asked):
    """POST /numbers: one number now, for a dossier being received online."""

    agency: Annotated[str, Field(min_length=1, max_length=35)]
    day: date


class NumberGiven(Wire):
    """Answer of POST /numbers."""

    agency: str
    day: date
    number: int
    code: str


class LeaseAsk(NumberAsk):
    """One block wanted."""

    count: Annotated[int, Field(ge=1, le=MAX_LEASE)] = 20


class LeasesAsk(Asked):
    """POST /leases: usually today and the next two working days."""

    wants: Annotated[tuple[LeaseAsk, ...], Field(min_length=1, max_length=20)]


class Lease(Wire):
    """Numbers `first` to `last` (both included) of (agency, day) belong to this device alone."""

    agency: str
    day: date
    first: int
    last: int


class Leases(Wire):
    """Answer of POST /leases, in the order asked; also of GET /leases?agency=&day= (those held)."""

    leases: tuple[Lease, ...]


class VoidAsk(Asked):
    """POST /leases/void: at day close, the numbers of the device's blocks that no dossier got."""

    blocks: Annotated[tuple[Lease, ...], Field(min_length=1, max_length=200)]
    officer: Text = ""


class Voided(Wire):
    """Answer of POST /leases/void: how many numbers are now explained as unused."""

    voided: int


class Health(Wire):
    """GET /health: `ok` when the database answers; `head` of the log."""

    status: Literal["ok", "unavailable"]
    version: str
    protocol: int = PROTOCOL
    epoch: str = ""
    head: int = 0
    server_time: AwareDatetime


class Checkpoints(Wire):
    """Answer of GET /checkpoints?after=NUMBER, oldest first."""

    checkpoints: tuple[SignedCheckpoint, ...]
