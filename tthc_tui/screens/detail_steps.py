"""The steps of a dossier as the detail screen takes them: ask what the law wants known, act, say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tthc_tui.core.duration import say_moment
from tthc_tui.core.form_names import form_title
from tthc_tui.core.states import State
from tthc_tui.screens.base import CounterScreen
from tthc_tui.screens.detail_view import DetailData, next_step, read_detail
from tthc_tui.screens.handing import Outcome, ask_outcome, print_form, print_slip
from tthc_tui.screens.ledger import LedgerScreen, dossier_ledger
from tthc_tui.screens.supplement import SupplementDialog, SupplementRequest
from tthc_tui.widgets.dialogs import AskText, Confirm, Pick
from tthc_tui.widgets.forms import Answers, FormDialog, Part

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

_FORM_EVENTS = {
    "received": "mau-01",
    "accepted": "mau-01",
    "corrected": "mau-01",
    "supplement_requested": "mau-02",
    "rejected": "mau-03",
    "extended": "mau-04",
    "stopped": "mau-05",
    "closed": "mau-05",
    "fee_paid": "phieu-thu",
    "fee_refunded": "phieu-chi",
    "forwarded": "ban-giao",
    "result_handed": "ban-giao-kq",
    "certified": "chung-thuc",
}


class DossierSteps(CounterScreen):
    """Every step that can be taken with the dossier on screen. Subclasses show it and read it again."""

    def __init__(self) -> None:
        super().__init__()
        self._dossier_id = ""
        self._data: DetailData | None = None

    def _read(self, *, hold: bool = False) -> None:
        """Read the dossier again and show it; `hold` keeps following keys waiting for it."""
        dossier = self._dossier_id
        if dossier:
            self.work(
                lambda desk: read_detail(desk, dossier),
                self._show,
                group="detail",
                hold=hold or self._data is None,
            )

    def _show(self, data: DetailData) -> None:
        """The dossier as it is now; a screen paints it besides."""
        self._data = data

    @property
    def dossier(self) -> Dossier | None:
        """The dossier on screen, None while it is being read."""
        return self._data.detail.dossier if self._data else None

    @property
    def _next(self) -> str:
        if self._data is None or self.desk is None:
            return ""
        data = self._data
        return next_step(data.detail.dossier, data.against, data.law, self.desk.officer.unit)

    # -- steps --------------------------------------------------------------------------------------

    async def action_next_step(self) -> None:
        """F10: the one step that naturally comes next."""
        await self.run_action(self._next)

    def action_give(self) -> None:
        """F5: hand the result over."""
        self.counter_app.open_screen("returning", dossier=self._dossier_id)

    def action_forward(self) -> None:
        """F6: choose the unit, the handling one first; with a result in hand, who gets that."""
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        if dossier.state is State.DONE:
            self.action_hand_result()
            return
        options = [(unit.id, unit.name) for unit in desk.units()]

        def chosen(unit: str | None) -> None:
            if unit is not None:
                self._act(lambda desk: desk.forward_stack([self._dossier_id], unit), self._forwarded)

        self.app.push_screen(Pick("Chuyển hồ sơ đến đơn vị", options, value=dossier.handling_unit), chosen)

    def _forwarded(self, result: tuple[str, list[Dossier]]) -> None:
        self._print_then("ban-giao", f"Đã chuyển, phiếu {result[0]}. u hoàn tác.")

    def action_hand_result(self) -> None:
        """The result goes to another unit, the one that received the dossier first."""
        desk, dossier = self.desk, self.dossier
        if desk is None or dossier is None:
            return
        options = [(unit.id, unit.name) for unit in desk.units() if unit.id != dossier.holder_unit]

        def chosen(unit: str | None) -> None:
            if unit is not None:
                self._act(lambda desk: desk.hand_results([self._dossier_id], unit), self._handed)

        self.app.push_screen(
            Pick("Bàn giao kết quả cho đơn vị", options, value=dossier.receiving_unit), chosen
        )

    def _handed(self, result: tuple[str, list[Dossier]]) -> None:
        self._print_then("ban-giao-kq", f"Đã bàn giao kết quả, phiếu {result[0]}. u hoàn tác.")

    def action_accept(self) -> None:
        """The dossier arrived here."""
        self._act(
            lambda desk: desk.accept_handover([self._dossier_id]),
            lambda _: self._ok("Đã nhận bàn giao hồ sơ."),
        )

    def action_supplement(self) -> None:
        """F9: ask for everything that is missing, once."""
        data = self._data
        if data is None:
            return

        def asked(request: SupplementRequest | None) -> None:
            if request is not None:
                self._request(request)

        dossier = data.detail.dossier
        self.app.push_screen(SupplementDialog(data.papers, again=bool(dossier.supplements)), asked)

    def _request(self, request: SupplementRequest, demanded: str = "") -> None:
        """Ask; a paper that a database replaces is asked for only with a reason."""

        def refused(sentence: str) -> None:
            self._read(hold=True)
            if getattr(self.last_error, "code", "") == "database":
                self.app.push_screen(
                    AskText("Vì sao vẫn phải yêu cầu nộp?", body=sentence),
                    lambda reason: self._request(request, reason) if reason else None,
                )

        def done(_: Any) -> None:
            self._print_then("mau-02", "Đã yêu cầu bổ sung; thời hạn tạm dừng.")
            self._read(hold=True)

        self.work(
            lambda desk: desk.request_supplement(
                self._dossier_id,
                request.items,
                request.reason,
                again_reason=request.again_reason,
                demanded=demanded,
            ),
            done,
            group="act",
            write=True,
            failed=refused,
        )

    def action_supplemented(self) -> None:
        """Everything that was asked for came."""
        data, desk = self._data, self.desk
        if data is None or desk is None:
            return
        dossier = data.detail.dossier
        asked = dossier.state is State.SUPPLEMENT
        title = "Đã nhận đủ các nội dung yêu cầu bổ sung?" if asked else "Hồ sơ đã đủ giấy tờ, tiếp nhận?"
        papers = desk.completing(dossier)
        told = dossier.supplement_items if asked else dossier.missing
        body = "\n".join(f"– {item}" for item in dict.fromkeys((*told, *(paper.name for paper in papers))))

        def answered(yes: bool | None) -> None:
            if yes:
                self._act(lambda desk: desk.supplement(self._dossier_id, papers), self._supplemented)

        self.app.push_screen(Confirm(title, body, yes="Đã nhận đủ" if asked else "Tiếp nhận"), answered)

    def _supplemented(self, dossier: Dossier) -> None:
        due = f" Hẹn trả {say_moment(dossier.due_at)}." if dossier.due_at else ""
        if dossier.code and dossier.supplements and dossier.received_at == dossier.last_at:
            self._print_then("mau-01", f"Đã tiếp nhận hồ sơ {dossier.code}.{due}")
        else:
            self._ok(f"Đã nhận bổ sung.{due} F7 in lại giấy hẹn.")

    def action_resolve(self) -> None:
        """The competent body has decided."""

        def resolved(outcome: Outcome, number: str) -> None:
            self._act(
                lambda desk: desk.resolve(self._dossier_id, outcome, number),
                self._resolved,
            )

        ask_outcome(self, resolved)

    def _resolved(self, dossier: Dossier) -> None:
        here = dossier.holder_unit in ("", dossier.receiving_unit)
        then = "F5 trả kết quả cho người nộp." if here else "F6 bàn giao kết quả về nơi tiếp nhận."
        self._ok(f"Đã ghi kết quả. {then}")

    def action_withdraw(self) -> None:
        """The applicant takes it back; the reason is kept."""
        self._ask(
            "Lý do rút hồ sơ",
            lambda desk, text: desk.withdraw(self._dossier_id, text),
            "Đã ghi nhận rút hồ sơ. u hoàn tác.",
        )

    def action_note(self) -> None:
        """A remark in the history."""
        self._ask("Ghi chú vào hồ sơ", lambda desk, text: desk.note(self._dossier_id, text), "Đã ghi chú.")

    def action_undo(self) -> None:
        """Take the last step back."""
        self._act(
            lambda desk: desk.undo(self._dossier_id), lambda _: self._ok("Đã hoàn tác thao tác vừa rồi.")
        )

    def action_explain(self) -> None:
        """d: how the promised date came about."""
        dossier = self.dossier
        if dossier is None:
            return

        def show(lines: list[str]) -> None:
            self.app.push_screen(LedgerScreen(lines))

        self.work(lambda desk: dossier_ledger(desk, dossier), show, group="explain", hold=True)

    def action_print(self) -> None:
        """F7: the form at hand; where there are several, choose."""
        forms = self._forms()
        if len(forms) == 1:
            self._print(forms[0])
            return
        options = [(form, form_title(form)) for form in forms]
        self.app.push_screen(
            Pick("In giấy tờ nào?", options), lambda form: self._print(form) if form else None
        )

    def _forms(self) -> list[str]:
        """The forms this dossier has, the newest first."""
        if self._data is None:
            return []
        detail = self._data.detail
        found = [
            _FORM_EVENTS[item.kind]
            for item in detail.history
            if item.kind in _FORM_EVENTS and not item.undone
        ]
        if not detail.dossier.slip:
            found = [form for form in found if not form.startswith("ban-giao")]
        return list(dict.fromkeys(reversed(found)))

    def _print(self, form: str) -> None:
        self._print_then(form, "")

    def _print_then(self, form: str, said: str) -> None:
        dossier, config = self._dossier_id, self.counter_app.config
        if said:
            self._ok(said)

        def job(desk: Desk) -> tuple[str, bool]:
            if form.startswith("ban-giao"):
                return print_slip(desk, dossier, config, form)
            return print_form(desk, dossier, config, form)

        def printed(outcome: tuple[str, bool]) -> None:
            self.say(f"{said} {outcome[0]}".strip(), severity="ok" if outcome[1] else "warning")
            self._read()

        self.work(job, printed, group="print")

    # -- shared -------------------------------------------------------------------------------------

    def _ask(self, title: str, job: Callable[[Desk, str], Any], said: str, form: str = "") -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                done = (lambda _: self._print_then(form, said)) if form else (lambda _: self._ok(said))
                self._act(lambda desk: job(desk, text), done)

        self.app.push_screen(AskText(title), answered)

    def _form(
        self,
        title: str,
        parts: Sequence[Part],
        job: Callable[[Desk, Answers], Any],
        then: Callable[[Any], None],
        *,
        check: Callable[[Mapping[str, str]], str] | None = None,
        body: str = "",
    ) -> None:
        """Ask for several values, act, tell; a refusal brings the form back with everything typed."""

        def ask(shown: Sequence[Part], problem: str = "") -> None:
            self.app.push_screen(FormDialog(title, shown, check=check, body=body, problem=problem), answered)

        def answered(given: Answers | None) -> None:
            if given is None:
                return

            def done(result: Any) -> None:
                then(result)
                self._read(hold=True)

            def refused(sentence: str) -> None:
                self._read(hold=True)
                ask([replace(part, value=given[part.name]) for part in parts], sentence)

            self.work(lambda desk: job(desk, given), done, group="act", write=True, failed=refused)

        ask(parts)

    def _act(self, job: Callable[[Desk], Any], then: Callable[[Any], None]) -> None:
        """Do it, say it, read again; a refusal is one sentence and the dossier is read again too."""

        def done(result: Any) -> None:
            then(result)
            self._read(hold=True)

        self.work(job, done, group="act", write=True, failed=lambda sentence: self._read(hold=True))

    def _ok(self, sentence: str) -> None:
        self.say(sentence, severity="ok")
