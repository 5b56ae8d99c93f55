"""Decisions on a dossier: apology and extension, refusal, stop, closing; what is put before the leader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dated import in_force
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import grounds_of
from tthc_tui.core.roles import check_one_of, units_below
from tthc_tui.core.site import Officer, Role
from tthc_tui.core.site_rules import OVERDUE_SUPPLEMENT, ClosingReason
from tthc_tui.core.states import TRANSITIONS, State
from tthc_tui.desk.process import ProcessDesk
from tthc_tui.store import numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

APOLOGY_BOOK = "mau-04"
STOP_BOOK = "mau-05"


class EndingsDesk(ProcessDesk):
    """What needs a leader, and how a dossier ends before its result."""

    def extend(self, dossier: UUID | str, due_at: datetime, reason: str, *, signed_by: str = "") -> Dossier:
        """Apologise and promise a new date, once (Mẫu 04); the acting leader signs unless another is named."""
        signer = signed_by or (self.officer.id if Role.LEADER in self.officer.roles else "")
        if signer and signer not in {leader.id for leader in self.leaders()}:
            raise Refused("Người ký văn bản xin lỗi phải là lãnh đạo: hãy chọn lại.", "signer")
        found = self.dossier(dossier)
        signers = self.signers(found)
        if signer and signer not in {one.id for one in signers}:
            names = ", ".join(one.name for one in signers)
            raise Refused(
                f"Văn bản xin lỗi do thủ trưởng cơ quan giải quyết hồ sơ ký ({names}): hãy chọn người ký.",
                "signer",
            )
        if not found.extended:
            due_at = self.promisable(due_at, found.procedure.field_name)
        return self._numbered(
            dossier,
            APOLOGY_BOOK,
            lambda number: ev.Extend(
                due_at=vietnam_time(due_at), reason=reason.strip(), signed_by=signer, number=number
            ),
        )

    def signers(self, dossier: Dossier) -> list[Officer]:
        """Who may sign an apology (Mẫu 04): the leaders of the body that handles the dossier and of those above.

        All leaders where the site names none for that body.
        """
        body = dossier.handling_unit or dossier.holder_unit
        leaders = self.leaders()
        heads = [one for one in leaders if one.unit == body or body in units_below(self.site, one.unit)]
        return heads or leaders

    def stop(
        self,
        dossier: UUID | str,
        reason: str,
        *,
        requested_at: datetime | None = None,
        returned: str = "",
        signed_by: str = "",
    ) -> Dossier:
        """Stop on the applicant's request while no decision exists (Mẫu 05; Decree 118/2025, art. 21)."""
        found = self.dossier(dossier)
        if found.state in (State.DONE, State.RETURNED):
            raise Refused(
                "Hồ sơ đã có kết quả nên không dừng được (Nghị định 118/2025/NĐ-CP, Điều 21).", "decided"
            )
        moment = vietnam_time(requested_at) if requested_at else self.now
        if moment < (found.received_at or found.registered_at):
            raise Refused("Thời điểm đề nghị dừng phải ở sau lúc tiếp nhận hồ sơ: hãy kiểm tra lại.", "date")
        if moment > self.now:
            raise Refused("Thời điểm đề nghị dừng không thể ở sau lúc này: hãy kiểm tra lại.", "date")
        return self._numbered(
            dossier,
            STOP_BOOK,
            lambda number: ev.Stop(
                reason=reason.strip(),
                requested_at=moment,
                number=number,
                returned=returned.strip(),
                signed_by=signed_by,
            ),
        )

    def closing_reasons(self, dossier: Dossier | None = None) -> list[ClosingReason]:
        """The reasons to close that hold today; for a dossier those that its state permits."""
        reasons = in_force(self.site.closing_reasons, self.now.date())
        if dossier is None:
            return reasons
        until = dossier.supplement_until
        late = dossier.state is State.SUPPLEMENT and until is not None and until <= self.now
        return [
            one
            for one in reasons
            if State(one.state) in TRANSITIONS[dossier.state] and (late or one.id != OVERDUE_SUPPLEMENT)
        ]

    def close_dossier(self, dossier: UUID | str, code: str, note: str = "") -> Dossier:
        """End a dossier for a reason of the site's list (death of the applicant, supplement overdue…)."""
        rule = next((one for one in self.closing_reasons() if one.id == code), None)
        if rule is None:
            raise Refused("Lý do đóng hồ sơ không có trong danh mục của đơn vị: hãy chọn lại.", "reason")
        found = self.dossier(dossier)
        if code == OVERDUE_SUPPLEMENT:
            self._check_overdue_supplement(found)
        reason = f"{rule.name}: {note.strip()}" if note.strip() else rule.name
        return self._numbered(
            dossier,
            STOP_BOOK,
            lambda number: ev.Close(
                code=code, reason=reason, state=rule.state, ground=rule.ground, number=number
            ),
        )

    def _check_overdue_supplement(self, dossier: Dossier) -> None:
        until = dossier.supplement_until
        if dossier.state is not State.SUPPLEMENT or until is None or until > self.now:
            raise Refused("Hồ sơ này chưa quá hạn bổ sung nên chưa đóng được vì lý do đó.", "early")

    def legal_grounds(self, dossier: Dossier) -> list[str]:
        """Grounds for a refusal from the procedure's own text: its conditions, then its legal bases."""
        return grounds_of(self.procedure_of(dossier))

    # --- before the leader ---

    def propose(
        self,
        dossier: UUID | str,
        what: ev.Proposal,
        reason: str,
        *,
        ground: str = "",
        code: str = "",
        due_at: datetime | None = None,
        requested_at: datetime | None = None,
    ) -> Dossier:
        """Put a refusal, extension, stop or closing before the leader; nothing else changes yet."""
        if what is ev.Proposal.EXTEND and due_at is None:
            raise Refused("Đề xuất hẹn lại phải nêu ngày hẹn mới.", "due")
        if due_at is not None:
            due_at = self.promisable(due_at, self.dossier(dossier).procedure.field_name)
        if what is ev.Proposal.CLOSE and code not in {one.id for one in self.closing_reasons()}:
            raise Refused("Đề xuất đóng hồ sơ phải chọn lý do trong danh mục.", "reason")
        return self.act(
            dossier,
            ev.Propose(
                what=what,
                reason=reason.strip(),
                ground=ground.strip(),
                code=code,
                due_at=due_at,
                requested_at=requested_at or (self.now if what is ev.Proposal.STOP else None),
            ),
        )

    def approve(self, dossier: UUID | str) -> Dossier:
        """The leader follows the proposal: it is carried out, signed by the leader."""
        found = self.dossier(dossier)
        waiting = found.proposal
        if waiting is None:
            raise Refused("Hồ sơ này không có đề xuất nào chờ duyệt.", "unknown")
        self._only_leaders()
        leader = self.officer.id
        if waiting.what is ev.Proposal.REJECT:
            return self.reject(dossier, waiting.reason, ground=waiting.ground, approved_by=leader)
        if waiting.what is ev.Proposal.EXTEND and waiting.due_at is not None:
            return self.extend(dossier, waiting.due_at, waiting.reason)
        if waiting.what is ev.Proposal.STOP:
            return self.stop(dossier, waiting.reason, requested_at=waiting.requested_at, signed_by=leader)
        return self.close_dossier(dossier, waiting.code, waiting.reason)

    def decline(self, dossier: UUID | str, reason: str) -> Dossier:
        """The leader does not follow the proposal."""
        self._only_leaders()
        return self.act(dossier, ev.Decline(reason=reason.strip()))

    def _only_leaders(self) -> None:
        check_one_of((Role.LEADER,), self.officer.roles, "duyệt đề xuất")

    def tell(
        self, dossier: UUID | str, about: str, by: str = "phone", note: str = "", *, subject: str = "other"
    ) -> Dossier:
        """Record that the applicant was told of `subject` (ev.Subject); `by` is phone, sms, email, zalo, post, counter.

        Refused without words, or for a way or subject there is none of.
        """
        if not about.strip():
            raise Refused("Chưa ghi nội dung đã báo người nộp: hãy nhập.", "text")
        fields = {"about": about.strip(), "subject": subject, "by": by, "note": note.strip()}
        try:
            action = ev.Tell.model_validate(fields)
        except ValidationError:
            ways = "phone, sms, email, zalo, post, counter"
            subjects = ", ".join(ev.Subject)
            raise Refused(f"Cách báo phải là một trong: {ways}; về việc: {subjects}.", "choice") from None
        return self.act(dossier, action)

    def _numbered(self, dossier: UUID | str, book: str, made: Callable[[int], ev.Action]) -> Dossier:
        moment = self.now

        def job(connection: Connection) -> Dossier:
            number = numbers.next_number(connection, book, moment.year)
            return self.act_in(connection, [(UUID(str(dossier)), [made(number)])], at=moment)[0]

        return self.store.write(job)
