"""Hostile text on paper, narrow thermal printers, wording of a site that does not fit."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from printing_samples import decoded, escpos_images, receipt_data

from tthc_tui.printing.document import Document
from tthc_tui.printing.forms import load_forms
from tthc_tui.printing.output import Printer, print_document
from tthc_tui.printing.render import to_pdf, to_text
from tthc_tui.printing.slips import Party, receipt_document


def pdf_text(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages).split())


def test_braces_in_an_applicants_text_are_printed_as_typed(receipt: Callable[..., Document]) -> None:
    text = pdf_text(to_pdf(receipt(applicant=Party(name="CÔNG TY {nb} {code}", address="**x** {page}"))))
    assert "CÔNG TY {nb} {code}" in text
    assert "**x** {page}" in text


def test_the_authorised_person_stands_in_the_order_of_the_form(receipt: Callable[..., Document]) -> None:
    """Mẫu 01, line 8: họ và tên, địa chỉ, số định danh cá nhân, số điện thoại, email, giấy tờ ủy quyền."""
    agent = Party(name="LÊ THỊ BÉ", number="079184001234", address="Ấp 3", phone="0909", email="be@x.vn")
    text = pdf_text(to_pdf(receipt(agent=agent, authorisation="Giấy ủy quyền số 5")))
    facts = ["LÊ THỊ BÉ", "địa chỉ: Ấp 3", "079184001234", "0909", "be@x.vn", "Giấy ủy quyền số 5"]
    places = [text.index(fact) for fact in facts]
    assert places == sorted(places)


def test_a_sites_page_wording_with_other_braces_still_prints() -> None:
    forms = load_forms({"wording": {"page": "Tờ {page} trên {tong} {"}})
    assert "Tờ 1 trên" in pdf_text(to_pdf(receipt_document(receipt_data(), forms)))


def test_a_58_mm_printer_gets_paper_of_its_width(tmp_path: Path, receipt: Callable[..., Document]) -> None:
    printer = Printer(kind="folder", path=str(tmp_path / "out"), format="escpos", dots=384, copies=1)
    done = print_document(receipt(), printer, tmp_path, "giay-hen")
    assert done.ok
    (image,) = escpos_images(Path(done.path).read_bytes())
    assert image.width == 384
    assert "H61.101-261124-0001" in decoded(image).values()


@pytest.mark.parametrize(
    "blocks",
    [
        [{"kind": "signatures", "signers": []}],
        [{"kind": "table", "key": "papers", "columns": []}],
        [{"kind": "table", "key": "papers", "columns": [{"title": "a", "width": 0}]}],
        [{"kind": "table", "key": "papers", "columns": [{"title": "a", "width": -5}]}],
        [{"kind": "table", "key": "papers", "columns": [{"title": "a", "width": float("nan")}]}],
        [{"kind": "field", "key": "x", "label": "x", "blanks": 100_000}],
        [5],
    ],
)
def test_a_sites_form_that_cannot_be_drawn_is_refused_when_read(blocks: list[Any]) -> None:
    with pytest.raises(ValueError, match="Khai báo biểu mẫu") as raised:
        load_forms({"forms": {"receipt": {"blocks": blocks}}})
    assert "object" not in str(raised.value)


def test_a_sites_wording_cannot_steer_terminal_or_printer() -> None:
    forms = load_forms({"forms": {"receipt": {"title": "GIẤY\x1b[2J \u202eHẸN"}}})
    assert "GIẤY HẸN" in to_text(receipt_document(receipt_data(), forms))
