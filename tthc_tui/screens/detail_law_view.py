"""The finer legal steps of a dossier as lines of the detail screen, and what it says about money and clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from tthc_tui.core import fees as money
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.clocks import ALERTS, alert_words, clocks
from tthc_tui.core.codes import other_day
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.duration import say_instant, say_money
from tthc_tui.core.parts import SUPPLEMENT_HOLD, Hold
from tthc_tui.core.states import State
from tthc_tui.widgets.rowlist import Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk

LAW_STEPS: Mapping[str, str] = {
    "assign": "Phân công cán bộ",
    "step_start": "Bắt đầu bước",
    "step_done": "Xong bước",
    "step_back": "Trả lại bước trước",
    "hand_result": "Bàn giao kết quả",
    "consult": "Xin ý kiến phối hợp",
    "consult_answer": "Trả lời phối hợp",
    "pause": "Tạm dừng thời hạn",
    "payment": "Nghĩa vụ tài chính",
    "resume": "Tính tiếp thời hạn",
    "extend": "Xin lỗi, hẹn lại",
    "stop": "Dừng giải quyết",
    "close": "Đóng hồ sơ",
    "approve": "Duyệt đề xuất",
    "decline": "Không duyệt đề xuất",
    "pay": "Thu phí, lệ phí",
    "charge": "Ghi khoản thu",
    "exempt": "Miễn, giảm phí",
    "refund": "Hoàn tiền",
    "correct": "Đính chính",
    "child": "Hồ sơ liên thông",
    "appointment": "Ghi nhận buổi hẹn",
    "tell": "Đã báo người nộp",
    "remind": "Đôn đốc",
    "post_send": "Gửi bưu chính",
    "post_track": "Báo phát bưu chính",
    "certify": "Phiếu chứng thực",
}
"""Action of the screen → its words, in the order of the list."""


def law_rows(reasons: Mapping[str, str], chosen: str = "") -> list[Row]:
    """The steps as rows: first those that can be taken (`chosen` by F10), then the refused ones, grey."""
    rows = [Row("more", ("", "Việc khác…  Ctrl+O"), "normal")]
    listed = [(name, label) for name, label in LAW_STEPS.items() if name != "hand_result"]  # behind F6
    rows += [
        Row(name, ("F10" if name == chosen else "", label))
        for name, label in listed
        if not reasons.get(name, "…")
    ]
    rows += [Row(name, ("", f"{label} –"), "dim") for name, label in listed if reasons.get(name, "…")]
    return rows


def law_lines(desk: Desk, dossier: Dossier, now: datetime) -> list[str]:
    """What the head says beyond the promised date: the running step, pauses, proposals, other clocks, money."""
    found: list[str] = []
    step = dossier.step
    if step is not None:
        officer = desk.site.officer(step.officer)
        who = f" ({officer.name})" if officer else ""
        due = f", hạn {say_instant(step.due_at, now)}" if step.due_at else ""
        late = " – QUÁ HẠN BƯỚC" if step.due_at and step.due_at < now and dossier.paused_at is None else ""
        found.append(f"Bước       {step.name or step.step}{who}{due}{late}")
    if (day := other_day(dossier.code, dossier.received_at)) is not None:
        found.append(f"Mã hồ sơ   giữ nguyên như đã cấp ngày {day:%d/%m/%Y} (đã đính chính ngày tiếp nhận)")
    if dossier.holds and dossier.open:
        found.append("Tạm dừng   " + "; ".join(_hold_words(dossier, hold, now) for hold in dossier.holds))
        waits = dossier.state is State.SUPPLEMENT and desk.restarts(dossier)
        if not waits and (moved := desk.calendar_moved(dossier)) is not None:
            found.append(f"Lịch đổi   ngày hẹn trước khi dừng nay tính là {say_instant(moved, now)}")
    found += _asked(desk, dossier, now)
    planned = next((one for one in dossier.appointments if one.kept_at is None), None)
    if planned is not None and planned.due_at is not None and dossier.open and not dossier.resolved_at:
        what = f"{planned.purpose}, " if planned.purpose else ""
        found.append(f"Hẹn lần {planned.number}  {what}{say_instant(planned.due_at, now)}")
    if dossier.proposal is not None and dossier.open:
        who = desk.site.officer_name(dossier.proposal.officer)
        new = f" ({say_instant(dossier.proposal.due_at, now)})" if dossier.proposal.due_at else ""
        found.append(f"Chờ duyệt  {who} trình {dossier.proposal.what.label}{new}: {dossier.proposal.reason}")
    if dossier.closed_at is not None and dossier.state is not State.RETURNED and not dossier.voided:
        why = f": {dossier.reason}" if dossier.reason else ""
        found.append(f"Kết thúc   {vietnam_time(dossier.closed_at):%H:%M %d/%m/%Y}{why}")
    found += _alerts(desk, dossier)
    if dossier.payments or money.due(dossier) > 0:
        found.append(f"Phí        {money_line(dossier)}")
    return found


def _hold_words(dossier: Dossier, hold: Hold, now: datetime) -> str:
    """Why the clock stands still, and until when at the latest."""
    until = dossier.supplement_until if hold.code == SUPPLEMENT_HOLD else hold.until
    return hold.reason + (f", hạn {say_instant(until, now)}" if until else "")


def _asked(desk: Desk, dossier: Dossier, now: datetime) -> list[str]:
    """The co-operating units that still have to answer."""
    waiting = [one for one in dossier.consultations if one.answered_at is None]
    if not waiting or not dossier.open:
        return []
    words = (
        desk.site.unit_name(one.unit) + (f", hạn {say_instant(one.due_at, now)}" if one.due_at else "")
        for one in waiting
    )
    return ["Phối hợp   chờ " + "; ".join(words)]


def _alerts(desk: Desk, dossier: Dossier) -> list[str]:
    """The clocks that call for something now."""
    times = desk.alert_times()
    found = [
        alert_words(clock.kind, clock.due_at < desk.now)
        for clock in clocks(dossier)
        if clock.kind in ALERTS and clock.due_at < times[clock.kind]
    ]
    words = "; ".join(dict.fromkeys(found))
    return [f"Cảnh báo   {words}"] if words else []


def money_line(dossier: Dossier) -> str:
    """What was charged, waived, paid and is owed; "" where nothing is to be said."""
    sums = money.account(dossier)
    if not (sums.charged or sums.paid or sums.unknown):
        return ""
    parts = [f"phải nộp {say_money(sums.charged)}"]
    parts += [f"miễn, giảm {say_money(sums.exempted)}"] if sums.exempted else []
    parts += [f"đã thu {say_money(sums.paid)}"] if sums.paid else []
    parts += [f"đã hoàn {say_money(sums.refunded)}"] if sums.refunded else []
    parts += [f"CÒN PHẢI THU {say_money(money.due(dossier))}"] if money.due(dossier) > 0 else []
    parts += ["có khoản chưa có mức"] if sums.unknown else []
    return " · ".join(parts)
