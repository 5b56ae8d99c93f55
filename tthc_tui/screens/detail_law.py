"""The decisions of the law as the detail screen takes them: dates, endings, what is put before the leader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tthc_tui.core import events as ev
from tthc_tui.core.duration import say_moment
from tthc_tui.core.site_rules import OVERDUE_SUPPLEMENT
from tthc_tui.core.states import State
from tthc_tui.desk.law_choices import may
from tthc_tui.screens.asking import moment_or_none, promised, say_typed, wrong_moments
from tthc_tui.screens.detail_inside import InsideSteps
from tthc_tui.screens.detail_law_view import LAW_STEPS
from tthc_tui.screens.detail_view import STEPS, step_label
from tthc_tui.widgets.dialogs import Confirm, Pick
from tthc_tui.widgets.forms import Answers, Part

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_OTHER = "+"
_OFFERED_DAYS = (1, 2, 3, 5, 7, 10)


class LawSteps(InsideSteps):
    """What the law knows beside the straight path, each behind its own question."""

    def action_more(self) -> None:
        """Ctrl+O: any step, found by a few letters; choosing one that can't be taken now tells why."""
        if self._data is None:
            return
        reasons = self._data.law
        main = {step.action: step_label(step, self._data.detail.dossier.state) for step in STEPS}
        labels = {**LAW_STEPS, "print_other": "In mẫu khác (Mẫu 01–07, phiếu)", **main}
        if self._data.detail.dossier.state is State.DONE:
            del labels["hand_result"]  # it is what F6 does then
        refused = {name for name in labels if reasons.get(name) or (name in main and self.why_not(name))}
        options = [(name, label) for name, label in labels.items() if name not in refused]
        options += [(name, f"{label} – chưa được") for name, label in labels.items() if name in refused]

        async def chosen(name: str | None) -> None:
            if name and (against := self.why_not(name)):
                self.say(against, error=True)
            elif name:
                await self.run_action(name)

        self.app.push_screen(Pick("Việc làm với hồ sơ này", options), chosen)

    # -- dates and endings --------------------------------------------------------------------------

    def action_extend(self) -> None:
        """Apologise and promise a new date, once (Mẫu 04): the engine proposes dates."""
        dossier = self.dossier
        if dossier is None:
            return

        def dates(desk: Desk) -> list[tuple[str, str]]:
            offered = [(desk.new_due(dossier, days), days) for days in _OFFERED_DAYS]
            return [(say_typed(at), f"thêm {days} ngày làm việc: {say_typed(at)}") for at, days in offered]

        def show(options: list[tuple[str, str]]) -> None:
            everything = [*options, (_OTHER, "Ngày khác…")]
            self.app.push_screen(Pick("Hẹn lại ngày trả kết quả (chỉ một lần)", everything), self._extend_to)

        self.work(dates, show, group="dates", hold=True)

    def _extend_to(self, typed: str | None) -> None:
        desk, dossier = self.desk, self.dossier
        if typed is None or desk is None or dossier is None:
            return
        direct = may(desk, ev.Extend)
        calendar = desk.calendar(dossier.procedure.field_name)
        when = "" if typed == _OTHER else typed
        parts = [
            Part("due", "Hẹn lại", when, required=True, placeholder="16:30 27/11/2026", vietnamese=False),
            Part("reason", "Lý do chậm", required=True),
        ]
        if direct:
            leaders = [(one.id, one.name) for one in desk.signers(dossier)]
            signer = next(
                (one for one, _ in leaders if one == desk.officer.id), leaders[0][0] if leaders else ""
            )
            parts.append(Part("signer", "Thủ trưởng ký", signer, options=leaders or [("", "(chưa có)")]))

        def act(desk: Desk, given: Answers) -> Dossier:
            due = promised(given["due"], calendar)
            assert due is not None
            if direct:
                return desk.extend(self._dossier_id, due, given["reason"], signed_by=given["signer"])
            return desk.propose(self._dossier_id, ev.Proposal.EXTEND, given["reason"], due_at=due)

        def done(dossier: Dossier) -> None:
            if dossier.proposal is not None:
                self._ok("Đã trình lãnh đạo đề xuất hẹn lại.")
            else:
                self._print_then("mau-04", f"Đã hẹn lại {say_moment(_known(dossier.due_at))}.")

        title = "Xin lỗi và hẹn lại (Mẫu 04)" if direct else "Trình lãnh đạo hẹn lại ngày trả"
        check = wrong_moments("due", read=lambda text: promised(text, calendar))
        self._form(title, parts, act, done, check=check)

    def action_stop(self) -> None:
        """Stop on the applicant's request while no decision exists (Mẫu 05)."""
        desk = self.desk
        if desk is None:
            return
        direct = may(desk, ev.Stop)
        leaders = [("", "(không ghi)"), *((one.id, one.name) for one in desk.leaders())]
        parts = [
            Part("reason", "Lý do đề nghị", required=True),
            Part("at", "Đề nghị lúc", say_typed(self.now), required=True, vietnamese=False),
        ]
        if direct:
            parts += [
                Part("returned", "Trả lại", placeholder="giấy tờ, khoản đã nộp trả lại người nộp"),
                Part("signer", "Người ký", options=leaders),
            ]

        def act(desk: Desk, given: Answers) -> Dossier:
            at = moment_or_none(given["at"])
            if not direct:
                return desk.propose(self._dossier_id, ev.Proposal.STOP, given["reason"], requested_at=at)
            return desk.stop(
                self._dossier_id,
                given["reason"],
                requested_at=at,
                returned=given["returned"],
                signed_by=given["signer"],
            )

        title = "Dừng giải quyết theo đề nghị của người nộp (Mẫu 05)"
        self._form(title, parts, act, self._ended("Đã dừng giải quyết hồ sơ."), check=wrong_moments("at"))

    def action_close(self) -> None:
        """End the dossier for a reason of the site's list."""
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        direct = may(desk, ev.Close)
        reasons = [(one.id, one.name) for one in desk.closing_reasons(dossier)]
        if OVERDUE_SUPPLEMENT not in dict(reasons):  # else it is why one closes; no other is a safe guess
            reasons.insert(0, ("", "← → chọn lý do"))
        parts = [
            Part("code", "Lý do", options=reasons, required=True),
            Part("note", "Nói rõ", required=not direct, placeholder="" if not direct else "có thể bỏ trống"),
        ]

        def act(desk: Desk, given: Answers) -> Dossier:
            if direct:
                return desk.close_dossier(self._dossier_id, given["code"], given["note"])
            return desk.propose(self._dossier_id, ev.Proposal.CLOSE, given["note"], code=given["code"])

        self._form("Đóng hồ sơ", parts, act, self._ended("Đã đóng hồ sơ."))

    def _ended(self, sentence: str) -> Callable[[Dossier], None]:
        def done(dossier: Dossier) -> None:
            if dossier.proposal is not None:
                self._ok(f"Đã trình lãnh đạo {dossier.proposal.what.label}.")
            else:
                self._print_then("mau-05", sentence)

        return done

    def action_reject(self) -> None:
        """Refuse (Mẫu 03): reason, legal ground of the procedure's own text, approval where the site wants it."""
        dossier = self.dossier
        if dossier is None:
            return

        def show(grounds: list[str]) -> None:
            options = [*((ground, ground) for ground in grounds), (_OTHER, "(nhập căn cứ khác)")]
            self.app.push_screen(Pick("Căn cứ pháp lý của việc từ chối", options), self._reject_by)

        self.work(lambda desk: desk.legal_grounds(dossier), show, group="grounds", hold=True)

    def _reject_by(self, ground: str | None) -> None:
        desk = self.desk
        if ground is None or desk is None:
            return
        parts = [Part("reason", "Lý do từ chối", required=True)]
        parts.append(
            Part("ground", "Căn cứ", "" if ground == _OTHER else ground, required=True, max_length=1000)
        )
        parts += approval_part(desk)

        def act(desk: Desk, given: Answers) -> Dossier:
            return refuse_or_propose(desk, self._dossier_id, given)

        def done(dossier: Dossier) -> None:
            if dossier.proposal is not None:
                self._ok("Đã trình lãnh đạo duyệt việc từ chối.")
            else:
                self._print_then("mau-03", "Đã từ chối hồ sơ.")

        self._form("Từ chối tiếp nhận giải quyết (Mẫu 03)", parts, act, done)

    def action_approve(self) -> None:
        """The leader follows the proposal: it is carried out at once."""
        dossier = self.dossier
        if dossier is None or dossier.proposal is None:
            return
        waiting = dossier.proposal
        rest = f"\nCăn cứ: {waiting.ground}" if waiting.ground else ""
        rest += f"\nHẹn lại: {say_typed(waiting.due_at)}" if waiting.due_at else ""
        forms = {"reject": "mau-03", "extend": "mau-04"}

        def answered(yes: bool | None) -> None:
            if yes:
                form = forms.get(str(waiting.what), "mau-05")
                self._act(
                    lambda desk: desk.approve(self._dossier_id),
                    lambda _: self._print_then(form, f"Đã duyệt {waiting.what.label}."),
                )

        self.app.push_screen(
            Confirm(
                f"Duyệt đề xuất {waiting.what.label}?",
                f"Lý do: {waiting.reason}{rest}",
                yes="Duyệt",
                enter_accepts=False,
            ),
            answered,
        )

    def action_decline(self) -> None:
        """The leader does not follow it."""
        self._ask(
            "Lý do không duyệt đề xuất",
            lambda desk, text: desk.decline(self._dossier_id, text),
            "Đã trả lại đề xuất cho người trình.",
        )


def approval_part(desk: Desk) -> list[Part]:
    """The question who approves a refusal; nothing where the site does not want it or a leader refuses."""
    if not desk.site.settings.rejection_approval or desk.officer.id in {one.id for one in desk.leaders()}:
        return []
    options = [("", "trình lãnh đạo duyệt"), *((one.id, f"{one.name} đã duyệt") for one in desk.leaders())]
    return [Part("approved", "Phê duyệt", options=options)]


def refuse_or_propose(desk: Desk, dossier: str, given: Answers) -> Dossier:
    """Refuse, or put the refusal before the leader where nobody has approved it yet."""
    if "approved" in given and not given["approved"]:
        return desk.propose(dossier, ev.Proposal.REJECT, given["reason"], ground=given["ground"])
    return desk.reject(
        dossier, given["reason"], ground=given["ground"], approved_by=given.get("approved", "")
    )


def _known(at: datetime | None) -> datetime:
    assert at is not None
    return at
