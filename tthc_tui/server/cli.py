"""`tthc serve` and `tthc server …`: running the backend and looking after it. Help texts are Vietnamese."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.commands.wording import VietnameseCommand, VietnameseGroup
from tthc_tui.core.base import Refused

if TYPE_CHECKING:
    from tthc_tui.server.settings import ServerSettings

_HELP = {"help_option_names": ["--help", "-h"]}
_COMMAND: dict[str, Any] = {
    "cls": VietnameseCommand,
    "context_settings": _HELP,
    "options_metavar": "[TÙY CHỌN]",
}

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="TỆP", help="Tệp cấu hình TOML của máy chủ (thay cho TTHC_SERVER_CONFIG)."
    ),
]
Database = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///tệp hoặc postgresql://… (thắng tệp cấu hình)."),
]


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        cls=VietnameseGroup,
        help=text,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings=_HELP,
        subcommand_metavar="LỆNH …",
        options_metavar="[TÙY CHỌN]",
    )


server_app = _group("Quản trị máy chủ: cơ sở dữ liệu, cán bộ, máy trạm, sao lưu.")
_user = _group("Cán bộ đăng nhập máy chủ.")
_device = _group("Máy trạm của các đơn vị.")
_person = _group("Dữ liệu cá nhân trên máy chủ.")
server_app.add_typer(_user, name="user")
server_app.add_typer(_device, name="device")
server_app.add_typer(_person, name="person")


@server_app.callback()
def need_server_extra() -> None:
    """Quản trị máy chủ: cơ sở dữ liệu, cán bộ, máy trạm, sao lưu."""
    missing = [
        name
        for name in ("fastapi", "uvicorn", "psycopg", "alembic", "cryptography")
        if find_spec(name) is None
    ]
    if missing:
        raise Refused(
            f"Chưa cài phần máy chủ (thiếu {', '.join(missing)}): hãy chạy pip install 'tthc-tui[server]'.",
            "server",
        )


@contextmanager
def _spoken() -> Iterator[None]:
    """Errors of the backend's own kinds become one sentence."""
    from tthc_tui.server.admin import AdminError
    from tthc_tui.server.database import Unavailable
    from tthc_tui.server.settings import SettingsError

    try:
        yield
    except (AdminError, Unavailable, SettingsError) as error:
        raise Refused(str(error), "server") from error


def _settings(config: Path | None, database: str | None, **given: Any) -> ServerSettings:
    from tthc_tui.server.settings import load_settings

    return load_settings(config, database=database, **given)


def serve(
    ctx: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Chạy thử với trung tâm mẫu, không cần chuẩn bị gì.")
    ] = False,
    host: Annotated[str | None, typer.Option("--host", metavar="ĐỊA_CHỈ", help="Địa chỉ lắng nghe.")] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="CỔNG", help="Cổng lắng nghe.")] = None,
    cert: Annotated[Path | None, typer.Option("--cert", metavar="TỆP", help="Chứng thư TLS (PEM).")] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="TỆP", help="Khóa riêng của chứng thư.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", metavar="SỐ", help="Số tiến trình.")] = None,
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Chạy máy chủ đồng bộ (PostgreSQL, hoặc SQLite để thử)."""
    need_server_extra()
    with _spoken():
        given = {"host": host, "port": port, "cert": cert, "private_key": key, "workers": workers}
        if demo:
            settings = _demo(ctx, {name: value for name, value in given.items() if value is not None})
        else:
            settings = _settings(config, database, **given)
            check_ready(settings)
    run(settings)


def _demo(ctx: typer.Context, given: dict[str, Any]) -> ServerSettings:
    from tthc_tui.config import default_data_dir
    from tthc_tui.server.demo import ensure_demo_server

    folder = getattr(ctx.obj, "data", None) or default_data_dir()
    print("Đang lập máy chủ mẫu, chờ vài giây …", flush=True)
    settings, code, officer, password = ensure_demo_server(folder, datetime.now(UTC))
    settings = type(settings).model_validate({**settings.model_dump(), **given})
    print(f"Máy chủ mẫu: http://{settings.host}:{settings.port}")
    print(f"Mã đăng ký máy (dùng một lần): {code}")
    print(f"Đăng nhập: {officer}, mật khẩu: {password}", flush=True)
    return settings


def check_ready(settings: ServerSettings) -> None:
    """AdminError, saying what to do, when a server with these settings could not work."""
    from tthc_tui.server.admin import AdminError
    from tthc_tui.server.migrate import needs_migration

    if needs_migration(settings.database):
        raise AdminError("Cơ sở dữ liệu chưa sẵn sàng: hãy chạy “tthc server migrate” trước.")
    if settings.cert is None and settings.private_key is None:
        return
    if settings.cert is None or settings.private_key is None:
        raise AdminError(
            "TLS cần cả tệp chứng thư (cert) và tệp khóa riêng (private_key): hãy khai báo đủ hai."
        )
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.cert, settings.private_key)
    except (OSError, ssl.SSLError) as error:
        raise AdminError(
            "Không dùng được chứng thư TLS đã khai báo: hãy kiểm tra hai tệp có đúng, khớp nhau và đọc được không."
        ) from error


def run(settings: ServerSettings) -> None:
    """Serve until stopped."""
    import os

    import uvicorn

    from tthc_tui.server.logs import set_up_logs
    from tthc_tui.server.settings import to_environment

    os.environ.update(to_environment(settings))  # worker processes build their application from it
    set_up_logs()
    uvicorn.run(
        "tthc_tui.server.cli:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        ssl_certfile=settings.cert and str(settings.cert),
        ssl_keyfile=settings.private_key and str(settings.private_key),
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips="*" if settings.behind_proxy else None,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=3,
        loop="tthc_tui.server.cli:event_loop" if sys.platform == "win32" else "auto",
    )


def application() -> Any:
    """The application of one process, set by its environment."""
    from tthc_tui.server.app import create_app, few_collections
    from tthc_tui.server.logs import set_up_logs
    from tthc_tui.server.settings import load_settings

    set_up_logs()
    app = create_app(load_settings())
    few_collections()
    return app


def event_loop() -> asyncio.AbstractEventLoop:
    """On Windows psycopg needs the selector loop."""
    return asyncio.SelectorEventLoop()


@server_app.command("init", **_COMMAND)
def init(
    site: Annotated[
        Path | None,
        typer.Option("--site", metavar="TỆP", help="Tệp khai báo trung tâm (TOML): đơn vị, cán bộ."),
    ] = None,
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Lập cơ sở dữ liệu mới, nạp đơn vị, cán bộ và danh mục thủ tục kèm theo chương trình."""
    from tthc_tui.core.site import Site

    with _spoken():
        from tthc_tui.server import admin, checkpoints, demo, migrate

        settings = _settings(config, database)
        migrate.migrate(settings.database)
        public = checkpoints.public_hex(checkpoints.load_key(settings.key_file))
        if site is not None:
            from tthc_tui.desk.site_file import read_site_file

            loaded: Site = read_site_file(site)
            with migrate.connected(settings.database) as connection:
                admin.load_site(connection, loaded)
                demo.publish_shipped(connection, loaded)
    print("Đã lập cơ sở dữ liệu của máy chủ.")
    print(f"Khóa công khai của mốc ký: {public}")
    if site is not None:
        print(
            f"Đã nạp {len(loaded.units)} đơn vị, {len(loaded.officers)} cán bộ; đặt mật khẩu bằng “tthc server user add”."
        )


@server_app.command("migrate", **_COMMAND)
def migrate_command(config: ConfigFile = None, database: Database = None) -> None:
    """Nâng cấp cấu trúc cơ sở dữ liệu lên bản mới nhất."""
    from tthc_tui.server.migrate import migrate

    with _spoken():
        print(f"Cơ sở dữ liệu đang ở bản {migrate(_settings(config, database).database)}.")


@server_app.command("epoch", **_COMMAND)
def epoch_command(config: ConfigFile = None, database: Database = None) -> None:
    """Bắt đầu kỳ mới sau khi phục hồi từ bản sao lưu: các máy trạm tải lại và gửi lại phần còn thiếu."""
    from tthc_tui.server.migrate import new_epoch

    with _spoken():
        print(f"Kỳ mới: {new_epoch(_settings(config, database).database)}.")


@_user.command("add", **_COMMAND)
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

    with _spoken():
        try:
            roles = tuple(Role(text) for text in role or ["receiving"])
        except ValueError as error:
            raise AdminError(f"Vai trò phải là một trong: {', '.join(Role)}.") from error
        settings = _settings(config, database)
        password = _password(officer)
        with connected(settings.database) as connection:
            put_officer(connection, NewOfficer(officer, name, unit, roles), password)
    print(f"Đã lưu cán bộ {officer}.")


@_user.command("disable", **_COMMAND)
def user_disable(
    officer: Annotated[str, typer.Argument(metavar="MÃ", help="Mã cán bộ.")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Khóa cán bộ: phiên đang mở kết thúc, không đăng nhập được nữa."""
    from tthc_tui.server.admin import disable_officer
    from tthc_tui.server.migrate import connected

    with _spoken(), connected(_settings(config, database).database) as connection:
        disable_officer(connection, officer)
    print(f"Đã khóa cán bộ {officer}.")


@_device.command("add", **_COMMAND)
def device_add(
    unit: Annotated[str, typer.Argument(metavar="ĐƠN_VỊ", help="Mã đơn vị đặt máy.")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Cấp mã đăng ký dùng một lần cho một máy trạm."""
    from tthc_tui.server.admin import CODE_HOURS, enrolment_code
    from tthc_tui.server.migrate import connected

    with _spoken(), connected(_settings(config, database).database) as connection:
        code = enrolment_code(connection, unit)
    print(f"Mã đăng ký máy (dùng một lần, hiệu lực {CODE_HOURS} giờ): {code}")


@_device.command("disable", **_COMMAND)
def device_disable(
    device: Annotated[str, typer.Argument(metavar="MÁY", help="Định danh của máy.")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Khóa một máy bị mất hoặc bỏ."""
    from tthc_tui.server.admin import disable_device
    from tthc_tui.server.migrate import connected

    with _spoken(), connected(_settings(config, database).database) as connection:
        disable_device(connection, device)
    print("Đã khóa máy.")


@_person.command("erase", **_COMMAND)
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

    with _spoken():
        settings = _settings(config, database)

        async def erase() -> Erased:
            opened = open_database(settings)
            await opened.open()
            try:
                return await erase_person(opened, number, reason, by)
            finally:
                await opened.close()

        check_ready(settings)
        with asyncio.Runner(loop_factory=event_loop if sys.platform == "win32" else None) as runner:
            gone = runner.run(erase())
        print(f"Đã xóa dữ liệu cá nhân trong {gone.dossiers} hồ sơ; máy trạm xóa theo khi đồng bộ.")
        sweep(settings)


@server_app.command("backup", **_COMMAND)
def backup(
    target: Annotated[Path, typer.Argument(metavar="TỆP", help="Nơi ghi bản sao lưu (chưa có tệp này).")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Sao lưu khi máy chủ đang chạy (PostgreSQL cần có pg_dump)."""
    from tthc_tui.server.backup import copy_database

    with _spoken():
        settings = _settings(config, database)
        copy_database(settings, target)
    print(f"Đã sao lưu vào {target}. Sau khi phục hồi hãy chạy “tthc server epoch”.")


def _password(officer: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    import getpass

    return getpass.getpass(f"Mật khẩu của {officer}: ")
