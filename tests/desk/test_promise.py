"""The ledger of a promised date shows the date that holds now, and every act that led to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from law_tools import at_unit, take

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.ledger import LineKind
from tthc_tui.desk import Desk


def moment(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VIETNAM)


def words(desk: Desk, dossier: Dossier) -> list[str]:
    return [line.text for line in desk.promise(dossier.id)]


def test_a_plain_term_is_its_own_ledger(desk: Desk) -> None:
    dossier = take(desk)
    explained = desk.explain(dossier.id)
    assert explained is not None
    assert desk.promise(dossier.id) == explained.lines


def test_an_extension_tells_who_signed_why_and_from_which_date_to_which(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = moment(30, 9)
    desk.sign_in("binh")
    desk.extend(dossier.id, moment(3, 8, 42, 12), "chờ bản vẽ hoàn công")
    lines = words(desk, dossier)
    assert lines[0] == "Tiếp nhận lúc 08:42 thứ Hai 23/11/2026"
    assert lines[-3] == "Theo thời hạn đó hẹn trả 08 giờ 42 phút, ngày 01/12/2026"
    assert lines[-2] == (
        "Xin lỗi và hẹn lại lúc 09:00 thứ Hai 30/11/2026: hẹn trả 08 giờ 42 phút, ngày 01/12/2026 → "
        "08 giờ 42 phút, ngày 03/12/2026. Lý do: chờ bản vẽ hoàn công. Người ký: Phạm Thanh Bình"
    )
    assert lines[-1] == "Ngày hẹn trả hiện nay: 08 giờ 42 phút, ngày 03/12/2026"


def test_a_pause_after_the_extension_moves_the_new_date_not_the_old(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = moment(30, 9)
    desk.sign_in("binh")
    desk.extend(dossier.id, moment(3, 8, 42, 12), "chờ bản vẽ")
    clock.now = moment(1, 9, month=12)
    desk.pause(dossier.id, "xac-minh")
    clock.now = moment(2, 9, month=12)
    resumed = desk.resume(dossier.id)
    assert resumed.due_at == moment(4, 8, 42, 12)
    lines = words(desk, dossier)
    assert "Theo thời hạn đó hẹn trả 08 giờ 42 phút, ngày 01/12/2026" in lines
    assert lines[-2].startswith(
        "Hết tạm dừng lúc 09:00 thứ Tư 02/12/2026: hẹn trả 08 giờ 42 phút, ngày 03/12"
    )
    assert lines[-1].endswith("08 giờ 42 phút, ngày 04/12/2026")


def test_a_restart_tells_the_first_promise_and_counts_from_the_complete_dossier(
    desk: Desk, clock: Any
) -> None:
    dossier = take(desk)
    clock.now = moment(25, 9)
    desk.request_supplement(dossier.id, ["Tờ khai"])
    clock.now = moment(26, 10)
    desk.supplement(dossier.id)
    found = desk.promise(dossier.id)
    lines = [line.text for line in found]
    assert lines[0] == (
        "Tiếp nhận lúc 08:42 thứ Hai 23/11/2026, hẹn trả lần đầu 08 giờ 42 phút, ngày 01/12/2026"
    )
    assert lines[1].startswith(
        "Nhận đủ hồ sơ bổ sung lúc 10:00 thứ Năm 26/11/2026, tính lại từ đầu: hẹn trả "
    )
    assert [line.kind for line in found].count(LineKind.RECEIVED) == 1
    assert lines[-1] == "Hẹn trả 10 giờ 00 phút, ngày 03/12/2026"


def test_an_extension_taken_back_leaves_no_trace_in_the_ledger(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.extend(dossier.id, moment(3, 8, 42, 12), "nhầm hồ sơ")
    desk.undo(dossier.id)
    assert not any("Xin lỗi" in line for line in words(desk, dossier))
