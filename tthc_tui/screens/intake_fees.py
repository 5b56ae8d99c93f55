"""Fees of an intake as the officer sets them, and papers demanded although a database replaces them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.widgets import Static

from tthc_tui.core.duration import say_money
from tthc_tui.core.events import FeeCharge
from tthc_tui.core.procedure import Channel
from tthc_tui.screens.asking import sum_of
from tthc_tui.screens.intake_draft import FeeChoice, fee_line
from tthc_tui.screens.intake_saving import IntakeSaving
from tthc_tui.widgets.dialogs import AskText
from tthc_tui.widgets.forms import Answers, FormDialog, Part

if TYPE_CHECKING:
    from tthc_tui.core.procedure import Procedure
    from tthc_tui.core.site_rules import ExemptionRule
    from tthc_tui.desk import Desk

_OWN, _NONE, _TYPED = "own", "none", "typed"
_PAID = (("", "thu sau"), ("cash", "thu ngay tiền mặt"))


class IntakeFees(IntakeSaving):
    """Ctrl+F: the line of the tariff, a waiver, paid now. Ctrl+D: a paper that is demanded all the same."""

    # -- fees ---------------------------------------------------------------------------------------

    def action_fees(self) -> None:
        """Which alternative of the tariff holds, what is waived, whether it is paid now."""
        procedure = self.procedure
        if procedure is None:
            self.say("Chưa chọn thủ tục: hãy gõ tên thủ tục rồi nhấn Enter.", error=True)
            return
        channel = Channel(self._choice("channel").value)
        self.work(
            lambda desk: read_tariff(desk, procedure, channel), self._ask_fees, group="tariff", hold=True
        )

    def _ask_fees(self, tariff: Tariff) -> None:
        lines, rules = tariff
        chosen = self._fee_choice
        keep = chosen.exemption if chosen else ""
        parts = [
            Part("line", "Mức thu", options=[(key, label) for key, (label, _) in lines.items()]),
            Part(
                "amount",
                "Mức khác (đồng)",
                numeric=True,
                max_length=12,
                placeholder="khi bảng phí không có mức đúng",
            ),
            Part("rule", "Miễn, giảm", keep, options=_exemptions(rules)),
            Part(
                "ground",
                "Căn cứ miễn",
                chosen.ground if chosen else "",
                placeholder="khi không theo diện nào",
            ),
            Part("paid", "Thanh toán", "cash" if chosen and chosen.paid else "", options=_PAID),
        ]

        def answered(given: Answers | None) -> None:
            if given is not None:
                self._set_fees(FeeChoice(*_chosen(given, tariff), paid=bool(given["paid"])))

        self.app.push_screen(FormDialog("Phí, lệ phí của hồ sơ này", parts, check=_need_ground), answered)

    def _set_fees(self, choice: FeeChoice) -> None:
        self._fee_choice = choice
        if self._due is not None:
            self.query_one("#intake-fees", Static).update(
                f" {fee_line(self._due, choice)}   [Ctrl+F] thu phí"
            )
        self.say("Đã chọn mức thu; F10 hoàn tất.", severity="ok")

    # -- papers a database replaces -----------------------------------------------------------------

    def action_demand(self) -> None:
        """Demand the paper under the cursor although a database replaces it; the reason is kept."""
        line = self.papers.cursor_line
        if self.procedure is None or line is None or not line.database:
            self.say(
                "Ctrl+D dùng với dòng [·] khai thác từ cơ sở dữ liệu trong thành phần hồ sơ.", error=True
            )
            return

        def given(reason: str | None) -> None:
            if reason is None:
                return
            if reason.strip():
                self._demanded[line.id] = reason.strip()
                self._warn(f"Đã yêu cầu nộp “{line.label}”, lý do: {reason.strip()}.")
            else:
                self._demanded.pop(line.id, None)
                self._warn("")

        self.app.push_screen(
            AskText(
                "Vì sao vẫn phải yêu cầu nộp?",
                self._demanded.get(line.id, ""),
                body=f"{line.label}: khai thác từ {line.database} (Nghị quyết 66.7/2025/NQ-CP). Để trống là không yêu cầu.",
                required=False,
            ),
            given,
        )


Tariff = tuple[dict[str, tuple[str, tuple[FeeCharge, ...]]], list["ExemptionRule"]]


def read_tariff(desk: Desk, procedure: Procedure, channel: Channel) -> Tariff:
    """The alternatives of the tariff by key (label, charges) and the waivers that hold; runs in a thread."""
    from tthc_tui.core.fees import exemptions
    from tthc_tui.desk.intake import charge_of

    usual = desk.fees(procedure, channel)
    lines = {_OWN: (f"theo bảng phí: {_said(usual)}", usual)}
    for group in desk.tariff_groups(procedure.code, procedure.field_name):
        fees = desk.fees(procedure, channel, group=group)
        lines[f"group:{group}"] = (f"{group}: {_said(fees)}", fees)
    for number, rule in enumerate(desk.fee_rules(procedure, channel)):
        charge = charge_of(rule)
        note = f" ({rule.note})" if rule.note else ""
        lines[f"rule:{number}"] = (f"{_said((charge,))}{note}"[:120], (charge,))
    lines[_NONE] = ("không thu", ())
    rules = exemptions(desk.site.exemptions, procedure.code, procedure.field_name, desk.now.date())
    return lines, rules


def _said(fees: tuple[FeeCharge, ...]) -> str:
    parts = [
        f"{fee.name} {say_money(fee.amount) if fee.amount else fee.note or 'chưa có mức'}" for fee in fees
    ]
    return "; ".join(parts) or "không ghi"


def _exemptions(rules: list[ExemptionRule]) -> list[tuple[str, str]]:
    named = [(rule.id, f"{rule.name} – giảm {rule.percent}%") for rule in rules]
    return [("", "không"), *named, (_TYPED, "căn cứ khác (ghi ở dưới)")]


def _need_ground(given: Mapping[str, str]) -> str:
    if given["rule"] == _TYPED and not given["ground"].strip():
        return "Miễn, giảm phí phải nêu căn cứ: hãy ghi ở ô Căn cứ miễn."
    return ""


def _chosen(given: Answers, tariff: Tariff) -> tuple[tuple[FeeCharge, ...], str, str, str]:
    """Fees, exemption id, its name, the ground."""
    lines, rules = tariff
    fees = lines[given["line"]][1]
    amount = sum_of(given["amount"])
    if amount:
        name = fees[0].name if fees else "Lệ phí"
        fees = (FeeCharge(name=name, amount=amount, note="mức do cán bộ nhập"),)
    rule = next((one for one in rules if one.id == given["rule"]), None)
    ground = given["ground"] if given["rule"] == _TYPED or rule else ""
    return fees, rule.id if rule else "", f"{rule.name} {rule.percent}%" if rule else "", ground
