"""`tthc assign`, `tthc step …`, `tthc consult …`: the dossier inside the house."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from tthc_tui.commands import values
from tthc_tui.commands.acting import NeedReason, Note, act, say, working_days
from tthc_tui.commands.base import AsJson, Code, Session, find, hour_day, iso, show, unit_id
from tthc_tui.core.base import Refused
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier


def assign(
    ctx: typer.Context,
    code: Code,
    to: Annotated[str, typer.Option("--to", metavar="MÃ", help="Mã cán bộ của đơn vị đang giữ.")],
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Phân công hồ sơ cho một cán bộ."""
    act(ctx, code, as_json, lambda desk, found: desk.assign(found, to, note), "Đã phân công hồ sơ {code}.")


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
        done = desk.consult(find(desk, code).id, unit, question, days=working_days(days) if days else None)
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


COMMANDS = {
    ("", "assign"): assign,
    ("step", "start"): step_start,
    ("step", "done"): step_done,
    ("step", "back"): step_back,
    ("consult", "ask"): consult_ask,
    ("consult", "answer"): consult_answer,
}
