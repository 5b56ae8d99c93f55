"""What officers type at a counter, and the procedure they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.text import fold
from tthc_tui.store.catalog import import_catalog, shipped_catalog
from tthc_tui.store.migrations import schema
from tthc_tui.store.popular import Popular, shipped_popular
from tthc_tui.store.search import SearchIndex, SearchRow, load_index

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
AT = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)

# The thirty searches typed most at a commune's centre, and what each must put first.
THIRTY = {
    "khai sinh": ("1.001193", "Đăng ký khai sinh"),
    "ks": ("1.001193", "Đăng ký khai sinh"),
    "dkks": ("1.001193", "Đăng ký khai sinh"),
    "sao y": ("2.000815", "Chứng thực bản sao từ bản chính"),
    "chung thuc ban sao": ("2.000815", "Chứng thực bản sao từ bản chính"),
    "chứng thực chữ ký": ("2.000884", "Chứng thực chữ ký"),
    "xác nhận độc thân": ("1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân"),
    "tinh trang hon nhan": ("1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân"),
    "ket hon": ("1.000894", "Đăng ký kết hôn"),
    "khai tử": ("1.000656", "Đăng ký khai tử"),
    "trich luc": ("2.000635", "Cấp bản sao Trích lục hộ tịch"),
    "khai sinh lai": ("1.004884", "Đăng ký lại khai sinh"),
    "cải chính": ("1.004859", "Thay đổi, cải chính, bổ sung thông tin hộ tịch"),
    "hộ khẩu": ("1.004222", "Đăng ký thường trú"),
    "thuong tru": ("1.004222", "Đăng ký thường trú"),
    "tạm trú": ("1.004194", "Đăng ký tạm trú"),
    "ct07": ("1.010041", "Xác nhận thông tin về cư trú"),
    "tách hộ": ("1.010038", "Tách hộ"),
    "hkd": ("1.001612", "Đăng ký thành lập hộ kinh doanh"),
    "dang ky kinh doanh": ("1.001612", "Đăng ký thành lập hộ kinh doanh"),
    "gpxd": ("1.013225", "Cấp giấy phép xây dựng mới"),
    "sổ đỏ": ("1.013978", "Đăng ký đất đai, tài sản gắn liền với đất"),
    "tách thửa": ("1.012784", "Tách thửa hoặc hợp thửa đất"),
    "lý lịch tư pháp": ("3.000333", "Cấp Phiếu Lý lịch tư pháp"),
    "trợ cấp": ("1.001776", "Thực hiện, điều chỉnh, thôi hưởng trợ cấp xã hội"),
    "mồ côi": ("1.001776", "Thực hiện, điều chỉnh, thôi hưởng trợ cấp xã hội"),
    "bằng lái": ("3.000347", "Đổi giấy phép lái xe"),
    "cccd": ("1.014061", "Cấp thẻ căn cước cho người từ đủ 14 tuổi"),
    "di chuc": ("2.001019", "Chứng thực di chúc"),
    "con nuôi": ("2.001263", "Đăng ký việc nuôi con nuôi trong nước"),
}


def _index(paths: list[Path]) -> Iterator[SearchIndex]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        for statement in schema():
            connection.exec_driver_sql(statement)
        import_catalog(connection, paths, AT)
        yield load_index(connection)
    engine.dispose()


@pytest.fixture(scope="module")
def shipped() -> Iterator[SearchIndex]:
    yield from _index([shipped_catalog()])


@pytest.fixture(scope="module")
def whole() -> Iterator[SearchIndex]:
    if not DATA.is_dir():
        pytest.skip("the portal's records are not on this machine")
    yield from _index([DATA / "portal-index.tsv", DATA / "portal-details.jsonl", shipped_catalog()])


@pytest.fixture(params=["shipped", "whole"])
def catalogue(request: pytest.FixtureRequest) -> SearchIndex:
    index: SearchIndex = request.getfixturevalue(request.param)
    return index


def codes(index: SearchIndex, typed: str, count: int = 50) -> list[str]:
    return [hit.code for hit in index.search(typed, count).hits]


@pytest.mark.parametrize("typed", THIRTY)
def test_the_thirty_searches_typed_most(catalogue: SearchIndex, typed: str) -> None:
    code, name = THIRTY[typed]
    first = catalogue.search(typed).hits[0]
    assert (first.code, fold(first.name).removeprefix("thu tuc ")[: len(name)]) == (code, fold(name))
    assert catalogue.search(typed).suggestion == ""


def test_there_are_thirty() -> None:
    assert len(THIRTY) == 30


@pytest.mark.parametrize("typed", ["đăng ký khai sinh", "hoà giải", "tách thửa", "Cấp Giấy xác nhận"])
def test_form_case_accents_and_their_place_do_not_matter(whole: SearchIndex, typed: str) -> None:
    found = codes(whole, typed)
    assert found
    assert codes(whole, unicodedata.normalize("NFD", typed)) == found
    assert codes(whole, typed.upper()) == found
    assert codes(whole, fold(typed))[0] == found[0]
    assert codes(whole, f"  {typed}  ,") == found
    assert codes(whole, typed.replace("oà", "òa")) == found


def test_accents_that_were_typed_are_meant(whole: SearchIndex) -> None:
    for typed in ("hợp tác xã", "cấp lại thẻ", "đất đai"):
        assert typed in unicodedata.normalize("NFC", whole.search(typed).hits[0].name).lower()
    assert codes(whole, "hổ khâu")[0] == "1.004222"


@pytest.mark.parametrize("typed", ["1.001193", "1001193", "001193", "1.0011", "01193", "1.001193 khai"])
def test_a_code_or_a_part_of_it_finds(catalogue: SearchIndex, typed: str) -> None:
    assert codes(catalogue, typed)[0] == "1.001193"


def test_every_code_finds_its_procedure_first(shipped: SearchIndex) -> None:
    for code in codes(shipped, "", 1000):
        assert codes(shipped, code)[0] == code


def test_codes_are_opaque(whole: SearchIndex) -> None:
    assert codes(whole, "1.014955-Xoa")[0] == "1.014955-Xoa"
    assert codes(whole, "1.014955")[0] == "1.014955"
    assert "1.0133611" in codes(whole, "1.01336")


def test_the_name_as_it_is_typed_letter_by_letter_never_loses_the_procedure(catalogue: SearchIndex) -> None:
    for name, code in (
        ("đăng ký kết hôn", "1.000894"),
        ("tam tru", "1.004194"),
        ("sao y ban chinh", "2.000815"),
    ):
        for end in range(1, len(name) + 1):
            assert code in codes(catalogue, name[:end]), name[:end]


def test_a_field_finds_its_procedures(shipped: SearchIndex) -> None:
    hits = shipped.search("hộ tịch", 200).hits
    assert {hit.field_name for hit in hits[:10]} == {"Hộ tịch"}
    assert len(hits) >= 25


def test_plain_procedures_stand_before_their_variants(catalogue: SearchIndex) -> None:
    for typed, plain, variants in (
        ("khai sinh", "1.001193", {"2.000528", "1.003583", "1.004884", "2.000522"}),
        ("ket hon", "1.000894", {"2.000806", "1.000593", "1.004746"}),
        ("giam ho", "1.004837", {"1.004845", "1.001669"}),
    ):
        found = codes(catalogue, typed, 300)
        places = {code: found.index(code) for code in variants}
        assert all(found.index(plain) < place for place in places.values())


def test_a_variant_that_was_named_comes_first(catalogue: SearchIndex) -> None:
    wanted = {
        "khai sinh nuoc ngoai": "2.000528",
        "ket hon co yeu to nuoc ngoai": "2.000806",
        "khai sinh luu dong": "1.003583",
        "gia han tam tru": "1.002755",
        "xoa thuong tru": "1.003197",
    }
    assert {typed: codes(catalogue, typed)[0] for typed in wanted} == wanted


@pytest.mark.parametrize(
    ("typed", "meant", "code"),
    [
        ("khia sinh", "khai sinh", "1.001193"),
        ("dang ki ket hom", "dang ky ket hon", "1.000894"),
        ("hoc chieu", "ho chieu", "1.001456"),
        ("thuong trus", "thuong tru", "1.004222"),
        ("ly lich tu phpa", "ly lich tu phap", "3.000333"),
    ],
)
def test_slips_of_the_finger_find_what_was_meant_and_say_it(
    whole: SearchIndex, typed: str, meant: str, code: str
) -> None:
    result = whole.search(typed)
    assert result.hits[0].code == code
    assert fold(result.suggestion) in (meant, "")
    if typed != "thuong trus":  # that one is Telex typed raw, understood without a guess
        assert fold(result.suggestion) == meant


@pytest.mark.parametrize(
    ("typed", "code"), [("khai sinhf", "1.001193"), ("ddawng kys keest hoon", "1.000894")]
)
def test_telex_typed_raw_is_understood(catalogue: SearchIndex, typed: str, code: str) -> None:
    assert codes(catalogue, typed)[0] == code


def test_abbreviations_inside_a_name(whole: SearchIndex) -> None:
    assert "giấy chứng nhận quyền sử dụng đất" in whole.search("giay cn qsdd").hits[0].name.lower()


def test_nonsense_finds_nothing_and_guesses_nothing(catalogue: SearchIndex) -> None:
    for typed in ("zzqqxx", "99999999", "!!! ???", "\x1b[31m"):
        result = catalogue.search(typed)
        assert result.suggestion == ""
        assert typed in ("!!! ???", "\x1b[31m") or result.hits == ()


def test_nothing_typed_lists_what_is_usual_here(shipped: SearchIndex) -> None:
    assert codes(shipped, "", 3) == codes(shipped, "   ", 3)
    assert set(codes(shipped, "", 3)) <= {"1.001193", "2.000815", "1.004873", "1.000894", "2.000635"}


# --- rules of order on a small catalogue ------------------------------------------------------------------

BARE = Popular({}, {}, (("luu", "dong"), ("lai",)))


def small(rows: list[SearchRow], **popularity: int) -> SearchIndex:
    return SearchIndex.build(rows, {code.replace("_", "."): n for code, n in popularity.items()}, BARE)


def test_what_this_counter_receives_often_comes_first() -> None:
    rows = [SearchRow("1.1", "Cấp giấy phép A"), SearchRow("1.2", "Cấp giấy phép B dài hơn nhiều")]
    rows += [SearchRow(f"2.{n}", f"Cấp giấy phép số {n}") for n in range(60)]
    assert codes(small(rows), "giay phep")[0] == "1.1"
    assert codes(SearchIndex.build(rows, {"1.2": 40}, BARE), "giay phep")[0] == "1.2"


def test_what_is_in_force_and_done_at_the_commune_comes_first() -> None:
    rows = [
        SearchRow("1.1", "Cấp thẻ", gone=date(2026, 1, 1)),
        SearchRow("1.2", "Cấp thẻ", level="Bộ"),
        SearchRow("1.3", "Cấp thẻ", level="Xã"),
        SearchRow("1.4", "Cấp thẻ", level="Tỉnh", kind="STANDARD_INTERNAL"),
    ]
    index = small(rows)
    assert codes(index, "cap the") == ["1.3", "1.2", "1.4", "1.1"]
    now, before = index.search("cap the"), index.search("cap the", on=date(2025, 12, 31))
    assert [hit.in_force for hit in now.hits] == [True, True, True, False]
    assert all(hit.in_force for hit in before.hits)


def test_words_at_the_beginning_of_a_word_come_before_inside_it() -> None:
    rows = [SearchRow("1.1", "Kinh doanh thuốc"), SearchRow("1.2", "Xuất bản phẩm điện tử inh ỏi")]
    assert codes(small(rows), "inh") == ["1.2", "1.1"]


def test_the_limit_and_the_words_of_a_hit_are_the_rows() -> None:
    row = SearchRow("1.1", "Cấp thẻ", "Thẻ", "Hộ tịch", (), "trong ngày", "Xã")
    (hit,) = small([row]).search("the").hits
    assert (hit.label, hit.limit_text, hit.field_name, hit.level) == ("Thẻ", "trong ngày", "Hộ tịch", "Xã")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.integers(1, 60))
def test_whatever_is_typed_gets_an_answer(typed: str, limit: int) -> None:
    index = SearchIndex.build(
        [SearchRow("1.001193", "Thủ tục đăng ký khai sinh"), SearchRow("C08_XP", "Xử phạt")], {}
    )
    result = index.search(typed, limit)
    assert len(result.hits) <= limit
    assert len({hit.code for hit in result.hits}) == len(result.hits)


def test_the_shipped_aliases_name_known_procedures(whole: SearchIndex) -> None:
    for code, aliases in shipped_popular().aliases.items():
        assert codes(whole, code)[0] == code
        for alias in aliases:
            assert code in codes(whole, alias)[:6], (code, alias)


# What else officers of a commune type: slips, abbreviations, everyday words; what may come first.
MORE = {
    "1.001193": (
        "gks | khai sinhh | khai sinhf | khai sinh tre em | dang ky khai sinh cho con | "
        "giay khai sinh | dk khai sinh | lam giay khai sinh | đăng kí khai sinh | "
        "ddaang kys khai sinh | dang ky khia sinh | dawng ky | dk khai sinh qua han | "
        "đăng kí khai sinh cho con"
    ),
    "1.004873": (
        "xnttHN | xntthn | tình trạng hôn nhân | giay xac nhan tinh trang hon nhan | tinh trang hn | "
        "doc than | xin xác nhận tình trạng hôn nhân | xac nhan tinh trang hon nhan de vay von"
    ),
    "1.000894": "dang ky ket hon | giay dang ky ket hon | đăng kí kết hôn | dk ket hon | ket hoon",
    "1.014061": "cccd | can cuoc",
    "1.014063": "đổi cccd",
    "1.014064": "cap lai can cuoc | cấp lại thẻ căn cước bị mất | mat cccd",
    "1.013978": "sổ đỏ | so do | gcnqsdd | giấy tờ đất | làm sổ đỏ lần đầu",
    "1.013831": "sang tên sổ đỏ | sang ten",
    "1.001612": "hộ kinh doanh | ho kinh doanh | hkd",
    "1.013225": (
        "giấy phép xây dựng | giay phep xay dung | gpxd | xin giay phep xay dung nha o | xay nha | "
        "xin giấy phép xây dựng nhà ở cấp 4"
    ),
    "1.014027": "trợ cấp người cao tuổi | tro cap nguoi cao tuoi",
    "1.001776 1.014027": "nguoi cao tuoi",
    "1.001731 1.014028": "mai táng | mai tang phi | tien mai tang",
    "1.000656": "khai tu | giay chung tu | giay bao tu",
    "2.000815": "sao y ban chinh | cong chung | photo | chung thcu",
    "2.000884": "chung thuc chu ky | so yeu ly lich | so yeu li lich",
    "2.000884 3.000333": "ly lich",
    "2.001035 2.000884": "uy quyen | hop dong uy quyen",
    "2.000884 2.001035": "giay uy quyen",
    "2.001406": "thua ke",
    "2.001016": "tu choi di san",
    "2.001019": "di chúc",
    "1.012784": "tach thua | tach thua dat vuon",
    "1.012784 1.010038": "tách sổ",
    "2.001035 1.013831": "chuyen nhuong dat",
    "1.013831 2.001035": "tang cho | tang cho dat",
    "1.011607": "ho ngheo | can ngheo | giấy xác nhận hộ nghèo",
    "1.001699": "khuyet tat | giay khuyet tat | hồ sơ khuyết tật | xác nhận khuyết tật",
    "1.001776": "tro cap khuyet tat | tro cap hang thang | tre mo coi | me don than",
    "1.004222": (
        "nhap khau | nhap ho khau | chuyen ho khau | ct01 | hộ khẩu | sổ hộ khẩu | "
        "đăng ký thường trú cho con | hooj khaaur"
    ),
    "1.004194": "dang ky tam tru | dk tam tru | đăng ký tạm trú cho người thuê nhà",
    "1.003677": "tam vang",
    "1.003197": "cat khau | xoa khau",
    "1.001022": "nhan cha con",
    "2.001263": "nhan con nuoi",
    "1.004859": "cai chinh ho so | doi ten khai sinh | sua ho tich",
    "2.000554": "ghi chu ly hon | ly hon | vợ chồng ly hôn",
    "1.010041": "xac nhan cu tru",
    "2.000635": (
        "trich luc ket hon | trich luc ks | ban sao khai sinh | Trích lục khai tử | "
        "xin trích lục khai sinh cho con"
    ),
    "2.000635 1.004884": "cap lai khai sinh",
    "1.004884": "mat giay khai sinh",
    "1.012812": "hoa giai | tranh chap dat dai",
    "1.001570": "ngung kinh doanh",
    "1.001266": "dong cua ho kinh doanh | giai the ho kinh doanh",
    "2.000720": "thay doi ho kinh doanh | thay doi noi dung dang ky ho kinh doanh",
    "3.000333": "lltp | phieu ly lich tu phap | li lich tu phap",
    "1.013133": "nvqs",
    "2.000806": (
        "đăng ký kết hôn có yếu tố nước ngoài | ket hon voi nguoi nuoc ngoai | "
        "thủ tục đăng ký kết hôn có yếu tố nước ngoài"
    ),
    "2.000528": "khai sinh co yeu to nuoc ngoai",
    "1.004837": "giam ho | dang ky giam ho cho tre",
    "1.004845": "cham dut giam ho",
    "1.012783": "cap doi gcn",
    "1.013229": "sua nha",
    "1.013227": "gia han gpxd",
    "2.000635 2.000908": "sao luc",
    "1.003583": "khai sinh lưu động",
    "2.001035": "chung thuc hop dong mua ban nha",
    "1.004746": "dang ky lai ket hon",
    "1.013228": "cap lai giay phep xay dung",
}


@pytest.mark.parametrize("wanted", MORE)
def test_more_of_what_officers_type(catalogue: SearchIndex, wanted: str) -> None:
    for typed in MORE[wanted].split(" | "):
        assert catalogue.search(typed).hits, typed
        assert catalogue.search(typed).hits[0].code in wanted.split(), typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giấy xác nhận của hộ nghèo", "hộ nghèo"),
        ("đăng ký thường trú cho con", "thường trú"),
        ("xin trích lục khai sinh cho con", "trích lục khai sinh"),
    ],
)
def test_everyday_words_among_others_are_named_as_what_was_meant(
    shipped: SearchIndex, typed: str, meant: str
) -> None:
    assert fold(meant) in fold(shipped.search(typed).suggestion)


def test_a_name_typed_whole_is_never_replaced_by_everyday_words(whole: SearchIndex) -> None:
    for hit in whole.search("", 300).hits:
        if hit.name.count(" ") < 20:
            found = whole.search(hit.name, 5)
            assert hit.name in [other.name for other in found.hits], hit.name


def test_both_spellings_of_i_and_y_find(whole: SearchIndex) -> None:
    assert "nơi liệt sĩ hy sinh" in whole.search("nơi liệt sỹ hy sinh").hits[0].name
    assert "công nhận liệt sỹ, cấp bằng" in whole.search("công nhận liệt sỹ cấp bằng").hits[0].name
    assert codes(whole, "đăng kí kết hôn")[0] == codes(whole, "đăng ký kết hôn")[0]
