"""Hostile and odd input to codes and text."""

from __future__ import annotations

import pytest

from tthc_tui.core.codes import parse_code
from tthc_tui.core.text import clean, fold

CODE = "H15.50.05.13-261008-0975"


@pytest.mark.parametrize(
    "scanned",
    [
        f"{CODE} - Nguyễn Văn A",
        f"{CODE} – chị An",
        f"Hồ sơ - {CODE}",
        f"{CODE}-",
        f"- {CODE} -",
        f"hồ sơ: {CODE}.",
        "h15 . 50.05.13 – 261008 - 0975 - A",
    ],
)
def test_words_behind_a_dash_do_not_hide_a_code(scanned: str) -> None:
    assert str(parse_code(scanned)) == CODE


@pytest.mark.parametrize("scanned", [f"{CODE}A", f"X{CODE}", f"1.{CODE}", f"{CODE}-1", "A-" + CODE])
def test_a_code_inside_a_longer_word_is_none(scanned: str) -> None:
    assert parse_code(scanned) is None


def test_an_old_code_with_blanks_keeps_all_its_groups() -> None:
    assert str(parse_code("000. 00.15.H40 - 200716 - 0001")) == "000.00.15.H40-200716-0001"


def test_marks_piled_on_one_letter_do_not_run_over_other_lines() -> None:
    assert clean("Nguyễn" + "\u0301\u0323" * 100_000 + " An").count("\u0301") <= 4
    assert clean("e\u0302\u0301") == "ế"
    assert clean("u\u031b\u0323ng") == "ựng"


def test_the_icelandic_letter_of_old_fonts_is_found_as_d() -> None:
    assert fold("Ðăng ký") == fold("Đăng ký") == "dang ky"
