"""`tthc notices …`, `tthc post …`, `tthc feedback …`: what goes out to people, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.commands import values
from tthc_tui.commands.acting import list_results, say
from tthc_tui.commands.base import AsJson, Code, Session, find, hour_day, iso, show, table, unit_id
from tthc_tui.commands.forms import write_form
from tthc_tui.core.base import Refused
from tthc_tui.core.text import clean

if TYPE_CHECKING:
    from tthc_tui.core.feedback import Feedback
    from tthc_tui.desk import Desk

_STATES = ("waiting", "sent", "failed", "dropped")
_REPORTS = ("delivered", "returned", "lost")


def notices_list(
    ctx: typer.Context,
    state: Annotated[
        str, typer.Option("--state", metavar="TÌNH_TRẠNG", help="waiting, sent, failed, dropped.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Hộp tin nhắn: chờ gửi, đã gửi, không gửi được, đã hủy."""
    session: Session = ctx.obj
    _known(state, _STATES, "tình trạng")
    with session.desk() as desk:
        found, counts = desk.notices(state=state), desk.notice_counts()
    data = {
        "counts": {name: counts.get(name, 0) for name in _STATES},
        "notices": [
            {
                "id": one.id,
                "state": one.state,
                "channel": one.channel,
                "address": one.address,
                "subject": one.subject,
                "text": one.body,
                "tries": one.tries,
                "made_at": iso(one.made_at),
                "sent_at": iso(one.sent_at),
                "error": one.error,
                "dossier": one.dossier,
            }
            for one in found
        ],
    }
    rows = [(str(one.id), one.label, one.channel, one.address, one.body) for one in found]
    show(as_json, data, table(rows, (0, 0, 0, 24, 70)) if rows else "Không có tin nhắn nào.")


def notices_send(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ nói sẽ gửi bao nhiêu, không gửi.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Gửi nhiều nhất.")] = 500,
    as_json: AsJson = False,
) -> None:
    """Gửi các tin đến giờ qua cổng đã khai báo; tin không gửi được tự thử lại lần sau."""
    session: Session = ctx.obj
    folder = session.config.data_dir / "tin-nhan"
    with session.desk() as desk:
        if dry_run:
            due = [one for one in desk.notices(state="waiting") if one.next_at <= desk.now]
            show(
                as_json,
                {"due": len(due), "sent": 0, "failed": 0},
                f"Sẽ gửi {len(due)} tin; chưa gửi tin nào.",
            )
            return
        went, failed = desk.send_notices(folder, limit=limit)
    show(
        as_json,
        {"due": went + failed, "sent": went, "failed": failed},
        f"Đã gửi {went} tin, {failed} tin chưa gửi được.",
    )


def notices_retry(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="SỐ", help="Số của tin trong danh sách.")],
    drop: Annotated[bool, typer.Option("--drop", help="Không gửi tin này nữa.")] = False,
    as_json: AsJson = False,
) -> None:
    """Cho gửi lại một tin, hoặc không gửi nữa (--drop)."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        desk.drop_notice(number) if drop else desk.retry_notice(number)
    state = "dropped" if drop else "waiting"
    show(
        as_json,
        {"id": number, "state": state},
        "Tin này sẽ không gửi nữa." if drop else "Tin này sẽ được gửi lại.",
    )


def post_list(
    ctx: typer.Context,
    underway: Annotated[bool, typer.Option("--underway", help="Bưu gửi đang đi, thay vì chờ gửi.")] = False,
    as_json: AsJson = False,
) -> None:
    """Kết quả chờ gửi bưu chính, hoặc bưu gửi đang đi."""
    session: Session = ctx.obj
    with session.desk() as desk:
        lines = desk.post_underway() if underway else desk.post_waiting()
        list_results(desk, lines, as_json, "Không có bưu gửi nào.")


def post_handover(
    ctx: typer.Context,
    pairs: Annotated[list[str], typer.Argument(metavar="MÃ=SỐ_HIỆU…", help="Mã hồ sơ và số hiệu bưu gửi.")],
    carrier: Annotated[str, typer.Option("--carrier", metavar="TÊN", help="Bưu chính.")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="TỆP", help="Ghi danh sách bàn giao ra tệp.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Giao kết quả cho bưu chính bằng một danh sách. Tất cả hoặc không gửi gì."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        sendings = []
        for pair in pairs:
            code, sign, number = pair.partition("=")
            if not sign or not number.strip():
                raise Refused(f"“{clean(pair)[:40]}” phải viết MÃ=SỐ_HIỆU.", "pair")
            sendings.append((find(desk, code).id, number))
        slip, done = desk.send_post(sendings, carrier=carrier)
        if output is not None:
            document = desk.post_list(done[0].id)
            write_form(document, output)
            desk.log_print(done[0].id, "ban-giao-bc", document)
    data = {
        "slip": slip,
        "dossiers": [values.dossier(one) for one in done],
        "path": str(output) if output else None,
    }
    show(as_json, data, f"Đã giao bưu chính {len(done)} kết quả, phiếu {slip}.")


def post_track(
    ctx: typer.Context,
    code: Code,
    state: Annotated[str, typer.Argument(metavar="TÌNH_TRẠNG", help="delivered, returned hoặc lost.")],
    note: Annotated[str, typer.Option("--note", metavar="CHỮ", help="Ghi chú.")] = "",
    as_json: AsJson = False,
) -> None:
    """Bưu chính báo đã phát, chuyển hoàn hay thất lạc; đã phát là đã trả kết quả."""
    session: Session = ctx.obj
    _known(state, _REPORTS, "tình trạng")
    with session.desk(acting=True) as desk:
        done = desk.track_post(find(desk, code).id, state, note=note)  # type: ignore[arg-type]
    say(as_json, done, f"Bưu gửi của hồ sơ {{code}}: {done.sendings[-1].label}.")


def feedback_add(
    ctx: typer.Context,
    content: Annotated[str, typer.Argument(metavar="NỘI_DUNG", help="Nội dung phản ánh, kiến nghị.")],
    procedure: Annotated[str, typer.Option("--procedure", metavar="MÃ", help="Về thủ tục.")] = "",
    officer: Annotated[str, typer.Option("--about-officer", metavar="MÃ", help="Về cán bộ.")] = "",
    dossier: Annotated[str, typer.Option("--dossier", metavar="MÃ", help="Về hồ sơ.")] = "",
    sender: Annotated[str, typer.Option("--sender", metavar="HỌ_TÊN", help="Người phản ánh.")] = "",
    phone: Annotated[str, typer.Option("--phone", metavar="SỐ", help="Điện thoại.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ghi một phản ánh, kiến nghị; thời hạn trả lời bắt đầu chạy."""
    session: Session = ctx.obj
    subject = "dossier" if dossier else "officer" if officer else "procedure" if procedure else "other"
    with session.desk(acting=True) as desk:
        one = desk.log_feedback(
            content,
            subject=subject,  # type: ignore[arg-type]
            procedure=procedure,
            officer=officer,
            dossier=find(desk, dossier).id if dossier else None,
            sender=sender,
            phone=phone,
        )
    show(as_json, _feedback(one), f"Đã ghi phản ánh số {one.number}, trả lời trước {hour_day(one.due_at)}.")


def feedback_list(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Cả phản ánh đã trả lời.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Chỉ phản ánh quá hạn.")] = False,
    as_json: AsJson = False,
) -> None:
    """Phản ánh, kiến nghị theo thứ tự hạn trả lời."""
    session: Session = ctx.obj
    with session.desk() as desk:
        found = desk.feedback_list(open_only=not everything, overdue=overdue)
    rows = [(str(one.number), one.state.label, hour_day(one.due_at), one.content) for one in found]
    data = {"count": len(found), "feedback": [_feedback(one) for one in found]}
    show(as_json, data, table(rows, (0, 0, 0, 70)) if rows else "Không có phản ánh nào.")


def feedback_forward(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="SỐ", help="Số của phản ánh.")],
    to: Annotated[str, typer.Option("--to", metavar="ĐƠN_VỊ", help="Đơn vị xử lý.")],
    as_json: AsJson = False,
) -> None:
    """Chuyển phản ánh đến đơn vị xử lý."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        unit = unit_id(desk, to)
        one = desk.forward_feedback(_numbered(desk, number).id, unit)
        name = desk.site.unit_name(unit)
    show(as_json, _feedback(one), f"Đã chuyển phản ánh số {number} đến {name}.")


def feedback_answer(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="SỐ", help="Số của phản ánh.")],
    answer: Annotated[str, typer.Argument(metavar="TRẢ_LỜI", help="Nội dung trả lời.")],
    justified: Annotated[
        bool | None, typer.Option("--justified/--unjustified", help="Phản ánh đúng hay không.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Trả lời phản ánh."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        one = desk.answer_feedback(_numbered(desk, number).id, answer, justified)
    show(as_json, _feedback(one), f"Đã trả lời phản ánh số {number}.")


def _numbered(desk: Desk, number: int) -> Feedback:
    found = [one for one in desk.feedback_list(open_only=False) if one.number == number]
    if not found:
        raise Refused(f"Không có phản ánh số {number}.", "unknown")
    return max(found, key=lambda one: one.received_at)


def _feedback(one: Feedback) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": str(one.state),
        "subject": one.subject,
        "content": one.content,
        "sender": one.sender,
        "phone": one.phone,
        "procedure": one.about_procedure,
        "officer": one.about_officer,
        "dossier": str(one.about_dossier) if one.about_dossier else None,
        "holder_unit": one.holder_unit,
        "received_at": iso(one.received_at),
        "due_at": iso(one.due_at),
        "answered_at": iso(one.answered_at),
        "answer": one.answer,
        "justified": one.justified,
    }


def _known(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value and value not in allowed:
        raise Refused(f"Không có {what} “{clean(value)[:20]}”: hãy dùng {', '.join(allowed)}.", "value")


COMMANDS = {
    ("notices", "list"): notices_list,
    ("notices", "send"): notices_send,
    ("notices", "retry"): notices_retry,
    ("post", "list"): post_list,
    ("post", "handover"): post_handover,
    ("post", "track"): post_track,
    ("feedback", "add"): feedback_add,
    ("feedback", "list"): feedback_list,
    ("feedback", "forward"): feedback_forward,
    ("feedback", "answer"): feedback_answer,
}
