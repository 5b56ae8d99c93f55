"""Results on their way: handed to another unit or to the post with a numbered slip; what is certified."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import Site
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierLine, DossierQuery
from tthc_tui.desk.handover import HANDOVER, MOST_AT_ONCE, RESULTS, Passing
from tthc_tui.desk.later_papers import CERTIFICATION, LaterPapersDesk
from tthc_tui.desk.papers import PrintJob, letterhead, wording_of
from tthc_tui.store import dossiers, law, numbers, printed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tthc_tui.printing.document import Document
    from tthc_tui.printing.lists import ResultRow
    from tthc_tui.printing.output import Printer

RESULTS_BOOK = "ban-giao-kq"
POST_LIST = "ban-giao-bc"
STACKS = (HANDOVER, RESULTS, POST_LIST)
"""Slips that list several dossiers."""


class ResultsDesk(LaterPapersDesk):
    """Handing results over (phiếu bàn giao kết quả); the receiver confirms as with dossiers."""

    def results_waiting(self) -> list[DossierLine]:
        """Results that lie at this officer's unit although another one received the dossier, by code."""
        unit = self.officer.unit
        rows = self.find(DossierQuery(unit=unit, states=frozenset({State.DONE}), limit=2_000))
        away = [line for line in self.lines(rows) if not line.coming_to and line.receiving_unit != unit]
        return sorted(away, key=lambda line: line.code)

    def hand_results(
        self, stack: Sequence[UUID | str], to_unit: str = "", *, note: str = ""
    ) -> tuple[str, list[Dossier]]:
        """Hand results to a unit with one numbered slip, all or none; the slip's number and the dossiers.

        Without `to_unit` they go to the unit that received the first one. Refused, naming the dossier, where
        there is no result yet, it lies elsewhere, or it is on its way already.
        """
        ids = list(dict.fromkeys(str(dossier) for dossier in stack))
        if not ids:
            raise Refused("Chưa chọn kết quả nào để bàn giao.", "empty")
        if len(ids) > MOST_AT_ONCE:
            raise Refused(
                f"Một phiếu bàn giao có nhiều nhất {MOST_AT_ONCE} kết quả: hãy chia thành nhiều phiếu.",
                "many",
            )
        target = to_unit or self.dossier(ids[0]).receiving_unit
        self.check_unit(target)
        moment, here = self.now, self.officer.unit

        def job(connection: Connection) -> tuple[str, list[Dossier]]:
            number = numbers.next_number(connection, RESULTS_BOOK, moment.year)
            slip = f"KQ-{number:04d}/{moment.year}"
            action = ev.HandResult(to_unit=target, slip=slip, note=note.strip())
            done = []
            for dossier in ids:
                try:
                    found = dossiers.load(connection, UUID(dossier))
                    if found is not None and found.state is State.DONE and found.holder_unit != here:
                        where = self.site.unit_name(found.holder_unit)
                        raise Refused(f"kết quả đang ở {where}, không phải đơn vị bạn.", "unit")
                    done += self.act_in(connection, [(UUID(dossier), [action])], at=moment)
                except Refused as refusal:
                    raise self._naming(dossier, refusal) from refusal
            return slip, done

        return self.store.write(job)

    # --- the slips ---

    def document(self, dossier: UUID | str, form: str = "") -> Document:
        """The filled form of a dossier; without `form`, the one its state calls for."""
        if form == RESULTS:
            return self.results_slip(dossier)
        if form == HANDOVER:
            return self.handover_document(dossier)
        if form == CERTIFICATION:
            return self.certification_slip(dossier)
        if form == POST_LIST:
            return self.post_list(dossier)
        return super().document(dossier, form)

    def forms_of(self, dossier: Dossier) -> list[str]:
        """The forms that can be printed for a dossier now, the most likely first."""
        forms = super().forms_of(dossier)
        forms += [CERTIFICATION] if dossier.certified else []
        kinds = {type(event) for event in self.history(dossier.id)} if dossier.slip else set()
        forms += [HANDOVER] if ev.Forwarded in kinds else []
        forms += [RESULTS] if ev.ResultHanded in kinds else []
        forms += [POST_LIST] if any(sending.slip for sending in dossier.sendings) else []
        return forms

    def results_slip(self, dossier: UUID | str, slip: str = "") -> Document:
        """The slip this result was handed over with, listing the whole stack; `slip` picks an earlier one."""
        first = self.passing(dossier, ev.ResultHanded, slip)
        site = self.site_on(first.at)
        return self._results_list(
            site,
            [self._result_row(member) for member in self.stack_of(first)],
            slip=first.slip,
            reprint_no=self.printed_with(first, RESULTS),
            issued_at=vietnam_time(first.at),
            from_unit=site.unit_name(first.unit),
            to_unit=site.unit_name(first.to_unit),
            giver=site.officer_name(first.officer),
            receiver=self.taken_by(dossier, first),
        )

    def post_list(self, dossier: UUID | str, slip: str = "") -> Document:
        """The list this result was last given to the post with, marked where it was printed before."""
        sending = self._sending(dossier, slip)
        stack, site = self.stack_of(sending), self.site_on(sending.at)
        sent = {one.id: next(item for item in one.sendings if item.slip == sending.slip) for one in stack}
        return self._results_list(
            site,
            [self._result_row(member, f", bưu gửi {sent[member.id].number}") for member in stack],
            slip=sending.slip,
            reprint_no=self.printed_with(sending, POST_LIST),
            issued_at=vietnam_time(sending.at),
            from_unit=site.unit_name(sending.unit),
            to_unit=sending.carrier or site.settings.post_carrier,
            giver=site.officer_name(sending.officer),
        )

    def _sending(self, dossier: UUID | str, slip: str) -> ev.PostSent:
        sent = [event for event in self.history(dossier) if isinstance(event, ev.PostSent)]
        found = [event for event in sent if event.slip and slip in ("", event.slip)]
        if not found:
            raise Refused("Kết quả hồ sơ này chưa giao bưu chính bằng danh sách nào.", "slip")
        return found[-1]

    def _result_row(self, dossier: Dossier, more: str = "") -> ResultRow:
        from tthc_tui.printing.lists import ResultRow

        with self.store.read() as connection:
            person = dossiers.get_person(connection, dossier.applicant.id)
        outcome = {"granted": "có kết quả", "denied": "văn bản từ chối"}.get(dossier.outcome, "")
        return ResultRow(
            code=dossier.code,
            content=dossier.procedure.name,
            result=outcome + more,
            applicant=person.name if person else "(đã xóa dữ liệu cá nhân)",
            address=dossier.delivery_address or (person.address if person else ""),
            fee=self.account(dossier).owed > 0,
            postal=bool(more) or dossier.delivery is ev.Delivery.POST,
        )

    def _results_list(
        self, site: Site, rows: Sequence[ResultRow], *, slip: str, issued_at: Any, **parts: Any
    ) -> Document:
        from tthc_tui.printing.lists import ResultsData, results_document

        data = ResultsData(
            letterhead=letterhead(site),
            issued_at=issued_at,
            number=slip.partition("/")[0],
            code=f"BG-{slip}",
            handed_at=issued_at,
            rows=tuple(rows),
            **parts,
        )
        return results_document(data, wording_of(site))

    # --- certification ---

    def certify(self, dossier: UUID | str, papers: Sequence[ev.CertifiedPaper]) -> Dossier:
        """Keep what is to be certified; the slip (phiếu chứng thực) is printed from it."""
        if not papers:
            raise Refused("Phiếu chứng thực phải có ít nhất một giấy tờ.", "papers")
        found = self.dossier(dossier)
        if found.received_at is None:
            raise Refused("Hồ sơ chưa được tiếp nhận nên chưa có phiếu chứng thực.", "form")
        return self.act(found.id, ev.Certify(papers=tuple(papers)))

    def certification_slip(self, dossier: UUID | str) -> Document:
        """Phiếu chứng thực: what is to be certified, pages, copies and fees."""
        from tthc_tui.printing.slips import CertificationData, CertificationRow, certification_document

        detail = self.detail(dossier)
        if not detail.dossier.certified:
            raise Refused("Hồ sơ này chưa có phiếu chứng thực: hãy ghi giấy tờ cần chứng thực trước.", "form")
        data = CertificationData(
            **self._shared(detail, CERTIFICATION, detail.dossier.number),
            rows=tuple(CertificationRow(**paper.model_dump()) for paper in detail.dossier.certified),
            due_at=detail.dossier.due_at and vietnam_time(detail.dossier.due_at),
        )
        return certification_document(data, wording_of(self.worded(detail, CERTIFICATION)))

    # --- prints ---

    def first_of(self, dossier: UUID | str, form: str) -> Passing:
        """The handing-over that the slip of a stack belongs to."""
        if form == POST_LIST:
            return self._sending(dossier, "")
        if form == RESULTS:
            return self.passing(dossier, ev.ResultHanded)
        return self.passing(dossier, ev.Forwarded)

    def print_passing(
        self, dossier: UUID | str, printer: Printer, folder: Path, form: str = HANDOVER
    ) -> PrintJob:
        """Print the slip of a stack, keep it as a file, log it with every dossier of the stack."""
        from tthc_tui.printing.output import print_document

        document = self.document(dossier, form)
        slip = self.first_of(dossier, form).slip
        delivery = print_document(document, printer, folder, name=f"{form}-{slip}")
        self.log_print(dossier, form, document)
        return PrintJob(document, delivery, document.reprint_no)

    def print_form(
        self, dossier: UUID | str, printer: Printer, folder: Path, form: str = "", copies: int | None = None
    ) -> PrintJob:
        """Print a form of a dossier and log it; a slip of a whole stack is logged with every dossier of it."""
        if form in STACKS:
            return self.print_passing(dossier, printer, folder, form)
        return super().print_form(dossier, printer, folder, form, copies)

    def log_print(self, dossier: UUID | str, form: str, document: Document) -> None:
        """Keep that a form was given out as a file, with every dossier it belongs to."""
        first = self.first_of(dossier, form) if form in STACKS else None
        log = ev.Print(form=form, reprint=document.reprint_no, slip=first.slip if first else "")
        stack = self.stack_of(first) if first else [self.dossier(dossier)]
        self.act_all([(member.id, [log]) for member in stack])

    def sheet(self, document: Document, form: str, key: str) -> Document:
        """A form of no single dossier (register, cash sheet), marked where it was printed before."""
        with self.store.read() as connection:
            return document.model_copy(update={"reprint_no": printed.times(connection, form, key)})

    def log_sheet(self, document: Document, form: str, key: str) -> None:
        """Keep that such a form was printed: when, by whom, which print."""
        at, officer, again = law.millis(self.now), self.officer.id, document.reprint_no
        self.store.write(lambda connection: printed.add(connection, form, key, at, officer, again))

    def print_sheet(
        self, document: Document, printer: Printer, folder: Path, name: str, form: str, key: str
    ) -> PrintJob:
        """Print a form of no single dossier, keep it as a file, log it; reprints are marked as such."""
        from tthc_tui.printing.output import print_document

        marked = self.sheet(document, form, key)
        delivery = print_document(marked, printer, folder, name=name)
        self.log_sheet(marked, form, key)
        return PrintJob(marked, delivery, marked.reprint_no)
