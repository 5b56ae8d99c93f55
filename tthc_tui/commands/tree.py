"""The tree of commands, and how a wrongly written one is answered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from tthc_tui.commands import (
    admin,
    catalog,
    deadline,
    demo,
    dossier,
    due,
    forms,
    law,
    money,
    outside,
    person,
    server,
    steps,
    sync,
    work,
)
from tthc_tui.commands.base import Session
from tthc_tui.commands.wording import COMMAND, group, usage_sentence

_MODULES = (
    catalog,
    dossier,
    work,
    law,
    steps,
    forms,
    money,
    outside,
    person,
    due,
    deadline,
    admin,
    demo,
    sync,
    server,
)


def _build() -> typer.Typer:
    app = group(
        "Chương trình cho quầy tiếp nhận hồ sơ thủ tục hành chính; gõ “tthc” không kèm lệnh để mở màn hình."
    )
    app.callback(invoke_without_command=True)(_root)
    groups = {
        "catalog": group("Danh mục thủ tục: nhập, tra cứu, hiệu chỉnh."),
        "procedure": group("Xem một thủ tục."),
        "dossier": group("Xem hồ sơ."),
        "supplement": group("Yêu cầu bổ sung và nhận bổ sung."),
        "step": group("Bước trong quy trình nội bộ."),
        "consult": group("Xin và ghi ý kiến đơn vị phối hợp."),
        "fee": group("Phí, lệ phí của hồ sơ: ghi, thu, hoàn, miễn giảm."),
        "shift": group("Ca làm việc: mở, kết, bảng kê."),
        "notices": group("Tin nhắn cho người nộp."),
        "post": group("Bưu chính công ích."),
        "results": group("Bàn giao kết quả giữa các đơn vị."),
        "feedback": group("Phản ánh, kiến nghị."),
        "calendar": group("Lịch làm việc."),
        "person": group("Dữ liệu cá nhân của người nộp."),
        "db": group("Tệp dữ liệu: sao lưu, kiểm tra, dựng lại."),
        "site": group("Khai báo trung tâm: nhập, xuất, kiểm tra tệp."),
        "remote": group("Khai báo máy chủ đồng bộ."),
        "sync": group("Đồng bộ với máy chủ."),
    }
    groups["sync"].callback(invoke_without_command=True)(sync.run)
    places = {"": app, **groups}
    for module in _MODULES:
        for (place, name), function in module.COMMANDS.items():
            places[place].command(name, **COMMAND)(function)
    for name, commands in groups.items():
        app.add_typer(commands, name=name)
    app.add_typer(server.GROUP, name="server")
    return app


def command_names() -> list[str]:
    """Every command as it is typed ("catalog import"), for help pages and documents."""
    own = [f"{place} {name}".strip() for module in _MODULES for place, name in module.COMMANDS]
    return [*own, *server.GROUP_COMMANDS]


def _root(
    ctx: typer.Context,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="THƯ_MỤC", help="Thư mục dữ liệu (thay cho TTHC_DATA).")
    ] = None,
    officer: Annotated[
        str, typer.Option("--officer", metavar="MÃ", help="Cán bộ thực hiện (mã cán bộ).")
    ] = "",
    version: Annotated[bool, typer.Option("--version", help="Hiện phiên bản.")] = False,
) -> None:
    ctx.obj = Session(data.expanduser() if data else None, officer)
    if version:
        from tthc_tui import __version__

        print(f"tthc {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        from tthc_tui.launch import open_program

        raise typer.Exit(open_program(str(data or ""), officer))


def run(args: list[str]) -> int:
    """Run one command; its exit code. Errors of the use case come out as exceptions."""
    try:
        result = typer.main.get_command(_build()).main(args=args, prog_name="tthc", standalone_mode=False)
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        sentence = usage_sentence(error)
        if "--json" in args:
            print(json.dumps({"error": {"code": "usage", "message": sentence}}, ensure_ascii=False))
        print(sentence, file=sys.stderr)
        return 2
    return result if isinstance(result, int) else 0
