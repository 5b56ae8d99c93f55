"""Choices, dialogs, status lines, overdue panel, barcodes."""

from __future__ import annotations

import pytest
from tests_widgets_tools import Bench, burst, key, settle
from textual.binding import Binding
from textual.screen import Screen

from tthc_tui.widgets.barcode import BarcodeView, QRView
from tthc_tui.widgets.dialogs import AskText, Confirm, Pick
from tthc_tui.widgets.fields import Choice, LabeledField
from tthc_tui.widgets.inputs import VnInput
from tthc_tui.widgets.overdue import OverdueItem, OverduePanel
from tthc_tui.widgets.status import KeyBar, KeyHint, MessageLine, StatusStrip, TitleBar, key_label

CASES = [("a", "Thông thường"), ("b", "Có yếu tố nước ngoài"), ("c", "Đăng ký lại")]


def line(widget, y: int = 0) -> str:
    return widget.render_line(y).text


async def test_choice_by_arrow_space_and_letter() -> None:
    choice = Choice(CASES)
    app = Bench(choice)
    async with app.run_test() as pilot:
        await burst(pilot, "<right>", "<space>", "<right>", "<left>")
        assert choice.value == "c"
        await burst(pilot, "c")
        assert (choice.value, choice.label) == ("b", "Có yếu tố nước ngoài")
        await burst(pilot, "d")
        assert choice.value == "c"
        assert line(choice).startswith("‹ Đăng ký lại › 3/3")
        assert app.of(Choice.Changed)[-1].value == "c"
        choice.set_options(CASES[:2])
        assert choice.value == "a"


async def test_labeled_field_says_what_is_wrong_in_words() -> None:
    row = LabeledField("Số định danh", ident="pid", numeric=True)
    async with Bench(row).run_test() as pilot:
        row.field.show_error("Số định danh phải có 12 chữ số.")
        await settle(pilot)
        error = row.query_one(".field-error")
        assert error.display
        assert "12 chữ số" in str(error.render())
        row.field.clear_error()
        await settle(pilot)
        assert not error.display


@pytest.mark.parametrize(
    ("keys", "answer"), [(["<enter>"], True), (["<f10>"], True), (["<ctrl+s>"], True), (["<escape>"], False)]
)
@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
async def test_confirm(keys: list[str], answer: bool, size: tuple[int, int]) -> None:
    app = Bench()
    async with app.run_test(size=size) as pilot:
        answers: list[object] = []
        app.push_screen(Confirm("Hoàn tất?", "Không thể rút lại.\n" * 30), answers.append)
        await settle(pilot)
        await burst(pilot, *keys)
        assert answers == [answer]


async def test_confirm_for_what_cannot_be_taken_back_needs_f10() -> None:
    app = Bench()
    async with app.run_test() as pilot:
        answers: list[object] = []
        app.push_screen(Confirm("Từ chối hồ sơ?", enter_accepts=False), answers.append)
        await settle(pilot)
        await burst(pilot, "<enter>")
        assert answers == []
        await burst(pilot, "<f10>")
        assert answers == [True]


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
async def test_ask_text_checks_before_it_closes(size: tuple[int, int]) -> None:
    app = Bench()
    async with app.run_test(size=size) as pilot:
        answers: list[object] = []
        ask = AskText("Lý do", check=lambda text: "" if len(text) > 3 else "Lý do quá ngắn.")
        app.push_screen(ask, answers.append)
        await burst(pilot, "<enter>")
        assert "không được để trống" in ask.field.error
        await burst(pilot, "abc", "<enter>")
        assert ask.field.error == "Lý do quá ngắn."
        await burst(pilot, "d", "<enter>")
        assert answers == ["abcd"]
        app.push_screen(AskText("Lý do", "cũ"), answers.append)
        await burst(pilot, "x", "<escape>")
        assert answers == ["abcd", None]


@pytest.mark.parametrize("size", [(80, 24), (20, 5)])
async def test_pick_filters_without_accents(size: tuple[int, int]) -> None:
    units = [(str(n), f"Phòng số {n}") for n in range(40)] + [("dat", "Văn phòng Đăng ký đất đai")]
    app = Bench()
    async with app.run_test(size=size) as pilot:
        answers: list[object] = []
        app.push_screen(Pick("Chuyển đến", units), answers.append)
        await settle(pilot)
        await burst(pilot, "dang ky dat", "<enter>")
        app.push_screen(Pick("Chuyển đến", units, value="3"), answers.append)
        await settle(pilot)
        await burst(pilot, "<down>", "<f10>")
        app.push_screen(Pick("Chuyển đến", units), answers.append)
        await settle(pilot)
        await burst(pilot, "không có", "<enter>", "<escape>")
        app.push_screen(Pick("Chuyển đến", units), answers.append)
        await settle(pilot)
        await burst(pilot, "dangkydat", "<enter>")
        assert answers == ["dat", "4", None, "dat"]


async def test_pick_says_in_one_line_that_nothing_is_called_so() -> None:
    app = Bench()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Pick("Chuyển đến", [("a", "Văn phòng")]))
        await settle(pilot)
        await burst(pilot, "zzz")
        await settle(pilot)
        assert isinstance(app.screen, Pick)
        found = app.screen.box.results
        assert "Không có dòng nào như vậy" in "".join(
            found.render_line(row).text for row in range(found.size.height)
        )


async def test_status_strip_and_title() -> None:
    strip, title = StatusStrip(), TitleBar()
    async with Bench(title, strip).run_test(size=(80, 24)) as pilot:
        assert "Quá hạn …" in line(strip)
        strip.overdue, strip.today, strip.risk, strip.clock, strip.typing = 12_000, 12, 0, "08:42", "telex"
        title.counter, title.officer, title.centre = (
            "Quầy 07",
            "Nguyễn Thị Lan",
            "UBND phường \x1b[2JRạch Giá",
        )
        title.sync = "● trực tuyến  còn 14 số"
        await settle(pilot)
        assert line(strip).startswith(" Quá hạn 12.000 · Hôm nay 12 · Sắp trễ 0")
        assert line(strip).rstrip().endswith("Telex  08:42")
        assert "\x1b" not in line(title)
        assert line(title).startswith(" TTHC  Quầy 07 · Nguyễn Thị Lan · UBND phường")
        assert line(title).rstrip().endswith("còn 14 số")
        await pilot.resize_terminal(20, 5)
        await settle(pilot)
        assert len(line(title)) == 20


async def test_key_bar_shows_active_bindings_and_strikes_disabled_ones() -> None:
    class Keys(Screen[None]):
        BINDINGS = [
            *(Binding(f"f{n}", f"verb({n})", f"Làm {n}") for n in (10, 2, 3, 4, 5, 6, 7, 8, 9)),
            Binding("escape", "back", "Lùi"),
        ]

        def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
            return None if parameters == (2,) else True

        def compose(self):
            yield KeyBar()

    app = Bench()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Keys())
        await settle(pilot)
        bar = app.screen.query_one(KeyBar)
        shown = bar.shown()
        assert [hint.key for hint in shown] == ["F3", "F4", "F5", "F6", "F7", "F8", "F10", "Esc"]
        assert line(bar).startswith(" F3 Làm 3 F4 Làm 4")
        await pilot.resize_terminal(30, 8)
        await settle(pilot)
        assert [hint.key for hint in bar.shown()] == ["F3", "F10", "Esc"]


async def test_a_key_that_can_t_be_pressed_is_struck_and_is_the_first_to_go() -> None:
    hints = [KeyHint("F1", "Trợ giúp"), KeyHint("F5", "Trả kết quả", enabled=False), KeyHint("F6", "Chuyển")]
    bar = KeyBar(hints)
    async with Bench(bar).run_test(size=(80, 24)) as pilot:
        assert [hint.key for hint in bar.shown()] == ["F1", "F5", "F6"]
        await pilot.resize_terminal(30, 24)
        await settle(pilot)
        assert [hint.key for hint in bar.shown()] == ["F1", "F6"]


def test_key_labels() -> None:
    assert [key_label(key) for key in ("f4", "ctrl+s", "escape", "shift+f1")] == [
        "F4",
        "Ctrl+S",
        "Esc",
        "Shift+F1",
    ]


async def test_key_bar_with_a_given_list() -> None:
    bar = KeyBar([KeyHint("F4", "Tiếp nhận")])
    async with Bench(bar).run_test():
        assert line(bar).rstrip() == " F4 Tiếp nhận"


async def test_message_stays_for_keys_typed_before_it_and_goes_with_the_next(monkeypatch) -> None:
    message, field = MessageLine(), VnInput()
    app = Bench(field, message)
    async with app.run_test() as pilot:
        rung: list[bool] = []
        monkeypatch.setattr(app, "bell", lambda: rung.append(True))
        message.show("Không lưu được: đĩa đầy.", "error")
        assert line(message).startswith(" Lỗi: Không lưu được")
        assert rung == [True]
        typed = key("a")
        typed.time = 0.0
        app.post_message(typed)
        await settle(pilot)
        assert message.text
        await burst(pilot, "b")
        assert message.text == ""


async def test_overdue_panel_shares_its_lines_and_hides_when_narrow() -> None:
    panel = OverduePanel()
    items = [OverdueItem(str(n), f"-{n:04}", "Trần Văn Bình", "quá 1 ngày") for n in range(40)]
    items.append(OverdueItem("t", "-0099", "Lê Thị Hoa", "còn 2 giờ", "today"))
    async with Bench(panel).run_test(size=(120, 15)) as pilot:
        panel.show(items, {"overdue": 12000, "today": 1, "risk": 0})
        await settle(pilot)
        assert panel.display
        shown = [line(panel, y).strip() for y in range(15)]
        assert shown[0] == "Quá hạn 12000"
        assert "… và 11990 hồ sơ nữa" in shown
        assert any(text.startswith("-0099 Lê Thị Hoa") and text.endswith(" 2 giờ") for text in shown)
        assert "Sắp trễ 0" in shown
        await pilot.resize_terminal(119, 15)
        await settle(pilot)
        assert not panel.display
        await pilot.resize_terminal(120, 15)
        await settle(pilot)
        assert panel.display


async def test_barcode_takes_the_whole_code_the_short_id_or_a_qr_as_it_fits() -> None:
    view = BarcodeView("H15.50.05.13-261008-0975", "398830690385")
    async with Bench(view).run_test(size=(160, 40)) as pilot:
        for width, held in ((160, view.code), (80, view.short_id), (40, view.code)):
            await pilot.resize_terminal(width, 40)
            await settle(pilot)
            rows, text = view.choose(view.size.width, 39)
            assert text == held
            assert len(rows[0]) <= width
            assert held in line(view, len(rows))
            middle = view.render_line(len(rows) // 2)
            inks = {segment.style.bgcolor.name for segment in middle if segment.text.strip()}
            assert inks == {"#ffffff"}
        await pilot.resize_terminal(20, 5)
        await settle(pilot)
        assert view.choose(20, 4) == ([], "")


async def test_qr_of_nothing_takes_no_room() -> None:
    view = QRView("")
    async with Bench(view).run_test() as pilot:
        assert view.rows == []
        view.show("H15.50.05.13-261008-0975")
        await settle(pilot)
        assert view.size.height == len(view.rows) > 10
