"""What happened, in words: one Vietnamese line for every kind of event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.duration import say_money
from tthc_tui.core.form_names import form_name
from tthc_tui.core.site import Site


def describe(event: ev.AnyEvent, site: Site) -> str:
    """What happened, in one Vietnamese line; `site` as it stood on the day."""
    match event:
        case ev.Received():
            return f"Tiếp nhận hồ sơ {event.code}" if event.code else "Tiếp nhận hồ sơ (số tạm)"
        case ev.Registered():
            return "Ghi nhận hồ sơ chưa đủ điều kiện tiếp nhận"
        case ev.Accepted():
            return f"Tiếp nhận hồ sơ {event.code} sau khi bổ sung đủ"
        case ev.Rejected():
            return f"Từ chối tiếp nhận: {event.reason}"
        case ev.Forwarded():
            slip = f" (phiếu bàn giao {event.slip})" if event.slip else ""
            return f"Chuyển đến {site.unit_name(event.to_unit)}{slip}"
        case ev.HandoverAccepted():
            return "Đã nhận bàn giao hồ sơ"
        case ev.SupplementRequested():
            why = f" (vì sao yêu cầu lần nữa: {event.again_reason})" if event.again_reason else ""
            again = " lần nữa" if event.again_reason else ""
            return f"Yêu cầu bổ sung{again}: " + "; ".join(event.items) + why
        case ev.Supplemented():
            return "Đã nhận đủ hồ sơ bổ sung"
        case ev.Resolved():
            done = "Đã có kết quả" if event.outcome == "granted" else "Có văn bản từ chối giải quyết"
            return f"{done} {event.number}".strip()
        case ev.Returned():
            who = f"người được ủy quyền ({event.authorisation})" if event.collector else "người nộp"
            lost = ", mất giấy hẹn" if event.receipt_lost else ""
            return f"Đã trả kết quả cho {who} {event.method.label}{lost}"
        case ev.Withdrawn():
            return f"Người nộp rút hồ sơ: {event.reason}"
        case ev.Noted():
            return f"Ghi chú: {event.text}"
        case ev.Printed():
            again = f" (in lại lần {event.reprint})" if event.reprint else ""
            return f"In {form_name(event.form)}{again}"
        case ev.Certified():
            return "Lập phiếu chứng thực: " + "; ".join(
                f"{paper.name} ({paper.copies} bản)" for paper in event.papers
            )
        case ev.Undone():
            return "Hoàn tác thao tác trước"
        case _:
            return _finer(event, site)


def told_by_before(event: ev.AnyEvent, before: Sequence[ev.AnyEvent], site: Site) -> str:
    """The line of an event whose words stand in an earlier one (a step's name, who was asked), else ""."""
    match event:
        case ev.StepDone():
            return f"Hoàn thành bước {_step(event.step, before) or 'xử lý'}" + (
                f": {event.note}" if event.note else ""
            )
        case ev.StepReturned():
            return f"Trả lại bước {_step(event.to_step, before) or 'trước'}: {event.reason}"
        case ev.ConsultAnswered():
            asked = next(
                (one for one in before if isinstance(one, ev.Consulted) and one.key == event.key), None
            )
            side = {True: " (đồng ý)", False: " (không đồng ý)", None: ""}[event.agrees]
            who = site.unit_name(asked.to_unit) if asked else "Đơn vị phối hợp"
            return f"{who} trả lời{side}: {event.answer}"
    return ""


def _step(step: str, before: Sequence[ev.AnyEvent]) -> str:
    started = (one for one in reversed(before) if isinstance(one, ev.StepStarted) and one.step == step)
    return next((f"“{one.name}”" for one in started if one.name), "")


def _finer(event: ev.AnyEvent, site: Site) -> str:
    """The finer legal steps, money, and what the backend tells."""
    if isinstance(event, ev.Recoded):
        before = f" (mã đã in trước: {event.alias})" if event.alias else ""
        return f"Cấp mã hồ sơ {event.code}{before}"
    if isinstance(event, ev.PersonErased):
        return f"Đã xóa dữ liệu cá nhân trên máy chủ và mọi máy trạm: {event.reason}"
    if isinstance(event, ev.NumbersVoided):
        codes = event.first if event.count == 1 else f"{event.first} đến {event.last}"
        return f"Hủy {event.count} mã hồ sơ không dùng đến, hết ngày: {codes}"
    if isinstance(event, ev.MONEY_EVENTS):
        return _money(event)
    if isinstance(event, ev.PROCESS_EVENTS):
        return told_by_before(event, (), site) or _process(event, site) or _decision(event, site)
    return ""


def _process(event: ev.Event, site: Site) -> str:
    match event:
        case ev.StepStarted():
            who = f", giao {site.officer_name(event.to_officer)}" if event.to_officer else ""
            return f"Bắt đầu bước “{event.name or event.step}”{who}{_by(event.due_at)}"
        case ev.Assigned():
            return f"Phân công cho {site.officer_name(event.to_officer)}"
        case ev.Consulted():
            return f"Lấy ý kiến {site.unit_name(event.to_unit)}: {event.question}{_by(event.due_at)}"
        case ev.Paused():
            return f"Tạm dừng tính thời hạn: {event.reason}"
        case ev.Resumed():
            due = f", hẹn trả {_moment(event.due_at)}" if event.due_at else ""
            moved = (
                f" (lịch làm việc đã đổi từ khi hẹn: {_moment(event.recounted)})" if event.recounted else ""
            )
            return f"Tính tiếp thời hạn{due}{moved}"
        case ev.AppointmentKept():
            after = f"; lần sau {_moment(event.next_due_at)}" if event.next_due_at else ""
            return f"Đã làm việc theo hẹn lần {event.number}{after}"
        case ev.Told():
            subject = f" về {event.subject.label}" if event.subject else ""
            return f"Đã báo người nộp{subject} ({_TOLD[event.by]}): {event.about}"
        case ev.Reminded():
            return f"Đôn đốc: {event.text}"
        case ev.ResultHanded():
            slip = f" (phiếu {event.slip})" if event.slip else ""
            return f"Bàn giao kết quả cho {site.unit_name(event.to_unit)}{slip}"
        case ev.PostSent():
            carrier = f" qua {event.carrier}" if event.carrier else ""
            return f"Gửi kết quả{carrier}, số hiệu {event.number}" + (
                f" ({event.slip})" if event.slip else ""
            )
        case ev.PostTracked():
            what = {"delivered": "đã phát", "returned": "chuyển hoàn", "lost": "thất lạc"}[event.state]
            return f"Bưu gửi {event.number}: {what}" + (f", {event.note}" if event.note else "")
    return ""


def _decision(event: ev.Event, site: Site) -> str:
    match event:
        case ev.Extended():
            signer = site.officer_name(event.signed_by)
            return f"Xin lỗi, hẹn lại {_moment(event.due_at)} ({signer} ký): {event.reason}"
        case ev.Stopped():
            return f"Dừng giải quyết theo đề nghị của người nộp: {event.reason}"
        case ev.Closed():
            return f"Đóng hồ sơ: {event.reason}"
        case ev.Proposed():
            return f"Trình lãnh đạo {event.what.label}: {event.reason}"
        case ev.Declined():
            return f"Lãnh đạo không duyệt đề xuất: {event.reason}"
        case ev.Corrected():
            parts = ", ".join(_FIELDS[name] for name in _FIELDS if name in ev.edited_fields(event))
            instead = f", giấy tiếp nhận số {event.number} thay số {event.replaces}" if event.number else ""
            return f"Đính chính {parts}{instead}: {event.reason}"
    return ""


def _money(event: ev.Event) -> str:
    match event:
        case ev.FeeCharged():
            return f"Ghi khoản thu {event.name}: {say_money(event.amount)}"
        case ev.FeePaid():
            way = event.method.label + (f" {event.reference}" if event.reference else "")
            return f"Thu {say_money(event.amount)} ({way}), biên lai {event.number}"
        case ev.FeeRefunded():
            return f"Hoàn {say_money(event.amount)}, phiếu chi {event.number}: {event.reason}"
        case ev.FeeExempted():
            return f"Miễn, giảm {say_money(event.amount)}: {event.ground}"
    return ""


_TOLD = {
    "phone": "điện thoại",
    "sms": "tin nhắn",
    "email": "thư điện tử",
    "zalo": "Zalo",
    "post": "bưu chính",
    "counter": "tại quầy",
}
_FIELDS = {
    "procedure": "thủ tục",
    "applicant": "người nộp",
    "agent": "người được ủy quyền",
    "authorisation": "giấy ủy quyền",
    "content": "nội dung",
    "handling_unit": "cơ quan giải quyết",
    "received_at": "thời gian nhận",
    "limit": "thời hạn",
    "cutoff": "giờ nhận trong ngày",
    "due_at": "ngày hẹn trả",
}


def _moment(at: datetime | None) -> str:
    return f"{vietnam_time(at):%H:%M ngày %d/%m/%Y}" if at else ""


def _by(at: datetime | None) -> str:
    return f", hạn {_moment(at)}" if at else ""
