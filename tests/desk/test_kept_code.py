"""The code of a dossier is its identity: a correction leaves it, and says so on the slip and on the screen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from law_tools import take

from tthc_tui.core.base import VIETNAM
from tthc_tui.desk import Desk
from tthc_tui.printing.render import to_text


def test_a_corrected_day_of_receipt_leaves_the_code_and_the_slip_says_so(desk: Desk, clock: Any) -> None:
    dossier = take(desk)
    assert "GIỮ NGUYÊN" not in to_text(desk.document(dossier.id, "mau-01"))
    clock.now = datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM)
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=VIETNAM)
    corrected = desk.correct(dossier.id, "ghi sai ngày nhận", received_at=friday)
    assert (corrected.code, corrected.received_at) == (dossier.code, friday)
    slip = to_text(desk.document(dossier.id, "mau-01"))
    assert f"Mã hồ sơ: {dossier.code}" in slip
    assert "MÃ HỒ SƠ GIỮ NGUYÊN NHƯ ĐÃ CẤP NGÀY 23/11/2026" in slip
    hour = desk.correct(
        dossier.id, "đúng là sáng 23/11", received_at=datetime(2026, 11, 23, 8, tzinfo=VIETNAM)
    )
    assert hour.code == dossier.code
    assert "GIỮ NGUYÊN" not in to_text(desk.document(dossier.id, "mau-01"))
