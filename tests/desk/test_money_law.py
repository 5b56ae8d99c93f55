"""Money that goes wrong ways: an undone receipt, a waiver given twice, cash taken without a shift."""

from __future__ import annotations

from typing import Any

import pytest
from law_tools import take

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.site_rules import ExemptionRule
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk import Desk

FEE = ev.FeeCharge(name="Lệ phí", amount=50_000)
PAID = FEE.model_copy(update={"paid": True})


def test_undoing_a_paid_receipt_gives_the_cash_back_in_the_same_stroke(desk: Desk) -> None:
    desk.open_shift(100_000)
    dossier = take(desk, fees=(PAID,))
    assert desk.shift_sheet().expected == 150_000
    after = desk.undo(dossier.id)
    assert (after.voided, desk.account(after).paid, desk.account(after).refunded) == (True, 50_000, 50_000)
    sheet = desk.shift_sheet()
    assert (sheet.expected, [row.payment.amount for row in sheet.rows]) == (100_000, [50_000, -50_000])
    again = take(desk, fees=(PAID,))
    assert desk.undo_all([again.id])[0].voided
    assert desk.shift_sheet().expected == 100_000


def test_undoing_a_later_step_touches_no_money(desk: Desk) -> None:
    dossier = take(desk, fees=(PAID,))
    desk.forward([dossier.id], "dia-chinh")
    assert desk.account(desk.undo(dossier.id)).refunded == 0


def test_money_by_bank_is_sent_back_before_the_receipt_is_undone(desk: Desk) -> None:
    dossier = take(desk, fees=(FEE,))
    desk.pay(dossier.id, method=ev.PayMethod.BANK, reference="FT1")
    with pytest.raises(Refused, match="hoàn tiền trước"):
        desk.undo(dossier.id)
    desk.refund(dossier.id, 50_000, "nhầm hồ sơ", method=ev.PayMethod.BANK, reference="FT2")
    assert desk.undo(dossier.id).voided


def test_money_that_a_voided_dossier_still_holds_can_be_given_back(desk: Desk) -> None:
    dossier = desk.undo(take(desk, fees=(FEE,)).id)
    with pytest.raises(Refused, match="bị hủy"):
        desk.pay(dossier.id)
    with pytest.raises(Refused, match="nhiều hơn số đã thu"):
        desk.refund(dossier.id, 1_000, "thử")


def test_half_a_waiver_twice_is_no_whole_one(desk: Desk) -> None:
    half = ExemptionRule(id="can-ngheo", name="hộ cận nghèo", percent=50, ground="Nghị quyết HĐND")
    desk.save_site(desk.site.model_copy(update={"exemptions": (half,)}))
    dossier = take(desk, fees=(FEE,))
    desk.exempt(dossier.id, "can-ngheo")
    with pytest.raises(Refused, match="Không còn khoản nào"):
        desk.exempt(dossier.id, "can-ngheo")
    with pytest.raises(Refused, match="Không còn khoản nào"):
        desk.exempt(dossier.id, "can-ngheo", fee="Lệ phí")
    assert desk.account(dossier.id).owed == 25_000
    desk.charge(dossier.id, "Phí thẩm định", 20_000, ground="biểu phí")
    assert desk.account(desk.exempt(dossier.id, "can-ngheo")).owed == 35_000


def test_a_waiver_at_the_intake_is_not_given_again_later(desk: Desk) -> None:
    half = ExemptionRule(id="can-ngheo", name="hộ cận nghèo", percent=50, ground="Nghị quyết HĐND")
    desk.save_site(desk.site.model_copy(update={"exemptions": (half,)}))
    dossier = take(desk, fees=(FEE,), exemption="can-ngheo")
    with pytest.raises(Refused, match="Không còn khoản nào"):
        desk.exempt(dossier.id, "can-ngheo")


def test_two_fees_of_one_name_are_each_waived_by_their_own_half(desk: Desk) -> None:
    half = ExemptionRule(id="can-ngheo", name="hộ cận nghèo", percent=50, ground="Nghị quyết HĐND")
    desk.save_site(desk.site.model_copy(update={"exemptions": (half,)}))
    other = PAID.model_copy(update={"amount": 20_000})
    dossier = take(desk, fees=(PAID, other), exemption="can-ngheo")
    assert [one.amount for one in dossier.payments] == [25_000, 10_000]
    assert desk.account(dossier).owed == 0


def test_cash_taken_without_a_shift_opens_one_and_stands_on_its_sheet(desk: Desk, clock: Any) -> None:
    take(desk, fees=(PAID,))
    assert desk.current_shift() is not None
    assert desk.shift_sheet().expected == 50_000
    shift = desk.open_shift(200_000)  # the float is told afterwards
    assert (shift.opening, shift.note) == (200_000, "")
    assert desk.shift_sheet().expected == 250_000
    with pytest.raises(Refused, match="chưa kết"):
        desk.open_shift(10_000)
    assert desk.close_shift(250_000).difference == 0
    assert len(desk.shifts()) == 1
    assert desk.find(DossierQuery())


def test_who_takes_no_money_opens_no_shift(desk: Desk) -> None:
    desk.sign_in("sat")
    with pytest.raises(Refused, match="của cán bộ tiếp nhận hoặc lãnh đạo"):
        desk.open_shift(0)


def test_a_supervisor_answers_no_feedback(desk: Desk) -> None:
    found = desk.log_feedback("Chờ quá lâu")
    desk.sign_in("sat")
    with pytest.raises(Refused, match="của cán bộ tiếp nhận, cán bộ xử lý hoặc lãnh đạo"):
        desk.answer_feedback(found.id, "Đã nhắc")
    desk.sign_in("binh")
    assert desk.answer_feedback(found.id, "Đã nhắc").answer == "Đã nhắc"
