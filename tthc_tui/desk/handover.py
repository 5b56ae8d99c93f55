"""Handing stacks of dossiers over: the numbered slip, and what the receiver finds in the stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dossier import Dossier, fold
from tthc_tui.core.views import DossierLine, DossierQuery
from tthc_tui.desk.papers import PaperDesk, letterhead, wording_of
from tthc_tui.store import dossiers

if TYPE_CHECKING:
    from tthc_tui.printing.document import Document

HANDOVER, RESULTS = "ban-giao", "ban-giao-kq"
MOST_AT_ONCE = 500


Passing = ev.Forwarded | ev.ResultHanded | ev.PostSent
"""What hands a stack over with one numbered slip."""
P = TypeVar("P", ev.Forwarded, ev.ResultHanded)


class HandoverDesk(PaperDesk):
    """Slips of handovers (giấy bàn giao), and dossiers on their way."""

    def coming(self, unit: str = "") -> list[DossierLine]:
        """The dossiers on their way to a unit (this officer's own if not given), by slip and code."""
        rows = self.find(DossierQuery(coming_to=unit or self.officer.unit))
        return sorted(self.lines(rows), key=lambda line: line.code)

    def handover_document(self, dossier: UUID | str, slip: str = "") -> Document:
        """The slip (giấy bàn giao hồ sơ) this dossier went with, listing the whole stack.

        `slip` picks an earlier one than the last. Refused where the dossier was never handed over.
        """
        from tthc_tui.printing.lists import HandoverData, HandoverRow, handover_document

        first = self.passing(dossier, ev.Forwarded, slip)
        site = self.site_on(first.at)
        rows = []
        for member in self.stack_of(first):
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
        data = HandoverData(
            letterhead=letterhead(site),
            issued_at=vietnam_time(first.at),
            number=first.slip.partition("/")[0],
            code=f"BG-{first.slip}",
            reprint_no=self.printed_with(first, HANDOVER),
            from_unit=site.unit_name(first.unit),
            to_unit=site.unit_name(first.to_unit),
            handed_at=vietnam_time(first.at),
            rows=tuple(rows),
            giver=site.officer_name(first.officer),
            receiver=self.taken_by(dossier, first) or site.officer_name(first.to_officer),
        )
        return handover_document(data, wording_of(site))

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

    def passing(self, dossier: UUID | str, kind: type[P], slip: str = "") -> P:
        """The last passing-on of a dossier or result (or the one with `slip`); Refused where there was none."""
        events = self.history(dossier)
        undone = dossiers.undone(events)
        sent = [
            event
            for event in events
            if isinstance(event, kind) and event.slip and slip in ("", event.slip)
            if event.id not in undone
        ]
        if not sent:
            what = "Kết quả hồ sơ này" if kind is ev.ResultHanded else "Hồ sơ này"
            raise Refused(f"{what} chưa được bàn giao bằng phiếu nào.", "slip")
        return sent[-1]

    def stack_of(self, first: Passing) -> list[Dossier]:
        """All dossiers that went with the same slip, in the order of their codes."""
        with self.store.read() as connection:
            ids = dossiers.passed_together(connection, first.at, first.slip)
            found = [fold(dossiers.history(connection, one)) for one in ids]
        return sorted((one for one in found if one is not None), key=lambda one: one.code)

    def printed_with(self, first: Passing, form: str) -> int:
        """How often this very slip was printed: those of a later one of the same form are not counted."""
        events = self.history(first.dossier)
        count, latest = 0, ""
        for event in events:
            if isinstance(event, type(first)) and event.slip:
                latest = event.slip
            elif isinstance(event, ev.Printed) and event.form == form:
                count += (event.slip or latest) == first.slip  # older prints do not name their slip
        return count

    def taken_by(self, dossier: UUID | str, first: Passing) -> str:
        """The name of who confirmed that it arrived, "" while nobody has."""
        events = self.history(dossier)
        undone = dossiers.undone(events)
        at = next(n for n, event in enumerate(events) if event.id == first.id)
        for event in events[at:]:
            if isinstance(event, ev.HandoverAccepted) and event.id not in undone:
                return self.site_on(event.at).officer_name(event.officer)
        return ""
