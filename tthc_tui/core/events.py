"""What can happen to a dossier: actions an officer takes and the events they become.

An action and its event carry the same fields, declared once in the action; the event adds who, where
and when. Events are appended, never edited. Everything about events is imported from here.
"""
# ruff: noqa: F403, F405

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from tthc_tui.core.base import Model
from tthc_tui.core.events_base import *
from tthc_tui.core.events_kept import *
from tthc_tui.core.events_money import *
from tthc_tui.core.events_process import *
from tthc_tui.core.people import PersonRef
from tthc_tui.core.procedure import Channel, Cutoff, Limit
from tthc_tui.core.site import CountingStyle


class Register(Action):
    """Take a dossier in without accepting it: its papers are incomplete or not admissible."""

    procedure: ProcedureRef
    applicant: PersonRef
    agent: PersonRef | None = None
    authorisation: str = ""
    channel: Channel = Channel.DIRECT
    papers: tuple[PaperReceived, ...] = ()
    missing: tuple[str, ...] = ()
    sets: int = 1
    delivery: Delivery = Delivery.COUNTER
    delivery_address: str = ""
    fees: tuple[FeeCharge, ...] = ()
    handling_unit: str = ""  # the competent body
    content: str = ""  # trích yếu
    root: UUID | None = None  # the first dossier of an inter-agency chain (liên thông)
    check_by: AwareDatetime | None = None  # by when one sent online must be looked at


class Promise(Model):
    """The official code and the promised date, with the rules it was counted by."""

    code: str  # "" while only provisional
    number: int = 0  # of the receipt, in the year's book
    limit: Limit | None = None
    counting: CountingStyle = CountingStyle.CLOCK
    cutoff: Cutoff = Cutoff()
    due_at: AwareDatetime | None = None
    forward_by: AwareDatetime | None = None  # the forwarding clock (law.md §1.3)
    appointments: tuple[Appointment, ...] = ()


class Receive(Register, Promise):
    """Take a complete dossier in, give it its code and promise a date (Decree 118/2025, art. 17)."""


class Accept(Promise, Action):
    """Accept a dossier that was registered as incomplete, now complete."""

    papers: tuple[PaperReceived, ...] = ()


class Reject(Action):
    """Refuse to accept (Mẫu 03)."""

    reason: str
    number: int = 0
    ground: str = ""  # the legal ground
    approved_by: str = ""  # the leader, where the site wants approval
    needs_approval: bool = False


class Forward(Action):
    """Send the dossier to the unit that handles it (Decree 118/2025, art. 18)."""

    to_unit: str
    to_officer: str = ""
    slip: str = ""  # number of the handover slip
    paper: bool = True
    note: str = ""


class AcceptHandover(Action):
    """The receiving unit confirms that it holds the dossier."""

    slip: str = ""
    note: str = ""


class RequestSupplement(Action):
    """Ask, once and for everything, for what is missing (Mẫu 02; Decree 118/2025, art. 11)."""

    items: tuple[str, ...]
    number: int = 0
    reason: str = ""
    again_reason: str = ""  # why a second request is made at all
    until: AwareDatetime | None = None
    return_by: AwareDatetime | None = None  # by when the handling unit had to send the dossier back
    tell_by: AwareDatetime | None = None  # by when the applicant must be told
    demanded: str = ""  # why papers are demanded that a national database replaces


class Supplement(Action):
    """The missing papers came; the clock goes on with the new date, from zero or after the pause.

    `recounted`: as of a resumption (Resume), where the term goes on after the pause.
    """

    papers: tuple[PaperReceived, ...] = ()
    due_at: AwareDatetime | None = None
    recounted: AwareDatetime | None = None
    restart: bool = True
    step_due_at: AwareDatetime | None = None
    appointment_due_at: AwareDatetime | None = None  # of the next planned one
    note: str = ""


class Resolve(Action):
    """The competent body has decided; the result is at the one-stop section."""

    outcome: Literal["granted", "denied"] = "granted"
    number: str = ""
    note: str = ""
    hand_by: AwareDatetime | None = None  # by when the applicant gets it, where the place says so


class Return(Action):
    """Hand the result over, to the applicant or to an authorised person."""

    collector: PersonRef | None = None  # None: the applicant
    authorisation: str = ""
    method: Delivery = Delivery.COUNTER
    receipt_lost: bool = False
    signature: str = ""
    rating: int | None = None
    note: str = ""


class Withdraw(Action):
    """The applicant takes the dossier back."""

    reason: str


class Undo(Action):
    """Take the last action back within the grace period."""

    event: UUID
    grace_seconds: int


class Registered(Event, Register):
    kind: Literal["registered"] = "registered"


class Received(Event, Receive):
    kind: Literal["received"] = "received"


class Accepted(Event, Accept):
    kind: Literal["accepted"] = "accepted"


class Rejected(Event, Reject):
    kind: Literal["rejected"] = "rejected"


class Forwarded(Event, Forward):
    kind: Literal["forwarded"] = "forwarded"


class HandoverAccepted(Event, AcceptHandover):
    kind: Literal["handover_accepted"] = "handover_accepted"


class SupplementRequested(Event, RequestSupplement):
    kind: Literal["supplement_requested"] = "supplement_requested"


class Supplemented(Event, Supplement):
    kind: Literal["supplemented"] = "supplemented"


class Resolved(Event, Resolve):
    kind: Literal["resolved"] = "resolved"


class Returned(Event, Return):
    kind: Literal["returned"] = "returned"


class Withdrawn(Event, Withdraw):
    kind: Literal["withdrawn"] = "withdrawn"


class Undone(Event, Undo):
    kind: Literal["undone"] = "undone"


AnyEvent = Annotated[
    Registered
    | Received
    | Accepted
    | Rejected
    | Forwarded
    | HandoverAccepted
    | SupplementRequested
    | Supplemented
    | Resolved
    | Returned
    | Withdrawn
    | Noted
    | Printed
    | Certified
    | Recoded
    | PersonErased
    | NumbersVoided
    | Undone
    | StepStarted
    | StepDone
    | StepReturned
    | Assigned
    | Consulted
    | ConsultAnswered
    | Paused
    | Resumed
    | Extended
    | AppointmentKept
    | Stopped
    | Closed
    | Proposed
    | Declined
    | Corrected
    | Told
    | Reminded
    | ResultHanded
    | PostSent
    | PostTracked
    | FeeCharged
    | FeePaid
    | FeeRefunded
    | FeeExempted,
    Field(discriminator="kind"),
]

_EVENTS: tuple[type[Event], ...] = (
    Registered,
    Received,
    Accepted,
    Rejected,
    Forwarded,
    HandoverAccepted,
    SupplementRequested,
    Supplemented,
    Resolved,
    Returned,
    Withdrawn,
    *KEPT_EVENTS,
    Undone,
    *PROCESS_EVENTS,
    *MONEY_EVENTS,
)

EVENT_OF: dict[type[Action], type[Event]] = {
    event.__mro__[2]: event  # the action stands right behind Event in the bases
    for event in _EVENTS
}

ADDITIVE: tuple[type[Event], ...] = (
    *KEPT_EVENTS,
    Told,
    Reminded,
    PostSent,
    PostTracked,
    *MONEY_EVENTS,
)
"""Events that change no state: always accepted, never what an undo takes back."""

FIELD_EDITS: tuple[type[Event], ...] = (Corrected, Assigned)
"""Events that set fields (sync.md): accepted when nobody changed those fields since, else flagged."""


def edited_fields(event: Event) -> frozenset[str]:
    """The fields of the dossier that a field edit sets; empty for every other event."""
    if isinstance(event, Assigned):
        return frozenset({"holder_officer"})
    if isinstance(event, Corrected):
        kept = {"reason", "number", "replaces", "without_term"}
        gone = frozenset({"limit", "due_at"} if event.without_term else ())
        return gone | frozenset(
            name for name in Correct.model_fields if name not in kept and getattr(event, name) is not None
        )
    return frozenset()


_adapter: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def event_from_json(text: str | bytes) -> AnyEvent:
    """Read an event back from its stored or sent form; ValueError when it is none."""
    return _adapter.validate_json(text)


def event_to_json(event: Event) -> str:
    """The canonical form of an event: sorted keys, no spaces, NFC as given."""
    return json.dumps(
        event.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )


def stamped(action: Action, *, id: UUID, dossier: UUID, version: int, actor: Actor, at: datetime) -> AnyEvent:
    """The event that `action` becomes when `actor` takes it at the aware time `at`.

    `version` is the number of events the dossier had before.
    """
    fields = {name: getattr(action, name) for name in type(action).model_fields}
    event = EVENT_OF[type(action)](
        id=id,
        dossier=dossier,
        version=version,
        officer=actor.officer,
        unit=actor.unit,
        station=actor.station,
        at=at,
        **fields,
    )
    return event  # type: ignore[return-value]
