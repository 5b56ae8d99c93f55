"""Dossier codes, agency identifiers and short ids."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tthc_tui.core.codes import (
    CodeError,
    DossierCode,
    check_agency,
    format_code,
    parse_code,
    short_id,
    valid_short_id,
)

DAY = date(2026, 10, 8)
AGENCIES = st.sampled_from(["H15", "H15.50", "H15.50.05", "H15.50.05.13", "G17.10.K2", "000.00.06.H56"])


def test_the_official_form() -> None:
    assert format_code("H15.50.05.13", DAY, 975) == "H15.50.05.13-261008-0975"
    assert format_code("h15.50", DAY, 12345) == "H15.50-261008-12345"
    assert str(DossierCode(agency="H15", day=DAY, number=7, centre_digits="09")) == "H15-261008-090007"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("H15.50.05.13-261008-0975", "H15.50.05.13-261008-0975"),
        ("  h15.50.05.13 – 261008 – 0975\r\n", "H15.50.05.13-261008-0975"),
        ("Mã hồ sơ: H15.50 . 05-261008-0975.", "H15.50.05-261008-0975"),
        ("https://dvc.vn/tra-cuu?MHS=H15.50-261008-0975&SGT=079084001234", "H15.50-261008-0975"),
        ("000.00.06.H56-231027-0361", "000.00.06.H56-231027-0361"),
        ("000.00.15.H40-200716-0001", "000.00.15.H40-200716-0001"),
        ("H15-261008-12345", "H15-261008-12345"),
        ("H15-261008-090001", "H15-261008-090001"),
        ("H15-261008-00123", "H15-261008-00123"),
    ],
)
def test_codes_are_found_in_what_people_type_and_scan(text: str, code: str) -> None:
    found = parse_code(text)
    assert found is not None
    assert str(found) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.001193",
        "079084001234",
        "H15.50-261308-0975",
        "H15.50-261008-975",
        "Z15-261008-0975",
        "H15-261008",
    ],
)
def test_what_is_no_code(text: str) -> None:
    assert parse_code(text) is None


def test_the_parts_of_a_centralised_code() -> None:
    code = parse_code("H15.50-261008-090012")
    assert code == DossierCode(agency="H15.50", day=DAY, number=12, centre_digits="09")


@given(AGENCIES, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999))
def test_what_is_written_is_read_back(agency: str, day: date, number: int) -> None:
    code = parse_code(f"hồ sơ {format_code(agency, day, number).lower()} ")
    assert code is not None
    assert (code.agency, code.day, code.number, code.centre_digits) == (agency, day, number, "")


@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    found = parse_code(text)
    assert found is None or parse_code(str(found)) == found


def test_agencies_are_checked_in_vietnamese() -> None:
    assert check_agency(" h15.50.05 ") == "H15.50.05"
    for wrong in ("", "15.50", "H1", "Z01", "H15..05", "H15.50-05", "H15." + ".".join(["AB"] * 12)):
        with pytest.raises(CodeError, match=r"Mã định danh đơn vị|Chưa có mã"):
            check_agency(wrong)
    with pytest.raises(CodeError):
        format_code("H15", DAY, 0)


@given(st.uuids())
def test_short_ids_are_twelve_digits_that_are_no_personal_number(uuid: UUID) -> None:
    text = short_id(uuid)
    assert len(text) == 12
    assert text.isdigit()
    assert text[0] != "0"
    assert valid_short_id(text)
    assert valid_short_id(f" {text[:4]} {text[4:8]} {text[8:]}\n")
    assert short_id(UUID(int=uuid.int)) == text


@given(st.uuids(), st.integers(0, 11), st.integers(1, 9))
@settings(max_examples=60)
def test_a_slip_in_a_short_id_is_noticed(uuid: UUID, place: int, shift: int) -> None:
    digits = list(short_id(uuid))
    wrong = [*digits]
    wrong[place] = str((int(digits[place]) + shift) % 10)
    assert not valid_short_id("".join(wrong))
    for left in range(11):
        swapped = [*digits]
        swapped[left], swapped[left + 1] = swapped[left + 1], swapped[left]
        assert swapped == digits or not valid_short_id("".join(swapped))


def test_other_numbers_are_no_short_ids() -> None:
    for text in ("", "12345", "079084001234", "0" * 12, "１２３４５６７８９０１２", "abcdefghijkl"):
        assert not valid_short_id(text)


def test_short_ids_spread() -> None:
    assert len({short_id(UUID(int=n)) for n in range(20_000)}) == 20_000
