"""The finer legal steps from the command line: dates, pauses, endings, steps, corrections, forms."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from tthc_tui.commands import values
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
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.text import clean

NeedReason = Annotated[str, typer.Option("--reason", metavar="LÝ_DO", help="Lý do (bắt buộc).")]
Note = Annotated[str, typer.Option("--note", metavar="CHỮ", help="Ghi chú.")]
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
        at = parse_time(due) if due else desk.new_due(found, _days(days))
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
        if why not in {rule.id for rule in desk.pause_reasons()}:
            known = ", ".join(rule.id for rule in desk.pause_reasons())
            raise Refused(f"Không có lý do “{clean(why)[:40]}”: hãy dùng một trong {known}.", "reason")
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
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.resume(find(desk, code).id, why, note)
    say(as_json, done, f"Hồ sơ {{code}} tính tiếp, hẹn trả {hour_day(done.due_at)}.")


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
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.stop(
            find(desk, code).id,
            reason,
            requested_at=parse_time(at) if at else None,
            returned=returned,
            signed_by=signer,
        )
    say(as_json, done, "Đã dừng giải quyết hồ sơ {code}.")


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
        if why not in {rule.id for rule in desk.closing_reasons()}:
            known = ", ".join(rule.id for rule in desk.closing_reasons())
            raise Refused(f"Không có lý do “{clean(why)[:40]}”: hãy dùng một trong {known}.", "reason")
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
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.reject(find(desk, code).id, reason, ground=ground, approved_by=approved)
    say(as_json, done, "Đã từ chối hồ sơ {code}.")


def approve(ctx: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Lãnh đạo duyệt đề xuất đang chờ; việc được thực hiện ngay."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.approve(find(desk, code).id)
    say(as_json, done, "Đã duyệt đề xuất của hồ sơ {code}.")


def decline(ctx: typer.Context, code: Code, reason: NeedReason, as_json: AsJson = False) -> None:
    """Lãnh đạo không duyệt đề xuất đang chờ."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.decline(find(desk, code).id, reason)
    say(as_json, done, "Đã trả lại đề xuất của hồ sơ {code}.")


def assign(
    ctx: typer.Context,
    code: Code,
    to: Annotated[str, typer.Option("--to", metavar="MÃ", help="Mã cán bộ của đơn vị đang giữ.")],
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Phân công hồ sơ cho một cán bộ."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = desk.assign(find(desk, code).id, to, note)
    say(as_json, done, "Đã phân công hồ sơ {code}.")


def step_start(
    ctx: typer.Context,
    code: Code,
    step: Annotated[str, typer.Option("--step", metavar="MÃ", help="Bước; mặc định là bước kế tiếp.")] = "",
    officer: Annotated[str, typer.Option("--to", metavar="MÃ", help="Giao cho cán bộ.")] = "",
    as_json: AsJson = False,
) -> None:
    """Bắt đầu một bước nội bộ."""
    _step(ctx, code, as_json, lambda desk, dossier: desk.start_step(dossier, step, officer))


def step_done(ctx: typer.Context, code: Code, note: Note = "", as_json: AsJson = False) -> None:
    """Xong bước đang làm; bước sau tự bắt đầu."""
    _step(ctx, code, as_json, lambda desk, dossier: desk.finish_step(dossier, note))


def step_back(
    ctx: typer.Context,
    code: Code,
    to: Annotated[str, typer.Option("--to", metavar="MÃ", help="Mã bước đã làm trước đó.")],
    reason: NeedReason,
    as_json: AsJson = False,
) -> None:
    """Trả lại bước trước."""
    _step(ctx, code, as_json, lambda desk, dossier: desk.return_step(dossier, to, reason))


def _step(ctx: typer.Context, code: str, as_json: bool, act: Callable[[Any, str], Dossier]) -> None:
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        done = act(desk, find(desk, code).id)
    run = done.step
    now_at = (
        {"step": run.step, "name": run.name, "officer": run.officer, "due_at": iso(run.due_at)}
        if run
        else None
    )
    words = (
        f"đang làm bước “{run.name or run.step}”, hạn {hour_day(run.due_at)}"
        if run
        else "không còn bước nào đang làm"
    )
    show(
        as_json, {**values.dossier(done), "step": now_at}, f"Hồ sơ {done.code or short_id(done.id)}: {words}."
    )


def consult_ask(
    ctx: typer.Context,
    code: Code,
    to: Annotated[str, typer.Option("--to", metavar="ĐƠN_VỊ", help="Đơn vị phối hợp.")],
    question: Annotated[str, typer.Option("--question", metavar="CHỮ", help="Nội dung.")],
    days: Annotated[str, typer.Option("--days", metavar="SỐ", help="Số ngày làm việc để trả lời.")] = "",
    as_json: AsJson = False,
) -> None:
    """Xin ý kiến một đơn vị phối hợp; thời hạn riêng, chạy song song."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        unit = unit_id(desk, to)
        done = desk.consult(find(desk, code).id, unit, question, days=_days(days) if days else None)
        asked = done.consultations[-1]
    data = {**values.dossier(done), "key": asked.key, "answer_by": iso(asked.due_at)}
    show(as_json, data, f"Đã xin ý kiến, mã {asked.key}, trả lời trước {hour_day(asked.due_at)}.")


def consult_answer(
    ctx: typer.Context,
    code: Code,
    answer: Annotated[str, typer.Option("--answer", metavar="CHỮ", help="Ý kiến.")],
    key: Annotated[str, typer.Option("--key", metavar="MÃ", help="Mã nội dung, khi có nhiều.")] = "",
    agrees: Annotated[bool | None, typer.Option("--agrees/--disagrees", help="Đồng ý hay không.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ghi ý kiến của đơn vị phối hợp."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        found = desk.dossier(find(desk, code).id)
        open_keys = [one.key for one in found.consultations if one.answered_at is None]
        if not key and len(open_keys) != 1:
            raise Refused(
                "Hãy nêu mã nội dung bằng --key: "
                + (", ".join(open_keys) or "không có nội dung nào chờ")
                + ".",
                "key",
            )
        done = desk.answer_consult(found.id, key or open_keys[0], answer, agrees)
    say(as_json, done, "Đã ghi ý kiến phối hợp của hồ sơ {code}.")


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
        as_json, data, f"Đã đính chính hồ sơ {done.code}: giấy số {done.number} thay giấy số {done.replaces}."
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
        data = {
            "count": len(found),
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
    show(as_json, data, table(rows, (36, 26, 24, 0)) if rows else "Không có cảnh báo nào.")


def form(
    ctx: typer.Context,
    code: Code,
    name: Annotated[str, typer.Argument(metavar="MẪU", help="mau-01 … mau-06, ban-giao, phieu-thu.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="TỆP", help="Tệp .pdf, .txt hoặc .bin.")],
    as_json: AsJson = False,
) -> None:
    """Ghi một mẫu của hồ sơ ra tệp. Mẫu 01–06, giấy bàn giao, phiếu thu; in lại được ghi rõ."""
    from tthc_tui.commands.dossier import log_print

    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        found = desk.dossier(find(desk, code).id)
        document = desk.handover_document(found.id) if name == "ban-giao" else desk.document(found.id, name)
        write_form(document, output)
        log_print(desk, found, name, document.reprint_no)
    data = {"code": found.code, "form": name, "reprint": document.reprint_no, "path": str(output)}
    show(as_json, data, f"Đã ghi {document.form.title.lower()} vào {output}.")


def register(
    ctx: typer.Context,
    since: Annotated[str, typer.Option("--from", metavar="NGÀY", help="Từ ngày.")],
    until: Annotated[str, typer.Option("--to", metavar="NGÀY", help="Đến hết ngày.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="TỆP", help="Tệp .pdf hoặc .txt.")],
    field: Annotated[str, typer.Option("--field", metavar="TÊN", help="Lĩnh vực; mặc định là tất cả.")] = "",
    as_json: AsJson = False,
) -> None:
    """Sổ theo dõi hồ sơ (Mẫu 07) của một thời gian."""
    from datetime import timedelta

    session: Session = ctx.obj
    with session.desk() as desk:
        start = parse_time(since)
        end = parse_time(until).replace(hour=0, minute=0) + timedelta(days=1, milliseconds=-1)
        write_form(desk.register_document(start, end, clean(field)), output)
    show(as_json, {"form": "mau-07", "path": str(output)}, f"Đã ghi sổ theo dõi hồ sơ vào {output}.")


def calendar_report(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp khai báo có lịch mới (.toml).")],
    as_json: AsJson = False,
) -> None:
    """Hồ sơ sẽ có ngày hẹn khác theo lịch mới. Không đổi ngày nào."""
    from tthc_tui.desk.site_file import read_site_file

    session: Session = ctx.obj
    new = read_site_file(file)
    with session.desk() as desk:
        moved = desk.calendar_report(desk.site, new)
    data = {
        "count": len(moved),
        "dossiers": [
            {
                "code": one.code,
                "procedure_name": one.procedure,
                "promised": iso(one.promised),
                "would_be": iso(one.would_be),
                "minutes": one.minutes,
            }
            for one in moved
        ],
    }
    rows = [(one.code, hour_day(one.promised), hour_day(one.would_be), one.procedure) for one in moved]
    text = table(rows, (26, 0, 0, 40)) if rows else "Không có hồ sơ nào bị ảnh hưởng."
    show(as_json, data, text)


def write_form(document: Any, output: Path) -> None:
    """A form as a file, its kind by the ending; Refused for an ending it has no kind for."""
    from tthc_tui.commands.dossier import SUFFIXES, write_whole
    from tthc_tui.printing.render import render

    kind = SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise Refused(f"Tệp “{clean(str(output))[:80]}” phải có đuôi .pdf, .txt hoặc .bin.", "format")
    write_whole(output, render(document, cast(Any, kind))[0])


def say(as_json: bool, done: Dossier, sentence: str) -> None:
    """A dossier after an action, or one sentence with its code."""
    show(as_json, values.dossier(done), sentence.format(code=done.code or short_id(done.id)))


def _days(text: str) -> Decimal:
    try:
        days = Decimal(text.replace(",", "."))
    except InvalidOperation:
        days = Decimal(0)
    if not 0 < days <= 1000:
        raise Refused(f"Số ngày “{clean(text)[:20]}” không đúng: hãy nhập số ngày làm việc.", "days")
    return days


COMMANDS = {
    ("", "extend"): extend,
    ("", "pause"): pause,
    ("", "resume"): resume,
    ("", "stop"): stop,
    ("", "close"): close,
    ("", "reject"): reject,
    ("", "approve"): approve,
    ("", "decline"): decline,
    ("", "assign"): assign,
    ("step", "start"): step_start,
    ("step", "done"): step_done,
    ("step", "back"): step_back,
    ("consult", "ask"): consult_ask,
    ("consult", "answer"): consult_answer,
    ("", "correct"): correct,
    ("", "alerts"): alerts,
    ("", "form"): form,
    ("", "register"): register,
    ("calendar", "report"): calendar_report,
}
