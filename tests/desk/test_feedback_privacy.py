"""A complaint about an officer is kept from that officer, by every call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.desk import Desk


def test_who_is_complained_of_neither_reads_nor_forwards_nor_answers(desk: Desk) -> None:
    one = desk.log_feedback("Thái độ chưa đúng mực", subject="officer", officer="khoa", sender="Bà Tám")
    desk.sign_in("khoa")
    assert desk.feedback_list(open_only=False) == []
    for act in (
        lambda: desk.feedback(one.id),
        lambda: desk.forward_feedback(one.id, "tu-phap"),
        lambda: desk.answer_feedback(one.id, "Không có chuyện đó", justified=False),
    ):
        with pytest.raises(Refused, match="nói về bạn"):
            act()
    desk.sign_in("binh")
    assert [kept.content for kept in desk.feedback_list()] == ["Thái độ chưa đúng mực"]
    assert desk.answer_feedback(one.id, "Đã nhắc nhở", justified=True).late is False


def test_the_clock_is_ten_working_days_through_forwarding(desk: Desk, clock: Any) -> None:
    one = desk.log_feedback("Chờ lâu", subject="procedure", procedure="1.001193")
    # 23/11 from 8:42; the 24th is a day off: ten working days end on 8 December at 8:42
    assert one.due_at == datetime(2026, 12, 8, 8, 42, tzinfo=VIETNAM)
    forwarded = desk.forward_feedback(one.id, "tu-phap")
    assert (forwarded.due_at, forwarded.holder_unit) == (one.due_at, "tu-phap")
    clock.now = datetime(2026, 12, 8, 9, 0, tzinfo=VIETNAM)
    assert [late.id for late in desk.feedback_list(overdue=True)] == [one.id]
    assert desk.answer_feedback(one.id, "Xin lỗi ông bà").late
