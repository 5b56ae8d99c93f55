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
from tthc_tui.commands.wording import VietnameseCommand, VietnameseGroup, usage_sentence

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
_HELP = {"help_option_names": ["--help", "-h"]}


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        cls=VietnameseGroup,
        help=text,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings=_HELP,
        no_args_is_help=False,
        subcommand_metavar="LỆNH …",
        options_metavar="[TÙY CHỌN]",
    )


def _build() -> typer.Typer:
    app = _group(
        "Chương trình cho quầy tiếp nhận hồ sơ thủ tục hành chính; gõ “tthc” không kèm lệnh để mở màn hình."
    )
    app.callback(invoke_without_command=True)(_root)
    groups = {
        "catalog": _group("Danh mục thủ tục: nhập, tra cứu, hiệu chỉnh."),
        "procedure": _group("Xem một thủ tục."),
        "dossier": _group("Xem hồ sơ."),
        "supplement": _group("Yêu cầu bổ sung và nhận bổ sung."),
        "step": _group("Bước trong quy trình nội bộ."),
        "consult": _group("Xin và ghi ý kiến đơn vị phối hợp."),
        "fee": _group("Phí, lệ phí của hồ sơ: ghi, thu, hoàn, miễn giảm."),
        "shift": _group("Ca làm việc: mở, kết, bảng kê."),
        "notices": _group("Tin nhắn cho người nộp."),
        "post": _group("Bưu chính công ích."),
        "results": _group("Bàn giao kết quả giữa các đơn vị."),
        "feedback": _group("Phản ánh, kiến nghị."),
        "calendar": _group("Lịch làm việc."),
        "person": _group("Dữ liệu cá nhân của người nộp."),
        "db": _group("Tệp dữ liệu: kiểm tra, dựng lại."),
        "site": _group("Khai báo trung tâm: nhập, xuất, kiểm tra tệp."),
        "remote": _group("Khai báo máy chủ đồng bộ."),
        "sync": _group("Đồng bộ với máy chủ."),
    }
    groups["sync"].callback(invoke_without_command=True)(sync.run)
    places = {"": app, **groups}
    for module in _MODULES:
        for (place, name), function in module.COMMANDS.items():
            places[place].command(
                name, cls=VietnameseCommand, context_settings=_HELP, options_metavar="[TÙY CHỌN]"
            )(function)
    for name, group in groups.items():
        app.add_typer(group, name=name)
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
