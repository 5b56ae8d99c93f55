"""What is typed on the intake screen, as values; the promised date and the fees in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tthc_tui.core.deadline import Deadline
from tthc_tui.core.duration import say_instant, say_limit, say_minutes
from tthc_tui.core.events import Appointment, Delivery, FeeCharge, PaperForm, PaperReceived
from tthc_tui.core.ledger import LineKind
from tthc_tui.core.people import PersonKind
from tthc_tui.core.procedure import Channel, Procedure
from tthc_tui.core.site_rules import rows_for
from tthc_tui.core.terms import planned
from tthc_tui.screens.help import Reading
from tthc_tui.screens.procedure_view import money
from tthc_tui.widgets.checklist import Checklist, PaperState

if TYPE_CHECKING:
    from tthc_tui.desk import Desk
    from tthc_tui.desk.intake_form import Intake, PersonInput


@dataclass(frozen=True)
class FeeChoice:
    """What the officer set about the fees: the lines, a waiver, whether they are paid now in cash."""

    fees: tuple[FeeCharge, ...]
    exemption: str = ""
    exemption_name: str = ""
    ground: str = ""
    paid: bool = False

    @property
    def of_intake(self) -> dict[str, Any]:
        """The same as fields of an intake."""
        fees = tuple(fee.model_copy(update={"paid": self.paid and bool(fee.amount)}) for fee in self.fees)
        return {"fees": fees, "exemption": self.exemption, "exemption_ground": self.ground}


@dataclass(frozen=True)
class Draft:
    """One intake as it was typed; `agent` is None where the applicant came in person."""

    procedure: str = ""
    case: str = ""
    applicant: Mapping[str, str] = field(default_factory=dict)
    agent: Mapping[str, str] | None = None
    authorisation: str = ""
    papers: Mapping[str, PaperState] = field(default_factory=dict)
    channel: str = "direct"
    delivery: str = "counter"
    send_to: str = ""
    sets: str = "1"
    fees: FeeChoice | None = None  # None: as the tariff says, nothing taken yet
    demanded: Mapping[str, str] = field(default_factory=dict)  # line a database replaces → why it is demanded

    def intake(self, papers: tuple[PaperReceived, ...]) -> Intake:
        """The same as the desk takes it; the desk checks every value."""
        from tthc_tui.desk.intake_form import Intake

        return Intake(
            procedure=self.procedure,
            case=self.case,
            applicant=_person(self.applicant),
            agent=_person(self.agent) if self.agent is not None else None,
            authorisation=self.authorisation,
            channel=Channel(self.channel),
            papers=papers,
            sets=int(self.sets or 1),
            delivery=Delivery(self.delivery),
            delivery_address=self.send_to if self.delivery == "post" else "",
            **(self.fees.of_intake if self.fees else {}),
        )


def _person(values: Mapping[str, str]) -> PersonInput:
    from tthc_tui.desk.intake_form import PersonInput

    texts = {name: value for name, value in values.items() if name != "kind"}
    return PersonInput(**texts, kind=PersonKind(int(values.get("kind") or 1)))


def papers_of(checklist: Checklist, demanded: Mapping[str, str] | None = None) -> tuple[PaperReceived, ...]:
    """What was handed in, and what a database replaces (Resolution 66.7/2025/NQ-CP).

    `demanded`: lines that were demanded all the same, with the reason.
    """
    papers = []
    for line in checklist.lines:
        state = checklist.state()[line.id]
        reason = (demanded or {}).get(line.id, "")
        if line.kind != "note" and line.database and reason:
            papers.append(PaperReceived(requirement=line.id, name=line.label, demanded=reason))
        elif line.kind != "note" and line.database:
            papers.append(PaperReceived(requirement=line.id, name=line.label, form=PaperForm.LOOKED_UP))
        elif state.ticked:
            papers.append(
                PaperReceived(requirement=line.id, name=line.label, form=state.form, count=state.count)
            )
    return tuple(papers)


@dataclass(frozen=True)
class DueView:
    """The promise for a receipt at `now`, and what it costs."""

    now: datetime
    deadline: Deadline | None
    fees: tuple[FeeCharge, ...]
    cutoff: str = ""
    appointments: tuple[Appointment, ...] = ()


def read_due(desk: Desk, procedure: Procedure, case: str, channel: Channel) -> DueView:
    """Count the promise; runs in a thread."""
    cutoff = procedure.cutoff_for(procedure.case(case))
    words = f"nhận trước {cutoff.at:%H:%M}" if cutoff.at else ""
    now = desk.now
    rules = rows_for(desk.site.appointments, procedure.code, procedure.field_name, now.date())
    settings, calendar = desk.site.settings, desk.calendar(procedure.field_name)
    visits = planned(rules, now, calendar, settings.day_minutes, settings.counting, cutoff)
    return DueView(now, desk.deadline(procedure, case, channel), desk.fees(procedure, channel), words, visits)


def visit_words(due: DueView) -> str:
    """The planned appointments: "hẹn lần 1 (kiểm tra thực địa) 08:42 thứ Năm 26/11, lần 2 hẹn khi xong lần 1"."""
    parts = []
    for one in due.appointments:
        purpose = f" ({one.purpose})" if one.purpose else ""
        when = say_instant(one.due_at, due.now) if one.due_at else f"hẹn khi xong lần {one.number - 1}"
        parts.append(f"lần {one.number}{purpose} {when}")
    return "hẹn làm việc " + ", ".join(parts) if parts else ""


def due_words(due: DueView) -> str:
    """Hẹn trả 16:30 hôm nay 24/11 (nhận trước 15:00: trong ngày)."""
    deadline = due.deadline
    if deadline is None or deadline.due_at is None:
        return "Hẹn trả  chưa có thời hạn được công bố: thỏa thuận với người nộp"
    late = [line.text for line in deadline.lines if line.kind is LineKind.STARTS]
    why = late[0] if late else due.cutoff
    limit = say_limit(deadline.limit)
    return f"Hẹn trả  {say_instant(deadline.due_at, due.now)}  ({f'{why}: {limit}' if why else limit})"


def fee_line(due: DueView, chosen: FeeChoice | None = None) -> str:
    """The charges and their sum, as chosen or by the tariff; a charge without a figure is not called free."""
    fees = chosen.fees if chosen else due.fees
    if not fees:
        return "Phí, lệ phí  không thu" if chosen else "Phí, lệ phí  nguồn không ghi"
    parts = []
    for fee in fees:
        amount = (
            money(fee.amount) if fee.amount else "miễn" if fee.note == "miễn" else f"chưa có mức ({fee.note})"
        )
        parts.append(f"{fee.name} {amount}" + (f" ({fee.note})" if fee.amount and fee.note else ""))
    if chosen is not None:
        waived = chosen.exemption_name or chosen.ground
        parts += [f"miễn, giảm: {waived}"] if waived else []
        parts += ["thu ngay tiền mặt" if chosen.paid else "thu sau"]
    return " · ".join(parts)


def explained(due: DueView) -> Reading:
    """The ledger behind the promise, line by line."""
    if due.deadline is None:
        return Reading("Ngày hẹn trả", "Thủ tục này không công bố thời hạn nên không tính được ngày hẹn trả.")
    return Reading("Ngày hẹn trả được tính thế nào", ledger_text(due.deadline))


def ledger_text(deadline: Deadline) -> str:
    """The ledger as lines of text: what, how much was counted, by which rule."""
    lines = []
    for line in deadline.explain():
        counted = int(line.counted.total_seconds() // 60)
        amount = f"  (+{say_minutes(counted, deadline.day_minutes)})" if counted else ""
        lines.append(f"{line.text}{amount}" + (f"  – {line.rule}" if line.rule else ""))
    return "\n".join(lines)
