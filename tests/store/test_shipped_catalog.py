"""The catalogue shipped with the program: it loads, every value is sourced, the facts officers know are right."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

import tthc_tui
from tthc_tui.core.procedure import (
    Case,
    Channel,
    CutoffKind,
    FeeRule,
    Limit,
    LimitUnit,
    Origin,
    PaperKind,
    Procedure,
    Requirement,
)
from tthc_tui.store.catalog_file import read_catalog

FOLDER = Path(tthc_tui.__file__).parent / "data" / "catalog"


def _read() -> list[Procedure]:
    files = sorted(FOLDER.glob("*.toml"))
    assert files, "the program ships no catalogue"
    return [
        parsed.procedure for path in files for parsed in read_catalog(path.read_text(encoding="utf-8"), path)
    ]


ALL = _read()
BY_CODE = {procedure.code: procedure for procedure in ALL}


def papers(case: Case) -> list[Requirement]:
    """What an applicant hands in or shows: the lines that are not notes."""
    return [line for line in case.requirements if line.kind is not PaperKind.NOTE]


def limit(procedure: Procedure, case: str = "") -> tuple[Decimal, LimitUnit] | None:
    """Amount and unit that hold for the case."""
    found: Limit | None = procedure.limit_for(procedure.case(case))
    return (found.amount, found.unit) if found else None


def fee(code: str, name: str, channel: Channel | None = None) -> FeeRule:
    """The one fee of the procedure whose name begins so and that holds for the channel."""
    found = [f for f in BY_CODE[code].fees if f.name.startswith(name) and f.channel is channel]
    assert len(found) == 1, f"{code}: {name}: {found}"
    return found[0]


def every_text() -> list[tuple[str, str]]:
    """Every line of every file, with the place it stands at."""
    return [
        (f"{path.name}:{number}", line)
        for path in sorted(FOLDER.glob("*.toml"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


def test_it_holds_what_a_commune_handles_every_day() -> None:
    assert len(ALL) >= 64
    assert len(BY_CODE) == len(ALL), "a code stands in two files"
    assert sum(any(papers(case) for case in p.cases) for p in ALL) >= 45
    fields = {p.field_name for p in ALL}
    assert {
        "Hộ tịch",
        "Chứng thực",
        "Nuôi con nuôi",
        "Đăng ký, quản lý cư trú",
        "Hoạt động xây dựng",
        "Thành lập và hoạt động doanh nghiệp (hộ kinh doanh)",
        "Đất đai",
        "Bảo trợ xã hội",
        "Lý lịch tư pháp",
    } <= fields


@pytest.mark.parametrize("procedure", ALL, ids=lambda p: p.code)
def test_every_procedure_is_complete_and_sourced(procedure: Procedure) -> None:
    assert procedure.origin is Origin.CATALOG
    assert re.fullmatch(r"\d\.\d{6}", procedure.code)
    assert procedure.source
    assert procedure.source_date
    assert date(2025, 7, 1) <= procedure.source_date <= date(2026, 7, 18)
    assert procedure.field_name
    assert procedure.promulgator
    assert procedure.keywords
    assert 0 < len(procedure.short_name) <= 40
    assert not procedure.name.startswith("Thủ tục ")
    if not any(papers(case) for case in procedure.cases) or procedure.limit_for(procedure.cases[0]) is None:
        assert procedure.doubts, "what the source lacks must be said"
    if procedure.limit_for(procedure.cases[0]) is None:
        assert any(term.limit_text for term in procedure.terms), "a missing limit is explained, not invented"


@pytest.mark.parametrize("procedure", ALL, ids=lambda p: p.code)
def test_every_paper_can_be_ticked_off_by_a_short_label(procedure: Procedure) -> None:
    meaning: dict[str, str] = {}
    codes = [case.code for case in procedure.cases]
    assert len(set(codes)) == len(codes), "two cases with one code: the second could never be chosen"
    for case in procedure.cases:
        labels = [line.label for line in papers(case)]
        assert len(set(labels)) == len(labels), f"{case.name}: two lines look the same"
        for line in case.requirements:
            assert 0 < len(line.label) <= 60
            assert line.short[:1] not in "-+*"
            assert meaning.setdefault(line.id, line.short) == line.short, f"{line.id} names two papers"
            if line.kind is PaperKind.NOTE:
                assert (line.originals, line.copies) == (0, 0)
            else:
                assert line.needed is not None
                assert not line.name.lower().startswith(("lưu ý", "* ", "- "))
            if line.database:
                assert line.database_basis, f"{line.id}: looked up on what ground?"
        for key in {line.one_of for line in case.requirements if line.one_of}:
            assert sum(line.one_of == key for line in case.requirements) >= 2, f"{key}: no alternative"


@pytest.mark.parametrize("procedure", ALL, ids=lambda p: p.code)
def test_no_fee_is_free_by_accident(procedure: Procedure) -> None:
    for rule in procedure.fees:
        assert rule.amount != 0, "zero is not the way to say free"
        assert rule.name
        if rule.free:
            assert rule.amount is None
            assert rule.note, "the ground of an exemption is named"
        elif rule.amount is None:
            assert "quy định" in rule.note, "no figure: say who sets it"
        else:
            assert rule.amount % 500 == 0
            assert rule.amount <= 10_000_000


def test_the_text_is_composed_vietnamese_without_strays() -> None:
    for place, line in every_text():
        assert unicodedata.is_normalized("NFC", line), place
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]", line), place
        assert not re.search(r"\S {2,}\S", line), f"{place}: doubled space"
        assert not re.search(r" [,;:.)]", line.replace(" = ", "=")), f"{place}: space before a mark"


def test_birth_registration_as_the_law_lists_it() -> None:
    birth = BY_CODE["1.001193"]
    assert birth.name == "Đăng ký khai sinh"
    assert birth.executing == "Ủy ban nhân dân cấp xã"
    assert limit(birth) == (0, LimitUnit.WORKING_DAY)
    assert (birth.cutoff.kind, birth.cutoff.at) == (CutoffKind.AFTER_HOUR, time(15, 0))
    assert birth.on_supplement == "restart"
    assert birth.results == ("Giấy khai sinh",)

    lines = papers(birth.case())
    assert [(line.short, line.kind.value, line.needed) for line in lines] == [
        ("Tờ khai đăng ký khai sinh", "submit", True),
        ("Giấy chứng sinh", "submit", True),
        ("Văn bản người làm chứng việc sinh", "submit", True),
        ("Giấy cam đoan về việc sinh", "submit", True),
        ("Biên bản trẻ bị bỏ rơi (nếu)", "submit", False),
        ("Xác nhận mang thai hộ (nếu)", "submit", False),
        ("Văn bản ủy quyền (nếu ủy quyền)", "submit", False),
        ("Giấy tờ tùy thân", "present", True),
        ("Giấy tờ cư trú (nếu không tra được)", "present", False),
    ]
    assert [line.short for line in lines if line.one_of == "chung-sinh"] == [
        "Giấy chứng sinh",
        "Văn bản người làm chứng việc sinh",
        "Giấy cam đoan về việc sinh",
    ]
    identity = next(line for line in lines if line.short == "Giấy tờ tùy thân")
    assert identity.database == "CSDL quốc gia về dân cư"
    assert "66.7/2025/NQ-CP" in identity.database_basis
    assert all((line.originals, line.copies) == (1, 0) for line in lines)

    assert fee("1.001193", "Lệ phí đăng ký khai sinh đúng hạn").free
    late = fee("1.001193", "Lệ phí đăng ký khai sinh không đúng hạn")
    assert (late.free, late.amount) == (False, None)


@pytest.mark.parametrize(
    ("code", "case", "amount", "unit"),
    [
        ("1.000894", "", "0", "working_day"),  # kết hôn: trong ngày
        ("1.000894", "xac-minh", "5", "working_day"),
        ("1.000656", "", "0", "working_day"),
        ("1.004873", "", "3", "working_day"),
        ("1.004873", "xac-minh", "23", "day"),
        ("1.004884", "", "5", "working_day"),
        ("1.004884", "xac-minh", "25", "day"),
        ("1.005461", "xac-minh", "10", "working_day"),
        ("1.004859", "", "3", "working_day"),
        ("1.004859", "xac-minh", "6", "working_day"),
        ("1.004859", "bo-sung", "0", "working_day"),
        ("1.004837", "", "3", "working_day"),
        ("1.004845", "", "2", "working_day"),
        ("1.001022", "xac-minh", "8", "working_day"),
        ("1.001669", "cu", "5", "working_day"),
        ("1.001669", "duong-nhien", "3", "working_day"),
        ("2.000806", "xac-minh", "10", "working_day"),
        ("2.000815", "", "0", "working_day"),
        ("2.000815", "nhieu-ban", "2", "working_day"),
        ("2.001035", "", "2", "working_day"),
        ("1.004222", "", "7", "working_day"),
        ("1.004194", "", "3", "working_day"),
        ("1.010041", "xac-minh", "3", "working_day"),
        ("2.001159", "", "1", "hour"),
        ("1.013225", "nha-o", "7", "working_day"),
        ("1.013225", "khong-tuyen", "10", "working_day"),
        ("1.013226", "cong-trinh", "9", "working_day"),
        ("1.013227", "", "5", "working_day"),
        ("1.001612", "", "3", "working_day"),
        ("1.001699", "", "25", "working_day"),
    ],
)
def test_limits_officers_know_by_heart(code: str, case: str, amount: str, unit: str) -> None:
    procedure = BY_CODE[code]
    assert not case or case in {c.code for c in procedure.cases}
    assert limit(procedure, case) == (Decimal(amount), LimitUnit(unit))


def test_fees_officers_know_by_heart() -> None:
    assert fee("1.004222", "Lệ phí", Channel.DIRECT).amount == 20_000
    assert fee("1.004222", "Lệ phí", Channel.ONLINE).amount == 10_000
    assert fee("1.004194", "Lệ phí đăng ký tạm trú (cá nhân", Channel.ONLINE).amount == 7_000
    assert fee("1.004194", "Lệ phí đăng ký tạm trú theo danh sách", Channel.DIRECT).amount == 10_000
    copy = fee("2.000815", "Phí chứng thực bản sao")
    assert (copy.amount, copy.per) == (2_000, "trang")
    assert "1.000" in copy.note
    assert "200.000" in copy.note
    assert fee("2.000884", "Phí").amount == 10_000
    assert [fee(code, "Phí").amount for code in ("2.001035", "2.000913", "2.000927")] == [
        50_000,
        30_000,
        25_000,
    ]
    assert fee("2.000635", "Phí cấp bản sao").per == "bản"
    assert fee("2.001263", "Lệ phí").amount == 400_000
    assert fee("1.000894", "Lệ phí").free
    record = [f for f in BY_CODE["3.000333"].fees if f.valid_from == date(2026, 1, 1)]
    assert sorted(f.amount or 0 for f in record) == [100_000, 200_000]


def test_contradictions_of_the_sources_are_shown_beside_the_value() -> None:
    assert any("20 ngày" in doubt and "10 ngày làm việc" in doubt for doubt in BY_CODE["1.013225"].doubts)
    assert any("sửa chữa, cải tạo" in doubt for doubt in BY_CODE["1.013225"].doubts)
    house = BY_CODE["1.013225"].case("nha-o")
    assert "Đơn đề nghị cấp giấy phép xây dựng theo Mẫu số 1" in house.requirements[0].name
    assert sum(line.one_of == "dat-dai" for line in house.requirements) == 4
    assert any("25 ngày" in doubt for doubt in BY_CODE["1.004746"].doubts)
    assert any("7.000 đồng" in doubt for doubt in BY_CODE["1.002755"].doubts)


def test_the_15_hour_rule_of_same_day_results_spares_cases_with_days() -> None:
    """Law: after 15 giờ a same-day result comes the next working day; a limit in days runs from the receipt."""
    for procedure in ALL:
        if procedure.cutoff.kind is not CutoffKind.AFTER_HOUR or procedure.code == "2.000986":
            continue  # 2.000986 (liên thông) counts its days from the next working day by its own text
        for case in procedure.cases:
            limit = procedure.limit_for(case)
            same_day = limit is not None and limit.amount == 0
            assert (procedure.cutoff_for(case).kind is CutoffKind.AFTER_HOUR) == same_day, case.name


def test_papers_looked_up_instead_are_told_where_no_line_of_the_list_carries_them() -> None:
    """Resolution 66.7/2025/NQ-CP: what a database holds is not demanded."""
    for code in ("2.000986", "1.012796", "2.000286", "1.010801", "1.013133", "1.001456"):
        assert any("CSDL" in note and "66.7" in note for note in BY_CODE[code].notes), code
