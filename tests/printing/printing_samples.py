"""Sample data and eyes (pixels, decoders) for the tests of printed forms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image

from tthc_tui.core.base import VIETNAM
from tthc_tui.printing import lists, slips
from tthc_tui.printing.document import Document, Letterhead

AT = datetime(2026, 11, 24, 8, 42, tzinfo=VIETNAM)
DUE = AT.replace(hour=16, minute=30)
HEAD = Letterhead(
    parent="Ủy ban nhân dân phường Rạch Giá", centre="Trung tâm Phục vụ hành chính công", place="Rạch Giá"
)
PARTY = slips.Party(
    name="PHẠM VĂN ẨN",
    number="079084001234",
    address="12 đường Lê Lợi, phường Rạch Giá, tỉnh An Giang",
    phone="0912 345 678",
    email="an@example.vn",
)
PAPERS = (
    slips.PaperLine(name="Tờ khai đăng ký khai sinh"),
    slips.PaperLine(name="Giấy chứng nhận kết hôn", form="bản sao", count=2),
    slips.PaperLine(name="Giấy tờ chứng minh nơi cư trú", database="CSDL quốc gia về dân cư"),
)
BASE: dict[str, Any] = {
    "letterhead": HEAD,
    "issued_at": AT,
    "number": "12",
    "code": "H61.101-261124-0001",
    "short_id": "7K3M-2PQX",
}
CONTENT = "Đăng ký khai sinh"
STEPS = tuple(
    lists.ControlStep(
        from_unit="Bộ phận Một cửa",
        to_unit="Phòng Tư pháp",
        at=AT,
        giver="Nguyễn Thị Lan",
        receiver="Lê Văn Cường",
        outcome="đúng hạn",
    )
    for _ in range(3)
)


def receipt_data(**changes: Any) -> slips.ReceiptData:
    """A usual receipt with some fields changed."""
    usual = {
        **BASE,
        "applicant": PARTY,
        "content": CONTENT,
        "papers": PAPERS,
        "limit": "Trong ngày",
        "received_at": AT,
        "due_at": DUE,
        "delivery": "Quầy 07",
        "book": "2",
        "serial": "145",
        "officer": "Nguyễn Thị Lan",
        "fees": (slips.FeeLine(name="Lệ phí hộ tịch", amount=8000),),
    }
    return slips.ReceiptData(**{**usual, **changes})


def every_document() -> dict[str, Document]:
    """One document of every form."""
    return {**_slips(), **_lists()}


def _slips() -> dict[str, Document]:
    party = {**BASE, "applicant": PARTY, "content": CONTENT}
    return {
        "receipt": slips.receipt_document(receipt_data()),
        "supplement": slips.supplement_document(
            slips.SupplementData(
                **party, items=("Giấy chứng sinh", "Văn bản ủy quyền"), reason="Còn thiếu", contact="Bà Lan"
            )
        ),
        "refusal": slips.refusal_document(slips.RefusalData(**party, reason="Không thuộc thẩm quyền")),
        "apology": slips.apology_document(
            slips.ApologyData(
                **party,
                body="UBND phường Rạch Giá",
                received_at=AT,
                due_at=DUE,
                reason="Chờ xác minh",
                new_due_at=DUE + timedelta(days=3),
                head="Trần Văn Bình",
            )
        ),
        "stop": slips.stop_document(
            slips.StopData(**party, received_at=AT, requested_at=AT, stopped_at=AT, reason="Theo đề nghị")
        ),
        "certification": slips.certification_document(
            slips.CertificationData(
                **party, rows=(slips.CertificationRow(name="Bằng đại học", pages=2, copies=3, fee=12000),)
            )
        ),
        "fee": slips.fee_document(
            slips.FeeSlipData(**party, fees=(slips.FeeLine(name="Lệ phí hộ tịch", amount=8000),))
        ),
        "refund": slips.refund_document(
            slips.RefundSlipData(**party, amount=8000, reason="thu thừa", of="000012/2026")
        ),
    }


def _lists() -> dict[str, Document]:
    units = {"from_unit": "Bộ phận Một cửa", "to_unit": "Phòng Tư pháp", "handed_at": AT}
    code = BASE["code"]
    return {
        "control": lists.control_document(
            lists.ControlData(**BASE, body="UBND phường", received_at=AT, due_at=DUE, steps=STEPS)
        ),
        "register": lists.register_document(
            lists.RegisterData(
                **BASE,
                field="Hộ tịch",
                entries=(
                    lists.RegisterEntry(
                        code=code, procedure=CONTENT, applicant=PARTY.name, received_at=AT, due_at=DUE
                    ),
                ),
            )
        ),
        "handover": lists.handover_document(
            lists.HandoverData(
                **BASE, **units, rows=(lists.HandoverRow(code=code, content=CONTENT, due_at=DUE),)
            )
        ),
        "results": lists.results_document(
            lists.ResultsData(**BASE, **units, rows=(lists.ResultRow(code=code, content=CONTENT, fee=True),))
        ),
        "cash": lists.cash_document(
            lists.CashData(
                **BASE,
                counter="Quầy 07",
                officer="Nguyễn Thị Lan",
                shift_from=AT,
                shift_to=DUE,
                rows=(
                    lists.CashRow(
                        slip="1", code=code, payer="A", item="Lệ phí", method="tiền mặt", amount=8000
                    ),
                    lists.CashRow(
                        slip="2", code=code, payer="B", item="Phí", method="chuyển khoản", amount=20000
                    ),
                ),
                opening=500000,
                counted=507000,
            )
        ),
    }


def pdf_page(data: bytes, page: int = 0, dpi: int = 203) -> Image.Image:
    """A page of a PDF as grey pixels, at the resolution of a counter's printer."""
    pdf = pypdfium2.PdfDocument(data)
    try:
        return pdf[page].render(scale=dpi / 72).to_pil().convert("L")
    finally:
        pdf.close()


def decoded(image: Image.Image) -> dict[str, str]:
    """Kind of code → content, of all codes a scanner sees in the image."""
    return {
        str(code.format).replace(" ", ""): code.text for code in zxingcpp.read_barcodes(image.convert("L"))
    }


def escpos_images(data: bytes) -> list[Image.Image]:
    """What an ESC/POS printer lays on paper: the rasters (GS v 0) of each piece between cuts."""
    papers: list[Image.Image] = []
    strips: list[Image.Image] = []
    at = 0
    while at < len(data):
        if data[at : at + 4] == b"\x1dv0\x00":
            width, height = (int.from_bytes(data[at + k : at + k + 2], "little") for k in (4, 6))
            size = width * height
            raw = bytes(255 - byte for byte in data[at + 8 : at + 8 + size])
            strips.append(Image.frombytes("1", (width * 8, height), raw))
            at += 8 + size
        elif data[at : at + 2] == b"\x1b@":
            at += 2
        elif data[at : at + 2] == b"\x1bd":
            at += 3
        elif data[at : at + 3] == b"\x1dV\x00":
            paper = Image.new("L", (strips[0].width, sum(strip.height for strip in strips)), 255)
            top = 0
            for strip in strips:
                paper.paste(strip, (0, top))
                top += strip.height
            papers.append(paper)
            strips = []
            at += 3
        else:
            raise AssertionError(f"a byte no printer expects at {at}: {data[at : at + 8]!r}")
    assert not strips, "the last piece was not cut off"
    return papers
