"""A limit that depends on the commune: the officer picks the case, the promise follows its limit."""

from __future__ import annotations

from datetime import datetime

from law_tools import BUILDING, take

from tthc_tui.core.base import VIETNAM
from tthc_tui.desk import Desk


def test_a_remote_communes_longer_limit_is_promised_and_explained(desk: Desk) -> None:
    desk.sign_in("binh")
    desk.correct_procedure(
        BUILDING,
        "case:mien-nui",
        {"name": "Xã miền núi, hải đảo", "limit": {"amount": 10, "unit": "working_day"}},
        source="Quyết định của UBND tỉnh",
    )
    desk.sign_in("lan")
    usual, remote = take(desk), take(desk, case="mien-nui")
    assert usual.due_at == datetime(2026, 12, 1, 8, 42, tzinfo=VIETNAM)
    assert remote.due_at == datetime(2026, 12, 8, 8, 42, tzinfo=VIETNAM)
    assert any("10 ngày làm việc" in line.text for line in desk.promise(remote.id))
    asked = desk.request_supplement(remote.id, ["Bản vẽ"], "thiếu")
    assert desk.supplement(asked.id).due_at == remote.due_at  # ten days anew, not five
