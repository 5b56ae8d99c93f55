"""Forms of dossiers: filling them from what is known, printing them, logging every print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.duration import say_limit
from tthc_tui.core.people import Person
from tthc_tui.core.site import Site
from tthc_tui.core.states import State
from tthc_tui.desk.lists import DossierDetail
from tthc_tui.desk.people import PeopleDesk
from tthc_tui.store import dossiers

if TYPE_CHECKING:
    from tthc_tui.printing.document import Document, Letterhead
    from tthc_tui.printing.forms import Forms
    from tthc_tui.printing.output import Delivery, Printer
    from tthc_tui.printing.slips import Party

E = TypeVar("E", bound=ev.Event)
RECEIPT, SUPPLEMENT, REJECTION = "mau-01", "mau-02", "mau-03"


@dataclass(frozen=True, slots=True)
class PrintJob:
    """What came of a print: the form, where it went, which reprint it was (0 = first)."""

    document: Document
    delivery: Delivery
    reprint: int


class PaperDesk(PeopleDesk):
    """The official forms."""

    def form_of(self, dossier: Dossier) -> str:
        """The form that goes with the present state: receipt, supplement slip or refusal slip."""
        if dossier.state is State.REJECTED and not dossier.closing:
            return REJECTION
        if dossier.state is State.SUPPLEMENT:
            return SUPPLEMENT
        return RECEIPT

    def document(self, dossier: UUID | str, form: str = "") -> Document:
        """The filled form of a dossier; without `form`, the one its state calls for."""
        detail = self.detail(dossier)
        wanted = form or self.form_of(detail.dossier)
        builders = {RECEIPT: self._receipt, SUPPLEMENT: self._supplement, REJECTION: self._rejection}
        if wanted not in builders:
            raise Refused(f"Không có biểu mẫu “{wanted}”.", "form")
        return builders[wanted](detail)

    def print_form(
        self, dossier: UUID | str, printer: Printer, folder: Path, form: str = "", copies: int | None = None
    ) -> PrintJob:
        """Render a form, keep it as a file, send it to the printer, log it; reprints are marked as such.

        A printer fault is told in `delivery.message`; the file is there all the same.
        """
        from tthc_tui.printing.output import print_document

        found = self.dossier(dossier)
        wanted = form or self.form_of(found)
        document = self.document(dossier, wanted)
        name = document.code or short_id(found.id)
        if copies:
            printer = printer.model_copy(update={"copies": copies})
        delivery = print_document(document, printer, folder, name=f"{wanted}-{name}")
        self.act(
            found.id,
            ev.Print(form=wanted, copies=copies or 2, reprint=document.reprint_no),
        )
        return PrintJob(document, delivery, document.reprint_no)

    def _shared(self, detail: DossierDetail, form: str, number: int) -> dict[str, Any]:
        dossier, issued = detail.dossier, self._issued(detail, form)
        site = self.worded(detail, form)
        return {
            "letterhead": letterhead(site),
            "issued_at": issued or self.now,
            "number": str(number or ""),
            "code": dossier.code,
            "short_id": short_id(dossier.id),
            "lookup_url": self.site.settings.lookup_url,  # a page that answers today
            "field_code": dossier.procedure.field_code,
            "field_name": dossier.procedure.field_name,
            "provisional": not dossier.code and dossier.received_at is not None,
            "reprint_no": self._reprints(dossier, form),
            "replaces": str(dossier.replaces or "") if form == RECEIPT else "",
            "applicant": _party(detail.applicant),
            "content": _content(dossier),
            "officer": site.officer_name(dossier.receiving_officer),
        }

    def _reprints(self, dossier: Dossier, form: str) -> int:
        """How often the paper at hand was printed: a newer slip of the same form begins anew."""
        kinds = _ISSUED_BY.get(form, ())
        if form == RECEIPT or not kinds:
            return dossier.prints.get(form, 0)  # a correction that makes a new receipt resets its count
        count, events = 0, self.history(dossier.id)
        undone = dossiers.undone(events)
        for event in events:
            if event.kind in kinds and event.id not in undone:
                count = 0
            elif isinstance(event, ev.Printed) and event.form == form:
                count += 1
        return count

    def _issued(self, detail: DossierDetail, form: str) -> datetime | None:
        """When the event that a form tells of happened, the last where there were several."""
        kinds = _ISSUED_BY.get(form, ())
        return next((i.at for i in reversed(detail.history) if i.kind in kinds and not i.undone), None)

    def worded(self, detail: DossierDetail, form: str) -> Site:
        """The site whose names and wording a paper bears: as it stood when the paper was issued.

        Printed again later, it says the same. A form that no event issues keeps the wording of its first print.
        """
        issued = self._issued(detail, form)
        if issued is None and detail.dossier.prints.get(form):
            prints = (event for event in self.history(detail.dossier.id) if isinstance(event, ev.Printed))
            issued = next((event.at for event in prints if event.form == form), None)
        return self.site_on(issued or self.now)

    def _receipt(self, detail: DossierDetail) -> Document:
        from tthc_tui.printing.slips import FeeLine, PaperLine, ReceiptData, receipt_document

        dossier = detail.dossier
        if dossier.received_at is None:
            raise Refused("Hồ sơ chưa được tiếp nhận nên chưa có giấy tiếp nhận.", "form")
        lines = {line.id: line for case in self.procedure_of(dossier).cases for line in case.requirements}
        papers = tuple(
            PaperLine(
                name=paper.name,
                form=str(paper.form),
                count=paper.count,
                database=lines[paper.requirement].database
                if paper.form is ev.PaperForm.LOOKED_UP and paper.requirement in lines
                else "",
            )
            for paper in dossier.papers
        )
        site = self.worded(detail, RECEIPT)
        data = ReceiptData(
            **self._shared(detail, RECEIPT, dossier.number),
            agent=_party(detail.agent) if detail.agent else None,
            authorisation=dossier.authorisation,
            papers=papers,
            sets=dossier.sets,
            limit=say_limit(dossier.limit) if dossier.limit else "",
            received_at=vietnam_time(dossier.received_at),
            due_at=dossier.due_at and vietnam_time(dossier.due_at),
            delivery=" – ".join(part for part in (dossier.delivery.label, dossier.delivery_address) if part),
            book=site.settings.book_number,
            serial=str(dossier.number or ""),
            fees=tuple(
                FeeLine(name=fee.name, amount=fee.amount or None, note=fee.note) for fee in dossier.fees
            ),
        )
        return receipt_document(data, wording_of(site))

    def _supplement(self, detail: DossierDetail) -> Document:
        from tthc_tui.printing.slips import SupplementData, supplement_document

        asked = self._last(detail.dossier.id, ev.SupplementRequested)
        site = self.worded(detail, SUPPLEMENT)
        data = SupplementData(
            **self._shared(detail, SUPPLEMENT, asked.number),
            items=asked.items,
            reason=". ".join(
                part.strip().rstrip(".")
                for part in (
                    asked.reason,
                    asked.again_reason and f"Phải yêu cầu bổ sung lần nữa vì: {asked.again_reason}",
                )
                if part
            ),
            until=asked.until and vietnam_time(asked.until),
            contact=site.officer_name(asked.officer),
            contact_phone=site.settings.receipt_phone,
        )
        return supplement_document(data, wording_of(site))

    def _rejection(self, detail: DossierDetail) -> Document:
        from tthc_tui.printing.slips import RefusalData, refusal_document

        refused = self._last(detail.dossier.id, ev.Rejected)
        data = RefusalData(
            **self._shared(detail, REJECTION, refused.number),
            agent=_party(detail.agent) if detail.agent else None,
            reason=refused.reason,
            basis=refused.ground,
        )
        return refusal_document(data, wording_of(self.worded(detail, REJECTION)))

    def _last(self, dossier: UUID, kind: type[E]) -> E:
        events = self.history(dossier)
        undone = dossiers.undone(events)  # an act that was taken back has no paper
        found = [event for event in events if isinstance(event, kind) and event.id not in undone]
        if not found:
            raise Refused("Hồ sơ này không có phiếu loại đó.", "form")
        return found[-1]


_ISSUED_BY = {
    RECEIPT: ("received", "accepted", "corrected"),
    SUPPLEMENT: ("supplement_requested",),
    REJECTION: ("rejected",),
    "mau-04": ("extended",),
    "mau-05": ("stopped", "closed"),
    "phieu-thu": ("fee_paid",),
    "phieu-chi": ("fee_refunded",),
    "chung-thuc": ("certified",),
}


def wording_of(site: Site) -> Forms:
    """The forms in the wording of a site as it stood on a day."""
    from tthc_tui.printing.forms import load_forms

    return load_forms(site.forms)


def letterhead(site: Site) -> Letterhead:
    """The head of its papers."""
    from tthc_tui.printing.document import Letterhead

    return Letterhead(
        parent=site.parent, centre=site.name, place=site.place, office=site.settings.form_office
    )


def _party(person: Person | None) -> Party:
    from tthc_tui.printing.slips import Party

    if person is None:
        return Party(name="(đã xóa dữ liệu cá nhân)")
    return Party(**{name: getattr(person, name) for name in Party.model_fields})


def _content(dossier: Dossier) -> str:
    case = dossier.procedure.case_name
    name = dossier.content or dossier.procedure.name
    return f"{name} ({case})" if case and case != "Thông thường" else name
