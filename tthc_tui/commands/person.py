"""`tthc person erase`: personal data erased at the person's request."""

from __future__ import annotations

from typing import Annotated

import typer

from tthc_tui.commands.base import AsJson, Session, show


def erase(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(metavar="SỐ", help="Số định danh cá nhân hoặc mã số tổ chức.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="LÝ_DO", help="Căn cứ hoặc số văn bản yêu cầu xóa.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Xóa dữ liệu cá nhân của một người trên máy này (quản trị); lịch sử hồ sơ vẫn chứng minh được."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        dossiers = desk.erase_person(number, reason)
    show(
        as_json,
        {"ok": True, "dossiers": dossiers},
        f"Đã xóa dữ liệu cá nhân trong {dossiers} hồ sơ. Bản trên máy chủ do quản trị máy chủ xóa.",
    )


COMMANDS = {("person", "erase"): erase}
