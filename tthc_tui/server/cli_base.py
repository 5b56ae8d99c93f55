"""What the commands of the backend share: their groups, their options, how trouble is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.commands.wording import group
from tthc_tui.core.base import Refused

if TYPE_CHECKING:
    from tthc_tui.server.settings import ServerSettings

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


server_app = group("Quản trị máy chủ: cơ sở dữ liệu, cán bộ, máy trạm, sao lưu.")
user_app = group("Cán bộ đăng nhập máy chủ.")
device_app = group("Máy trạm của các đơn vị.")
person_app = group("Dữ liệu cá nhân trên máy chủ.")
server_app.add_typer(user_app, name="user")
server_app.add_typer(device_app, name="device")
server_app.add_typer(person_app, name="person")


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
def spoken() -> Iterator[None]:
    """Errors of the backend's own kinds become one sentence."""
    from tthc_tui.server.admin import AdminError
    from tthc_tui.server.database import Unavailable
    from tthc_tui.server.settings import SettingsError

    try:
        yield
    except (AdminError, Unavailable, SettingsError) as error:
        raise Refused(str(error), "server") from error


def settings_of(config: Path | None, database: str | None, **given: Any) -> ServerSettings:
    """The settings of a file, the environment and the options given."""
    from tthc_tui.server.settings import load_settings

    return load_settings(config, database=database, **given)


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
