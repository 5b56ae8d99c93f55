"""The first screen wears its own styles from the first frame on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from counter_tools import press, ready, screen_text, text_of, until
from dossier_day import receive
from rich.cells import cell_len

from tthc_tui.core.link import SendState
from tthc_tui.core.states import State
from tthc_tui.core.views import DossierQuery, Overview
from tthc_tui.desk import Desk
from tthc_tui.screens.dossier_rows import summary
from tthc_tui.store.sqlite import SqliteStore
from tthc_tui.widgets.rowlist import RowList


async def test_lists_of_the_first_screen_have_no_scroll_bar_across(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        lists = list(app.screen.query(RowList))
        assert len(lists) == 2
        assert not any(rows.show_horizontal_scrollbar for rows in lists)
        assert app.screen.query_one("#home-today").styles.padding.left == 1


COUNTS = {
    State.NEW: 8,
    State.ACCEPTED: 24,
    State.PROCESSING: 1250,
    State.SUPPLEMENT: 16,
    State.PAYMENT: 8,
    State.DONE: 29,
}


@pytest.mark.parametrize(("width", "named"), [(80, "Yêu cầu bổ sung"), (60, "Bổ sung 16"), (110, "giấy tờ")])
async def test_a_count_stands_in_one_line_with_its_name(counter, width: int, named: str) -> None:
    from tthc_tui.screens.home import HomeData

    app = counter()
    async with app.run_test(size=(width, 24)) as pilot:
        await ready(pilot)
        app.screen._show(HomeData(Overview(states=COUNTS), (), ()))
        await until(pilot, lambda: "29" in screen_text(pilot))
        lines = text_of(pilot, "#home-states").splitlines()
        assert len(lines) == 2
        counts = [count for line in lines for count in line.split(" · ")]
        assert [count.rpartition(" ")[2] for count in counts] == ["8", "24", "1250", "16", "8", "29"]
        assert named in counts[3]
        assert all(line in screen_text(pilot) for line in lines), "nothing of them is cut"


async def test_a_narrow_list_calls_a_procedure_as_officers_do(counter, data_file: Path, clock: Any) -> None:
    with SqliteStore(data_file) as store:
        receive(Desk(store, clock, officer="lan"), "Phạm Văn An", "079084001234", code="1.004873")
    clock.forward(days=30)
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        for keys in ((), ("f8",), ("f3",)):
            await press(pilot, *keys)
            await until(pilot, lambda: "Phạm Văn" in screen_text(pilot))
            assert "Xác nhận" in screen_text(pilot)
            assert (
                "Cấp Giấy" not in screen_text(pilot).split("1.004873")[0]
            )  # the published name stands below


async def test_no_promised_date_and_no_number_is_cut_below_a_list(desk: Desk, clock: Any) -> None:
    name = "CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN XUẤT NHẬP KHẨU THỦY SẢN MIỀN TÂY"
    dossier = receive(desk, name, "079084001234", phone="0912345678")
    (line,) = desk.lines(desk.find(DossierQuery()))
    for width in (40, 58, 78, 118, 200):
        first, second = summary(desk, line, SendState.WAITING, width)
        assert cell_len(first) <= max(width, 65)  # code, date and state are there at any width
        assert first.startswith(dossier.code)
        assert f"hẹn trả {dossier.due_at:%H:%M %d/%m/%Y} · chờ gửi" in first
        assert "ĐT 0912345678" in first + second
