"""The command palette (Ctrl+P): every verb by its Vietnamese name, accents optional."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.binding import Binding
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.content import Content

from tthc_tui.core.text import fold

if TYPE_CHECKING:
    from tthc_tui.app import CounterApp

_COMMANDS = (
    ("Tra cứu thủ tục", "F2 · tìm thủ tục theo tên, chữ viết tắt, mã", "app.go('lookup')"),
    ("Tìm hồ sơ", "F3 · theo mã, họ tên, số điện thoại, số định danh", "app.go('dossiers')"),
    ("Tiếp nhận hồ sơ", "F4", "app.go('intake')"),
    ("Trả kết quả", "F5", "app.go('returning')"),
    ("Bàn giao hồ sơ", "F6 · chuyển hồ sơ, lập giấy bàn giao", "app.go('handover')"),
    ("Giám sát quá hạn", "F8", "app.go('monitor')"),
    ("Đồng bộ", "máy chủ, chờ gửi, thao tác cần xử lý", "app.go('sync')"),
    ("Cảnh báo", "chuyển chậm, quá hạn bước, cần xin lỗi, chờ duyệt, quá hạn bổ sung", "app.go('alerts')"),
    ("Ca làm việc", "mở ca, kết ca, bảng kê tiền mặt", "app.go('shift')"),
    ("Tin nhắn cho người nộp", "SMS, thư, Zalo: gửi, gửi lại, xem thử", "app.go('outbox')"),
    ("Bưu chính công ích", "gửi kết quả, danh sách bàn giao, báo phát", "app.go('post')"),
    ("Phản ánh kiến nghị", "ghi, chuyển, trả lời trong mười ngày làm việc", "app.go('feedback')"),
    ("Sổ theo dõi hồ sơ", "Mẫu số 07 theo lĩnh vực và thời gian", "app.go('register')"),
    ("Báo cáo lịch thay đổi", "hồ sơ bị ảnh hưởng khi lịch nghỉ đổi", "app.go('moved')"),
    ("Bàn làm việc", "về màn hình đầu", "app.go('home')"),
    ("Đổi kiểu gõ", "F12 · Telex, VNI, tắt", "app.typing"),
    ("Khóa máy", "Ctrl+L · đổi cán bộ, đăng nhập", "app.lock"),
    ("Trợ giúp", "F1", "app.help"),
    ("Các phím của màn hình này", "?", "screen.keys"),
    ("Đổi giao diện màu", "sáng, tối, tương phản cao, 16 màu", "app.themes"),
    ("Thoát chương trình", "Ctrl+Q", "app.leave"),
)


_NOTHING = "Không có lệnh nào khớp: hãy gõ ít chữ hơn."


class CounterPalette(CommandPalette):
    """Textual's palette with our commands and no double-width sign in it."""

    BINDINGS = [
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(providers=[CounterCommands], placeholder="Gõ tên lệnh, không cần dấu")

    def on_mount(self) -> None:
        """A sign every console can draw."""
        self.query_one(SearchIcon).icon = ">"

    def action_page(self, by: int) -> None:
        """A page up or down. The list's own way fails while it still has to lay out what was found."""
        found = self.query_one(CommandList)
        if found.option_count:
            step = max(found.size.height // 2, 1)  # a command takes two lines
            found.highlighted = min(max((found.highlighted or 0) + by * step, 0), found.option_count - 1)


class CounterCommands(Provider):
    """All commands; what is typed is compared without accents, word by word."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for name, help_text, action in _COMMANDS:
            yield DiscoveryHit(name, self._run(action), help=help_text)

    async def search(self, query: str) -> Hits:
        """Commands in which every typed word begins a word, or whose initials were typed."""
        words, found = fold(query).split(), False
        for name, help_text, action in _COMMANDS:
            folded = fold(name).split()
            starts = all(any(part.startswith(word) for part in folded) for word in words)
            initials = "".join(part[0] for part in folded)
            if starts or initials.startswith("".join(words)):
                score = 1.0 if folded and words and folded[0].startswith(words[0]) else 0.5
                found = True
                yield Hit(score, Content(name), self._run(action), text=name, help=help_text)
        if not found:
            yield Hit(0.1, Content(_NOTHING), self._run("app.command_palette"), text=_NOTHING)

    def _run(self, action: str) -> Callable[[], Any]:
        app = cast("CounterApp", self.app)

        async def run() -> None:
            await app.screen.run_action(action)

        return run
