"""Feedback and complaints (phản ánh, kiến nghị): logged, given a clock, forwarded, answered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.feedback import (
    AnyFeedbackEvent,
    Feedback,
    FeedbackAnswered,
    FeedbackForwarded,
    FeedbackLogged,
    guard_feedback,
)
from tthc_tui.core.roles import check_role
from tthc_tui.core.text import clean, clean_lines
from tthc_tui.desk.monitoring import MonitorDesk
from tthc_tui.store import feedback as kept
from tthc_tui.store import numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

FEEDBACK_BOOK = "phan-anh"


class FeedbackDesk(MonitorDesk):
    """What citizens say about a procedure, an officer or a dossier, answered within ten working days."""

    def log_feedback(
        self,
        content: str,
        *,
        subject: Literal["procedure", "officer", "dossier", "other"] = "other",
        procedure: str = "",
        officer: str = "",
        dossier: UUID | str | None = None,
        sender: str = "",
        phone: str = "",
        channel: str = "counter",
        at: datetime | None = None,
    ) -> Feedback:
        """Keep a feedback; its clock begins now (or at `at`)."""
        moment = at or self.now
        self.check_acting()
        if procedure:
            self.procedure(procedure)  # an unknown code is Refused here
        if officer and self.site.officer(officer) is None:
            raise Refused("Không có cán bộ này trong danh sách: hãy chọn lại.", "officer")
        about = self.dossier(dossier).id if dossier else None

        def job(connection: Connection) -> Feedback:
            event = FeedbackLogged(
                **self._stamp(self.new_id(), moment),
                number=numbers.next_number(connection, FEEDBACK_BOOK, moment.year),
                subject=subject,
                content=clean_lines(content),
                sender=clean(sender),
                phone=clean(phone),
                channel=clean(channel),
                about_procedure=procedure,
                about_officer=officer,
                about_dossier=about,
                due_at=self.after_days(moment, self.site.settings.feedback_days),
            )
            guard_feedback(None, event)
            return kept.append(connection, None, event)

        return self.store.write(job)

    def forward_feedback(self, feedback: UUID | str, unit: str, note: str = "") -> Feedback:
        """Send a feedback to the unit that must answer; its clock runs on."""
        self.check_unit(unit)
        stamp = self._stamp(feedback, self.now)
        return self._add(FeedbackForwarded(**stamp, to_unit=unit, note=clean(note)))

    def answer_feedback(self, feedback: UUID | str, answer: str, justified: bool | None = None) -> Feedback:
        """Answer the sender; `justified` tells whether the feedback was right.

        Who is complained of neither reads, forwards nor answers it.
        """
        check_role(ev.Tell, self.officer.roles, self.rights, "trả lời phản ánh")
        stamp = self._stamp(feedback, self.now)
        return self._add(FeedbackAnswered(**stamp, answer=clean_lines(answer), justified=justified))

    def feedback(self, feedback: UUID | str) -> tuple[Feedback, list[AnyFeedbackEvent]]:
        """One feedback and everything that happened to it."""
        with self.store.read() as connection:
            events = kept.history(connection, UUID(str(feedback)))
            found = kept.load(connection, UUID(str(feedback)))
        if found is None:
            raise Refused("Không tìm thấy phản ánh này trên máy.", "unknown")
        self._check_not_about_me(found)
        return found, events

    def feedback_list(
        self, *, open_only: bool = True, unit: str = "", overdue: bool = False, dossier: UUID | str = ""
    ) -> list[Feedback]:
        """Feedback in order of its due time."""
        with self.store.read() as connection:
            return kept.find(
                connection,
                open_only=open_only,
                unit=unit,
                overdue_at=self.now if overdue else None,
                dossier=str(dossier),
                hidden_from=self.officer.id,
            )

    def _check_not_about_me(self, found: Feedback | None) -> None:
        if found is not None and found.about_officer == self.officer.id:
            raise Refused(
                "Phản ánh này nói về bạn nên bạn không xem và không xử lý được: hãy để lãnh đạo trả lời.",
                "about",
            )

    def _add(self, event: AnyFeedbackEvent) -> Feedback:
        self.check_acting()

        def job(connection: Connection) -> Feedback:
            before = kept.load(connection, event.feedback)
            self._check_not_about_me(before)
            guard_feedback(before, event)
            return kept.append(connection, before, event)

        return self.store.write(job)

    def _stamp(self, feedback: UUID | str, moment: datetime) -> dict[str, Any]:
        officer = self.officer
        return {
            "id": self.new_id(),
            "feedback": UUID(str(feedback)),
            "officer": officer.id,
            "unit": officer.unit,
            "at": moment,
        }
