"""`tthc server init|migrate|epoch|publish|backup|restore`: what the backend holds and gives out, as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tthc_tui.commands.wording import COMMAND
from tthc_tui.core.base import Refused
from tthc_tui.server.cli_base import (
    ConfigFile,
    Database,
    check_ready,
    server_app,
    settings_of,
    spoken,
)


@server_app.command("init", **COMMAND)
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

    with spoken():
        from tthc_tui.server import admin, checkpoints, demo, migrate

        settings = settings_of(config, database)
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
        from tthc_tui.core.dated import how_many

        counts = f"{how_many(loaded.units)} đơn vị, {how_many(loaded.officers)} cán bộ"
        print(f"Đã nạp {counts}; đặt mật khẩu bằng “tthc server user add”.")


@server_app.command("migrate", **COMMAND)
def migrate_command(config: ConfigFile = None, database: Database = None) -> None:
    """Nâng cấp cấu trúc cơ sở dữ liệu lên bản mới nhất."""
    from tthc_tui.server.migrate import migrate

    with spoken():
        print(f"Cơ sở dữ liệu đang ở bản {migrate(settings_of(config, database).database)}.")


@server_app.command("epoch", **COMMAND)
def epoch_command(config: ConfigFile = None, database: Database = None) -> None:
    """Bắt đầu kỳ mới sau khi phục hồi từ bản sao lưu: các máy trạm tải lại và gửi lại phần còn thiếu."""
    from tthc_tui.server.migrate import new_epoch

    with spoken():
        print(f"Kỳ mới: {new_epoch(settings_of(config, database).database)}.")


@server_app.command("publish", **COMMAND)
def publish(
    catalog: Annotated[
        list[Path] | None,
        typer.Option(
            "--catalog",
            metavar="TỆP|THƯ_MỤC",
            help="Danh mục thủ tục mới (dùng nhiều lần được): thay danh mục cũ.",
        ),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(
            "--site", metavar="TỆP", help="Tệp khai báo trung tâm (TOML): đơn vị, cán bộ, lịch, tuyến."
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Chỉ kiểm tra tệp, không công bố gì.")] = False,
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Công bố danh mục và khai báo mới khi máy chủ đang chạy: máy trạm đang kết nối nhận được ngay."""
    if not catalog and site is None:
        raise Refused("Chưa nêu gì để công bố: hãy thêm --catalog hoặc --site.", "usage")
    with spoken():
        from tthc_tui.server.publishing import publish_files

        settings = settings_of(config, database)
        check_ready(settings)
        done = publish_files(settings.database, catalog or [], site, dry=check)
    counts = f"{done.procedures} thủ tục (thêm {done.added}, đổi {done.changed}, bỏ {done.dropped})"
    if site is not None:
        counts += f", {done.units} đơn vị, {done.officers} cán bộ"
    if check:
        print(f"Tệp hợp lệ: {counts}. Chưa công bố gì.")
    else:
        print(f"Đã công bố {counts}, phiên bản {done.version[:12]}.")


@server_app.command("backup", **COMMAND)
def backup(
    target: Annotated[Path, typer.Argument(metavar="TỆP", help="Nơi ghi bản sao lưu (chưa có tệp này).")],
    own: Annotated[
        bool, typer.Option("--own", help="Không dùng pg_dump dù có: ghi bản sao lưu của chương trình.")
    ] = False,
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Sao lưu khi máy chủ đang chạy (PostgreSQL: bằng pg_dump, không có thì bằng bản sao lưu của chương trình)."""
    from tthc_tui.server.backup import Kind, copy_database

    with spoken():
        kind = copy_database(settings_of(config, database), target, own=own)
    how = "pg_restore" if kind is Kind.PG_DUMP else "“tthc server restore”"
    print(f"Đã sao lưu vào {target}. Phục hồi bằng {how}; sau pg_restore hãy chạy “tthc server epoch”.")


@server_app.command("restore", **COMMAND)
def restore(
    source: Annotated[Path, typer.Argument(metavar="TỆP", help="Bản sao lưu do “tthc server backup” ghi.")],
    config: ConfigFile = None,
    database: Database = None,
) -> None:
    """Phục hồi bản sao lưu vào cơ sở dữ liệu mới, còn trống, và bắt đầu kỳ mới."""
    with spoken():
        from tthc_tui.server.restore import restore_database

        done = restore_database(settings_of(config, database), source)
    print(f"Đã phục hồi {done.events} sự kiện của bản sao lưu lúc {done.made_at}; kỳ mới: {done.epoch}.")
