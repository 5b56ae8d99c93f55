"""`tthc demo`: the sample centre on the screens, or its main job as text where there is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.commands import values
from tthc_tui.commands.base import AsJson, Session, hour_day, now, show
from tthc_tui.commands.catalog import checklist_line, intake_template, papers_of
from tthc_tui.commands.dossier import log_print, write_whole
from tthc_tui.commands.due import Group, snapshot
from tthc_tui.config import Config
from tthc_tui.core.duration import say_limit
from tthc_tui.core.views import DueQuery

if TYPE_CHECKING:
    from pathlib import Path

    from tthc_tui.core.dossier import Dossier
    from tthc_tui.desk import Desk

QUESTION = "khai sinh"
APPLICANT = {
    "name": "Phạm Văn Mẫu",
    "number": "091084001234",
    "birth": "12/03/1984",
    "sex": "Nam",
    "address": "Số 15 đường Bờ Kè, khu phố 3",
    "phone": "0912000345",
}


def demo(
    ctx: typer.Context,
    reset: Annotated[bool, typer.Option("--reset", help="Bỏ dữ liệu thử đã nhập, làm lại từ đầu.")] = False,
    text: Annotated[
        bool, typer.Option("--text", help="Chạy công việc chính bằng chữ, không mở màn hình.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Chạy thử trên trung tâm mẫu. Thủ tục thật, người đặt ra; không đụng đến dữ liệu thật."""
    from tthc_tui.config import default_data_dir
    from tthc_tui.launch import has_screen, open_program
    from tthc_tui.sample import ensure_demo
    from tthc_tui.terminal import drop_typed

    session: Session = ctx.obj
    on_screen = has_screen() and not (text or as_json)
    place = session.data or default_data_dir()
    made = on_screen and (reset or not (place / "demo" / "tthc.db").exists())
    if made:
        print("Đang lập trung tâm mẫu, chờ vài giây …", flush=True)
    config = ensure_demo(place, now(), reset=reset)
    if made:
        drop_typed()
    if on_screen:
        raise typer.Exit(open_program(str(config.data_dir)))
    data, words = main_job(config)
    show(as_json, data, words)


def main_job(config: Config) -> tuple[dict[str, Any], str]:
    """Look up, check, receive, write the receipt, forward, list what is late; as data and as text."""
    from tthc_tui.desk import Desk
    from tthc_tui.desk.intake_form import Intake
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(config.database) as store:
        desk = Desk(store, now, officer=config.officer, counter=config.counter)
        hits = desk.search(QUESTION, 5).hits
        procedure = desk.procedure(hits[0].code)
        lines = [f"{desk.centre_name} – {desk.officer.name}", "", f"1. Tra cứu “{QUESTION}”:"]
        lines += [f"   {hit.code}  {hit.label}" for hit in hits]
        lines += ["", f"2. Giấy tờ của {procedure.code} {procedure.short_name or procedure.name}:"]
        lines += [
            checklist_line(n, line) for n, line in enumerate(papers_of(procedure.cases[0].requirements), 1)
        ]
        if procedure.limit:
            lines.append(f"   Thời hạn: {say_limit(procedure.limit)}.")
        intake = Intake.model_validate({**intake_template(procedure), "applicant": APPLICANT})
        dossier = desk.receive(intake)
        lines += [
            "",
            f"3. Tiếp nhận hồ sơ {dossier.code} của {APPLICANT['name']}, hẹn trả {hour_day(dossier.due_at)}.",
        ]
        files = write_receipt(desk, dossier, config.receipts_dir)
        unit = desk.handling_unit(procedure)
        slip, _ = desk.forward([dossier.id], unit)
        lines += ["", f"4. Chuyển đến {desk.site.unit_name(unit)}, phiếu bàn giao số {slip}."]
        due, words = snapshot(desk, DueQuery(), Group.UNIT, 8)
        lines += ["", "5. Giám sát quá hạn:", *(f"   {line}".rstrip() for line in words.split("\n"))]
        data = {
            "centre": desk.centre_name,
            "hits": [values.hit(hit) for hit in hits],
            "dossier": values.dossier(desk.dossier(dossier.id)),
            "slip": slip,
            "receipt": [str(path) for path in files],
            "due": due,
            "data_dir": str(config.data_dir),
        }
    lines += ["", "Giấy tiếp nhận hồ sơ và hẹn trả kết quả nằm tại:", *(f"   {path}" for path in files)]
    return data, "\n".join(lines)


def write_receipt(desk: Desk, dossier: Dossier, folder: Path) -> list[Path]:
    """The receipt as PDF and as text; logged as one print."""
    from tthc_tui.printing.output import safe_name
    from tthc_tui.printing.render import render

    form = desk.form_of(dossier)
    document = desk.document(dossier.id, form)
    stem = folder / safe_name(f"{form}-{document.code}")
    files = []
    for kind in ("pdf", "text"):
        content, suffix = render(document, kind)
        path = stem.with_name(stem.name + suffix)
        write_whole(path, content)
        files.append(path)
    log_print(desk, dossier, form, document.reprint_no)
    return files


COMMANDS = {("", "demo"): demo}
