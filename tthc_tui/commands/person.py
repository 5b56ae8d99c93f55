"""`tthc person erase`: personal data erased at the person's request."""

from __future__ import annotations

from typing import Annotated

import typer

from tthc_tui.commands.base import AsJson, Session, show


def erase(
    ctx: typer.Context,
    number: Annotated[
        str,
        typer.Argument(
            metavar="SỐ", help="Số định danh cá nhân, mã số tổ chức, hoặc số điện thoại đã gửi phản ánh."
        ),
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", metavar="LÝ_DO", help="Căn cứ hoặc số văn bản yêu cầu xóa.")
    ] = "",
    sender: Annotated[
        str,
        typer.Option("--sender", metavar="HỌ_TÊN", help="Xóa cả phản ánh gửi dưới đúng họ tên này."),
    ] = "",
    copies: Annotated[
        bool,
        typer.Option("--backups", help="Xóa cả các bản sao trước khi nâng cấp còn chứa người này."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Xóa dữ liệu cá nhân của một người trên máy này (quản trị); lịch sử hồ sơ vẫn chứng minh được."""
    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        gone = desk.erase_person(number, reason, sender=sender, copies=copies)
    text = f"Đã xóa dữ liệu cá nhân trong {gone.dossiers} hồ sơ"
    text += f", {gone.feedback} phản ánh." if gone.feedback else "."
    if gone.copies:
        names = ", ".join(file.name for file in gone.copies)
        text += (
            f" Không xóa được {names}: hãy đóng chương trình đang mở tệp rồi xóa bằng tay."
            if copies
            else f" Bản sao trước khi nâng cấp còn chứa người này: {names}; chạy lại với --backups để xóa."
        )
    if not gone.swept:
        text += " Chương trình khác đang đọc dữ liệu cũ: phần còn lại trên đĩa tự được xóa sau ít phút."
    shown = {
        "ok": True,
        "dossiers": gone.dossiers,
        "feedback": gone.feedback,
        "backups": [str(file) for file in gone.copies],
        "swept": gone.swept,
    }
    show(as_json, shown, f"{text} Bản trên máy chủ do quản trị máy chủ xóa.")


COMMANDS = {("person", "erase"): erase}
