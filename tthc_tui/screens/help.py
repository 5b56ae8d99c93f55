"""Trợ giúp: what the focused part is for, the keys of the screen; and any text that is only to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from tthc_tui.widgets.status import key_label
from tthc_tui.widgets.vietnamese import clean

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from tthc_tui.screens.base import CounterScreen

_PARTS = (
    ("LookupBox", "Ô tìm: gõ là tìm ngay, không cần dấu; ↑ ↓ chọn, Enter lấy dòng đang chọn."),
    (
        "Checklist",
        "Thành phần hồ sơ: phím số 1–9 (0 là dòng 10) nhận hoặc bỏ giấy tờ, Space với dòng đang chọn, "
        "* nhận đủ giấy tờ bắt buộc, f đổi hình thức (bản chính, bản sao, chứng thực, điện tử), + − số bản, "
        "Enter xem đủ nội dung, n hiện phần lưu ý. Dòng [·] khai thác từ cơ sở dữ liệu, không yêu cầu nộp.",
    ),
    ("Choice", "Ô chọn: ← → hoặc Space đổi giá trị, gõ chữ cái đầu để nhảy tới."),
    (
        "HomeList",
        "Danh sách: ↑ ↓ đi từng dòng, PgUp PgDn từng trang, Home End đầu cuối, Tab sang danh sách kia, Enter mở hồ sơ.",
    ),
    (
        "RowList",
        "Danh sách: ↑ ↓ (j k) đi từng dòng, PgUp PgDn từng trang, Home End đầu cuối, Space đánh dấu, Enter mở.",
    ),
    (
        "VnInput",
        "Ô nhập: F12 đổi kiểu gõ Telex, VNI hoặc tắt (khi máy đã có bộ gõ). Enter hoặc Tab sang ô sau, "
        "Shift+Tab về ô trước.",
    ),
)
_GENERAL = (
    "F1 trợ giúp · F2 tra cứu · F3 hồ sơ · F4 tiếp nhận · F5 trả kết quả · F6 bàn giao · F7 in · F8 giám sát · "
    "F9 bổ sung · F10 hoàn tất · F12 kiểu gõ · Ctrl+L khóa máy · Ctrl+P mọi lệnh · Ctrl+Z hoàn tác · Esc quay lại · "
    "Ctrl+Q thoát. Quét mã ở màn hình nào cũng được."
)
_NEIGHBOURS = ("previous", "next")  # [ and ] only say where they work, but on a screen that has neighbours
_QUESTION = (
    "Trả lời câu hỏi rồi nhấn F10; Esc bỏ qua, không mất gì đã nhập ở màn hình bên dưới. Các phím chức năng khác dùng "
    "được khi câu hỏi đã đóng."
)


class Reading(ModalScreen[None]):
    """A text to read; any of Esc, Enter, F1 or F10 closes it, arrows scroll."""

    CSS_PATH = "help.tcss"
    BINDINGS = [
        Binding("escape,enter,f1,f10,d,question_mark", "close", "Đóng"),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(8)", show=False),
        Binding("pageup", "scroll(-8)", show=False),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = clean(title)
        self.text = "\n".join(clean(line) for line in text.splitlines())

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        with Vertical(id="reading"):
            yield Label(self._title, id="reading-title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static(self.text, markup=False)
            yield Label("Esc Đóng   ↑ ↓ cuộn", id="reading-keys", markup=False)

    def action_close(self) -> None:
        """Back to what was there."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """Move the text."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


def help_on(screen: CounterScreen, focused: Widget | None, *, keys: bool = False) -> Reading:
    """Help on the focused part and its screen; `keys` shows the keys alone."""
    parts = []
    if not keys:
        # Before the centre is named none of the general keys works.
        unnamed = screen.desk is None and screen.counter_app.setting_up
        parts += [_of_part(focused), screen.HELP_VI, "" if unnamed else _GENERAL]
    parts.append(keys_of(screen))
    title = f"Các phím – {screen.TITLE_VI}" if keys else f"Trợ giúp – {screen.TITLE_VI}"
    return Reading(title, "\n\n".join(part for part in parts if part))


def help_in_question(question: Screen[Any], focused: Widget | None) -> Reading:
    """Help on a question that lies over a screen: its focused part and its own keys."""
    parts = [_of_part(focused), _QUESTION, keys_of(question)]
    return Reading("Trợ giúp – câu hỏi đang mở", "\n\n".join(part for part in parts if part))


def _of_part(focused: Widget | None) -> str:
    """What the focused part is for, "" where there is nothing to say."""
    around = [type(node).__name__ for node in (focused.ancestors_with_self if focused else ())]
    return "\n\n".join([text for name, text in _PARTS if name in around][:2])


def keys_of(screen: Screen[Any]) -> str:
    """One line for each verb of the screen, as the site's keymap has them."""
    lines: dict[str, list[str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        words = binding.tooltip or binding.description
        idle = binding.id in _NEIGHBOURS and f"action_{binding.action}" not in type(screen).__dict__
        if binding.id and words and not binding.system and not idle:
            keys = lines.setdefault(words, [])
            label = binding.key_display or key_label(binding.key)
            if label not in keys:
                keys.append(label)
    return "\n".join(f"{', '.join(keys):<16} {words}" for words, keys in lines.items())
