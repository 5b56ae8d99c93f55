"""What can happen to a dossier: actions an officer takes and the events they become.

An action and its event carry the same fields, declared once in the action; the event adds who, where
and when. Events are appended, never edited.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from tthc_tui.core.base import Model
from tthc_tui.core.people import PersonRef
from tthc_tui.core.procedure import Channel, Cutoff, Limit
from tthc_tui.core.site import CountingStyle, Role


class Actor(Model):
    """Who acts, for which unit, on which station."""

    officer: str
    unit: str
    station: str
    roles: frozenset[Role] = frozenset({Role.RECEIVING})


class PaperForm(StrEnum):
    """The form a paper is handed in, as the receipt names it."""

    ORIGINAL = "bản chính"
    COPY = "bản sao"
    CERTIFIED = "bản sao chứng thực"
    ELECTRONIC = "bản điện tử"
    LOOKED_UP = "khai thác CSDL"
    SHOWN = "xuất trình"


class PaperReceived(Model):
    """One paper on the receipt."""

    requirement: str
    name: str
    form: PaperForm = PaperForm.ORIGINAL
    count: int = 1
    note: str = ""


class FeeCharge(Model):
    """A fee of a dossier, whole đồng."""

    name: str
    amount: int
    paid: bool = False
    number: str = ""  # số biên lai
    note: str = ""


class Delivery(StrEnum):
    """How the result goes to the applicant."""

    COUNTER = "counter"
    POST = "post"
    ONLINE = "online"

    @property
    def label(self) -> str:
        """Vietnamese name."""
        return {"counter": "tại quầy", "post": "qua bưu chính", "online": "trực tuyến"}[self.value]


class ProcedureRef(Model):
    """The procedure and the version of it that a dossier was received under."""

    code: str
    name: str
    version: str = ""
    field_code: str = ""
    field_name: str = ""
    case: str = ""
    case_name: str = ""


class Action(Model):
    """What an officer wants to do."""


class Event(Model):
    """What happened. `version` is the dossier's version it was decided on; `at` is aware."""

    id: UUID
    dossier: UUID
    version: int
    officer: str
    unit: str
    station: str
    at: AwareDatetime


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


class Promise(Model):
    """The official code and the promised date, with the rules it was counted by."""

    code: str  # "" while only provisional
    number: int = 0  # of the receipt, in the year's book
    limit: Limit | None = None
    counting: CountingStyle = CountingStyle.CLOCK
    cutoff: Cutoff = Cutoff()
    due_at: AwareDatetime | None = None


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
    approved_by: str = ""


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


class Supplement(Action):
    """The missing papers came; the clock goes on with the new date."""

    papers: tuple[PaperReceived, ...] = ()
    due_at: AwareDatetime | None = None
    note: str = ""


class Resolve(Action):
    """The competent body has decided; the result is at the one-stop section."""

    outcome: Literal["granted", "denied"] = "granted"
    number: str = ""
    note: str = ""


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


class AddNote(Action):
    """A remark in the history."""

    text: str


class Print(Action):
    """A form was printed; copies beyond the first printing are marked as reprints."""

    form: str
    copies: int = 2
    reprint: int = 0


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


class Noted(Event, AddNote):
    kind: Literal["noted"] = "noted"


class Printed(Event, Print):
    kind: Literal["printed"] = "printed"


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
    | Undone,
    Field(discriminator="kind"),
]

EVENT_OF: dict[type[Action], type[Event]] = {
    event.__mro__[2]: event  # the action stands right behind Event in the bases
    for event in (
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
        Noted,
        Printed,
        Undone,
    )
}

ADDITIVE: tuple[type[Event], ...] = (Noted, Printed)
"""Events that change no state: always accepted, never what an undo takes back."""

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
    """The event that `action` becomes when `actor` takes it at `at`."""
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
