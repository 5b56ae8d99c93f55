"""Every form carries its fields, in order, in right Vietnamese, whatever renders it."""

from __future__ import annotations

import io
import re
import unicodedata

import pypdf
import pytest
from printing_samples import AT, BASE, decoded, every_document, pdf_page, receipt_data

from tthc_tui.printing.document import Document
from tthc_tui.printing.forms import FieldBlock, ListBlock, SignatureBlock, TableBlock, load_forms
from tthc_tui.printing.lists import CashData, CashRow
from tthc_tui.printing.render import screen_lines, to_pdf, to_text
from tthc_tui.printing.slips import PaperLine, Party, receipt_document
from tthc_tui.printing.words import in_words, long_day

# Mẫu 01 as law.md gives it (Circular 03/2025/TT-VPCP, Appendix I), independent of forms.toml.
RECEIPT_ORDER = [
    "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    "Mã hồ sơ: H61.101-261124-0001",
    "Trung tâm Phục vụ hành chính công/Bộ phận Tiếp nhận và Trả kết quả",
    "Tiếp nhận hồ sơ của Ông (Bà)/Tổ chức: PHẠM VĂN ẨN",
    "Số định danh cá nhân/tổ chức: 079084001234",
    "Địa chỉ: 12 đường Lê Lợi, phường Rạch Giá, tỉnh An Giang",
    "Số điện thoại: 0912 345 678",
    "Email: an@example.vn",
    "Trường hợp ủy quyền: Không",
    "Nội dung yêu cầu giải quyết: Đăng ký khai sinh",
    "Thành phần hồ sơ nộp gồm:",
    "1. Tờ khai đăng ký khai sinh: 01 bản chính",
    "2. Giấy chứng nhận kết hôn: 02 bản sao",
    "3. Giấy tờ chứng minh nơi cư trú: khai thác từ CSDL quốc gia về dân cư, không phải nộp",
    "Số lượng hồ sơ: 01 (bộ)",
    "Thời gian giải quyết hồ sơ theo quy định là: Trong ngày",
    "Thời gian nhận hồ sơ: 08 giờ 42 phút, ngày 24/11/2026",
    "Thời gian trả kết quả giải quyết hồ sơ: 16 giờ 30 phút, ngày 24/11/2026",
    "Đăng ký nhận kết quả tại: Quầy 07",
    "Vào Sổ theo dõi hồ sơ: Quyển số 2 Số thứ tự 145",
    "NGƯỜI NỘP HỒ SƠ",
    "NGƯỜI TIẾP NHẬN HỒ SƠ",
    "Nguyễn Thị Lan",
]


def words_of(text: str) -> str:
    """Text with every run of white space as one space."""
    return " ".join(text.split())


def pdf_text(data: bytes, page: int | None = None) -> str:
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    wanted = pages if page is None else [pages[page]]
    return words_of(" ".join(each.extract_text() for each in wanted))


def in_order(text: str, wanted: list[str]) -> None:
    at = 0
    for part in wanted:
        found = text.find(words_of(part), at)
        assert found >= 0, f"“{part}” is missing or out of order after: …{text[max(0, at - 60) : at]}"
        at = found + len(words_of(part))


def labels(doc: Document) -> list[str]:
    """What the description promises, in order."""
    wanted = [doc.form.title]
    for block in doc.form.blocks:
        match block:
            case FieldBlock() if not block.optional or doc.facts().get(block.key):
                wanted.append(f"{block.label}:" if block.label else "")
            case ListBlock():
                wanted.append(f"{block.label}:")
            case TableBlock():
                wanted.append(words_of(" ".join(doc.tables[block.key][0])))
            case SignatureBlock():
                wanted += [signer.title for signer in block.signers]
    return [part for part in wanted if part]


@pytest.mark.parametrize("paper", ["A5", "A4"])
def test_receipt_has_every_field_in_the_order_of_the_circular(receipt, paper):
    text = pdf_text(to_pdf(receipt(), paper, 1))
    in_order(text, RECEIPT_ORDER)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Rạch Giá, ngày 24 tháng 11 năm 2026" in text
    assert "Số: 12/TTPVHCC" in text


@pytest.mark.parametrize("width", [24, 40, 80, 132])
def test_receipt_on_screen_and_as_text_has_them_too(receipt, width):
    lines = screen_lines(receipt(), width)
    assert max(map(len, lines)) <= width
    signatures = 3 if width >= 60 else 5  # narrow titles wrap beside each other
    in_order(words_of(" ".join(lines)), RECEIPT_ORDER[: -signatures if signatures == 5 else None])


@pytest.mark.parametrize(
    "form", sorted(load_forms().forms.keys() - {"receipt-household", "refusal-residence"})
)
def test_every_form_prints_its_fields_in_order(form):
    doc = every_document()[form]
    in_order(pdf_text(to_pdf(doc, copies=1)), labels(doc))
    text = to_text(doc)
    assert max(map(len, text.splitlines())) <= 80
    in_order(words_of(text), [part for part in labels(doc) if part.endswith(":")])


def test_each_copy_says_for_whom_it_is(receipt):
    data = to_pdf(receipt())
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) == 2
    assert "Liên 1: giao người nộp hồ sơ Trang 1/1" in pdf_text(data, 0)
    assert "Liên 2: lưu tại nơi tiếp nhận Trang 1/1" in pdf_text(data, 1)


def test_same_document_gives_the_same_bytes(receipt):
    first = to_pdf(receipt())
    assert first == to_pdf(receipt())
    created = pypdf.PdfReader(io.BytesIO(first)).metadata.creation_date
    assert created == AT


def test_paper_sizes_are_exact(receipt):
    for paper, size in (("A5", (148, 210)), ("A4", (210, 297))):
        page = pypdf.PdfReader(io.BytesIO(to_pdf(receipt(), paper, 1))).pages[0]
        assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == list(size)


def test_decomposed_letters_print_like_composed_ones(receipt):
    names = {"name": "NGUYỄN THỊ NGỌC ẨN", "address": "Đường Nguyễn Đình Chiểu, phường Vĩnh Thạnh"}
    composed = receipt(applicant=Party(**names))
    apart = receipt(applicant=Party(**{k: unicodedata.normalize("NFD", v) for k, v in names.items()}))
    assert pdf_page(to_pdf(composed, copies=1)).tobytes() == pdf_page(to_pdf(apart, copies=1)).tobytes()
    assert to_text(composed) == to_text(apart)


def test_forty_papers_and_the_longest_name_lose_nothing(receipt):
    name = ("Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất " * 16)[:1192]
    papers = tuple(PaperLine(name=f"Giấy tờ thứ {n} trong danh mục đã công bố") for n in range(1, 41))
    data = to_pdf(receipt(content=name, papers=papers), "A5", 2)
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    half = len(pages) // 2
    assert half >= 2
    texts = [words_of(page.extract_text()) for page in pages[:half]]
    body = [re.sub(r"Mẫu số 01, Thông tư.*?Trang \d+/\d+", "", text) for text in texts]
    body = [
        re.sub(r"^GIẤY TIẾP NHẬN .*?\(tiếp theo\)", "", text) if at else text for at, text in enumerate(body)
    ]
    text = words_of(" ".join(body))
    in_order(text, [name.strip(), *[f"{n}. Giấy tờ thứ {n} trong danh mục" for n in range(1, 41)]])
    for at, page in enumerate(texts):
        assert f"Trang {at + 1}/{half}" in page
        assert at == 0 or "H61.101-261124-0001 · (tiếp theo)" in page
    assert "NGƯỜI TIẾP NHẬN HỒ SƠ" in texts[-1]
    assert "Trang 1/" in words_of(pages[half].extract_text())


def _longer(doc: Document, lines: int) -> Document:
    """The document with that many more lines in its last text or list."""
    keys = [
        b.key for b in doc.form.blocks if b.kind == "list" or (b.kind == "table" and doc.tables.get(b.key))
    ]
    if keys:
        rows = doc.tables[keys[-1]]
        return doc.model_copy(update={"tables": {**doc.tables, keys[-1]: rows + rows[-1:] * lines}})
    key = "reason" if "reason" in doc.values else "content"
    text = "\n".join([doc.values[key], *["một dòng nữa của lý do"] * lines])
    return doc.model_copy(update={"values": {**doc.values, key: text}})


@pytest.mark.parametrize(
    "form", sorted(form for form, doc in every_document().items() if doc.form.blocks[-1].kind == "signatures")
)
def test_signatures_never_stand_alone_on_a_page(form):
    doc, broken = every_document()[form], 0
    title = next(signer.title for signer in doc.form.blocks[-1].signers if signer.title)
    for lines in range(6, 80, 6):
        pages = [
            page.extract_text() for page in pypdf.PdfReader(io.BytesIO(to_pdf(_longer(doc, lines)))).pages
        ]
        pages = pages[: len(pages) // len(doc.form.copies)]
        if len(pages) == 1:
            continue
        broken += 1
        last = words_of(pages[-1])
        assert title in last
        body = re.sub(r"^.*\(tiếp theo\)", "", last)
        assert len(body[: body.rindex(title)].split()) >= 4, f"{lines} more lines"
        if broken == 3:
            return
    raise AssertionError("the form never took a second page")


def test_letters_stay_inside_the_page_whatever_is_given(receipt):
    doc = receipt(applicant=Party(name="A" * 5000, address="x" * 300), officer="Ư" * 400)
    for page in range(2):
        image = pdf_page(to_pdf(doc, copies=1), page, 100)
        edge = 20  # 5 mm
        for box in ((0, 0, edge, image.height), (image.width - edge, 0, image.width, image.height)):
            assert image.crop(box).getextrema()[0] == 255


def test_a_huge_cell_is_cut_not_crashed():
    doc = every_document()["register"]
    rows = tuple(
        tuple("rất dài " * 700 if at == 2 else cell for at, cell in enumerate(row))
        for row in doc.tables["entries"]
    )
    text = pdf_text(to_pdf(doc.model_copy(update={"tables": {"entries": rows * 3}})))
    assert text.count("H61.101-261124-0001") >= 3
    assert "…" in text


def test_control_characters_reach_no_paper(receipt):
    doc = receipt(
        applicant=Party(name="Lê\x1b[31m Văn\x00 Tám\x07", address="số 5\u202e\u200b phố\r\nHuế"),
        officer="A\x9b2J",
    )
    for text in (to_text(doc), pdf_text(to_pdf(doc, copies=1))):
        assert "Lê Văn Tám" in text
        assert not [ch for ch in text if unicodedata.category(ch) in ("Cc", "Cf") and ch != "\n"]


def test_unknown_scripts_print_as_question_marks_and_say_nothing(receipt, capfd, recwarn):
    text = pdf_text(to_pdf(receipt(applicant=Party(name="李小龙 😀 Lý")), copies=1))
    assert "??? ? Lý" in text
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_reprint_replacement_and_provisional_marks(receipt):
    doc = receipt(reprint_no=2, replaces="11", provisional=True, code="")
    for text in (to_text(doc), pdf_text(to_pdf(doc, copies=1))):
        joined = words_of(text)
        assert "BẢN IN LẠI LẦN 2" in joined
        assert "THAY THẾ GIẤY SỐ 11" in joined
        assert "GIẤY TẠM" in joined
        assert "Mã hồ sơ: (chưa cấp) – số tạm 7K3M-2PQX" in joined
    assert "IN LẠI" not in to_text(receipt())


def test_an_agent_is_named_with_the_paper_that_authorises(receipt):
    agent = Party(name="LÊ THỊ BÉ", number="079184001234", phone="0909 000 111")
    text = pdf_text(to_pdf(receipt(agent=agent, authorisation="giấy ủy quyền ngày 20/11/2026"), copies=1))
    assert "người được ủy quyền LÊ THỊ BÉ; số định danh cá nhân: 079184001234" in text
    assert "giấy tờ ủy quyền: giấy ủy quyền ngày 20/11/2026" in text
    assert text.count("LÊ THỊ BÉ") == 2  # she signs


def test_empty_fields_leave_dots_to_write_on(receipt):
    lines = screen_lines(receipt(applicant=Party(name="Lê Văn Tám"), papers=()), 80)
    email = next(line for line in lines if line.startswith("Email:"))
    assert email.endswith("......")
    assert len(email) == 80
    assert any(re.match(r"\s+1\. \.{20,}", line) for line in lines)


def test_a_site_changes_wording_order_and_head_without_code():
    forms = load_forms(
        {
            "letterhead": {"left": ["{parent}", "Bộ phận Một cửa", "{centre}"]},
            "forms": {
                "receipt": {"labels": {"code": "Mã số hồ sơ"}, "copies": ["Bản duy nhất"]},
                "receipt-land": {"base": "receipt", "title": "GIẤY TIẾP NHẬN HỒ SƠ ĐẤT ĐAI"},
            },
            "own_forms": [{"form": "receipt", "use": "receipt-land", "fields": ["G10-DD01"]}],
        }
    )
    usual = to_text(receipt_document(receipt_data(), forms))
    assert "Mã số hồ sơ: H61.101-261124-0001" in usual
    assert "BỘ PHẬN MỘT CỬA" in usual
    land = receipt_document(receipt_data(field_code="G10-DD01"), forms)
    assert "GIẤY TIẾP NHẬN HỒ SƠ ĐẤT ĐAI" in to_text(land)
    assert "Bản duy nhất" in pdf_text(to_pdf(land))


def test_fields_with_forms_of_their_own_get_them():
    household = "thành lập và hoạt động doanh nghiệp (hộ kinh doanh)"
    doc = receipt_document(receipt_data(field_name=household))
    assert "HỒ SƠ ĐĂNG KÝ HỘ KINH DOANH" in words_of(to_text(doc))
    assert "Thông tư 66/2023/TT-BCA" in load_forms().pick("refusal", "G01-CA05").model


@pytest.mark.parametrize(
    "wrong",
    [
        {"forms": {"receipt": {"paper": "A3"}}},
        {"forms": {"receipt": {"blocks": [{"kind": "field", "key": "code"}]}}},
        {"forms": {"mine": {"base": "nothing"}}},
        {"own_forms": [{"form": "receipt", "use": "nothing", "fields": ["x"]}]},
        {"forms": {"mine": {"title": "x"}}},
        {"forms": 3},
    ],
)
def test_wrong_wording_files_get_one_vietnamese_sentence(wrong):
    with pytest.raises(ValueError, match=r"[Bb]iểu mẫu") as caught:
        load_forms(wrong)
    assert "\n" not in str(caught.value)


def test_handed_in_times_are_shown_on_the_clocks_of_vietnam(receipt):
    from datetime import UTC

    assert to_text(receipt(received_at=AT.astimezone(UTC))) == to_text(receipt())


def test_cash_sheet_balances_by_itself():
    rows = (
        CashRow(slip="1", code="x", payer="A", item="Lệ phí", method="tiền mặt", amount=8000),
        CashRow(slip="2", code="x", payer="A", item="Hoàn trả", method="tiền mặt", amount=-3000),
        CashRow(slip="3", code="x", payer="B", item="Phí", method="chuyển khoản", amount=20000),
    )
    data = CashData(
        **BASE,
        counter="7",
        officer="Lan",
        shift_from=AT,
        shift_to=AT,
        rows=rows,
        opening=100000,
        counted=104000,
    )
    from tthc_tui.printing.lists import cash_document

    text = to_text(cash_document(data))
    assert "Tiền mặt phải có cuối ca: 105.000 đồng" in text
    assert "Chênh lệch: 1.000 đồng (thiếu)" in text
    assert "Tổng thu bằng chữ: Hai mươi lăm nghìn đồng" in text


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "Không đồng"),
        (15, "Mười lăm đồng"),
        (21_000, "Hai mươi mốt nghìn đồng"),
        (1_205_000, "Một triệu hai trăm linh năm nghìn đồng"),
        (1_000_005, "Một triệu không trăm linh năm đồng"),
        (2_000_000_000, "Hai tỷ đồng"),
        (
            1_234_567_891_000,
            "Một nghìn hai trăm ba mươi tư tỷ năm trăm sáu mươi bảy triệu tám trăm chín mươi mốt nghìn đồng",
        ),
        (-8_000, "Âm tám nghìn đồng"),
    ],
)
def test_sums_in_words(amount, words):
    assert in_words(amount) == words


def test_official_dates_pad_what_the_decree_pads():
    assert long_day(AT.replace(day=5, month=2)) == "ngày 05 tháng 02 năm 2026"
    assert long_day(AT.replace(day=5, month=3)) == "ngày 05 tháng 3 năm 2026"


def test_codes_on_every_form_that_carries_them_decode():
    for form, doc in every_document().items():
        if doc.form.codes:
            found = decoded(pdf_page(to_pdf(doc, copies=1)))
            assert found == {"Code128": doc.code, "QRCode": doc.code}, form


@pytest.mark.parametrize("width", [42, 80, 120])
def test_who_gave_and_who_took_stand_on_lines_of_their_own(width: int) -> None:
    lines = to_text(every_document()["control"], width).splitlines()
    giving = [line for line in lines if "1. Giao: Bộ phận" in line]
    taking = [line for line in lines if line.lstrip().startswith("2. Nhận: Phòng")]
    assert len(giving) == len(taking) == 3
