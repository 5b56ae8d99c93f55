"""The bodies of a push: events up, verdicts back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from tthc_tui.core.people import Person
from tthc_tui.core.wire_base import MAX_BATCH, MAX_EVENT_BYTES, Wire

__all__ = [
    "Flag",
    "FlagKind",
    "Push",
    "Verdict",
    "Verdicts",
    "Winner",
    "WireEvent",
]


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
