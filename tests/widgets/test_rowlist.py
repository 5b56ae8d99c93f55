"""The virtual list, with a million rows and with few."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests_widgets_tools import Bench, burst, settle

from tthc_tui.widgets.rowlist import PAGE, Column, Row, RowList, fit

COLUMNS = [Column("Mã", 8), Column("Tên"), Column("Còn", 6, right=True)]


class Million:
    """A source that counts what is read."""

    count = 1_000_000

    def __init__(self) -> None:
        self.read = 0

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        self.read += n
        return [
            Row(f"k{i}", (f"{i}", f"Tên {i}", "1 ngày")) for i in range(start, min(start + n, self.count))
        ]

    def index_of(self, key: str) -> int | None:
        return int(key[1:])


def screen_text(listed: RowList) -> list[str]:
    return [listed.render_line(y).text.rstrip() for y in range(listed.size.height)]


def rows(*names: str, state: str = "normal") -> list[Row]:
    return [Row(name, (name, f"Tên {name}", "1"), state) for name in names]


async def test_a_million_rows_read_only_what_is_shown() -> None:
    source = Million()
    listed = RowList(COLUMNS, source=source)
    app = Bench(listed)
    async with app.run_test(size=(60, 20)) as pilot:
        assert screen_text(listed)[1].startswith("> 0")
        await burst(pilot, "G")
        assert "Tên 999999" in screen_text(listed)[19]
        assert listed.cursor_key == "k999999"
        await burst(pilot, "<pageup>", "k", "<up>")
        assert listed.cursor == 999_999 - 18 - 2
        listed.move_to_key("k500000")
        await settle(pilot)
        assert any(line.startswith(">") and "Tên 500000" in line for line in screen_text(listed))
        assert source.read <= 8 * PAGE
        assert app.of(RowList.Highlighted)[-1].row.key == "k500000"


async def test_marks_open_and_messages() -> None:
    listed = RowList(COLUMNS)
    app = Bench(listed)
    async with app.run_test() as pilot:
        listed.set_rows(rows("a", "b", "c"))
        await burst(pilot, "<space>", "<space>", "<enter>")
        assert listed.marks == {"a", "b"}
        assert app.of(RowList.Marked)[-1].keys == {"a", "b"}
        assert [opened.row.key for opened in app.of(RowList.Opened)] == ["c"]
        assert listed.chosen() == ["a", "b"]
        assert screen_text(listed)[1].startswith(" *a")
        listed.clear_marks()
        assert listed.chosen() == ["c"]


async def test_refresh_keeps_the_cursor_on_its_row_and_marks_on_theirs() -> None:
    listed = RowList(COLUMNS)
    app = Bench(listed)
    async with app.run_test(size=(60, 6)) as pilot:
        listed.set_rows(rows(*"abcdefghij"))
        listed.move_to_key("f")
        await burst(pilot, "<space>", "k")
        listed.set_rows(rows(*"xyabcdefghij"))
        await settle(pilot)
        assert listed.cursor_key == "f"
        assert listed.marks == {"f"}
        assert any(line.startswith(">*f") for line in screen_text(listed))
        listed.set_rows(rows("a", "b"))
        await settle(pilot)
        assert listed.cursor_key == "b"
        listed.set_rows([])
        await settle(pilot)
        assert listed.cursor_row is None
        assert app.of(RowList.Highlighted)[-1].row is None
        assert "Không có gì" in "".join(screen_text(listed))


async def test_refresh_paints_only_lines_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = RowList(COLUMNS)
    async with Bench(listed).run_test(size=(60, 20)) as pilot:
        listed.set_rows(rows(*"abcdef"))
        await settle(pilot)
        painted: list[int] = []
        monkeypatch.setattr(
            listed, "refresh", lambda *regions, **_: painted.extend(region.y for region in regions)
        )
        changed = rows(*"abcdef")
        changed[2] = Row("c", ("c", "đổi", "2"))
        listed.set_rows(changed)
        assert painted == [3]


async def test_wide_columns_scroll_sideways_and_narrow_screens_do_not_crash() -> None:
    listed = RowList([Column("A", 40), Column("B", 40)])
    async with Bench(listed).run_test(size=(40, 8)) as pilot:
        listed.set_rows([Row("k", ("trái", "phải"))])
        await settle(pilot)
        assert "phải" not in "".join(screen_text(listed))
        await burst(pilot, *["<right>"] * 5)
        assert "phải" in "".join(screen_text(listed))
        await pilot.resize_terminal(20, 5)
        await pilot.resize_terminal(80, 24)
        await burst(pilot, "<left>")
        assert "trái" in "".join(screen_text(listed))


async def test_mouse_moves_the_cursor_and_a_double_click_opens() -> None:
    listed = RowList(COLUMNS)
    app = Bench(listed)
    async with app.run_test() as pilot:
        listed.set_rows(rows("a", "b", "c"))
        await pilot.click(listed, offset=(5, 2))
        assert listed.cursor_key == "b"
        await pilot.double_click(listed, offset=(5, 3))
        assert [opened.row.key for opened in app.of(RowList.Opened)] == ["c"]


def test_cells_are_cut_by_width_and_harmless() -> None:
    assert fit("Nguyễn Văn An", 6) == "Nguyễ…"
    assert fit("a\x1b[31mb", 8) == "a [31mb "
    assert fit("12", 4, right=True) == "  12"
    assert fit("漢字漢字", 5) == "漢字…"


async def test_the_scrollbar_comes_and_goes_with_the_rows_and_follows_their_number() -> None:
    listed = RowList([Column("Tên")])
    async with Bench(listed).run_test(size=(30, 8)) as pilot:
        for many, bar in ((3, False), (200, True), (90, True), (4, False)):
            listed.set_rows(rows(*(f"hàng {n}" for n in range(many))))
            await settle(pilot)
            assert listed.show_vertical_scrollbar is bar
            if bar:
                assert listed.vertical_scrollbar.window_virtual_size == many + 1
            listed.move_to(many)
            await settle(pilot)
            assert f"hàng {many - 1}" in " ".join(screen_text(listed))


async def test_the_scrollbar_takes_its_cell_from_the_shared_columns() -> None:
    columns = [Column("Tên"), Column("Trạng thái", 14)]
    few = [Row(str(at), (f"Tên {at}", "Được tiếp nhận")) for at in range(5)]
    many = [Row(str(at), (f"Tên {at}", "Được tiếp nhận")) for at in range(50)]
    listed = RowList(columns)
    async with Bench(listed).run_test(size=(40, 12)) as pilot:
        for rows_now in (few, many, few, many):
            listed.set_rows(rows_now)
            await settle(pilot)
            room = listed.scrollable_content_region
            assert room.height == 12, "no line is lost to a scrollbar that moves nothing"
            assert room.width == (39 if rows_now is many else 40)
            assert screen_text(listed)[1].index("Được") == room.width - 14
        await pilot.resize_terminal(40, 60)
        await settle(pilot)
        assert screen_text(listed)[1].index("Được") == 26
        await pilot.resize_terminal(40, 12)
        await settle(pilot)
        assert listed.scrollable_content_region.height == 12
        assert screen_text(listed)[1].index("Được") == 25
