"""The dossier inside the house as the detail screen takes it: steps, other units, pauses, telling, urging."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tthc_tui.core import events as ev
from tthc_tui.core.duration import say_moment
from tthc_tui.core.parts import SUPPLEMENT_HOLD
from tthc_tui.screens.asking import day_end, wrong_moments
from tthc_tui.screens.detail_money import MoneySteps
from tthc_tui.widgets.dialogs import AskText, Pick
from tthc_tui.widgets.forms import Part

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier

_TOLD = (
    ("phone", "điện thoại"),
    ("sms", "tin nhắn"),
    ("email", "thư điện tử"),
    ("zalo", "Zalo"),
    ("post", "bưu chính"),
    ("counter", "tại quầy"),
)
_AGREES = (("", "không nêu"), ("yes", "đồng ý"), ("no", "không đồng ý"))


class InsideSteps(MoneySteps):
    """What happens to a dossier between its forwarding and its result."""

    # -- inside the house ---------------------------------------------------------------------------

    def action_assign(self) -> None:
        """One officer of the unit that holds it."""
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        officers = [(one.id, one.name) for one in desk.assignable(dossier)]
        if not officers:
            self.say("Đơn vị đang giữ hồ sơ chưa có cán bộ nào trong danh sách.", error=True)
            return

        def chosen(officer: str | None) -> None:
            if officer:
                self._act(
                    lambda desk: desk.assign(self._dossier_id, officer),
                    lambda _: self._ok(f"Đã phân công cho {dict(officers)[officer]}."),
                )

        self.app.push_screen(Pick("Phân công cho cán bộ", officers, value=dossier.holder_officer), chosen)

    def action_step_start(self) -> None:
        """The next internal step."""
        self._act(lambda desk: desk.start_step(self._dossier_id), self._step_now)

    def action_step_done(self) -> None:
        """The running step is finished; what follows is told."""
        dossier = self.dossier
        if dossier is None or dossier.step is None:
            return
        name = dossier.step.name or dossier.step.step
        ask = AskText(f"Hoàn thành bước “{name}”", required=False, placeholder="ghi chú, có thể bỏ trống")

        def noted(note: str | None) -> None:
            if note is not None:
                self._act(lambda desk: desk.finish_step(self._dossier_id, note), self._step_now)

        self.app.push_screen(ask, noted)

    def _step_now(self, dossier: Dossier) -> None:
        step, desk = dossier.step, self.desk
        if dossier.coming_to and desk is not None:
            self._ok(f"Xong bước; hồ sơ chuyển đến {desk.site.unit_name(dossier.coming_to)}.")
        elif step is not None:
            due = f", hạn {say_moment(step.due_at)}" if step.due_at else ""
            self._ok(f"Đang làm bước “{step.name or step.step}”{due}.")
        else:
            self._ok("Xong bước cuối của quy trình: F10 ghi kết quả.")

    def action_step_back(self) -> None:
        """Send the running step back, with the reason."""
        dossier = self.dossier
        if dossier is None:
            return
        done = {run.step: run.name or run.step for run in dossier.steps if run.done_at is not None}
        parts = [
            Part("to", "Trả về bước", options=tuple(done.items()), value=next(reversed(done), "")),
            Part("reason", "Lý do", required=True),
        ]
        self._form(
            "Trả lại bước trước",
            parts,
            lambda desk, given: desk.return_step(self._dossier_id, given["to"], given["reason"]),
            self._step_now,
        )

    # -- other units --------------------------------------------------------------------------------

    def action_consult(self) -> None:
        """Ask a co-operating unit; it works in parallel."""
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        days = desk.settings_of(dossier).consult_days
        units = [(unit.id, unit.name) for unit in desk.units() if unit.id != dossier.holder_unit]

        def chosen(unit: str | None) -> None:
            if not unit:
                return
            parts = [
                Part("question", "Nội dung", required=True, max_length=1000),
                Part("days", "Số ngày làm việc", str(days), numeric=True, required=True, max_length=3),
            ]
            self._form(
                f"Xin ý kiến {dict(units)[unit]}",
                parts,
                lambda desk, given: desk.consult(
                    self._dossier_id, unit, given["question"], days=int(given["days"])
                ),
                lambda _: self._ok("Đã gửi xin ý kiến; đơn vị phối hợp có hạn trả lời riêng."),
            )

        self.app.push_screen(Pick("Xin ý kiến đơn vị phối hợp", units), chosen)

    def action_consult_answer(self) -> None:
        """The answer of a co-operating unit."""
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        own = desk.officer.unit
        waiting = sorted(
            (one for one in dossier.consultations if one.answered_at is None), key=lambda one: one.unit != own
        )
        options = [(one.key, f"{desk.site.unit_name(one.unit)}: {one.question}"[:60]) for one in waiting]
        parts = [
            Part("key", "Trả lời", options=options),
            Part("answer", "Ý kiến", required=True, max_length=1000),
            Part("agrees", "Kết luận", options=_AGREES),
        ]
        self._form(
            "Trả lời phối hợp",
            parts,
            lambda desk, given: desk.answer_consult(
                self._dossier_id,
                given["key"],
                given["answer"],
                {"yes": True, "no": False}.get(given["agrees"]),
            ),
            lambda _: self._ok("Đã ghi ý kiến của đơn vị phối hợp."),
        )

    # -- pauses and appointments --------------------------------------------------------------------

    def action_pause(self) -> None:
        """The clock stands still for a reason of the site's list."""
        self._pause(payment=False)

    def action_payment(self) -> None:
        """The applicant has a financial duty: state 6, the clock stands still."""
        self._pause(payment=True)

    def _pause(self, *, payment: bool) -> None:
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        field = dossier.procedure.field_name
        rules = [rule for rule in desk.pause_reasons() if rule.payment is payment]
        if not rules:
            self.say("Danh mục của đơn vị không có lý do tạm dừng nào loại này.", error=True)
            return
        parts = [
            Part("code", "Lý do", options=[(rule.id, rule.name) for rule in rules]),
            Part("reason", "Nói rõ", placeholder="ví dụ số thông báo; có thể bỏ trống"),
            Part("until", "Dự kiến đến", placeholder="ngày/tháng/năm, có thể bỏ trống", vietnamese=False),
        ]
        title = "Yêu cầu thực hiện nghĩa vụ tài chính" if payment else "Tạm dừng tính thời hạn"
        self._form(
            title,
            parts,
            lambda desk, given: desk.pause(
                self._dossier_id,
                given["code"],
                reason=given["reason"],
                until=day_end(given["until"], desk.calendar(field)),
            ),
            lambda _: self._ok("Thời hạn đã tạm dừng; “Tính tiếp thời hạn” khi hết lý do."),
            check=wrong_moments("until"),
        )

    def action_resume(self) -> None:
        """The reason is gone; the new date is counted."""
        dossier = self.dossier
        if dossier is None:
            return
        holds = [(hold.code, hold.reason) for hold in dossier.holds if hold.code != SUPPLEMENT_HOLD]

        moved = self.desk.calendar_moved(dossier) if self.desk is not None else None
        printed = dossier.due_at

        def went_on(after: Dossier) -> None:
            self._resumed(after, printed, moved)

        def go_on(code: str | None) -> None:
            if code:
                self._act(lambda desk: desk.resume(self._dossier_id, code), went_on)

        if len(holds) == 1:
            go_on(holds[0][0])
        else:
            self.app.push_screen(Pick("Lý do tạm dừng nào đã hết?", holds), go_on)

    def _resumed(self, dossier: Dossier, printed: datetime | None, moved: datetime | None) -> None:
        if dossier.holds:
            self._ok("Đã ghi; hồ sơ vẫn tạm dừng vì lý do khác.")
        else:
            due = f" Hẹn trả {say_moment(dossier.due_at)}." if dossier.due_at else ""
            if printed is not None and moved is not None:
                due += f" Lịch làm việc đã đổi: {say_moment(printed)} nay tính là {say_moment(moved)}."
            self._ok(f"Thời hạn tính tiếp.{due}")

    def action_appointment(self) -> None:
        """A planned appointment took place."""
        dossier = self.dossier
        planned = (
            next((one for one in dossier.appointments if one.kept_at is None), None) if dossier else None
        )
        if planned is None:
            return
        purpose = f": {planned.purpose}" if planned.purpose else ""
        ask = AskText(
            f"Đã làm việc theo hẹn lần {planned.number}{purpose}", required=False, placeholder="ghi chú"
        )

        def noted(note: str | None) -> None:
            if note is not None:
                self._act(
                    lambda desk: desk.keep_appointment(self._dossier_id, planned.number, note), self._kept
                )

        self.app.push_screen(ask, noted)

    def _kept(self, dossier: Dossier) -> None:
        following = next((one for one in dossier.appointments if one.kept_at is None), None)
        if following is not None and following.due_at is not None:
            self._ok(f"Đã ghi nhận; hẹn lần {following.number}: {say_moment(following.due_at)}.")
        else:
            self._ok("Đã ghi nhận buổi hẹn.")

    # -- telling ------------------------------------------------------------------------------------

    def action_tell(self) -> None:
        """Keep that the applicant was told, by what way."""
        dossier = self.dossier
        waits = dossier is not None and dossier.tell_by is not None
        subjects = [(str(one), one.label) for one in ev.Subject]
        first = ev.Subject.SUPPLEMENT if waits else ev.Subject.OTHER
        parts = [
            Part("subject", "Về việc", str(first), options=subjects),
            Part("about", "Nội dung", required=True, placeholder="ví dụ: cần bổ sung giấy chứng sinh"),
            Part("by", "Bằng", options=_TOLD),
            Part("note", "Ghi chú"),
        ]
        self._form(
            "Đã báo người nộp",
            parts,
            lambda desk, given: desk.tell(
                self._dossier_id, given["about"], given["by"], given["note"], subject=given["subject"]
            ),
            self._told,
        )

    def _told(self, dossier: Dossier) -> None:
        still = "; còn phải báo về yêu cầu bổ sung." if dossier.tell_by is not None else "."
        self._ok(f"Đã ghi việc báo người nộp{still}")

    def action_remind(self) -> None:
        """Urge whoever holds it."""
        self._act(lambda desk: desk.remind(self._dossier_id), lambda _: self._ok("Đã ghi đôn đốc vào hồ sơ."))
