"""Folding, cleaning and sorting of Vietnamese text."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tthc_tui.core.text import accents_match, clean, clean_lines, fold, initials, nfc

VIETNAMESE = st.text("aàáạảãâầấậẩẫăằắặẳẵeèéêếệiìíoòóôốộơờớợuùúưứựyýđĐĂÂÊÔƠƯ nghctmp", max_size=40)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_fold_makes_every_spelling_alike() -> None:
    assert fold("ĐĂNG KÝ Thường trú") == "dang ky thuong tru"
    assert fold(nfd("Đường Nguyễn Huệ")) == "duong nguyen hue"
    assert fold("hoà giải") == fold("hòa giải") == fold(nfd("HÒA GIẢI")) == "hoa giai"
    assert fold("chứng thực") == "chung thuc"


@given(VIETNAMESE)
def test_fold_of_vietnamese_is_plain_ascii_whatever_the_form(text: str) -> None:
    assert fold(text).isascii()
    assert fold(nfd(text)) == fold(nfc(text)) == fold(text.upper())


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_fold_and_clean_settle_at_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert clean(clean(text)) == clean(text)
    assert clean_lines(clean_lines(text)) == clean_lines(text)


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=150)
def test_nothing_hidden_survives_cleaning(text: str) -> None:
    kept = clean(text)
    assert kept.isprintable()
    assert unicodedata.is_normalized("NFC", kept)
    assert kept == kept.strip()
    assert "  " not in kept
    kept.encode("utf-8")
    assert all(line.isprintable() for line in clean_lines(text).split("\n"))


@pytest.mark.parametrize(
    ("dirty", "kept"),
    [
        ("\x1b[31mNguyễn\x1b[0m Văn\x07 An", "Nguyễn Văn An"),
        ("\x1b]0;tiêu đề\x07An", "An"),
        ("\x9b2JAn\x85Bình", "An Bình"),
        ("An\u202egnậv\u202c", "Angnậv"),
        ("A\u200bn\ufeff \u00a0 B\u2066", "An B"),
        ("Tổ 1,\r\nấp  2\tphường", "Tổ 1, ấp 2 phường"),
        ("☎\ufe0f 077", "☎ 077"),
        ("a\ud800b", "ab"),
        (nfd("Trần Thị Ứng"), "Trần Thị Ứng"),
    ],
)
def test_clean(dirty: str, kept: str) -> None:
    assert clean(dirty) == kept


def test_clean_lines_keeps_the_lines() -> None:
    assert clean_lines("  a \r\n\x1b[1mb\x1b[m  c\u2028d\t\n") == "a\nb c\nd"


def test_initials() -> None:
    assert initials("Đăng ký khai sinh") == "dkks"
    assert initials("Cấp bản sao trích lục hộ tịch (lưu động)") == "cbstlhtld"
    assert initials("") == ""


@pytest.mark.parametrize(
    ("typed", "matches"),
    [
        ("dang ky", True),
        ("đăng ky", True),
        ("đăng", True),
        ("đặng", False),
        ("hoà", True),
        ("hòa gi", True),
        ("câ", True),
        ("cấ", True),
        ("cập", False),
        ("xe", False),
        ("", True),
    ],
)
def test_accents_that_were_typed_must_be_there(typed: str, matches: bool) -> None:
    assert accents_match(typed, "Đăng ký hòa giải cấp xã") is matches
    assert accents_match(nfd(typed), nfd("Đăng ký hoà giải cấp xã")) is matches
