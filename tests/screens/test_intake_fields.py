"""What is wrong with a field of the intake is said when the field is left, once, and until it is right."""

from __future__ import annotations

import pytest
from counter_tools import burst, field, press, ready, screen_text, settle, showing, text_of, until

from tthc_tui.widgets.fields import Choice
from tthc_tui.widgets.inputs import VnInput

WRONG = [
    ("applicant-number", "12345", "Số định danh phải có 12 chữ số"),
    ("applicant-birth", "31/02/1990", "Ngày sinh không đúng"),
    ("applicant-birth", "12/03/2999", "Ngày sinh nằm ngoài khoảng"),
    ("applicant-phone", "0912", "Số điện thoại chỉ gồm"),
    ("applicant-email", "hoa@", "Địa chỉ email không đúng"),
    ("intake-sets", "0", "Số bộ hồ sơ phải từ 1 đến 99"),
]


@pytest.mark.parametrize(("target", "typed", "sentence"), WRONG)
async def test_a_wrong_value_is_told_once_as_soon_as_its_field_is_left(
    counter, target: str, typed: str, sentence: str
) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>")
        wrong = app.screen.query_one(f"#{target}", VnInput)
        wrong.value = ""
        wrong.focus()
        await press(pilot, *typed)
        assert sentence not in screen_text(pilot)
        await press(pilot, "tab")
        await until(pilot, lambda: sentence in screen_text(pilot))
        assert not wrong.has_focus
        app.screen.papers.focus()
        await press(pilot, "1", "2")
        app.screen.query_one("#applicant-name", VnInput).value = "TRẦN THỊ HOA"
        await press(pilot, "f10")
        assert (showing(pilot), wrong.has_focus) == ("IntakeScreen", True)
        assert screen_text(pilot).count(sentence) == 1
        wrong.value = {"intake-sets": "2"}.get(target, "")
        await press(pilot, "tab")
        assert sentence not in screen_text(pilot)


async def test_of_two_wrong_fields_the_second_is_still_told_when_the_first_is_right(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", "12345", "<tab>", "HOA", "<tab>", "31021990", "<tab>")
        await until(pilot, lambda: "Ngày sinh không đúng" in text_of(pilot, "#intake-warning"))
        app.screen.query_one("#applicant-birth", VnInput).focus()
        await press(pilot, "ctrl+u", *"05061990", "tab")
        assert "Số định danh phải có" in text_of(pilot, "#intake-warning")


async def test_the_number_of_a_company_is_no_wrong_personal_number(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>", "1801234567", "<tab>")
        await until(pilot, lambda: "Số định danh phải có" in screen_text(pilot))
        app.screen.query_one("#applicant-kind", Choice).focus()
        await press(pilot, "d")
        await settle(pilot)
        assert app.screen.query_one("#applicant-kind", Choice).label == "Doanh nghiệp"
        assert "Số định danh phải có" not in screen_text(pilot)
        assert field(pilot, "applicant-number") == "1801234567"


@pytest.mark.parametrize(
    ("target", "letter", "label"),
    [
        ("intake-delivery", "b", "qua bưu chính"),
        ("intake-delivery", "q", "qua bưu chính"),
        ("intake-delivery", "t", "trực tuyến"),
        ("intake-channel", "b", "bưu chính"),
        ("applicant-kind", "d", "Doanh nghiệp"),
        ("applicant-sex", "n", "Nam"),
    ],
)
async def test_the_first_letter_of_a_choice_chooses_it(counter, target: str, letter: str, label: str) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await burst(pilot, "<f4>", "dkks", "<enter>")
        chosen = app.screen.query_one(f"#{target}", Choice)
        chosen.focus()
        await press(pilot, letter)
        await settle(pilot)
        assert label in chosen.label
