"""What happens after the receipt: forwarding, supplements, results, taking back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.checks import held_by
from tthc_tui.core.dossier import Dossier, merge_papers
from tthc_tui.core.parts import SUPPLEMENT_HOLD
from tthc_tui.core.rules import acting
from tthc_tui.core.site_rules import rows_for
from tthc_tui.core.states import State
from tthc_tui.core.terms import (
    appointment_after_hold,
    due_after_hold,
    due_after_restart,
    moved_by_calendar,
    planned,
    step_due,
    step_due_after_hold,
)
from tthc_tui.desk.intake import SUPPLEMENT_BOOK, IntakeDesk
from tthc_tui.desk.intake_form import PersonInput, checked_person
from tthc_tui.desk.intake_papers import check_demand, missing_papers, received
from tthc_tui.store import numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

HANDOVER_BOOK = "ban-giao"


class WorkDesk(IntakeDesk):
    """Every step of a dossier between its receipt and its end."""

    def forward(
        self,
        dossiers: Sequence[UUID | str],
        to_unit: str,
        *,
        to_officer: str = "",
        note: str = "",
        paper: bool = True,
    ) -> tuple[str, list[Dossier]]:
        """Send dossiers on with one numbered slip, all or none; the slip's number and the dossiers.

        Unknown units and dossiers that can't be forwarded are Refused, naming the dossier.
        """
        self.check_unit(to_unit)
        if to_officer:
            self.check_officer(to_officer, to_unit)
        if not dossiers:
            raise Refused("Chưa chọn hồ sơ nào để chuyển.", "empty")
        moment = self.now

        def job(connection: Connection) -> tuple[str, list[Dossier]]:
            slip = f"{numbers.next_number(connection, HANDOVER_BOOK, moment.year):04d}/{moment.year}"
            action = ev.Forward(to_unit=to_unit, to_officer=to_officer, slip=slip, note=note, paper=paper)
            done = []
            for dossier in dossiers:
                try:
                    done += self.act_in(connection, [(UUID(str(dossier)), [action])], at=moment)
                except Refused as refusal:
                    raise self._naming(dossier, refusal) from refusal
            return slip, done

        return self.store.write(job)

    def accept_handover(self, dossiers: Iterable[UUID | str], note: str = "") -> list[Dossier]:
        """Confirm that the dossiers arrived at this officer's unit; all or none."""
        action = ev.AcceptHandover(note=note)
        work: list[tuple[UUID, list[ev.Action]]] = [(UUID(str(dossier)), [action]) for dossier in dossiers]
        for dossier_id, _ in work:
            coming = self.dossier(dossier_id).coming_to
            if coming and coming != self.officer.unit:
                raise Refused(
                    f"Hồ sơ này được chuyển cho {self.site.unit_name(coming)}, không phải đơn vị của bạn.",
                    "unit",
                )
        return self.act_all(work)

    def request_supplement(
        self,
        dossier: UUID | str,
        items: Iterable[str],
        reason: str = "",
        *,
        again_reason: str = "",
        until: datetime | None = None,
        demanded: str = "",
    ) -> Dossier:
        """Ask for everything that is missing, in one slip (Mẫu 02); the clock stops.

        Without `until` the site's time to supplement holds. A paper that a national database replaces may
        be asked for only with the reason in `demanded` (Resolution 66.7/2025/NQ-CP).
        """
        moment = self.now
        items = tuple(item.strip() for item in items if item.strip())
        found = self.dossier(dossier)
        check_demand(self.procedure_of(found).case(found.procedure.case), items, demanded)
        if until is not None and until <= moment:
            raise Refused("Hạn bổ sung phải ở sau lúc này: hãy kiểm tra lại.", "until")
        settings, field = self.settings_of(found), found.procedure.field_name
        handed = found.handed_at or found.forwarded_at
        elsewhere = self.officer.unit != found.receiving_unit and handed is not None

        def job(connection: Connection) -> Dossier:
            action = ev.RequestSupplement(
                items=items,
                reason=reason,
                again_reason=again_reason,
                until=until or self.after_days(moment, settings.supplement_days, field, settings),
                return_by=self.after_days(handed, settings.return_days, field, settings)
                if elsewhere and handed
                else None,
                tell_by=self.after_days(moment, settings.tell_days, field, settings),
                demanded=demanded.strip(),
                number=numbers.next_number(connection, SUPPLEMENT_BOOK, moment.year),
            )
            return self.act_in(connection, [(UUID(str(dossier)), [action])], at=moment)[0]

        return self.store.write(job)

    def supplement(
        self, dossier: UUID | str, papers: tuple[ev.PaperReceived, ...] = (), note: str = ""
    ) -> Dossier:
        """The missing papers came: accept the dossier, or let its clock go on as the procedure says."""
        found = self.dossier(dossier)
        if found.received_at is None:
            return self.accept_completed(dossier, papers)
        moment, restart = self.now, self.restarts(found)
        calendar = self.calendar(found.procedure.field_name)
        action = ev.Supplement(
            papers=papers,
            due_at=self.due_after_supplement(found, moment),
            recounted=None if restart or len(found.holds) > 1 else self.calendar_moved(found),
            note=note,
            restart=restart,
            step_due_at=step_due_after_hold(found, SUPPLEMENT_HOLD, moment, calendar),
            appointment_due_at=self._appointment_anew(found, moment)
            if restart
            else appointment_after_hold(found, SUPPLEMENT_HOLD, moment, calendar),
        )
        return self.act_all([(found.id, [action])], at=moment)[0]

    def calendar_moved(self, dossier: Dossier) -> datetime | None:
        """Where the calendar of today counts a promised date that another calendar gave; None: as promised."""
        calendar = self.calendar(dossier.procedure.field_name)
        return moved_by_calendar(dossier, calendar, self.settings_of(dossier).day_minutes)

    def _appointment_anew(self, dossier: Dossier, at: datetime) -> datetime | None:
        """The next planned appointment when the term counts again from `at`: the first anew, a later one moved."""
        calendar = self.calendar(dossier.procedure.field_name)
        following = next((one for one in dossier.appointments if one.kept_at is None), None)
        if following is None or following is not dossier.appointments[0]:
            return appointment_after_hold(dossier, SUPPLEMENT_HOLD, at, calendar)
        day = (dossier.received_at or dossier.registered_at).date()
        rules = rows_for(self.site.appointments, dossier.procedure.code, dossier.procedure.field_name, day)
        minutes = self.settings_of(dossier).day_minutes
        anew = planned(rules, at, calendar, minutes, dossier.counting, dossier.cutoff)
        return anew[0].due_at if anew else None

    def completing(self, dossier: Dossier) -> tuple[ev.PaperReceived, ...]:
        """The papers that come with "everything is there": those asked for, and before the receipt all needed."""
        case = self.procedure_of(dossier).case(dossier.procedure.case)
        by_name = {name: line for line in case.requirements for name in (line.label, line.name, line.id)}
        asked = [by_name[item] for item in dossier.supplement_items if item in by_name]
        got = merge_papers(dossier.papers, tuple(map(received, asked)))
        needed = missing_papers(case, got) if dossier.received_at is None else ()
        return tuple(received(line) for line in (*asked, *needed))

    def due_after_supplement(self, dossier: Dossier, at: datetime) -> datetime | None:
        """The new date: counted again from zero, or moved by the pause, as the procedure sets it."""
        calendar = self.calendar(dossier.procedure.field_name)
        minutes = self.settings_of(dossier).day_minutes
        if self.restarts(dossier):
            return due_after_restart(dossier, at, calendar, minutes)
        return due_after_hold(dossier, SUPPLEMENT_HOLD, at, calendar, minutes)

    def restarts(self, dossier: Dossier) -> bool:
        """Whether the term of a dossier counts again from zero after a supplement (its procedure's setting)."""
        return self.procedure_of(dossier).on_supplement != "pause"

    def resolve(
        self,
        dossier: UUID | str,
        outcome: Literal["granted", "denied"] = "granted",
        number: str = "",
        note: str = "",
    ) -> Dossier:
        """The result is there; a dossier solved at the counter itself is taken into processing first."""
        found, moment = self.dossier(dossier), self.now
        hand_by = self._hand_by(found, moment)
        actions: list[ev.Action] = [ev.Resolve(outcome=outcome, number=number, note=note, hand_by=hand_by)]
        if found.state is State.ACCEPTED:
            if not held_by(found, acting(found, ev.Resolve, self.actor).unit):
                raise self.naming_holder(found, actions[0], Refused("Hồ sơ do đơn vị khác giữ.", "holder"))
            actions.insert(0, ev.Forward(to_unit=found.holder_unit, to_officer=self.officer.id, paper=False))
        elif found.coming_to == self.officer.unit:
            actions.insert(0, ev.AcceptHandover())
        return self.act_all([(found.id, actions)], at=moment)[0]

    def _hand_by(self, dossier: Dossier, at: datetime) -> datetime | None:
        """By when a result of this moment is to be handed over; None where the place sets no time."""
        field = dossier.procedure.field_name
        rules = rows_for(self.site.result_limits, dossier.procedure.code, field, at.date())
        if not rules:
            return None
        minutes = self.settings_of(dossier).day_minutes
        return step_due(at, rules[0].limit, self.calendar(field), dossier.counting, minutes)

    def return_result(
        self,
        dossier: UUID | str,
        *,
        collector: PersonInput | None = None,
        authorisation: str = "",
        method: ev.Delivery = ev.Delivery.COUNTER,
        receipt_lost: bool = False,
        signature: str = "",
        rating: int | None = None,
        note: str = "",
    ) -> Dossier:
        """Hand the result over (Decree 118/2025, art. 22); who collected it is recorded."""
        found = self.dossier(dossier)
        person = None
        if collector is not None:
            person = self.new_person(checked_person(collector, self.now.date(), "người nhận thay"))
        action = ev.Return(
            collector=person.ref() if person else None,
            authorisation=authorisation,
            method=method,
            receipt_lost=receipt_lost,
            signature=signature,
            rating=rating,
            note=note,
        )
        people = (person,) if person else ()
        arriving = found.state is State.DONE and found.coming_to == self.officer.unit
        actions: list[ev.Action] = [ev.AcceptHandover(), action] if arriving else [action]
        return self.act_all([(found.id, actions)], *people)[0]

    def withdraw(self, dossier: UUID | str, reason: str) -> Dossier:
        """The applicant takes the dossier back."""
        return self.act(dossier, ev.Withdraw(reason=reason))

    def note(self, dossier: UUID | str, text: str) -> Dossier:
        """Add a remark to the history."""
        if not text.strip():
            raise Refused("Ghi chú đang trống: hãy nhập nội dung.", "text")
        return self.act(dossier, ev.AddNote(text=text.strip()))

    def undo(self, dossier: UUID | str) -> Dossier:
        """Take the last action on this dossier back, while the grace period lasts."""
        return self.undo_all([dossier])[0]

    def undo_all(self, stack: Iterable[UUID | str]) -> list[Dossier]:
        """Take the last action on each of these dossiers back, all or none (a handover slip, for instance).

        Cash paid on a receipt that is taken back is given back with it.
        """
        moment, ids = self.now, [UUID(str(one)) for one in stack]

        def job(connection: Connection) -> list[Dossier]:
            found = [self.dossier(one) for one in ids]
            work = [(one.id, self.undoing(connection, one, moment)) for one in found]
            return self.act_in(connection, work, at=moment)

        return self.store.write(job)

    def _naming(self, dossier: UUID | str, refusal: Refused) -> Refused:
        try:
            code = self.dossier(dossier).code
        except Refused:
            code = str(dossier)
        return Refused(f"{code}: {refusal.reason}", refusal.code, **refusal.details)
