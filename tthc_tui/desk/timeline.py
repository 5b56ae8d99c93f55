"""The history of a dossier in words an officer reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.site import Site
from tthc_tui.desk.timeline_more import describe_more, told_by_before


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line of the history; `undone` lines were taken back."""

    at: datetime
    text: str
    officer: str
    unit: str
    kind: str
    undone: bool = False


def timeline(events: Sequence[ev.AnyEvent], site: Site) -> tuple[TimelineItem, ...]:
    """The events of one dossier as lines, oldest first; each names people and units as they were called then.

    `site` is the whole site.
    """
    undone = {event.event for event in events if isinstance(event, ev.Undone)}
    then: dict[date, Site] = {}
    items = []
    for at_event, event in enumerate(events):
        at = vietnam_time(event.at)
        if at.date() not in then:
            then[at.date()] = site.on(at.date())
        known = then[at.date()]
        items.append(
            TimelineItem(
                at,
                told_by_before(event, events[:at_event], known) or describe(event, known),
                known.officer_name(event.officer),
                known.unit_name(event.unit),
                event.kind,
                event.id in undone,
            )
        )
    return tuple(items)


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
            return f"In {FORM_NAMES.get(event.form, event.form)}{again}"
        case ev.Certified():
            return "Lập phiếu chứng thực: " + "; ".join(
                f"{paper.name} ({paper.copies} bản)" for paper in event.papers
            )
        case ev.Undone():
            return "Hoàn tác thao tác trước"
        case _:
            return describe_more(event, site)


FORM_NAMES = {
    "mau-01": "giấy tiếp nhận hồ sơ và hẹn trả kết quả",
    "mau-02": "phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
    "mau-03": "phiếu từ chối tiếp nhận giải quyết hồ sơ",
    "mau-04": "phiếu xin lỗi và đề nghị gia hạn",
    "mau-05": "thông báo dừng giải quyết hồ sơ",
    "mau-06": "phiếu kiểm soát quá trình giải quyết hồ sơ",
    "mau-07": "sổ theo dõi hồ sơ",
    "ban-giao": "giấy bàn giao hồ sơ",
    "ban-giao-kq": "phiếu bàn giao kết quả",
    "ban-giao-bc": "phiếu bàn giao kết quả cho bưu chính",
    "chung-thuc": "phiếu chứng thực",
    "phieu-thu": "phiếu thu phí, lệ phí",
    "phieu-chi": "phiếu chi hoàn phí, lệ phí",
    "bang-ke-ca": "bảng kê cuối ca",
}
