"""What happens after the receipt: forwarding, supplements, results, taking back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import LimitUnit
from tthc_tui.core.states import State
from tthc_tui.desk.intake import SUPPLEMENT_BOOK, IntakeDesk
from tthc_tui.desk.intake_form import PersonInput, checked_person
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
        if self.site.unit_named(to_unit) is None:
            raise Refused(f"Không có đơn vị “{to_unit}” trong danh mục: hãy chọn đơn vị khác.", "unit")
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
    ) -> Dossier:
        """Ask for everything that is missing, in one slip (Mẫu 02); the clock stops."""
        moment = self.now

        def job(connection: Connection) -> Dossier:
            action = ev.RequestSupplement(
                items=tuple(item for item in items if item.strip()),
                reason=reason,
                again_reason=again_reason,
                until=until,
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
        due = self.due_after_supplement(found, self.now)
        return self.act(found.id, ev.Supplement(papers=papers, due_at=due, note=note))

    def due_after_supplement(self, dossier: Dossier, at: datetime) -> datetime | None:
        """The new date: counted again from zero, or moved by the pause, as the procedure sets it."""
        if dossier.due_at is None or dossier.paused_at is None:
            return dossier.due_at
        procedure = self.procedure_of(dossier)
        calendar = self.calendar(dossier.procedure.field_name)
        if procedure.on_supplement == "pause":
            if dossier.limit and dossier.limit.unit in (LimitUnit.DAY, LimitUnit.MONTH):
                return dossier.due_at + (vietnam_time(at) - vietnam_time(dossier.paused_at))
            left = calendar.minutes_between(dossier.paused_at, dossier.due_at)
            return calendar.add_minutes(at, left)
        deadline = self.deadline(procedure, dossier.procedure.case, dossier.channel, at)
        return deadline.due_at if deadline else dossier.due_at

    def resolve(
        self,
        dossier: UUID | str,
        outcome: Literal["granted", "denied"] = "granted",
        number: str = "",
        note: str = "",
    ) -> Dossier:
        """The result is there; a dossier solved at the counter itself is taken into processing first."""
        found = self.dossier(dossier)
        actions: list[ev.Action] = [ev.Resolve(outcome=outcome, number=number, note=note)]
        if found.state is State.ACCEPTED:
            actions.insert(0, ev.Forward(to_unit=found.holder_unit, to_officer=self.officer.id, paper=False))
        elif found.coming_to == self.officer.unit:
            actions.insert(0, ev.AcceptHandover())
        return self.act_all([(found.id, actions)])[0]

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
        return self.act_all([(found.id, [action])], *people)[0]

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
        found = self.dossier(dossier)
        return self.act(
            found.id, ev.Undo(event=found.last_event, grace_seconds=self.site.settings.undo_seconds)
        )

    def _naming(self, dossier: UUID | str, refusal: Refused) -> Refused:
        try:
            code = self.dossier(dossier).code
        except Refused:
            code = str(dossier)
        return Refused(f"{code}: {refusal.reason}", refusal.code)
