"""`tthc receive`, `tthc dossier show|list`, `tthc receipt`."""

from __future__ import annotations

import os
import tempfile
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
    read_input,
    show,
    table,
    unit_id,
)
from tthc_tui.core.base import Refused
from tthc_tui.core.codes import short_id
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.states import State
from tthc_tui.core.text import clean
from tthc_tui.core.views import DossierLine, DossierQuery

SUFFIXES = {".pdf": "pdf", ".bin": "escpos", ".txt": "text"}


def receive(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="TỆP|-", help="Tệp JSON, hoặc “-” để đọc từ đầu vào chuẩn.")],
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Thiếu giấy tờ thì ghi nhận và lập phiếu yêu cầu bổ sung.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tiếp nhận một hồ sơ từ JSON. Mẫu JSON: tthc procedure show MÃ --intake."""
    from tthc_tui.desk.intake_form import intake_from_json
    from tthc_tui.desk.intake_papers import missing_papers

    session: Session = ctx.obj
    intake = intake_from_json(read_input(file))
    with session.desk(acting=True) as desk:
        procedure = desk.procedure(intake.procedure)
        missing = missing_papers(procedure.case(intake.case), intake.papers) if incomplete else ()
        if missing:
            found = desk.receive_incomplete(intake, [line.label for line in missing])
            text = f"Đã ghi nhận hồ sơ {short_id(found.id)}, yêu cầu bổ sung {len(missing)} loại giấy tờ."
        else:
            found = desk.receive(intake)
            text = f"Đã tiếp nhận hồ sơ {found.code}, hẹn trả {hour_day(found.due_at)}."
    show(as_json, values.dossier(found), text)


def show_dossier(ctx: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Xem một hồ sơ. Ai đang giữ, còn bao lâu, giấy tờ, lịch sử."""
    session: Session = ctx.obj
    with session.desk() as desk:
        detail = desk.detail(find(desk, code).id)
        found, site = detail.dossier, desk.site
        who = detail.applicant
        lines = [
            f"{found.code or short_id(found.id)}  {found.state.label}",
            f"Thủ tục: {found.procedure.code} {found.procedure.name}",
            f"Người nộp: {who.name if who else '(đã xóa dữ liệu cá nhân)'}"
            + (f", ĐT {who.phone}" if who and who.phone else ""),
            f"Đang ở: {site.unit_name(found.holder_unit)}"
            + (f", đang chuyển đến {site.unit_name(found.coming_to)}" if found.coming_to else ""),
            f"Tiếp nhận: {hour_day(found.received_at)}. Hẹn trả: {hour_day(found.due_at)}. "
            + desk.remaining_text(found),
            "Giấy tờ: "
            + ("; ".join(f"{paper.name} ({paper.form}, {paper.count})" for paper in found.papers) or "–"),
            *(["Cần bổ sung: " + "; ".join(found.supplement_items)] if found.supplement_items else []),
            "",
            *(
                f"{hour_day(item.at)}  {item.text} – {item.officer}"
                + (" (đã hoàn tác)" if item.undone else "")
                for item in detail.history
            ),
        ]
        data = values.detail(desk, detail)
    show(as_json, data, "\n".join(lines))


def explain_dossier(ctx: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Vì sao hẹn ngày đó. Từng khoảng thời gian được tính, mọi lần hẹn lại, ai ký, lý do."""
    session: Session = ctx.obj
    with session.desk() as desk:
        found = desk.dossier(find(desk, code).id)
        lines = desk.promise(found.id)
    data = {
        "code": found.code,
        "due_at": iso(found.due_at),
        "explain": [values.explained(line) for line in lines],
    }
    text = "\n".join(line.text + (f" [{line.rule}]" if line.rule else "") for line in lines)
    show(as_json, data, text or "Hồ sơ này không có ngày hẹn trả để giải thích.")


def list_dossiers(
    ctx: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="[CHỮ]", help="Mã, họ tên, điện thoại hoặc số định danh.")
    ] = "",
    state: Annotated[
        list[int] | None,
        typer.Option("--state", metavar="SỐ", help="Trạng thái 1 đến 10; nêu nhiều lần được."),
    ] = None,
    unit: Annotated[str, typer.Option("--unit", metavar="ĐƠN_VỊ", help="Đơn vị đang giữ.")] = "",
    coming_to: Annotated[
        str, typer.Option("--coming-to", metavar="ĐƠN_VỊ", help="Đang chuyển đến đơn vị.")
    ] = "",
    field: Annotated[str, typer.Option("--field", metavar="TÊN", help="Lĩnh vực.")] = "",
    procedure: Annotated[str, typer.Option("--procedure", metavar="MÃ", help="Mã thủ tục.")] = "",
    since: Annotated[str, typer.Option("--from", metavar="LÚC", help="Tiếp nhận từ.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="LÚC", help="Tiếp nhận trước.")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Chỉ hồ sơ chưa kết thúc.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Số hồ sơ tối đa.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Liệt kê hồ sơ, mới nhất đứng đầu."""
    session: Session = ctx.obj
    if wrong := [number for number in state or () if number not in set(State)]:
        raise Refused(f"Không có trạng thái {wrong[0]}: trạng thái là số từ 1 đến 10.", "state")
    with session.desk() as desk:
        query = DossierQuery(
            text=clean(text),
            states=frozenset(State(number) for number in state or ()),
            unit=unit_id(desk, unit) if unit else "",
            coming_to=unit_id(desk, coming_to) if coming_to else "",
            field=clean(field),
            procedure=clean(procedure),
            received_from=parse_time(since) if since else None,
            received_to=parse_time(until) if until else None,
            open_only=open_only,
        )
        rows = desk.find(query)
        lines = desk.lines(rows[:limit])
        data = {"count": len(rows), "dossiers": [values.line(desk, line) for line in lines]}
        text_out = table([listed(desk.remaining_text(line), line) for line in lines], (26, 24, 34, 24, 0, 0))
    show(
        as_json, data, "\n".join([text_out, f"{len(rows)} hồ sơ."] if rows else ["Không có hồ sơ nào khớp."])
    )


def listed(remaining: str, line: DossierLine) -> tuple[str, ...]:
    """One dossier as a row of a table."""
    return (
        line.code or line.short_id,
        line.applicant,
        line.procedure,
        line.state.label,
        hour_day(line.due_at),
        remaining,
    )


def receipt(
    ctx: typer.Context,
    code: Code,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="TỆP", help="Tệp .pdf, .txt hoặc .bin (máy in nhiệt)."),
    ] = None,
    form: Annotated[
        str, typer.Option("--form", metavar="MẪU", help="Biểu mẫu, ví dụ mau-01 (mặc định theo trạng thái).")
    ] = "",
    paper: Annotated[str, typer.Option("--paper", metavar="KHỔ", help="Khổ giấy A4 hoặc A5.")] = "",
    to_printer: Annotated[bool, typer.Option("--print", help="In ra máy in đã cài đặt.")] = False,
    as_json: AsJson = False,
) -> None:
    """Xem, ghi ra tệp hoặc in giấy tiếp nhận. Phiếu bổ sung, từ chối cũng vậy; in lại được ghi rõ trên giấy."""
    session: Session = ctx.obj
    if paper not in ("", "A4", "A5"):
        raise Refused(f"Khổ giấy “{clean(paper)[:10]}” không có: hãy chọn A4 hoặc A5.", "paper")
    kind = SUFFIXES.get(output.suffix.lower()) if output else "text"
    if kind is None:
        raise Refused(f"Tệp “{clean(str(output))[:80]}” phải có đuôi .pdf, .txt hoặc .bin.", "format")
    with session.desk(acting=bool(output or to_printer)) as desk:
        found = desk.dossier(find(desk, code).id)
        wanted = form or desk.form_of(found)
        document = desk.document(found.id, wanted)
        data: dict[str, Any] = {"code": found.code, "form": wanted, "reprint": document.reprint_no}
        if to_printer:
            config = session.config
            job = desk.print_form(found.id, config.printer.to_printer(), config.receipts_dir, wanted)
            if not job.delivery.ok:
                raise OSError(job.delivery.message)
            show(as_json, {**data, "path": job.delivery.path}, job.delivery.message)
            return
        from tthc_tui.printing.render import render

        content = render(document, cast(Any, kind), cast(Any, paper or None))[0]
        if output is None:
            shown = content.decode()
            show(as_json, {**data, "path": None, "text": shown}, shown)
            return
        write_whole(output, content)
        log_print(desk, found, wanted, document.reprint_no)
    again = f" (in lại lần {document.reprint_no})" if document.reprint_no else ""
    show(as_json, {**data, "path": str(output)}, f"Đã ghi {document.form.title.lower()}{again} vào {output}.")


def log_print(desk: Any, found: Dossier, form: str, reprint: int) -> None:
    """Note in the history that a form was given out."""
    from tthc_tui.core import events as ev

    desk.act(found.id, ev.Print(form=form, reprint=reprint))


def write_whole(path: Path, content: bytes) -> None:
    """A file, replaced whole or not at all; OSError when it can't be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".ghi-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


COMMANDS = {
    ("", "receive"): receive,
    ("dossier", "show"): show_dossier,
    ("dossier", "explain"): explain_dossier,
    ("dossier", "list"): list_dossiers,
    ("", "receipt"): receipt,
}
