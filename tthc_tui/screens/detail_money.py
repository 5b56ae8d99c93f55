"""Money and corrections of the dossier on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tthc_tui.core import events as ev
from tthc_tui.core import fees as money
from tthc_tui.core.duration import say_money
from tthc_tui.screens.asking import (
    PickProcedure,
    moment_or_none,
    promised,
    say_typed,
    sum_of,
    wrong_moments,
)
from tthc_tui.screens.detail_papers import PaperSteps
from tthc_tui.widgets.dialogs import Pick
from tthc_tui.widgets.forms import Answers, Part

if TYPE_CHECKING:
    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

METHODS = tuple((str(method), method.label) for method in ev.PayMethod)
_OTHER = "+"
_PERSON = (
    ("name", "Họ tên"),
    ("number", "Số định danh"),
    ("birth", "Ngày sinh"),
    ("phone", "Điện thoại"),
    ("address", "Địa chỉ"),
)


def need_reference(answers: Mapping[str, str]) -> str:
    """Money that is not cash is recorded by its reference."""
    if answers.get("method", "cash") != "cash" and not answers.get("reference", "").strip():
        return "Thu, hoàn không bằng tiền mặt phải ghi mã giao dịch: hãy nhập mã."
    return ""


class MoneySteps(PaperSteps):
    """What is charged, waived, taken, given back; what is put right."""

    # -- money --------------------------------------------------------------------------------------

    def action_pay(self) -> None:
        """Take money with the next receipt number; the slip is printed."""
        dossier = self.dossier
        if dossier is None:
            return
        owed = money.account(dossier).owed
        parts = [
            Part("amount", "Số tiền (đồng)", str(owed), numeric=True, required=True, max_length=12),
            Part("method", "Hình thức", options=METHODS),
            Part(
                "reference", "Mã giao dịch", placeholder="bắt buộc khi không thu tiền mặt", vietnamese=False
            ),
            Part("payer", "Người nộp tiền", placeholder="để trống: người nộp hồ sơ"),
        ]
        names = "; ".join(fee.name for fee in dossier.fees if fee.amount)

        def act(desk: Desk, given: Answers) -> Dossier:
            return desk.pay(
                self._dossier_id,
                sum_of(given["amount"]),
                method=ev.PayMethod(given["method"]),
                reference=given["reference"],
                item=names,
                payer=given["payer"],
            )

        def done(dossier: Dossier) -> None:
            paid = dossier.payments[-1]
            self._print_then("phieu-thu", f"Đã thu {say_money(paid.amount)}, biên lai {paid.number}.")

        self._form(
            f"Thu phí, lệ phí – còn phải nộp {say_money(owed)}", parts, act, done, check=need_reference
        )

    def action_charge(self) -> None:
        """A fee the receipt did not name, or named without a figure."""
        parts = [
            Part("name", "Khoản thu", required=True, placeholder="ví dụ: Lệ phí trước bạ"),
            Part("amount", "Số tiền (đồng)", numeric=True, required=True, max_length=12),
            Part("ground", "Căn cứ", placeholder="văn bản quy định mức thu"),
        ]
        self._form(
            "Ghi khoản thu",
            parts,
            lambda desk, given: desk.charge(
                self._dossier_id, given["name"], sum_of(given["amount"]), ground=given["ground"]
            ),
            lambda _: self._ok("Đã ghi khoản thu; “Thu phí, lệ phí” khi người nộp trả tiền."),
        )

    def action_exempt(self) -> None:
        """Waive by a ground of the site's list, or one that is typed."""
        dossier = self.dossier
        if dossier is None:
            return

        def show(rules: list[tuple[str, str]]) -> None:
            if rules:
                self.app.push_screen(
                    Pick("Diện miễn, giảm", [*rules, (_OTHER, "(căn cứ khác)")]), self._exempt_by
                )
            else:
                self._exempt_by(_OTHER)

        self.work(
            lambda desk: [
                (rule.id, f"{rule.name} – {rule.percent}%" + (f" ({rule.ground})" if rule.ground else ""))
                for rule in desk.exemptions_for(dossier)
            ],
            show,
            group="exemptions",
            hold=True,
        )

    def _exempt_by(self, rule: str | None) -> None:
        dossier = self.dossier
        if rule is None or dossier is None:
            return
        if rule != _OTHER:
            self._act(lambda desk: desk.exempt(self._dossier_id, rule), self._exempted)
            return
        left = money.account(dossier)
        parts = [
            Part("ground", "Căn cứ", required=True),
            Part(
                "amount", "Số tiền miễn, giảm", str(left.charged - left.exempted), numeric=True, required=True
            ),
        ]
        self._form(
            "Miễn, giảm phí, lệ phí",
            parts,
            lambda desk, given: desk.exempt(
                self._dossier_id, ground=given["ground"], amount=sum_of(given["amount"])
            ),
            self._exempted,
        )

    def _exempted(self, dossier: Dossier) -> None:
        self._ok(f"Đã miễn, giảm {say_money(dossier.exemptions[-1].amount)}.")

    def action_refund(self) -> None:
        """Give money back with a number of its own."""
        dossier = self.dossier
        if dossier is None:
            return
        sums = money.account(dossier)
        receipts = [
            (one.number, f"{one.number} – {say_money(one.amount)}")
            for one in dossier.payments
            if one.amount > 0
        ]
        parts = [
            Part("of", "Của biên lai", options=receipts),
            Part(
                "amount",
                "Số tiền (đồng)",
                str(sums.paid - sums.refunded),
                numeric=True,
                required=True,
                max_length=12,
            ),
            Part("reason", "Lý do", required=True),
            Part("method", "Hình thức", options=METHODS),
            Part(
                "reference", "Mã giao dịch", placeholder="bắt buộc khi không hoàn tiền mặt", vietnamese=False
            ),
        ]

        def act(desk: Desk, given: Answers) -> Dossier:
            return desk.refund(
                self._dossier_id,
                sum_of(given["amount"]),
                given["reason"],
                method=ev.PayMethod(given["method"]),
                of=given["of"],
                reference=given["reference"],
            )

        def done(dossier: Dossier) -> None:
            paid = dossier.payments[-1]
            self._print_then("phieu-chi", f"Đã hoàn {say_money(-paid.amount)}, phiếu chi {paid.number}.")

        self._form("Hoàn phí, lệ phí", parts, act, done, check=need_reference)

    # -- corrections --------------------------------------------------------------------------------

    def action_correct(self) -> None:
        """Put right what the receipt says; the new one names the one it replaces."""
        what = (
            ("person", "Sai người nộp (họ tên, số định danh, ngày sinh, địa chỉ)"),
            ("procedure", "Sai thủ tục"),
            ("received", "Sai thời điểm tiếp nhận"),
            ("due", "Sai ngày hẹn trả"),
            ("content", "Sai nội dung ghi trên giấy"),
        )
        self.app.push_screen(Pick("Đính chính giấy tiếp nhận", what), self._correct_what)

    def _correct_what(self, what: str | None) -> None:
        data = self._data
        if what is None or data is None:
            return
        dossier = data.detail.dossier
        if what == "procedure":
            dialog = PickProcedure("Thủ tục đúng", self)
            self.app.push_screen(dialog, lambda code: self._correct_procedure(code) if code else None)
            return
        if what == "person":
            known = data.detail.applicant
            parts = [
                Part(name, label, str(getattr(known, name, "")), required=name == "name", max_length=1000)
                for name, label in _PERSON
            ]
        elif what == "content":
            parts = [Part("content", "Nội dung đúng", dossier.content, required=True, max_length=1000)]
        else:
            at = dossier.received_at if what == "received" else dossier.due_at
            label = "Tiếp nhận lúc" if what == "received" else "Hẹn trả lúc"
            parts = [Part(what, label, say_typed(at) if at else "", required=True, vietnamese=False)]
        check = wrong_moments(what) if what in ("received", "due") else None
        if what == "due" and self.desk is not None:
            calendar = self.desk.calendar(dossier.procedure.field_name)
            check = wrong_moments(what, read=lambda text: promised(text, calendar))
        self._correct(parts, {}, check=check)

    def _correct_procedure(self, code: str) -> None:
        def show(cases: list[tuple[str, str]]) -> None:
            parts = [Part("case", "Trường hợp", options=cases)] if len(cases) > 1 else []
            self._correct(parts, {"procedure": code})

        self.work(
            lambda desk: [(case.code, case.name) for case in desk.procedure(code).cases],
            show,
            group="case",
            hold=True,
        )

    def _correct(self, parts: list[Part], fixed: dict[str, Any], check: Any = None) -> None:
        """The reason behind the corrected values, then the corrected receipt."""
        dossier = self.dossier
        field = dossier.procedure.field_name if dossier else ""

        def act(desk: Desk, given: Answers) -> Dossier:
            values: dict[str, Any] = {**fixed}
            if "name" in given:
                values["applicant"] = self._corrected_person(given)
            if "received" in given:
                values["received_at"] = moment_or_none(given["received"])
            if "due" in given:
                values["due_at"] = promised(given["due"], desk.calendar(field))
            values |= {name: given[name] for name in ("content", "case") if name in given}
            return desk.correct(self._dossier_id, given["reason"], **values)

        def done(dossier: Dossier) -> None:
            papers = f"giấy số {dossier.number} thay giấy số {dossier.replaces}"
            self._print_then("mau-01", f"Đã đính chính: {papers}; mã hồ sơ giữ nguyên.")

        everything = [*parts, Part("reason", "Lý do đính chính", required=True)]
        self._form("Đính chính sau khi đã in giấy", everything, act, done, check=check)

    def _corrected_person(self, given: Answers) -> Any:
        from tthc_tui.desk.intake_form import PersonInput

        known = self._data.detail.applicant if self._data else None
        kept = {name: getattr(known, name) for name in PersonInput.model_fields} if known else {}
        return PersonInput(**{**kept, **{name: given[name] for name, _ in _PERSON}})
