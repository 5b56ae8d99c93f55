"""A dossier (hồ sơ): what its events add up to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from tthc_tui.core import events as ev
from tthc_tui.core.base import Model
from tthc_tui.core.changes import appointment_moved, ended, held, released, restarted
from tthc_tui.core.changes import changes as _changes
from tthc_tui.core.deadline import Pause
from tthc_tui.core.parts import (
    SUPPLEMENT_HOLD,
    Consultation,
    Exemption,
    Hold,
    Payment,
    Sending,
    StepRun,
    Waiting,
)
from tthc_tui.core.people import PersonRef
from tthc_tui.core.procedure import Channel, Cutoff, Limit
from tthc_tui.core.site import CountingStyle
from tthc_tui.core.states import CLOSED, State

_PASSIVE = (ev.Assigned, ev.Corrected, ev.Proposed, ev.Declined)
"""Acts that do not answer a reminder: the dossier is no further on."""


class Dossier(Model):
    """The present state of one dossier. Times are aware; `version` counts its events."""

    id: UUID
    version: int
    state: State
    code: str = ""
    number: int = 0  # of its receipt
    replaces: int = 0  # number of the receipt that this one replaces
    root: UUID | None = None  # the first dossier of an inter-agency chain; None: stands for itself
    aliases: tuple[str, ...] = ()
    voided: bool = False
    procedure: ev.ProcedureRef
    applicant: PersonRef
    agent: PersonRef | None = None
    authorisation: str = ""
    channel: Channel
    content: str = ""
    papers: tuple[ev.PaperReceived, ...] = ()
    missing: tuple[str, ...] = ()
    sets: int = 1
    delivery: ev.Delivery
    delivery_address: str = ""
    fees: tuple[ev.FeeCharge, ...] = ()
    receiving_unit: str
    receiving_officer: str
    handling_unit: str = ""
    holder_unit: str
    holder_officer: str = ""
    coming_to: str = ""  # unit the dossier is on its way to, "" when nobody waits for it
    slip: str = ""
    registered_at: AwareDatetime
    check_by: AwareDatetime | None = None
    received_at: AwareDatetime | None = None
    limit: Limit | None = None
    counting: CountingStyle = CountingStyle.CLOCK
    cutoff: Cutoff = Cutoff()
    due_at: AwareDatetime | None = None
    counted_from: AwareDatetime | None = None  # the receipt, or the supplement that restarted the term
    fixed_from: AwareDatetime | None = None  # since when `fixed_due`, set by hand, stands
    fixed_due: AwareDatetime | None = None
    extended_from: AwareDatetime | None = None  # the first promise, once an apology moved it
    pauses: tuple[Pause, ...] = ()  # closed ones since `counted_from`
    holds: tuple[Hold, ...] = ()
    appointments: tuple[ev.Appointment, ...] = ()
    forward_by: AwareDatetime | None = None
    forwarded_at: AwareDatetime | None = None
    handed_at: AwareDatetime | None = None  # when the unit that holds it accepted it
    tell_by: AwareDatetime | None = None
    supplements: int = 0
    supplement_items: tuple[str, ...] = ()
    supplement_until: AwareDatetime | None = None
    steps: tuple[StepRun, ...] = ()
    consultations: tuple[Consultation, ...] = ()
    proposal: Waiting | None = None
    payments: tuple[Payment, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    sendings: tuple[Sending, ...] = ()
    certified: tuple[ev.CertifiedPaper, ...] = ()
    reminders: int = 0
    reminded_at: AwareDatetime | None = None  # the last reminder nobody has acted on yet
    paused_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    hand_by: AwareDatetime | None = None  # by when the result is to be handed over
    outcome: str = ""
    returned_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    reason: str = ""
    closing: str = ""  # code of the closing reason
    prints: dict[str, int] = Field(default_factory=dict)
    last_event: UUID
    last_officer: str
    last_at: AwareDatetime
    before: Dossier | None = Field(default=None, exclude=True, repr=False)

    @property
    def open(self) -> bool:
        """Whether something may still happen to it."""
        return self.state not in CLOSED and not self.voided

    @property
    def step(self) -> StepRun | None:
        """The internal step that runs now."""
        return self.steps[-1] if self.steps and self.steps[-1].done_at is None else None

    @property
    def extended(self) -> bool:
        """Whether the one re-appointment is used up."""
        return self.extended_from is not None


_BLANK: dict[str, Any] = {
    name: None if field.is_required() else field.default for name, field in Dossier.model_fields.items()
}
"""Every field as it is before anything is known; those without a default come with the first event."""
_NAMES = set(_BLANK)
_REGISTERED, _PROMISED = tuple(ev.Register.model_fields), tuple(ev.Promise.model_fields)


def evolve(dossier: Dossier | None, event: ev.Event) -> Dossier:
    """The dossier after `event`. Never refuses: whether it is allowed was decided before."""
    if dossier is None:
        return _begin(event)
    if isinstance(event, ev.Undone):
        return _undo(dossier, event)
    changes = _changes(event, dossier)
    if isinstance(event, ev.ADDITIVE):
        before = dossier.before and evolve(dossier.before, event)  # an undo must not lose a note
        return dossier.changed({**changes, "version": dossier.version + 1, "before": before})
    if isinstance(event, ev.StepStarted) and _together(dossier, event):
        return dossier.changed({**changes, "version": dossier.version + 1})
    return dossier.changed(
        {
            **({} if isinstance(event, _PASSIVE) else {"reminded_at": None}),
            **changes,
            "version": dossier.version + 1,
            "last_event": event.id,
            "last_officer": event.officer,
            "last_at": event.at,
            "before": dossier,
        }
    )


def fold(events: Iterable[ev.Event]) -> Dossier | None:
    """All events of one dossier, in order, added up; None for no events."""
    dossier: Dossier | None = None
    for event in events:
        dossier = evolve(dossier, event)
    return dossier


def _begin(event: ev.Event) -> Dossier:
    if not isinstance(event, ev.Registered | ev.Received):
        raise ValueError(f"a history can't begin with {type(event).__name__}")
    said = vars(event)
    received = isinstance(event, ev.Received)
    return Dossier.trusted(
        {
            **_BLANK,
            "prints": {},
            "id": event.dossier,
            "version": 1,
            "state": State.ACCEPTED if received else State.NEW,
            "receiving_unit": event.unit,
            "receiving_officer": event.officer,
            "holder_unit": event.unit,
            "holder_officer": event.officer,
            "registered_at": event.at,
            "last_event": event.id,
            "last_officer": event.officer,
            "last_at": event.at,
            **{name: said[name] for name in _REGISTERED},
            **({name: said[name] for name in _PROMISED} if received else {}),
            **({"received_at": event.at, "counted_from": event.at} if received else {}),
        },
        _NAMES,
    )


def _together(dossier: Dossier, event: ev.Event) -> bool:
    """Whether a step began by itself with the action before it: an undo then takes both back."""
    return event.at == dossier.last_at and event.officer == dossier.last_officer


def _undo(dossier: Dossier, event: ev.Undone) -> Dossier:
    version = {"version": dossier.version + 1}
    if dossier.before is None:
        return dossier.changed({**version, "voided": True, "closed_at": event.at})
    return dossier.before.changed(version)


@_changes.register
def _(event: ev.Accepted, dossier: Dossier) -> dict[str, Any]:
    return {
        "state": State.ACCEPTED,
        "received_at": event.at,
        "counted_from": event.at,
        "papers": merge_papers(dossier.papers, event.papers),
        "missing": (),
        "supplement_items": (),
        "supplement_until": None,
        "tell_by": None,
        "holds": (),
        "pauses": (),
        "paused_at": None,
        **{name: getattr(event, name) for name in ev.Promise.model_fields},
    }


@_changes.register
def _(event: ev.Rejected, dossier: Dossier) -> dict[str, Any]:
    return ended(event, State.REJECTED, event.reason)


@_changes.register
def _(event: ev.Forwarded, dossier: Dossier) -> dict[str, Any]:
    return {
        "state": State.PROCESSING,
        "coming_to": event.to_unit if event.to_unit != dossier.holder_unit else "",
        "holder_officer": event.to_officer,
        "slip": event.slip,
        "forwarded_at": dossier.forwarded_at or event.at,
    }


@_changes.register
def _(event: ev.ResultHanded, dossier: Dossier) -> dict[str, Any]:
    return {"coming_to": event.to_unit, "slip": event.slip}


@_changes.register
def _(event: ev.Certified, dossier: Dossier) -> dict[str, Any]:
    return {"certified": event.papers}


@_changes.register
def _(event: ev.HandoverAccepted, dossier: Dossier) -> dict[str, Any]:
    return {
        "holder_unit": dossier.coming_to or dossier.holder_unit,
        "holder_officer": event.officer,
        "coming_to": "",
        "handed_at": event.at,
    }


@_changes.register
def _(event: ev.SupplementRequested, dossier: Dossier) -> dict[str, Any]:
    return {
        "state": State.SUPPLEMENT,
        "supplements": dossier.supplements + 1,
        "supplement_items": event.items,
        "supplement_until": event.until,
        "tell_by": event.tell_by,
        "reason": event.reason,
        "proposal": None,
        **held(dossier, Hold(code=SUPPLEMENT_HOLD, start=event.at, reason="chờ bổ sung hồ sơ")),
    }


@_changes.register
def _(event: ev.Supplemented, dossier: Dossier) -> dict[str, Any]:
    clock = restarted(dossier, event.at) if event.restart else released(dossier, SUPPLEMENT_HOLD, event.at)
    after = {
        **clock,
        "state": State.PROCESSING if dossier.forwarded_at else State.ACCEPTED,
        "papers": merge_papers(dossier.papers, event.papers),
        "supplement_items": (),
        "supplement_until": None,
        "tell_by": None,
        "missing": (),
        "due_at": event.due_at or dossier.due_at,
        "reason": "",
    }
    if event.step_due_at is not None and dossier.step is not None:
        run = dossier.step.model_copy(update={"due_at": event.step_due_at})
        after["steps"] = (*dossier.steps[:-1], run)
    return after | appointment_moved(dossier, event.appointment_due_at)


@_changes.register
def _(event: ev.Resolved, dossier: Dossier) -> dict[str, Any]:
    steps = dossier.steps
    if dossier.step is not None:
        steps = (*steps[:-1], dossier.step.model_copy(update={"done_at": event.at}))
    return {
        "state": State.DONE,
        "resolved_at": event.at,
        "hand_by": event.hand_by,
        "outcome": event.outcome,
        "coming_to": "",
        "steps": steps,
        "proposal": None,
    }


@_changes.register
def _(event: ev.Returned, dossier: Dossier) -> dict[str, Any]:
    return {"state": State.RETURNED, "returned_at": event.at, "closed_at": event.at}


@_changes.register
def _(event: ev.Withdrawn, dossier: Dossier) -> dict[str, Any]:
    return ended(event, State.WITHDRAWN, event.reason)


@_changes.register
def _(event: ev.Noted, dossier: Dossier) -> dict[str, Any]:
    return {}


@_changes.register
def _(event: ev.PersonErased | ev.NumbersVoided, dossier: Dossier) -> dict[str, Any]:
    return {}


@_changes.register
def _(event: ev.Recoded, dossier: Dossier) -> dict[str, Any]:
    alias = (event.alias,) if event.alias and event.alias not in dossier.aliases else ()
    return {"code": event.code, "aliases": (*dossier.aliases, *alias)}


@_changes.register
def _(event: ev.Printed, dossier: Dossier) -> dict[str, Any]:
    prints = {"prints": {**dossier.prints, event.form: dossier.prints.get(event.form, 0) + 1}}
    if event.form == "mau-02" and event.unit == dossier.receiving_unit:
        return {**prints, "tell_by": None}  # the slip was handed over at the counter
    return prints


def merge_papers(
    old: tuple[ev.PaperReceived, ...], new: tuple[ev.PaperReceived, ...]
) -> tuple[ev.PaperReceived, ...]:
    """Papers after some came later: a line handed in again replaces the earlier one."""
    replaced = {paper.requirement for paper in new if paper.requirement}
    return (*(paper for paper in old if paper.requirement not in replaced), *new)
