"""The forms of what comes after the receipt: Mẫu 04–07, payments given and given back, the cash sheet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk.lists import DossierDetail
from tthc_tui.desk.money import MoneyDesk
from tthc_tui.desk.papers import letterhead, wording_of
from tthc_tui.store import dossiers

if TYPE_CHECKING:
    from tthc_tui.printing.document import Document
    from tthc_tui.printing.lists import ControlStep

APOLOGY, STOP, CONTROL = "mau-04", "mau-05", "mau-06"
CERTIFICATION, FEE_SLIP, REFUND_SLIP = "chung-thuc", "phieu-thu", "phieu-chi"
REGISTER_MOST = 5_000


class LaterPapersDesk(MoneyDesk):
    """Every official form the counter prints beside Mẫu 01–03 and the handover slip."""

    def document(self, dossier: UUID | str, form: str = "") -> Document:
        """The filled form of a dossier; without `form`, the one its state calls for."""
        builders = {
            APOLOGY: self._apology,
            STOP: self._stop,
            CONTROL: self._control,
            FEE_SLIP: self._fee_slip,
            REFUND_SLIP: self._refund_slip,
        }
        wanted = form or self.form_of(self.dossier(dossier))
        if wanted not in builders:
            return super().document(dossier, wanted)
        return builders[wanted](self.detail(dossier))

    def form_of(self, dossier: Dossier) -> str:
        """The form that goes with the present state; a stopped or closed dossier has its notice."""
        closed = dossier.state is State.STOPPED or (bool(dossier.closing) and not dossier.open)
        return STOP if closed else super().form_of(dossier)

    def forms_of(self, dossier: Dossier) -> list[str]:
        """The forms that can be printed for a dossier now, the most likely first."""
        forms = [self.form_of(dossier)]
        if dossier.received_at is not None:
            forms += ["mau-01", CONTROL]
        forms += ["mau-02"] if dossier.supplements else []
        forms += [APOLOGY] if dossier.extended else []
        forms += [FEE_SLIP] if any(one.amount > 0 for one in dossier.payments) else []
        forms += [REFUND_SLIP] if any(one.amount < 0 for one in dossier.payments) else []
        return list(dict.fromkeys(forms))

    def _apology(self, detail: DossierDetail) -> Document:
        from tthc_tui.printing.slips import ApologyData, apology_document

        dossier, event = detail.dossier, self._last(detail.dossier.id, ev.Extended)
        if dossier.received_at is None or dossier.extended_from is None:
            raise Refused("Hồ sơ này chưa hẹn lại ngày trả.", "form")
        site = self.worded(detail, APOLOGY)
        data = ApologyData(
            **self._signed_by_head(detail, APOLOGY, event.number),
            body=site.unit_name(dossier.handling_unit or dossier.holder_unit),
            received_at=vietnam_time(dossier.received_at),
            due_at=vietnam_time(dossier.extended_from),
            reason=event.reason,
            new_due_at=vietnam_time(event.due_at),
            head=site.officer_name(event.signed_by),
        )
        return apology_document(data, wording_of(site))

    def _signed_by_head(self, detail: DossierDetail, form: str, number: int) -> dict[str, Any]:
        """What all forms share, for one that no officer of the counter signs."""
        shared = self._shared(detail, form, number)
        del shared["officer"]
        return shared

    def _stop(self, detail: DossierDetail) -> Document:
        from tthc_tui.printing.slips import StopData, stop_document

        dossier = detail.dossier
        events = self.history(dossier.id)
        undone = dossiers.undone(events)
        ended = [e for e in events if isinstance(e, ev.Stopped | ev.Closed) and e.id not in undone]
        if not ended or dossier.closed_at is None:
            raise Refused("Hồ sơ này không bị dừng hay đóng.", "form")
        event = ended[-1]
        stopped = event if isinstance(event, ev.Stopped) else None
        site = self.worded(detail, STOP)
        data = StopData(
            **self._signed_by_head(detail, STOP, event.number),
            body=site.unit_name(dossier.handling_unit or dossier.holder_unit),
            received_at=vietnam_time(dossier.received_at or dossier.registered_at),
            requested_at=vietnam_time(stopped.requested_at if stopped else event.at),
            stopped_at=vietnam_time(event.at),
            reason=event.reason,
            returned=stopped.returned if stopped else "",
            head=site.officer_name(stopped.signed_by) if stopped else "",
        )
        return stop_document(data, wording_of(site))

    def _control(self, detail: DossierDetail) -> Document:
        from tthc_tui.printing.lists import ControlData, control_document

        dossier, site = detail.dossier, self.worded(detail, CONTROL)
        if dossier.received_at is None:
            raise Refused("Hồ sơ chưa được tiếp nhận nên chưa có phiếu kiểm soát.", "form")
        shared = self._shared(detail, CONTROL, dossier.number)
        for name in ("applicant", "content", "officer"):
            del shared[name]
        partners = dict.fromkeys(site.unit_name(one.unit) for one in dossier.consultations)
        data = ControlData(
            **shared,
            body=site.unit_name(dossier.handling_unit or dossier.holder_unit),
            partners="; ".join(partners),
            received_at=vietnam_time(dossier.received_at),
            due_at=dossier.due_at and vietnam_time(dossier.due_at),
            steps=tuple(self._control_steps(dossier)),
        )
        return control_document(data, wording_of(site))

    def _control_steps(self, dossier: Dossier) -> list[ControlStep]:
        """Each passing-on of the dossier, undone ones left out; the receiver's words on being in time."""
        from tthc_tui.printing.lists import ControlStep

        events = self.history(dossier.id)
        undone = dossiers.undone(events)
        steps: list[ControlStep] = []
        handed = any(isinstance(event, ev.ResultHanded) and event.id not in undone for event in events)
        sent: ev.Forwarded | ev.ResultHanded | None = None
        for event in events:
            if event.id in undone:
                continue
            if isinstance(event, ev.Forwarded | ev.ResultHanded):
                sent = event
            elif isinstance(event, ev.HandoverAccepted) and sent is not None:
                steps.append(self._passed(sent, event.at, event.officer, self._in_time(dossier, event.at)))
                sent = None
            elif isinstance(event, ev.Resolved) and not handed:
                site = self.site_on(event.at)
                steps.append(
                    ControlStep(
                        from_unit=site.unit_name(event.unit),
                        to_unit=site.unit_name(dossier.receiving_unit),
                        at=vietnam_time(event.at),
                        giver=site.officer_name(event.officer),
                        outcome=self._in_time(dossier, event.at),
                        note=event.number,
                    )
                )
        if sent is not None and dossier.coming_to:
            steps.append(self._passed(sent, sent.at, "", ""))
        return steps

    def _passed(
        self, sent: ev.Forwarded | ev.ResultHanded, at: datetime, receiver: str, outcome: str
    ) -> ControlStep:
        from tthc_tui.printing.lists import ControlStep

        site = self.site_on(sent.at)
        return ControlStep(
            from_unit=site.unit_name(sent.unit),
            to_unit=site.unit_name(sent.to_unit),
            at=vietnam_time(at),
            giver=site.officer_name(sent.officer),
            receiver=self.site_on(at).officer_name(receiver) if receiver else "",
            outcome=outcome,
            note=sent.note,
        )

    def _in_time(self, dossier: Dossier, at: datetime) -> str:
        """trước hạn, đúng hạn, quá hạn: by the day, as provinces count them (law.md §6)."""
        if dossier.due_at is None:
            return ""
        day, due = vietnam_time(at).date(), vietnam_time(dossier.due_at).date()
        return "trước hạn" if day < due else "đúng hạn" if day == due else "quá hạn"

    def _fee_slip(self, detail: DossierDetail) -> Document:
        """The slip (phiếu thu) of the last payment."""
        from tthc_tui.printing.slips import FeeLine, FeeSlipData, Party, fee_document

        dossier = detail.dossier
        found = [one for one in dossier.payments if one.amount > 0]
        if not found:
            raise Refused("Hồ sơ này chưa có khoản thu nào.", "form")
        last = found[-1]
        site = self.site_on(last.at)
        paid: dict[str, Any] = {
            "number": last.number,
            "issued_at": last.at,
            "letterhead": letterhead(site),
            "officer": site.officer_name(last.officer),
        }
        if last.payer:
            paid["applicant"] = Party(name=last.payer)  # the money came from somebody else
        data = FeeSlipData(
            **{**self._shared(detail, FEE_SLIP, 0), **paid},
            fees=(FeeLine(name=last.item, amount=last.amount),),
            method=last.method.label,
            reference=last.reference,
        )
        return fee_document(data, wording_of(site))

    def _refund_slip(self, detail: DossierDetail) -> Document:
        """The slip (phiếu chi) of the last money given back."""
        from tthc_tui.printing.slips import RefundSlipData, refund_document

        if not any(one.amount < 0 for one in detail.dossier.payments):
            raise Refused("Hồ sơ này chưa hoàn khoản nào.", "form")
        event, site = self._last(detail.dossier.id, ev.FeeRefunded), self.worded(detail, REFUND_SLIP)
        returned = {"number": event.number, "officer": site.officer_name(event.officer)}
        data = RefundSlipData(
            **{**self._shared(detail, REFUND_SLIP, 0), **returned},
            amount=event.amount,
            reason=event.reason,
            of=event.of,
            method=event.method.label,
            reference=event.reference,
        )
        return refund_document(data, wording_of(site))

    def register_document(self, since: datetime, until: datetime, field: str = "") -> Document:
        """Mẫu 07, the register of a period, of one lĩnh vực or all (Circular 03/2025/TT-VPCP).

        Refused where there are more dossiers than one book takes: a register is never cut.
        """
        from tthc_tui.printing.lists import RegisterData, RegisterEntry, register_document

        query = DossierQuery(field=field, received_from=since, received_to=until, limit=REGISTER_MOST + 1)
        found = self.lines(self.find(query))
        if len(found) > REGISTER_MOST:
            raise Refused(
                f"Khoảng này có hơn {REGISTER_MOST} hồ sơ: hãy chia sổ theo lĩnh vực hoặc theo khoảng ngày ngắn hơn.",
                "many",
            )
        entries = []
        for line in sorted(found, key=lambda line: (line.received_at, line.code)):
            detail = self.detail(line.id)
            dossier, person = detail.dossier, detail.applicant
            if dossier.received_at is None or dossier.voided:
                continue
            delivery, signed = self._taken(detail)
            contact = ", ".join(filter(None, (person.address, person.phone))) if person else ""
            entries.append(
                RegisterEntry(
                    code=dossier.code,
                    procedure=dossier.procedure.name,
                    applicant=person.name if person else "(đã xóa dữ liệu cá nhân)",
                    contact=contact,
                    body=self.site.unit_name(dossier.handling_unit or dossier.receiving_unit),
                    received_at=vietnam_time(dossier.received_at),
                    due_at=dossier.due_at and vietnam_time(dossier.due_at),
                    returned_at=dossier.returned_at and vietnam_time(dossier.returned_at),
                    delivery=delivery,
                    signed=signed,
                )
            )
        data = RegisterData(
            letterhead=letterhead(self.site),
            issued_at=self.now,
            number=self.site.settings.book_number,
            field=field,
            period=f"từ {vietnam_time(since):%d/%m/%Y} đến {vietnam_time(until):%d/%m/%Y}",
            entries=tuple(entries),
        )
        return register_document(data, wording_of(self.site))

    def _taken(self, detail: DossierDetail) -> tuple[str, str]:
        """How the result goes or went out, and who took it: the way asked for until it is returned."""
        dossier = detail.dossier
        if dossier.returned_at is None:
            return dossier.delivery.label, ""
        event = self._last(dossier.id, ev.Returned)
        if event.collector is None:
            return event.method.label, event.signature or (detail.applicant.name if detail.applicant else "")
        with self.store.read() as connection:
            person = dossiers.get_person(connection, event.collector.id)
        name = person.name if person else "(đã xóa dữ liệu cá nhân)"
        return event.method.label, f"{event.signature or name} (nhận thay)"

    def cash_document(self, shift: str = "") -> Document:
        """Bảng kê thu phí, lệ phí cuối ca of a shift (the open one if none is named)."""
        from tthc_tui.printing.lists import CashData, CashRow, cash_document

        sheet = self.shift_sheet(shift)
        kept = sheet.shift
        site = self.site_on(kept.closed_at or self.now)
        data = CashData(
            letterhead=letterhead(site),
            issued_at=kept.closed_at or self.now,
            number=str(kept.number),
            counter=site.counter_name(kept.counter),
            officer=site.officer_name(kept.officer),
            shift_from=kept.opened_at,
            shift_to=kept.closed_at or self.now,
            rows=tuple(
                CashRow(
                    slip=row.payment.number,
                    code=row.code,
                    payer=row.payer,
                    item=row.payment.item,
                    method=row.payment.method.label,
                    amount=row.payment.amount,
                )
                for row in sheet.rows
            ),
            cash=ev.PayMethod.CASH.label,
            opening=kept.opening,
            counted=kept.counted,
            note=kept.note,
            checker=kept.checker,
        )
        return cash_document(data, wording_of(site))
