"""Text fields as an officer types into them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_widgets_tools import Bench, burst, settle
from textual import events

from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.vietnamese import clean, compose, next_mode, one_line, uncompose


def typed(keys: str, mode: str) -> str:
    word = raw = ""
    for letter in keys:
        word, raw = compose(word, raw, letter, mode)
    return word


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("vieetj", "việt"),
        ("DDAWNG", "ĐĂNG"),
        ("Nguyeenx", "Nguyễn"),
        ("NGUYENXE", "NGUYỄN"),
        ("Thuowngr", "Thưởng"),
        ("khuyur", "khuỷu"),
        ("QUYNHF", "QUỲNH"),
        ("Quoocs", "Quốc"),
        ("windows", "windows"),
        ("vieetjj", "vieetj"),
    ],
)
def test_telex_words(keys: str, word: str) -> None:
    assert typed(keys, "telex") == word


@pytest.mark.parametrize(
    ("keys", "word"),
    [("d9a8ng", "đăng"), ("ky1", "ký"), ("NGUYE6N4", "NGUYỄN"), ("Pha5m", "Phạm"), ("P1", "P1")],
)
def test_vni_words(keys: str, word: str) -> None:
    assert typed(keys, "vni") == word


def test_a_new_tone_replaces_an_old_one_wherever_it_stood() -> None:
    assert compose("hoà", "hoà", "s", "telex")[0] == "hóa"
    assert compose("việt", "việt", "s", "telex")[0] == "viết"


def test_backspace_takes_the_keys_of_the_letter() -> None:
    word, raw = uncompose("việt", "vieetj")
    assert word == "việ"
    assert compose(word, raw, "n", "telex")[0] == "viện"


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_clean_is_nfc_on_one_line_and_stable(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(letter)[0] == "C" for letter in cleaned if letter not in " ")
    assert "\n" not in cleaned
    assert clean(cleaned) == cleaned


def test_typing_modes_go_round() -> None:
    assert [next_mode("off"), next_mode("telex"), next_mode("vni"), next_mode("?")] == [
        "telex",
        "vni",
        "off",
        "off",
    ]


def test_a_pasted_block_becomes_one_line() -> None:
    assert one_line("Số 12\r\n\r\nđường Lê Lợi\n") == "Số 12 đường Lê Lợi"


async def test_typed_nfd_is_kept_as_nfc_and_one_backspace_takes_one_letter() -> None:
    field = VnInput(ident="name")
    async with Bench(field).run_test() as pilot:
        await burst(pilot, unicodedata.normalize("NFD", "Việt Ngữ"))
        assert field.value == "Việt Ngữ"
        assert field.cursor_position == 8
        await burst(pilot, "<backspace>")
        assert field.value == "Việt Ng"


async def test_combining_mark_typed_in_the_middle_joins_the_letter_before() -> None:
    field = VnInput()
    async with Bench(field).run_test() as pilot:
        field.value = "Viet Nam"
        await settle(pilot)
        field.cursor_position = 3
        await burst(pilot, "\u0302\u0323")
        assert field.value == "Việt Nam"
        assert field.cursor_position == 3


async def test_paste_keeps_every_line_and_drops_control_characters() -> None:
    field = VnInput()
    async with Bench(field).run_test() as pilot:
        pilot.app.post_message(events.Paste("Số 12\n\x1b[31mấp Một\u202e\nRạch Giá"))
        await settle(pilot)
        assert field.value == "Số 12 ấp Một Rạch Giá"


async def test_max_length_counts_letters_and_says_so_without_losing_what_fits() -> None:
    field = VnInput(max_length=5)
    async with Bench(field).run_test() as pilot:
        pilot.app.post_message(events.Paste(unicodedata.normalize("NFD", "Nguyễn Văn")))
        await settle(pilot)
        assert field.value == "Nguyễ"
        assert "5 ký tự" in field.error
        await burst(pilot, "<backspace>", "e")
        assert field.value == "Nguye"
        assert field.error == ""


async def test_numeric_field_takes_digits_of_a_pasted_phone_and_refuses_letters_in_words() -> None:
    field = VnInput(numeric=True)
    async with Bench(field).run_test() as pilot:
        pilot.app.post_message(events.Paste("0912 345.678"))
        await settle(pilot)
        assert (field.value, field.error) == ("0912345678", "")
        await burst(pilot, "x")
        assert field.value == "0912345678"
        assert "chữ số" in field.error


async def test_telex_in_a_field_with_backspace_and_mid_word_edits() -> None:
    field = VnInput()
    app = Bench(field)
    async with app.run_test() as pilot:
        app.typing_mode = "telex"
        await burst(pilot, "Nguyeenx Vawn Hoaf")
        assert field.value == "Nguyễn Văn Hòa"
        await burst(pilot, "<backspace>", "as")
        assert field.value == "Nguyễn Văn Hóa"
        field.value = "Nguyn An"
        field.cursor_position = 4
        await burst(pilot, "eex")
        assert field.value == "Nguyễn An"
        assert field.cursor_position == 5


async def test_telex_leaves_codes_and_selected_fields_alone() -> None:
    name, code = VnInput(ident="name"), VnInput(ident="code", vietnamese=False)
    app = Bench(name, code)
    async with app.run_test() as pilot:
        app.typing_mode = "telex"
        await burst(pilot, "12Bis 5aa P.Rachj", "<tab>", "aa-dd")
        assert name.value == "12Bis 5aa P.Rạch"
        assert code.value == "aa-dd"


async def test_vni_digits_are_tones_only_after_letters() -> None:
    field = VnInput()
    app = Bench(field)
    async with app.run_test() as pilot:
        app.typing_mode = "vni"
        await burst(pilot, "12 d9u7o7ng2 Le6 Lo7i5 35")
        assert field.value == "12 đường Lê Lợi 35"


async def test_upper_happens_when_the_field_is_left_and_in_text() -> None:
    name, other = VnInput(ident="name", upper=True), VnInput(ident="other")
    async with Bench(name, other).run_test() as pilot:
        await burst(pilot, "nguyễn  văn an ")
        assert name.value == "nguyễn  văn an "
        assert name.text == "NGUYỄN VĂN AN"
        await burst(pilot, "<tab>")
        assert name.value == "NGUYỄN  VĂN AN "


async def test_a_five_thousand_letter_name_stays_usable() -> None:
    field = VnInput()
    async with Bench(field).run_test(size=(80, 24)) as pilot:
        pilot.app.post_message(events.Paste("Ngữ " * 1250))
        await settle(pilot)
        await burst(pilot, "x")
        assert len(field.value) == 5000


async def test_a_letter_lays_nothing_out_anew_and_a_long_text_still_scrolls() -> None:
    field = VnInput()
    field.styles.width = 12
    app = Bench(field)
    async with app.run_test(size=(40, 6)) as pilot:
        await settle(pilot)
        laid_out: list[object] = []
        app.screen.screen_layout_refresh_signal.subscribe(app, laid_out.append)
        await burst(pilot, "duong Nguyen Trung Truc", gap=0.2)
        await settle(pilot)
        assert laid_out == []
        shown = "".join(segment.text for segment in field.render_line(0))
        assert "ung Truc" in shown
        assert "duong" not in shown
        await burst(pilot, "<home>")
        await settle(pilot)
        assert "duong" in "".join(segment.text for segment in field.render_line(0))
