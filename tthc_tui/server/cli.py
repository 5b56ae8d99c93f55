"""`tthc serve`: running the backend. Help texts are Vietnamese."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.server import cli_data as cli_data  # their commands join the group
from tthc_tui.server import cli_people as cli_people
from tthc_tui.server.cli_base import (
    ConfigFile,
    Database,
    check_ready,
    need_server_extra,
    settings_of,
    spoken,
)
from tthc_tui.server.cli_base import server_app as server_app

if TYPE_CHECKING:
    from tthc_tui.server.settings import ServerSettings


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
    with spoken():
        given = {"host": host, "port": port, "cert": cert, "private_key": key, "workers": workers}
        if demo:
            settings = _demo(ctx, {name: value for name, value in given.items() if value is not None})
        else:
            settings = settings_of(config, database, **given)
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
