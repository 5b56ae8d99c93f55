"""Money given back is on paper like money taken: a slip of its own; files are named by their form."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_tools import take

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.desk import Desk
from tthc_tui.printing.output import Printer
from tthc_tui.printing.render import render

FEE = ev.FeeCharge(name="Lệ phí cấp giấy phép", amount=50_000)


def test_a_refund_has_a_slip_that_says_how_much_to_whom_and_why(desk: Desk, tmp_path: Path) -> None:
    dossier = desk.pay(take(desk, fees=(FEE,)).id)
    with pytest.raises(Refused, match="chưa hoàn khoản nào"):
        desk.document(dossier.id, "phieu-chi")
    desk.refund(
        dossier.id,
        7_500,
        "thu thừa",
        of=dossier.payments[0].number,
        method=ev.PayMethod.BANK,
        reference="FT26327009",
    )
    document = desk.document(dossier.id, "phieu-chi")
    text = render(document, "text")[0].decode("utf-8")
    for said in ("PHIẾU CHI", "C00001/2026", "7.500", "Bảy nghìn năm trăm đồng", "thu thừa", "FT26327009"):
        assert said in text, said
    assert {dossier.payments[0].number, dossier.code, document.values["applicant"]} <= {
        value for value in (*document.values.values(), document.code) if value in text
    }
    assert "phieu-chi" in desk.forms_of(desk.dossier(dossier.id))
    assert render(document, "pdf")[0].startswith(b"%PDF")
    assert render(document, "escpos")[0].startswith(b"\x1b@")


def test_the_slip_of_the_second_refund_is_no_reprint_of_the_first(desk: Desk, tmp_path: Path) -> None:
    dossier = desk.pay(take(desk, fees=(FEE,)).id)
    printer = Printer(kind="none", format="text")
    for amount, number in ((10_000, "C00001/2026"), (5_000, "C00002/2026")):
        desk.refund(dossier.id, amount, "thu thừa")
        jobs = [desk.print_form(dossier.id, printer, tmp_path, "phieu-chi") for _ in range(2)]
        assert [(job.reprint, job.document.number) for job in jobs] == [(0, number), (1, number)]


def test_who_paid_stands_on_the_slip_of_the_payment(desk: Desk) -> None:
    dossier = desk.pay(take(desk, fees=(FEE,)).id, payer="Lê Văn Nộp Thay")
    paper = desk.document(dossier.id, "phieu-thu")
    assert (paper.values["applicant"], paper.values["applicant_number"]) == ("Lê Văn Nộp Thay", "")


def test_saved_papers_are_named_by_their_form_and_the_code(desk: Desk, tmp_path: Path) -> None:
    dossier = desk.pay(take(desk, fees=(FEE,)).id)
    desk.refund(dossier.id, 500, "thu thừa")
    for form in ("", "mau-06", "phieu-thu", "phieu-chi"):
        desk.print_form(dossier.id, Printer(kind="none", format="text"), tmp_path / "giay", form)
    names = sorted(file.name for file in (tmp_path / "giay").iterdir())
    assert names == [f"{form}-{dossier.code}.txt" for form in ("mau-01", "mau-06", "phieu-chi", "phieu-thu")]
