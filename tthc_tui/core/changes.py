"""What each event of the process, of money and of the post changes in a dossier."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, TypeVar

from tthc_tui.core import events as ev
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
from tthc_tui.core.states import State

if TYPE_CHECKING:
    from datetime import datetime

    from tthc_tui.core.dossier import Dossier

Changes = dict[str, Any]
M = TypeVar("M", Consultation, Sending)


@singledispatch
def changes(event: ev.Event, dossier: Dossier) -> Changes:
    """The fields of `dossier` that `event` changes; TypeError for a kind of event without a rule here."""
    raise TypeError(f"no rule for {type(event).__name__}")


# --- holds: stretches in which the term does not run ---


def held(dossier: Dossier, hold: Hold) -> Changes:
    """One more reason for the clock to stand still."""
    holds = (*dossier.holds, hold)
    return {"holds": holds, "paused_at": min(one.start for one in holds)}


def released(dossier: Dossier, code: str, at: datetime) -> Changes:
    """A reason is gone; its stretch goes to the ledger of pauses."""
    gone = [hold for hold in dossier.holds if hold.code == code]
    left = tuple(hold for hold in dossier.holds if hold.code != code)
    pauses = tuple(Pause(start=hold.start, end=max(at, hold.start), reason=hold.reason) for hold in gone)
    return {
        "holds": left,
        "pauses": (*dossier.pauses, *pauses),
        "paused_at": min((hold.start for hold in left), default=None),
    }


def restarted(dossier: Dossier, at: datetime) -> Changes:
    """The term counts again from zero; holds that still last begin anew with it."""
    left = tuple(
        hold.model_copy(update={"start": max(hold.start, at)})
        for hold in dossier.holds
        if hold.code != SUPPLEMENT_HOLD
    )
    return {
        "holds": left,
        "pauses": (),
        "counted_from": at,
        "fixed_from": None,
        "fixed_due": None,
        "paused_at": min((hold.start for hold in left), default=None),
    }


@changes.register(ev.Paused)
def _paused(event: ev.Paused, dossier: Dossier) -> Changes:
    hold = Hold(
        code=event.code, start=event.at, reason=event.reason, payment=event.payment, until=event.until
    )
    return {
        **held(dossier, hold),
        "state": State.PAYMENT if event.payment else dossier.state,
        "proposal": None,
    }


@changes.register(ev.Resumed)
def _resumed(event: ev.Resumed, dossier: Dossier) -> Changes:
    after = released(dossier, event.code, event.at)
    if dossier.state is State.PAYMENT and not any(hold.payment for hold in after["holds"]):
        after["state"] = State.PROCESSING
    if event.due_at is not None:
        after["due_at"] = event.due_at
    if event.step_due_at is not None:
        after["steps"] = _current(dossier, due_at=event.step_due_at)
    return after | appointment_moved(dossier, event.appointment_due_at)


def appointment_moved(dossier: Dossier, due_at: datetime | None) -> Changes:
    """The next planned appointment at another time; nothing where it stays."""
    following = next((one for one in dossier.appointments if one.kept_at is None), None)
    if due_at is None or following is None:
        return {}
    moved = following.model_copy(update={"due_at": due_at})
    return {"appointments": tuple(moved if one is following else one for one in dossier.appointments)}


# --- internal steps ---


@changes.register(ev.StepStarted)
def _step_started(event: ev.StepStarted, dossier: Dossier) -> Changes:
    run = StepRun(
        step=event.step,
        name=event.name,
        unit=event.to_unit or dossier.holder_unit,
        officer=event.to_officer,
        started_at=event.at,
        due_at=event.due_at,
    )
    return {
        "steps": (*dossier.steps, run),
        "holder_officer": event.to_officer or dossier.holder_officer,
    }


@changes.register(ev.StepDone)
def _step_done(event: ev.StepDone, dossier: Dossier) -> Changes:
    return {"steps": _current(dossier, done_at=event.at)}


@changes.register(ev.StepReturned)
def _step_returned(event: ev.StepReturned, dossier: Dossier) -> Changes:
    ended = _current(dossier, done_at=event.at, returned=event.reason)
    earlier = next(run for run in reversed(dossier.steps) if run.step == event.to_step)
    again = earlier.model_copy(
        update={"started_at": event.at, "due_at": event.due_at, "done_at": None, "returned": ""}
    )
    return {"steps": (*ended, again), "holder_officer": earlier.officer or dossier.holder_officer}


def _current(dossier: Dossier, **update: Any) -> tuple[StepRun, ...]:
    """The runs with the running one (the last that is not done) changed."""
    last = dossier.step
    return tuple(run.model_copy(update=update) if run is last else run for run in dossier.steps)


@changes.register(ev.Assigned)
def _assigned(event: ev.Assigned, dossier: Dossier) -> Changes:
    return {
        "holder_officer": event.to_officer,
        "steps": _current(dossier, officer=event.to_officer),
    }


@changes.register(ev.Consulted)
def _consulted(event: ev.Consulted, dossier: Dossier) -> Changes:
    asked = Consultation(
        key=event.key,
        unit=event.to_unit,
        question=event.question,
        asked_at=event.at,
        due_at=event.due_at,
    )
    return {"consultations": (*dossier.consultations, asked)}


@changes.register(ev.ConsultAnswered)
def _answered(event: ev.ConsultAnswered, dossier: Dossier) -> Changes:
    answer = {"answered_at": event.at, "answer": event.answer, "agrees": event.agrees}
    return {"consultations": _updated(dossier.consultations, "key", event.key, answer)}


def _updated(items: tuple[M, ...], field: str, value: str, news: Changes) -> tuple[M, ...]:
    """The items with `news` in those whose `field` is `value`."""
    return tuple(one.model_copy(update=news) if getattr(one, field) == value else one for one in items)


# --- dates, endings, corrections ---


@changes.register(ev.Extended)
def _extended(event: ev.Extended, dossier: Dossier) -> Changes:
    return {
        "due_at": event.due_at,
        "fixed_from": event.at,
        "fixed_due": event.due_at,
        "extended_from": dossier.due_at,
        "proposal": None,
    }


@changes.register(ev.AppointmentKept)
def _kept(event: ev.AppointmentKept, dossier: Dossier) -> Changes:
    planned = []
    for one in dossier.appointments:
        if one.number == event.number:
            one = one.model_copy(update={"kept_at": event.at})
        elif one.number == event.number + 1 and event.next_due_at is not None:
            one = one.model_copy(update={"due_at": event.next_due_at})
        planned.append(one)
    return {"appointments": tuple(planned)}


def ended(event: ev.Event, state: State, reason: str) -> Changes:
    """What every ending has in common."""
    return {
        "state": state,
        "reason": reason,
        "closed_at": event.at,
        "coming_to": "",
        "tell_by": None,
        "proposal": None,
    }


@changes.register(ev.Stopped)
def _stopped(event: ev.Stopped, dossier: Dossier) -> Changes:
    return ended(event, State.STOPPED, event.reason)


@changes.register(ev.Closed)
def _closed(event: ev.Closed, dossier: Dossier) -> Changes:
    return {**ended(event, State(event.state), event.reason), "closing": event.code}


@changes.register(ev.Proposed)
def _proposed(event: ev.Proposed, dossier: Dossier) -> Changes:
    fields = {name: getattr(event, name) for name in ev.Propose.model_fields}
    return {"proposal": Waiting(**fields, officer=event.officer, unit=event.unit, at=event.at)}


@changes.register(ev.Declined)
def _declined(event: ev.Declined, dossier: Dossier) -> Changes:
    return {"proposal": None}


@changes.register(ev.Corrected)
def _corrected(event: ev.Corrected, dossier: Dossier) -> Changes:
    edited = ev.edited_fields(event)
    after: Changes = {name: getattr(event, name) for name in edited}
    if "received_at" in edited and dossier.counted_from in (None, dossier.received_at):
        after["counted_from"] = event.received_at  # a supplement that restarted the term still does
    by_hand = bool(event.without_term) or not edited & {"received_at", "limit"}
    if event.due_at is not None and by_hand:
        after |= {"fixed_from": event.at, "fixed_due": event.due_at}
    elif "due_at" in edited:
        after |= {"fixed_from": None, "fixed_due": None}  # the term counts again, whatever was set by hand
    if event.number:
        after |= {
            "number": event.number,
            "replaces": event.replaces,
            "prints": {**dossier.prints, "mau-01": 0},
        }
    return after


# --- telling, reminding, the post ---


@changes.register(ev.Told)
def _told(event: ev.Told, dossier: Dossier) -> Changes:
    return {"tell_by": None} if event.subject in (None, ev.Subject.SUPPLEMENT) else {}


@changes.register(ev.Reminded)
def _reminded(event: ev.Reminded, dossier: Dossier) -> Changes:
    return {"reminders": dossier.reminders + 1, "reminded_at": event.at}


@changes.register(ev.PostSent)
def _sent(event: ev.PostSent, dossier: Dossier) -> Changes:
    sending = Sending(
        number=event.number,
        carrier=event.carrier,
        address=event.address,
        slip=event.slip,
        sent_at=event.at,
    )
    return {"sendings": (*dossier.sendings, sending)}


@changes.register(ev.PostTracked)
def _tracked(event: ev.PostTracked, dossier: Dossier) -> Changes:
    news = {"state": event.state, "state_at": event.at, "note": event.note}
    return {"sendings": _updated(dossier.sendings, "number", event.number, news)}


# --- money ---


@changes.register(ev.FeeCharged)
def _charged(event: ev.FeeCharged, dossier: Dossier) -> Changes:
    charge = ev.FeeCharge(name=event.name, amount=event.amount, note=event.note or event.ground)
    return {"fees": (*dossier.fees, charge)}


@changes.register(ev.FeePaid)
@changes.register(ev.FeeRefunded)
def _paid(event: ev.FeePaid | ev.FeeRefunded, dossier: Dossier) -> Changes:
    refund = isinstance(event, ev.FeeRefunded)
    payment = Payment(
        event=event.id,
        at=event.at,
        number=event.number,
        amount=-event.amount if refund else event.amount,
        method=event.method,
        item=event.reason if isinstance(event, ev.FeeRefunded) else event.item,
        reference=event.reference,
        payer=event.payer,
        officer=event.officer,
        station=event.station,
        counter=event.counter,
        shift=event.shift,
    )
    return {"payments": (*dossier.payments, payment)}


@changes.register(ev.FeeExempted)
def _exempted(event: ev.FeeExempted, dossier: Dossier) -> Changes:
    one = Exemption(name=event.name, amount=event.amount, ground=event.ground, group=event.group)
    return {"exemptions": (*dossier.exemptions, one)}
