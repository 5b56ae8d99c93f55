"""What stations and the backend say to each other: every body of every call, and the cursor.

Paths stand under PREFIX; docs/protocol.md tells the rules. Times are aware. An event travels as the text the
station wrote (`event_to_json`), so that its bytes, and with them its place in the chain, never change.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from tthc_tui.core.base import Model
from tthc_tui.core.chain import SignedCheckpoint
from tthc_tui.core.people import Person, PersonRef
from tthc_tui.core.site import Role

PREFIX = "/api/v1"
PROTOCOL = 1
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


# --- devices and sessions -------------------------------------------------------------------------------


class Enrol(Wire):
    """POST /devices: a one-time code, given out by the administrator, for a device's identity."""

    code: Secret
    name: Annotated[str, Field(min_length=1, max_length=200)]  # what the station calls itself


class Device(Wire):
    """Answer of POST /devices and POST /devices/fork. Keep `secret` as a password; it is shown once.

    `token`: after a fork, the officer's session on the new device; the old token stays with the twin.
    """

    device: UUID
    secret: str
    unit: str
    token: str = ""


class SignIn(Wire):
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


# --- push -------------------------------------------------------------------------------------------------


class WireEvent(Wire):
    """One pending event.

    `event`: canonical JSON text. `device_seq`: 1, 2, 3… per device, in the order of the outbox. `seen`: the `at`
    of the feed cursor when the officer acted (0 without one). `persons`: the data behind the event's PersonRefs,
    erased ones left out; each must match its commitment.
    """

    event: Annotated[str, Field(max_length=MAX_EVENT_BYTES)]
    device_seq: Annotated[int, Field(ge=1, lt=2**62)]
    seen: Annotated[int, Field(ge=0, lt=2**62)] = 0
    persons: Annotated[tuple[Person, ...], Field(max_length=20)] = ()


class Push(Wire):
    """POST /events: up to MAX_BATCH events in device_seq order.

    `resolved`: refused events that officers settled in the tray; their dossiers take events again.
    `sent_at`: the station's corrected clock at sending; events are flagged when it is off.
    """

    events: Annotated[tuple[WireEvent, ...], Field(max_length=MAX_BATCH)]
    resolved: Annotated[tuple[UUID, ...], Field(max_length=1000)] = ()
    sent_at: AwareDatetime | None = None


class Winner(Wire):
    """The event that stands instead of a refused one, or beside a flagged one."""

    event: UUID
    kind: str
    officer: str
    officer_name: str = ""
    unit: str
    at: AwareDatetime


class FlagKind(StrEnum):
    """What needs a look although the event was accepted."""

    FIELD = "field"  # another officer changed the same fields; both are kept, this one is shown
    CODE_TAKEN = "code_taken"  # the code named another dossier; `code` is the new one
    CLOCK = "clock"  # the station's clock is more than CLOCK_TOLERANCE off


class Flag(Wire):
    """One thing to look at. `offset_seconds` is event time minus server time."""

    kind: FlagKind
    winner: Winner | None = None
    code: str = ""
    old_code: str = ""
    fields: tuple[str, ...] = ()
    offset_seconds: int | None = None


class Verdict(Wire):
    """What became of one pushed event; stored, and answered again when the event is pushed again.

    accepted: `seq` is its place in the log. duplicate: the state was reached already, by the event at `seq`;
    success for both, drop the event. accepted_with_flag: as accepted, see `flags`. refused: `reason` is a
    Vietnamese sentence, `code` why (a code of the rules; "blocked" behind another refused event; "unreadable";
    "scope"; "role"; "person"; "time"), `winner` who was first.
    """

    event: UUID
    verdict: Literal["accepted", "duplicate", "accepted_with_flag", "refused"]
    seq: int | None = None
    flags: tuple[Flag, ...] = ()
    reason: str = ""
    code: str = ""
    winner: Winner | None = None
    blocked_by: UUID | None = None


class Verdicts(Wire):
    """Answer of POST /events, one verdict per event in the order pushed. `head` is the log's head."""

    verdicts: tuple[Verdict, ...]
    head: int
    server_time: AwareDatetime


# --- feed, snapshot, live -----------------------------------------------------------------------------------


class Cursor(NamedTuple):
    """How far a station has read: the pair (at, place) in the feed of one unit in one epoch of the log."""

    epoch: str
    at: int
    place: int
    feed: str  # feed_tag of the unit

    def encode(self) -> str:
        """The opaque text sent to the server."""
        return f"{self.epoch}-{self.at}-{self.place}-{self.feed}"


def feed_tag(unit: str) -> str:
    """Eight characters that tell feeds apart."""
    return hashlib.sha256(unit.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def decode_cursor(text: str) -> Cursor:
    """Read a cursor back; ValueError when it is none."""
    parts = text.split("-")
    if (
        len(parts) != 4
        or not parts[0]
        or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts[1:3])
    ):
        raise ValueError("not a cursor")
    return Cursor(parts[0], int(parts[1]), int(parts[2]), parts[3])


class WirePerson(Person):
    """Personal data as sent down. `masked` data is outside the reader's jurisdiction: it matches no commitment
    and must never replace data already held."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    commitment: str
    masked: bool = False

    @property
    def ref_held(self) -> PersonRef:
        """The reference of the events."""
        return PersonRef(id=self.id, commitment=self.commitment)

    def person(self) -> Person:
        """The plain person, to be stored."""
        return Person(**{name: getattr(self, name) for name in Person.model_fields})


class FeedEvent(Wire):
    """One event of a feed. It stands at (`at`, `place`); `chain` is the dossier's hash after it.

    `origin` is "device" or "server" (a new code). `received_at` is the server's clock.
    """

    at: int
    place: int
    event: str
    chain: str
    device: UUID | None
    device_seq: int | None
    received_at: AwareDatetime
    flags: tuple[Flag, ...] = ()
    persons: tuple[WirePerson, ...] = ()


class FeedPage(Wire):
    """Answer of GET /feed?after=CURSOR&limit=N. An empty page can still move the cursor; ask on while `more`."""

    events: tuple[FeedEvent, ...]
    cursor: str
    head: int
    more: bool


class SnapshotStart(Wire):
    """First line of GET /snapshot. Resume a broken one with ?as_of=…&after=<the last dossier line's token>.
    Answers of a resumed snapshot start with this line again."""

    line: Literal["start"] = "start"
    as_of: str
    dossiers: int
    events: int


class SnapshotDossier(Wire):
    """One dossier with its whole history up to `as_of`. `done` counts dossiers sent since the beginning."""

    line: Literal["dossier"] = "dossier"
    token: str
    done: int
    dossier: UUID
    events: tuple[FeedEvent, ...]


class SnapshotEnd(Wire):
    """Last line: whoever has read it goes on with GET /feed?after=`cursor`. Without it the stream broke."""

    line: Literal["end"] = "end"
    cursor: str
    dossiers: int


SnapshotLine = Annotated[SnapshotStart | SnapshotDossier | SnapshotEnd, Field(discriminator="line")]


class Grown(Wire):
    """Data of a live event (SSE event name "grown"): the feed has events up to `head`; fetch the feed.

    `catalog`: the version of the newest bundle; fetch it when it is another one than the version held.
    """

    head: int
    epoch: str
    catalog: str = ""


LIVE_EVENT = "grown"


# --- catalogue, numbers -------------------------------------------------------------------------------------


class Catalog(Wire):
    """GET /catalog. `version` is the SHA-256 of the content, also the ETag; `site` is core.site.Site as JSON
    without secrets (units, calendar, forms' wording), `procedures` are core.procedure.Procedure as JSON."""

    version: str
    published_at: AwareDatetime
    site: dict[str, Any]
    procedures: tuple[dict[str, Any], ...]


class NumberAsk(Wire):
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


class LeasesAsk(Wire):
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


class VoidAsk(Wire):
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
