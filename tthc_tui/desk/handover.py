"""Handing stacks of dossiers over: the numbered slip, and what the receiver finds in the stack."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dossier import Dossier, fold
from tthc_tui.core.views import DossierLine, DossierQuery
from tthc_tui.desk.papers import PaperDesk, PrintJob
from tthc_tui.store import dossiers

if TYPE_CHECKING:
    from tthc_tui.printing.document import Document
    from tthc_tui.printing.output import Printer

HANDOVER = "ban-giao"
MOST_AT_ONCE = 500


class HandoverDesk(PaperDesk):
    """Slips of handovers (giấy bàn giao), and dossiers on their way."""

    def coming(self, unit: str = "") -> list[DossierLine]:
        """The dossiers on their way to a unit (this officer's own if not given), by slip and code."""
        rows = self.find(DossierQuery(coming_to=unit or self.officer.unit))
        return sorted(self.lines(rows), key=lambda line: line.code)

    def slip_of(self, dossier: UUID | str) -> str:
        """The number of the slip a dossier was last handed over with, "" where there was none."""
        return self.dossier(dossier).slip

    def handover_document(self, dossier: UUID | str, slip: str = "") -> Document:
        """The slip (giấy bàn giao hồ sơ) this dossier went with, listing the whole stack.

        `slip` picks an earlier one than the last. Refused where the dossier was never handed over.
        """
        from tthc_tui.printing.document import Letterhead
        from tthc_tui.printing.lists import HandoverData, HandoverRow, handover_document

        first = self._forwarding(dossier, slip)
        stack = self._stack(first)
        site = self.site
        rows = []
        for member in stack:
            with self.store.read() as connection:
                person = dossiers.get_person(connection, member.applicant.id)
            rows.append(
                HandoverRow(
                    code=member.code,
                    content=member.procedure.name,
                    applicant=person.name if person else "(đã xóa dữ liệu cá nhân)",
                    due_at=member.due_at and vietnam_time(member.due_at),
                    note=first.note,
                )
            )
        giver, receiver = site.officer(first.officer), site.officer(first.to_officer)
        data = HandoverData(
            letterhead=Letterhead(
                parent=site.parent, centre=site.name, place=site.place, office=site.settings.form_office
            ),
            issued_at=vietnam_time(first.at),
            number=first.slip.partition("/")[0],
            code=f"BG-{first.slip}",
            reprint_no=stack[0].prints.get(HANDOVER, 0),
            from_unit=site.unit_name(first.unit),
            to_unit=site.unit_name(first.to_unit),
            handed_at=vietnam_time(first.at),
            rows=tuple(rows),
            giver=giver.name if giver else first.officer,
            receiver=receiver.name if receiver else "",
        )
        return handover_document(data, self.forms)

    def print_handover(self, dossier: UUID | str, printer: Printer, folder: Path, slip: str = "") -> PrintJob:
        """Print the slip of a handover, keep it as a file, log it with every dossier of the stack."""
        from tthc_tui.printing.output import print_document

        document = self.handover_document(dossier, slip)
        first = self._forwarding(dossier, slip)
        delivery = print_document(document, printer, folder, name=f"{HANDOVER}-{first.slip}")
        log = ev.Print(form=HANDOVER, copies=2, reprint=document.reprint_no)
        self.act_all([(member.id, [log]) for member in self._stack(first)])
        return PrintJob(document, delivery, document.reprint_no)

    def forward_stack(
        self, stack: Sequence[UUID | str], to_unit: str, *, note: str = ""
    ) -> tuple[str, list[Dossier]]:
        """`forward` for a stack that was put together by hand: each dossier once, at most 500."""
        ids = list(dict.fromkeys(str(dossier) for dossier in stack))
        if len(ids) > MOST_AT_ONCE:
            raise Refused(
                f"Một phiếu bàn giao có nhiều nhất {MOST_AT_ONCE} hồ sơ: hãy chia thành nhiều phiếu.", "many"
            )
        return self.forward(ids, to_unit, note=note)

    def _forwarding(self, dossier: UUID | str, slip: str) -> ev.Forwarded:
        events = self.history(dossier)
        undone = dossiers.undone(events)
        sent = [
            event
            for event in events
            if isinstance(event, ev.Forwarded) and event.slip and slip in ("", event.slip)
            if event.id not in undone
        ]
        if not sent:
            raise Refused("Hồ sơ này chưa được bàn giao bằng phiếu nào.", "slip")
        return sent[-1]

    def _stack(self, first: ev.Forwarded) -> list[Dossier]:
        """All dossiers that went with the same slip, in the order of their codes, first come first."""
        with self.store.read() as connection:
            ids = dossiers.forwarded_together(connection, first.at, first.slip)
            found = [fold(dossiers.history(connection, one)) for one in ids]
        return sorted((one for one in found if one is not None), key=lambda one: one.code)
