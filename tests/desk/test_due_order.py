"""Lists of what is late are in the order of what they say: working time, which offices count differently."""

from __future__ import annotations

from datetime import time
from typing import Any

from law_tools import BUILDING, take

from tthc_tui.core.site import HoursRule, Session
from tthc_tui.core.views import DueQuery
from tthc_tui.desk import Desk


def test_the_list_is_in_the_order_of_the_working_time_it_tells(desk: Desk, clock: Any) -> None:
    """An office of one hour a day is late by less, though its date was earlier."""
    taken = [take(desk, "1.004873"), take(desk, BUILDING)]
    short = HoursRule(
        field=desk.procedure("1.004873").field_name, sessions=(Session(start=time(8), end=time(9)),)
    )
    desk.save_site(desk.site.model_copy(update={"hours": (*desk.site.hours, short)}))
    last = max(one.due_at for one in taken if one.due_at)
    clock.forward(hours=(last - desk.now).total_seconds() / 3600 + 24 * 5)
    query = DueQuery("overdue")
    view = desk.monitor(query)
    late = [desk.minutes_left(line) for line in view.first]
    assert len(late) == 2
    assert max(late) < 0
    assert late == sorted(late)
    assert [line.id for line in desk.lines(view.rows)] == [line.id for line in view.first]
    assert [line.id for line in desk.pressing(query, 30)] == [line.id for line in view.first]
    by_date = [line.id for line in desk.lines(desk.due_rows(query))]
    assert by_date != [line.id for line in view.first]
