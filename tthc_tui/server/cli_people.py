"""`tthc server user|device|person …`: who may use the backend, and whose data are erased from it."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from tthc_tui.commands.wording import COMMAND
from tthc_tui.server.cli_base import (
    ConfigFile,
    Database,
    check_ready,
    device_app,
    person_app,
    settings_of,
    spoken,
    user_app,
)


@user_app.command("add", **COMMAND)
def user_add(
    officer: Annotated[str, typer.Argument(metavar="MÃ", help="Mã cán bộ, cũng là tên đăng nhập.")],
    name: Annotated[str, typer.Option("--name", metavar="TÊN", help="Họ và tên.")],
    unit: Annotated[str, typer.Option("--unit", metavar="ĐƠN_VỊ", help="Mã đơn vị.")],
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="VAI_TRÒ", help="receiving, specialist, leader, supervisor, admin."),
    ] = None,
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Thêm cán bộ hoặc đặt lại mật khẩu (hỏi trên màn hình, hoặc đọc một dòng từ đầu vào chuẩn)."""
    from tthc_tui.core.site import Role
    from tthc_tui.server.admin import AdminError, NewOfficer, put_officer
    from tthc_tui.server.migrate import connected

    with spoken():
        try:
            roles = tuple(Role(text) for text in role or ["receiving"])
        except ValueError as error:
            raise AdminError(f"Vai trò phải là một trong: {', '.join(Role)}.") from error
        settings = settings_of(config, database)
        password = _password(officer)
        with connected(settings.database) as connection:
            put_officer(connection, NewOfficer(officer, name, unit, roles), password)
    print(f"Đã lưu cán bộ {officer}.")


@user_app.command("disable", **COMMAND)
def user_disable(
    officer: Annotated[str, typer.Argument(metavar="MÃ", help="Mã cán bộ.")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Khóa cán bộ: phiên đang mở kết thúc, không đăng nhập được nữa."""
    from tthc_tui.server.admin import disable_officer
    from tthc_tui.server.migrate import connected

    with spoken(), connected(settings_of(config, database).database) as connection:
        disable_officer(connection, officer)
    print(f"Đã khóa cán bộ {officer}.")


@device_app.command("add", **COMMAND)
def device_add(
    unit: Annotated[str, typer.Argument(metavar="ĐƠN_VỊ", help="Mã đơn vị đặt máy.")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Cấp mã đăng ký dùng một lần cho một máy trạm."""
    from tthc_tui.server.admin import CODE_HOURS, enrolment_code
    from tthc_tui.server.migrate import connected

    with spoken(), connected(settings_of(config, database).database) as connection:
        code = enrolment_code(connection, unit)
    print(f"Mã đăng ký máy (dùng một lần, hiệu lực {CODE_HOURS} giờ): {code}")


@device_app.command("disable", **COMMAND)
def device_disable(
    device: Annotated[str, typer.Argument(metavar="MÁY", help="Định danh của máy.")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Khóa một máy bị mất hoặc bỏ."""
    from tthc_tui.server.admin import disable_device
    from tthc_tui.server.migrate import connected

    with spoken(), connected(settings_of(config, database).database) as connection:
        disable_device(connection, device)
    print("Đã khóa máy.")


@person_app.command("erase", **COMMAND)
def person_erase(
    number: Annotated[str, typer.Argument(metavar="SỐ", help="Số định danh cá nhân hoặc mã số tổ chức.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="LÝ_DO", help="Căn cứ hoặc số văn bản yêu cầu xóa.")
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="TÊN", help="Người thực hiện, ghi vào sổ xóa.")] = "",
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Xóa dữ liệu cá nhân của một người trên máy chủ và, theo luồng hồ sơ, trên mọi máy trạm."""
    from tthc_tui.server.app import open_database
    from tthc_tui.server.erasing import Erased, erase_person, sweep

    with spoken():
        settings = settings_of(config, database)

        async def erase() -> Erased:
            opened = open_database(settings)
            await opened.open()
            try:
                return await erase_person(opened, number, reason, by)
            finally:
                await opened.close()

        check_ready(settings)
        with asyncio.Runner(
            loop_factory=asyncio.SelectorEventLoop if sys.platform == "win32" else None
        ) as runner:
            gone = runner.run(erase())
        print(f"Đã xóa dữ liệu cá nhân trong {gone.dossiers} hồ sơ; máy trạm xóa theo khi đồng bộ.")
        sweep(settings)


def _password(officer: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    import getpass

    return getpass.getpass(f"Mật khẩu của {officer}: ")
