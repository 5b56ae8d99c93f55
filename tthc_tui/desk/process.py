"""The dossier inside the house: internal steps, assignment, co-operating units, pauses, chains of dossiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.clocks import ALERTS, ClockKind, alert_words
from tthc_tui.core.dated import in_force
from tthc_tui.core.deadline import at_risk_until, compute_deadline, end_of_today
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import Limit, LimitUnit
from tthc_tui.core.site import Officer
from tthc_tui.core.site_rules import PauseReason, StepRule, rows_for
from tthc_tui.core.states import State
from tthc_tui.core.terms import (
    appointment_after_hold,
    due_after_hold,
    earlier_step,
    next_step,
    step_due,
    step_due_after_hold,
)
from tthc_tui.core.views import DossierLine
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.desk.monitoring import MonitorDesk
from tthc_tui.store import dossiers, finding, law


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that should have been done for a dossier. `due_at` is aware; `text` says what, in Vietnamese."""

    kind: ClockKind
    line: DossierLine
    unit: str
    officer: str
    due_at: datetime
    key: str
    text: str


class ProcessDesk(MonitorDesk):
    """Steps, questions to other units, pauses, and the alerts of all clocks beside the promised date."""

    # --- internal steps ---

    def step_rules(self, dossier: Dossier) -> list[StepRule]:
        """The internal steps of a dossier: those that held on the day it was received."""
        day = (dossier.received_at or dossier.registered_at).date()
        return rows_for(self.site.steps, dossier.procedure.code, dossier.procedure.field_name, day)

    def follow_up(self, dossier: Dossier, action: ev.Action, at: datetime) -> list[ev.Action]:
        """The next internal step begins by itself where its unit holds the dossier; else it is sent there."""
        if not isinstance(action, ev.AcceptHandover | ev.FinishStep | ev.Forward):
            return []
        if dossier.state is not State.PROCESSING or dossier.coming_to or dossier.step is not None:
            return []
        rule = next_step(self.step_rules(dossier), dossier)
        if rule is None:
            return []
        if rule.unit not in ("", dossier.holder_unit):
            following = self.site.unit_named(rule.unit)
            if not isinstance(action, ev.FinishStep) or following is None or not following.holds(at.date()):
                return []  # to a unit that is no more, the dossier is sent by hand
            return [ev.Forward(to_unit=rule.unit, paper=False)]
        return [self._start(dossier, rule, at)]

    def _start(self, dossier: Dossier, rule: StepRule, at: datetime, officer: str = "") -> ev.StartStep:
        return ev.StartStep(
            step=rule.id,
            name=rule.name,
            to_unit=dossier.holder_unit,
            to_officer=officer or dossier.holder_officer,
            role=rule.role,
            budget=rule.budget,
            due_at=self._step_due(dossier, rule, at),
        )

    def _step_due(self, dossier: Dossier, rule: StepRule, at: datetime) -> datetime:
        return step_due(
            at,
            rule.budget,
            self.calendar(dossier.procedure.field_name),
            dossier.counting,
            self.settings_of(dossier).day_minutes,
        )

    def start_step(self, dossier: UUID | str, step: str = "", officer: str = "") -> Dossier:
        """Begin an internal step (the next one if none is named), for one officer if given."""
        found, moment = self.dossier(dossier), self.now
        if officer:
            self.check_officer(officer)
        rules = self.step_rules(found)
        rule = next((one for one in rules if one.id == step), None) if step else next_step(rules, found)
        if rule is None:
            raise Refused("Thủ tục này không còn bước nội bộ nào: hãy ghi kết quả.", "step")
        return self.act_all([(found.id, [self._start(found, rule, moment, officer)])], at=moment)[0]

    def finish_step(self, dossier: UUID | str, note: str = "") -> Dossier:
        """The running step is done; the next one begins here, or the dossier goes on to its unit."""
        found = self.dossier(dossier)
        if found.step is None:
            raise Refused("Hồ sơ không có bước nào đang làm.", "step")
        return self.act(found.id, ev.FinishStep(step=found.step.step, note=note))

    def return_step(self, dossier: UUID | str, to_step: str, reason: str) -> Dossier:
        """Send the running step back to an earlier one, which gets its whole budget anew."""
        found, moment = self.dossier(dossier), self.now
        if found.step is None:
            raise Refused("Hồ sơ không có bước nào đang làm.", "step")
        rule = earlier_step(self.step_rules(found), found, to_step)
        action = ev.ReturnStep(
            step=found.step.step,
            to_step=to_step,
            reason=reason.strip(),
            due_at=self._step_due(found, rule, moment),
        )
        return self.act_all([(found.id, [action])], at=moment)[0]

    def assign(self, dossier: UUID | str, officer: str, note: str = "") -> Dossier:
        """Give the dossier to one officer of the unit that holds it."""
        found = self.dossier(dossier)
        if officer not in {one.id for one in self.assignable(found)}:
            raise Refused("Cán bộ này không thuộc đơn vị đang giữ hồ sơ: hãy chọn lại.", "officer")
        return self.act(found.id, ev.Assign(to_officer=officer, note=note))

    def assignable(self, dossier: Dossier) -> list[Officer]:
        """The officers a dossier can be given to."""
        return [one for one in self.officers() if one.unit == dossier.holder_unit]

    # --- other units ---

    def consult(
        self, dossier: UUID | str, unit: str, question: str, *, days: int | Decimal | None = None
    ) -> Dossier:
        """Ask a co-operating unit; it works in parallel and has its own due time."""
        self.check_unit(unit)
        found, moment = self.dossier(dossier), self.now
        wanted = self.settings_of(found).consult_days if days is None else days
        action = ev.Consult(
            key=f"{len(found.consultations) + 1}-{self.new_id().hex[-6:]}",
            to_unit=unit,
            question=question.strip(),
            due_at=self.after_days(moment, wanted, found.procedure.field_name),
        )
        return self.act_all([(found.id, [action])], at=moment)[0]

    def answer_consult(
        self, dossier: UUID | str, key: str, answer: str, agrees: bool | None = None
    ) -> Dossier:
        """The co-operating unit's answer."""
        if not answer.strip():
            raise Refused("Nội dung trả lời đang trống: hãy nhập ý kiến.", "text")
        return self.act(dossier, ev.AnswerConsult(key=key, answer=answer.strip(), agrees=agrees))

    def receive_child(
        self,
        root: UUID | str,
        procedure: str,
        *,
        case: str = "",
        papers: tuple[ev.PaperReceived, ...] = (),
        handling_unit: str = "",
    ) -> Dossier:
        """Open a dossier of an inter-agency chain (liên thông): same applicant, own procedure and clock.

        It is linked to the first dossier of the chain and counted with it.
        """
        first = self.dossier(root)
        with self.store.read() as connection:
            person = dossiers.get_person(connection, first.applicant.id)
        if person is None:
            raise Refused("Dữ liệu cá nhân của hồ sơ gốc đã xóa: hãy tiếp nhận như hồ sơ mới.", "person")
        fields = {name: getattr(person, name) for name in PersonInput.model_fields}
        return self.receive(
            Intake(
                procedure=procedure,
                case=case,
                applicant=PersonInput(**fields),
                channel=first.channel,
                papers=papers,
                delivery=first.delivery,
                delivery_address=first.delivery_address,
                handling_unit=handling_unit,
                root=first.root or first.id,
            )
        )

    def chain(self, dossier: UUID | str) -> list[DossierLine]:
        """The dossiers of a chain beside its root, the first received first; empty where there is none."""
        found = self.dossier(dossier)
        with self.store.read() as connection:
            return finding.lines(connection, law.children(connection, found.root or found.id))

    # --- pauses and appointments ---

    def pause_reasons(self) -> list[PauseReason]:
        """The reasons for which the clock may stand still, as they hold today."""
        return in_force(self.site.pause_reasons, self.now.date())

    def pause(
        self, dossier: UUID | str, code: str, *, reason: str = "", until: datetime | None = None
    ) -> Dossier:
        """Stop the clock for a reason of the site's list; a financial duty also leads to state 6."""
        rule = next((one for one in self.pause_reasons() if one.id == code), None)
        if rule is None:
            raise Refused("Lý do tạm dừng không có trong danh mục của đơn vị: hãy chọn lại.", "reason")
        if until is not None and until <= self.now:
            raise Refused("Thời điểm dự kiến hết tạm dừng phải ở sau lúc này: hãy kiểm tra lại.", "until")
        text = f"{rule.name} ({reason.strip()})" if reason.strip() else rule.name
        return self.act(
            dossier,
            ev.Pause(code=code, reason=text, ground=rule.ground, payment=rule.payment, until=until),
        )

    def resume(self, dossier: UUID | str, code: str = "", note: str = "") -> Dossier:
        """The reason is gone: the new date is counted from the receipt with all pauses merged."""
        found, moment = self.dossier(dossier), self.now
        codes = [hold.code for hold in found.holds]
        wanted = code or (codes[0] if len(codes) == 1 else "")
        if not wanted:
            raise Refused(
                "Hồ sơ đang tạm dừng vì nhiều lý do: hãy chọn lý do đã hết."
                if codes
                else "Hồ sơ không bị tạm dừng.",
                "reason",
            )
        calendar, minutes = self.calendar(found.procedure.field_name), self.settings_of(found).day_minutes
        action = ev.Resume(
            code=wanted,
            due_at=due_after_hold(found, wanted, moment, calendar, minutes),
            recounted=self.calendar_moved(found) if len(codes) == 1 else None,
            step_due_at=step_due_after_hold(found, wanted, moment, calendar),
            appointment_due_at=appointment_after_hold(found, wanted, moment, calendar),
            note=note,
        )
        return self.act_all([(found.id, [action])], at=moment)[0]

    def keep_appointment(self, dossier: UUID | str, number: int, note: str = "") -> Dossier:
        """A planned appointment (hẹn lần 1, lần 2) took place; the next one gets its date."""
        found, moment = self.dossier(dossier), self.now
        day = (found.received_at or found.registered_at).date()
        rules = rows_for(self.site.appointments, found.procedure.code, found.procedure.field_name, day)
        following = next((rule for rule in rules if rule.number == number + 1), None)
        due = None
        if following is not None:
            due = step_due(
                moment,
                following.limit,
                self.calendar(found.procedure.field_name),
                found.counting,
                self.settings_of(found).day_minutes,
            )
        return self.act_all(
            [(found.id, [ev.KeepAppointment(number=number, next_due_at=due, note=note)])], at=moment
        )[0]

    # --- alerts ---

    def alert_times(self, at: datetime | None = None) -> dict[ClockKind, datetime]:
        """Before which instant each clock must be due to be an alert now."""
        now = at or self.now
        settings, calendar = self.site.settings, self.calendar()
        early = at_risk_until(calendar, now, settings.apology_days * settings.day_minutes)
        times = dict.fromkeys(ClockKind, now + timedelta(milliseconds=1))
        # "Chậm nhất 01 ngày trước ngày hết hạn" (law.md §1.3): the whole day that ends then counts.
        times[ClockKind.APOLOGY] = end_of_today(calendar, early)
        short = settings.apology_short_minutes
        times[ClockKind.APOLOGY_NOW] = at_risk_until(calendar, now, short)
        times[ClockKind.APPOINTMENT] = end_of_today(calendar, now)
        return times

    def alerts(
        self,
        kinds: Sequence[ClockKind] = (),
        *,
        unit: str = "",
        officer: str = "",
        at: datetime | None = None,
    ) -> list[Alert]:
        """What should have been done by now, the longest overdue first; all kinds when none is named."""
        now = at or self.now
        times = self.alert_times(now)
        until = {kind: times[kind] for kind in kinds or ALERTS}
        with self.store.read() as connection:
            found = law.alerts(connection, until, unit, officer)
            rows = list(dict.fromkeys(entry[4] for entry in found))
            lines = {line.row: line for line in finding.lines(connection, rows)}
        return [
            Alert(kind, lines[row], at_unit, who, due, key, alert_words(kind, due < now))
            for kind, key, at_unit, who, row, due in found
            if row in lines
        ]

    def alert_counts(self, *, unit: str = "", at: datetime | None = None) -> dict[ClockKind, int]:
        """How many alerts of each kind there are now."""
        with self.store.read() as connection:
            times = self.alert_times(at)
            return law.alert_counts(connection, {kind: times[kind] for kind in ALERTS}, unit)

    def new_due(self, dossier: Dossier, days: int | Decimal, start: datetime | None = None) -> datetime:
        """A date `days` working days after the promised one (or `start`): what an apology may propose."""
        limit = Limit(amount=Decimal(days), unit=LimitUnit.WORKING_DAY)
        begin = max(start or self.now, dossier.due_at or self.now)
        calendar, settings = self.calendar(dossier.procedure.field_name), self.settings_of(dossier)
        return compute_deadline(
            begin, limit, calendar, style=settings.counting, day_minutes=settings.day_minutes
        ).expected
