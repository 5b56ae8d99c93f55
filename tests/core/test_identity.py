"""The citizen card's QR and the personal number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tthc_tui.core.identity import CardError, check_personal_number, parse_card

FULL = "079084001234|271234567|PHẠM VĂN AN|12031984|Nam|Số 5, Khu phố 2, Phường Rạch Giá, An Giang|01012021"


def test_a_card_with_seven_fields() -> None:
    card = parse_card(FULL)
    assert card.number == "079084001234"
    assert card.old_number == "271234567"
    assert card.name == "PHẠM VĂN AN"
    assert (card.birth, card.birth_text, card.birth_precision) == (date(1984, 3, 12), "12/03/1984", "day")
    assert card.sex == "Nam"
    assert card.address == "Số 5, Khu phố 2, Phường Rạch Giá, An Giang"
    assert card.issued == date(2021, 1, 1)
    assert card.warnings == ()
    assert card.extras == ()


@pytest.mark.parametrize(
    "text",
    [
        FULL.replace("271234567", ""),
        FULL.replace("|271234567", ""),  # six fields
        FULL.replace("12031984", "12/03/1984").replace("01012021", "01/01/2021").replace("271234567", ""),
        "\ufeff" + FULL.replace("271234567", "") + "\r\n",
        FULL.replace("271234567", "") + "\t",
        FULL.replace("271234567", "") + "||",
        FULL.replace("271234567", "").encode().decode("latin-1"),
        FULL.replace("PHẠM", "PHẠM").replace("271234567", ""),
    ],
)
def test_readers_that_change_the_shape(text: str) -> None:
    card, plain = parse_card(text), parse_card(FULL)
    known = {"old_number": "", "warnings": ()}
    assert card.model_copy(update=known) == plain.model_copy(update=known)
    assert card.old_number == ""


@pytest.mark.parametrize(
    ("raw", "text", "precision"),
    [
        ("00001984", "1984", "year"),
        ("00031984", "03/1984", "month"),
        ("1984", "1984", "year"),
        ("03/1984", "03/1984", "month"),
    ],
)
def test_people_whose_birthday_is_not_known(raw: str, text: str, precision: str) -> None:
    card = parse_card(FULL.replace("12031984", raw))
    assert (card.birth, card.birth_text, card.birth_precision) == (None, text, precision)
    assert any("tháng sinh" in warning for warning in card.warnings)


@pytest.mark.parametrize("name", ["PHAMJ VAWN AN", "PHẠM VAN1 AN", "PH?M V?N AN", "NGUYEENX THIJ HOAF"])
def test_a_garbled_name_keeps_the_rest(name: str) -> None:
    card = parse_card(FULL.replace("PHẠM VĂN AN", name))
    assert (card.number, card.birth, card.name) == ("079084001234", date(1984, 3, 12), name)
    assert any("Họ tên" in warning for warning in card.warnings)


@pytest.mark.parametrize(
    "name",
    ["NGUYỄN THỊ OANH", "Trần Quốc Toản", "LÊ HOÀI ĐỨC", "CAO THANH TRANG", "Võ Thị Kim Huệ", "HUỲNH PHƯỚC ĐẠT",
     "Y Moan Êban", "H'Hen Niê", "Đặng Thuỳ Trâm", "BÙI XUÂN SƠN", "Tạ Quang Sáng"],
)  # fmt: skip
def test_right_names_bring_no_warning(name: str) -> None:
    assert parse_card(FULL.replace("PHẠM VĂN AN", name)).warnings == ()


def test_a_lost_name_can_be_typed() -> None:
    card = parse_card(FULL.replace("PHẠM VĂN AN", "???"))
    assert (card.name, card.birth) == ("", date(1984, 3, 12))
    assert any("họ tên" in warning for warning in card.warnings)


def test_a_newer_card_keeps_its_further_fields() -> None:
    card = parse_card(FULL + "||PHẠM VĂN BA|LÊ THỊ TƯ")
    assert card.extras == ("", "PHẠM VĂN BA", "LÊ THỊ TƯ")
    assert any("Thẻ mới" in warning for warning in card.warnings)


def test_impossible_dates_are_told_not_guessed() -> None:
    card = parse_card(FULL.replace("12031984", "31021984").replace("01012021", "99999999"))
    assert (card.birth, card.birth_text, card.issued) == (None, "", None)
    assert any("ngày sinh" in warning for warning in card.warnings)
    assert any("ngày cấp" in warning for warning in card.warnings)


def test_escape_characters_on_a_card_go_nowhere() -> None:
    card = parse_card(FULL.replace("VĂN", "\x1b[31mVĂN\u202e"))
    assert card.name == "PHẠM VĂN AN"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xin chào",
        "H15.50-261008-0975",
        "079084001234",
        "12345|a|b|c|d",
        "079084001234||??|x|y",
        "|" * 9,
        "1" * 9000,
    ],
)
def test_unreadable_scans_get_one_sentence(text: str) -> None:
    with pytest.raises(CardError) as error:
        parse_card(text)
    assert "hãy quét lại hoặc nhập tay." in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(st.sampled_from("0123456789|AÁấ /\r\n\x1b\ud800"), max_size=60), st.booleans())
def test_any_scan_is_read_or_refused(text: str, with_number: bool) -> None:
    scan = "079084001234|" + text if with_number else text
    try:
        card = parse_card(scan)
    except CardError:
        return
    assert card.name.isprintable()
    assert card.address.isprintable()


def test_the_personal_number_against_the_person() -> None:
    assert check_personal_number("079084001234", date(1984, 3, 12), "Nam") == ()
    assert check_personal_number("079305001234", 2005, "Nữ") == ()
    assert "năm sinh 1984" in check_personal_number("079084001234", date(1985, 1, 1), "Nam")[0]
    assert "giới tính Nam" in check_personal_number("079084001234", 1984, "Nữ")[0]
    assert "mã tỉnh" in check_personal_number("979084001234", 1984, "")[0]
    assert "12 chữ số" in check_personal_number("0790840012", None, "")[0]
    assert check_personal_number("079084001234", None, "") == ()
