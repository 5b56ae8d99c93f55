"""The baseline: a bare Textual application with a header, an input, a 50-row table and a footer."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer, Header, Input


class Bare(App[None]):
    """What any Textual program costs before it does anything."""

    BINDINGS = [("f10", "quit", "Thoát"), ("f2", "focus_table", "Bảng")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield Input(placeholder="Nhập")
        yield DataTable()
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.cursor_type = "row"
        table.add_columns("Mã", "Tên", "Lĩnh vực", "Hạn", "Nơi giữ")
        for number in range(50):
            table.add_row(f"H15-{number:04d}", f"Nguyễn Văn {number}", "Hộ tịch", "còn 2 giờ", "Tư pháp")
        self.query_one(Input).focus()

    def action_focus_table(self) -> None:
        self.query_one(DataTable).focus()


if __name__ == "__main__":
    Bare().run()
