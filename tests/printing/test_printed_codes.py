"""What a scanner reads: on paper, on thermal paper, and on the terminal's half cells."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from printing_samples import decoded, escpos_images, pdf_page

from tthc_tui.printing import codes
from tthc_tui.printing.render import to_escpos, to_image, to_pdf

CODES = [
    "H61.101-261124-0001",
    "H15.50.05.13-261008-0975",  # 24 characters
    "H15.50.05.13-261008-09012345",  # 28, a centralised system
    "000.00.15.H40-200716-0001",  # the old form
    "H99.ABC.DEF.GHI.JKL.MNO-261008-0975",
]
LOOKUP = "https://dichvucong.gov.vn/tra-cuu?MHS={code}"


@pytest.mark.parametrize("paper", ["A5", "A4"])
@pytest.mark.parametrize("code", CODES)
def test_both_codes_on_paper_decode(receipt, paper, code):
    found = decoded(pdf_page(to_pdf(receipt(code=code, lookup_url=LOOKUP), paper, 1)))
    whole = codes.code128_width(code) * codes_mm() <= room_mm(paper)
    assert found == {
        "Code128": code if whole else "7K3M-2PQX",
        "QRCode": f"https://dichvucong.gov.vn/tra-cuu?MHS={code}",
    }
    assert whole or len(code) > 28  # every code of the circular's length is carried whole


def codes_mm() -> float:
    """The narrowest bar: two dots at 203 dpi."""
    return 0.25


def room_mm(paper: str) -> float:
    """What the page leaves for bars beside the QR."""
    return {"A5": 148 - 26 - 25, "A4": 210 - 36 - 29}[paper]


@pytest.mark.parametrize("code", CODES)
def test_both_codes_on_the_drawn_thermal_receipt_decode(receipt, code):
    found = decoded(to_image(receipt(code=code)))
    fits = codes.code128_fits(code, 576)
    assert found == {"Code128": code if fits else "7K3M-2PQX", "QRCode": code}


def test_the_bytes_sent_to_a_thermal_printer_hold_two_whole_receipts(receipt):
    papers = escpos_images(to_escpos(receipt()))
    assert len(papers) == 2
    for paper in papers:
        assert paper.width == 576
        assert decoded(paper) == {"Code128": "H61.101-261124-0001", "QRCode": "H61.101-261124-0001"}
    assert papers[0].tobytes() != papers[1].tobytes()  # each says for whom it is


def test_a_narrow_thermal_printer_gets_codes_too(receipt):
    (paper,) = escpos_images(to_escpos(receipt(), dots=384, copies=1))
    assert paper.width == 384
    assert decoded(paper) == {"Code128": "7K3M-2PQX", "QRCode": "H61.101-261124-0001"}


def test_thermal_image_is_pure_black_and_white(receipt):
    image = to_image(receipt())
    assert image.mode == "1"
    assert image.getpixel((0, 0)) == 255


def test_decomposed_letters_draw_like_composed_ones(receipt):
    import unicodedata

    apart = receipt(content=unicodedata.normalize("NFD", "Đăng ký lại kết hôn ở nước ngoài"))
    assert (
        to_image(apart).tobytes() == to_image(receipt(content="Đăng ký lại kết hôn ở nước ngoài")).tobytes()
    )


def test_a_provisional_receipt_carries_the_short_id(receipt):
    doc = receipt(provisional=True, code="")
    assert decoded(pdf_page(to_pdf(doc, copies=1))) == {"Code128": "7K3M-2PQX", "QRCode": "7K3M-2PQX"}
    assert decoded(to_image(doc)) == {"Code128": "7K3M-2PQX", "QRCode": "7K3M-2PQX"}


def test_a_receipt_with_a_code_no_bars_can_carry_still_prints(receipt):
    assert decoded(pdf_page(to_pdf(receipt(code="HỒ-SƠ-1"), copies=1)))["QRCode"] == "HỒ-SƠ-1"


def cells_to_image(lines: list[str], wide: int, high: int) -> Image.Image:
    """Terminal cells as pixels, each `wide` × `high`, black ink on white."""
    halves = {" ": "0000", "▌": "1010", "▐": "0101", "█": "1111", "▀": "1100", "▄": "0011"}
    image = Image.new("L", (len(lines[0]) * wide, len(lines) * high), 255)
    for y, line in enumerate(lines):
        for x, cell in enumerate(line):
            for at, ink in enumerate(halves[cell]):
                if ink == "1":
                    left, top = x * wide + (at % 2) * wide // 2, y * high + (at // 2) * high // 2
                    image.paste(0, (left, top, left + wide // 2, top + high // 2))
    return image


@pytest.mark.parametrize("rows", [2, 3, 4])
@pytest.mark.parametrize("code", ["H61.101-261124-0001", "7K3M-2PQX", "123456789012"])
def test_half_cell_bars_decode_on_screen(code, rows):
    lines = codes.half_cell_rows(code, rows)
    assert len(lines) == rows
    assert len(set(map(len, lines))) == 1
    assert decoded(cells_to_image(lines, 8, 16)) == {"Code128": code}


@pytest.mark.parametrize(
    "text",
    ["H61.101-261124-0001", "https://dichvucong.gov.vn/tra-cuu?MHS=H15.50.05.13-261008-0975", "Tiếng Việt"],
)
def test_half_block_qr_decodes_on_screen(text):
    assert decoded(cells_to_image(codes.qr_half_blocks(text), 8, 16)) == {"QRCode": text}


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30))
@example("998679231406")  # the pair 99 is also the library's mark for a change of character set
@example("99")
@example("99vL")
def test_any_ascii_code_survives_the_bars(text):
    bits = "0" * 10 + codes.code128_modules(text) + "0" * 10
    image = Image.new("L", (len(bits) * 3, 60), 255)
    for at, bit in enumerate(bits):
        if bit == "1":
            image.paste(0, (at * 3, 0, at * 3 + 3, 60))
    assert decoded(image) == {"Code128": text}


@pytest.mark.parametrize("text", ["", "HỒ SƠ", "A\x1b[2J", "A\nB"])
def test_what_bars_cannot_carry_is_said_in_vietnamese(text):
    with pytest.raises(ValueError, match="không in được thành mã vạch") as caught:
        codes.code128_modules(text)
    assert str(caught.value).isprintable()


def test_too_long_for_a_qr_is_said_in_vietnamese():
    with pytest.raises(ValueError, match="không tạo được mã QR"):
        codes.qr_matrix("x" * 5000)


def test_whole_code_where_it_fits_else_short_id():
    code = "H15.50.05.13-261008-0975"
    width = codes.code128_width(code)
    assert codes.choose_code(code, "7K3M-2PQX", width * 2) == code
    assert codes.choose_code(code, "7K3M-2PQX", width * 2 - 1) == "7K3M-2PQX"
    assert codes.choose_code(code, "7K3M-2PQX", 10) == ""
    assert codes.choose_code("", "7K3M-2PQX", 576) == "7K3M-2PQX"


def test_lookup_address_takes_the_code():
    assert codes.qr_content("A-1") == "A-1"
    assert codes.qr_content("A-1", "https://x.vn/?m=") == "https://x.vn/?m=A-1"
    assert codes.qr_content("A/1", "https://x.vn/{code}/xem") == "https://x.vn/A%2F1/xem"
