"""The first screen wears its own styles from the first frame on."""

from __future__ import annotations

from counter_tools import ready

from tthc_tui.widgets.rowlist import RowList


async def test_lists_of_the_first_screen_have_no_scroll_bar_across(counter) -> None:
    app = counter()
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        lists = list(app.screen.query(RowList))
        assert len(lists) == 2
        assert not any(rows.show_horizontal_scrollbar for rows in lists)
        assert app.screen.query_one("#home-today").styles.padding.left == 1
