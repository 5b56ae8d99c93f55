"""The finer legal steps from the command line: dates, pauses, endings, decisions, corrections, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tthc_tui.commands import values
from tthc_tui.commands.acting import NeedReason, Note, act, say, working_days
from tthc_tui.commands.base import (
    AsJson,
    Code,
    Session,
    find,
    hour_day,
    iso,
    parse_time,
    show,
    table,
    unit_id,
)
from tthc_tui.core.base import Refused
from tthc_tui.core.text import clean

if TYPE_CHECKING:
    from tthc_tui.core.dated import Named

Signer = Annotated[str, typer.Option("--signer", metavar="MÃ", help="Mã cán bộ của người ký.")]


def extend(
    ctx: typer.Context,
    code: Code,
    reason: NeedReason,
    due: Annotated[str, typer.Option("--due", metavar="LÚC", help="Ngày hẹn mới.")] = "",
    days: Annotated[
        str, typer.Option("--days", metavar="SỐ", help="Hoặc thêm chừng này ngày làm việc sau ngày hẹn cũ.")
    ] = "",
    signer: Signer = "",
    propose: Annotated[bool, typer.Option("--propose", help="Chỉ trình lãnh đạo.")] = False,
    as_json: AsJson = False,
) -> None:
    """Xin lỗi và hẹn lại ngày trả (Mẫu 04). Một lần; thủ trưởng ký, không thì trình lãnh đạo (--propose)."""
    from tthc_tui.core.events import Proposal

    session: Session = ctx.obj
    if bool(due) == bool(days):
        raise Refused("Hãy cho ngày hẹn mới bằng một trong hai: --due hoặc --days.", "due")
    with session.desk(acting=True) as desk:
        found = desk.dossier(find(desk, code).id)
        at = parse_time(due) if due else desk.new_due(found, working_days(days))
        if propose:
            done = desk.propose(found.id, Proposal.EXTEND, reason, due_at=at)
        else:
            done = desk.extend(found.id, at, reason, signed_by=signer)
    text = (
        f"Đã trình hẹn lại {hour_day(at)} cho hồ sơ {{code}}."
        if propose
        else f"Đã hẹn lại hồ sơ {{code}}: {hour_day(at)}."
    )
    say(as_json, done, text)


def pause(
    ctx: typer.Context,
    code: Code,
    why: Annotated[str, typer.Option("--why", metavar="MÃ", help="Mã lý do trong danh mục của đơn vị.")],
    reason: Annotated[str, typer.Option("--reason", metavar="CHỮ", help="Nói rõ thêm.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="LÚC", help="Dự kiến đến.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tạm dừng tính thời hạn. Lý do nghĩa vụ tài chính đưa hồ sơ sang trạng thái 6."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        _listed(why, desk.pause_reasons())
        done = desk.pause(find(desk, code).id, why, reason=reason, until=parse_time(until) if until else None)
    say(as_json, done, "Thời hạn của hồ sơ {code} đã tạm dừng.")


def resume(
    ctx: typer.Context,
    code: Code,
    why: Annotated[str, typer.Option("--why", metavar="MÃ", help="Lý do đã hết, khi có nhiều.")] = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Tính tiếp thời hạn. Ngày hẹn tính lại từ lúc nhận, trừ mọi lần tạm dừng."""
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.resume(found, why, note),
        lambda done: f"Hồ sơ {{code}} tính tiếp, hẹn trả {hour_day(done.due_at)}.",
    )


def stop(
    ctx: typer.Context,
    code: Code,
    reason: NeedReason,
    at: Annotated[str, typer.Option("--at", metavar="LÚC", help="Người nộp đề nghị lúc.")] = "",
    returned: Annotated[
        str, typer.Option("--returned", metavar="CHỮ", help="Giấy tờ, khoản nộp trả lại.")
    ] = "",
    signer: Signer = "",
    as_json: AsJson = False,
) -> None:
    """Dừng giải quyết theo đề nghị của người nộp (Mẫu 05). Chỉ khi chưa có kết quả."""
    moment = parse_time(at) if at else None
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.stop(
            found, reason, requested_at=moment, returned=returned, signed_by=signer
        ),
        "Đã dừng giải quyết hồ sơ {code}.",
    )


def close(
    ctx: typer.Context,
    code: Code,
    why: Annotated[str, typer.Option("--why", metavar="MÃ", help="Mã lý do trong danh mục của đơn vị.")],
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Đóng hồ sơ vì một lý do trong danh mục."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        _listed(why, desk.closing_reasons())
        done = desk.close_dossier(find(desk, code).id, why, note)
    say(as_json, done, "Đã đóng hồ sơ {code}.")


def reject(
    ctx: typer.Context,
    code: Code,
    reason: NeedReason,
    ground: Annotated[str, typer.Option("--ground", metavar="CĂN_CỨ", help="Căn cứ pháp lý.")] = "",
    approved: Annotated[str, typer.Option("--approved", metavar="MÃ", help="Lãnh đạo đã duyệt.")] = "",
    as_json: AsJson = False,
) -> None:
    """Từ chối tiếp nhận giải quyết (Mẫu 03)."""
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.reject(found, reason, ground=ground, approved_by=approved),
        "Đã từ chối hồ sơ {code}.",
    )


def approve(ctx: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Lãnh đạo duyệt đề xuất đang chờ; việc được thực hiện ngay."""
    act(ctx, code, as_json, lambda desk, found: desk.approve(found), "Đã duyệt đề xuất của hồ sơ {code}.")


def decline(ctx: typer.Context, code: Code, reason: NeedReason, as_json: AsJson = False) -> None:
    """Lãnh đạo không duyệt đề xuất đang chờ."""
    act(
        ctx,
        code,
        as_json,
        lambda desk, found: desk.decline(found, reason),
        "Đã trả lại đề xuất của hồ sơ {code}.",
    )


def correct(
    ctx: typer.Context,
    code: Code,
    reason: NeedReason,
    procedure: Annotated[str, typer.Option("--procedure", metavar="MÃ", help="Thủ tục đúng.")] = "",
    case: Annotated[str, typer.Option("--case", metavar="MÃ", help="Trường hợp đúng.")] = "",
    name: Annotated[str, typer.Option("--name", metavar="HỌ_TÊN", help="Họ tên đúng của người nộp.")] = "",
    number: Annotated[str, typer.Option("--number", metavar="SỐ", help="Số định danh đúng.")] = "",
    birth: Annotated[str, typer.Option("--birth", metavar="NGÀY", help="Ngày sinh đúng.")] = "",
    address: Annotated[str, typer.Option("--address", metavar="CHỮ", help="Địa chỉ đúng.")] = "",
    phone: Annotated[str, typer.Option("--phone", metavar="SỐ", help="Điện thoại đúng.")] = "",
    content: Annotated[str, typer.Option("--content", metavar="CHỮ", help="Nội dung đúng.")] = "",
    received: Annotated[str, typer.Option("--received", metavar="LÚC", help="Tiếp nhận đúng lúc.")] = "",
    due: Annotated[str, typer.Option("--due", metavar="LÚC", help="Hẹn trả đúng.")] = "",
    as_json: AsJson = False,
) -> None:
    """Đính chính sau khi đã in. Giấy mới ghi rõ thay giấy số nào; lịch sử giữ cả hai."""
    from tthc_tui.desk.intake_form import PersonInput

    session: Session = ctx.obj
    typed = {"name": name, "number": number, "birth": birth, "address": address, "phone": phone}
    with session.desk(acting=True) as desk:
        found = find(desk, code).id
        person = None
        if any(typed.values()):
            known = desk.detail(found).applicant
            kept = {field: getattr(known, field) for field in PersonInput.model_fields} if known else {}
            person = PersonInput(**{**kept, **{field: text for field, text in typed.items() if text}})
        done = desk.correct(
            found,
            reason,
            procedure=procedure,
            case=case,
            applicant=person,
            content=content or None,
            received_at=parse_time(received) if received else None,
            due_at=parse_time(due) if due else None,
        )
    data = {**values.dossier(done), "replaces": done.replaces}
    show(
        as_json,
        data,
        f"Đã đính chính hồ sơ {done.code} (mã giữ nguyên): giấy số {done.number} thay giấy số {done.replaces}.",
    )


def alerts(
    ctx: typer.Context,
    kind: Annotated[str, typer.Option("--kind", metavar="LOẠI", help="Chỉ một loại cảnh báo.")] = "",
    unit: Annotated[str, typer.Option("--unit", metavar="ĐƠN_VỊ", help="Chỉ một đơn vị.")] = "",
    as_json: AsJson = False,
) -> None:
    """Những việc lẽ ra đã phải làm. Chuyển chậm, quá hạn bước, cần xin lỗi, chờ duyệt…"""
    from tthc_tui.core.clocks import ClockKind

    session: Session = ctx.obj
    if kind and kind not in set(ClockKind):
        raise Refused(f"Không có loại “{clean(kind)[:40]}”: hãy dùng {', '.join(ClockKind)}.", "kind")
    with session.desk() as desk:
        wanted = [ClockKind(kind)] if kind else []
        found = desk.alerts(wanted, unit=unit_id(desk, unit) if unit else "")
        late = len(desk.feedback_list(overdue=True))
        data = {
            "count": len(found),
            "feedback_overdue": late,
            "alerts": [
                {
                    "kind": str(one.kind),
                    "text": one.text,
                    "unit": one.unit,
                    "officer": one.officer,
                    "due_at": iso(one.due_at),
                    "dossier": values.line(desk, one.line),
                }
                for one in found
            ],
        }
        rows = [
            (one.text, one.line.code or one.line.short_id, one.line.applicant, hour_day(one.due_at))
            for one in found
        ]
    text = table(rows, (36, 26, 24, 0)) if rows else "Không có cảnh báo nào."
    show(as_json, data, text + (f"\nPhản ánh, kiến nghị quá hạn trả lời: {late}." if late else ""))


def calendar_report(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp khai báo có lịch mới (.toml).")],
    as_json: AsJson = False,
) -> None:
    """Hồ sơ sẽ có ngày hẹn khác theo lịch mới (~: đang tạm dừng, ngày nếu tính tiếp bây giờ). Không đổi ngày nào."""
    from tthc_tui.desk.site_file import read_site_file

    session: Session = ctx.obj
    new = read_site_file(file)
    with session.desk() as desk:
        moved = desk.calendar_report(desk.whole_site, new)
    data = {
        "count": len(moved),
        "dossiers": [
            {
                "code": one.code,
                "procedure_name": one.procedure,
                "promised": iso(one.promised),
                "would_be": iso(one.would_be),
                "minutes": one.minutes,
                "paused": one.paused,
            }
            for one in moved
        ],
    }
    rows = [
        (
            one.code,
            hour_day(one.promised),
            ("~" if one.paused else "") + hour_day(one.would_be),
            one.procedure,
        )
        for one in moved
    ]
    text = table(rows, (26, 0, 0, 40)) if rows else "Không có hồ sơ nào bị ảnh hưởng."
    show(as_json, data, text)


def _listed(why: str, rules: Sequence[Named]) -> None:
    """Refused, naming the reasons there are, where `why` is none of the unit's list."""
    known = [rule.id for rule in rules]
    if why not in known:
        raise Refused(f"Không có lý do “{clean(why)[:40]}”: hãy dùng một trong {', '.join(known)}.", "reason")


COMMANDS = {
    ("", "extend"): extend,
    ("", "pause"): pause,
    ("", "resume"): resume,
    ("", "stop"): stop,
    ("", "close"): close,
    ("", "reject"): reject,
    ("", "approve"): approve,
    ("", "decline"): decline,
    ("", "correct"): correct,
    ("", "alerts"): alerts,
    ("calendar", "report"): calendar_report,
}
