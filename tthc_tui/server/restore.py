"""A backup of our own brought back into a new database: checked whole first, then written in one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from tthc_tui.server.admin import AdminError
from tthc_tui.server.backup import FORMAT, MANIFEST, REVISION_TABLE, TABLES, copy_sqlite
from tthc_tui.server.migrate import known_revisions, migrate, new_epoch
from tthc_tui.server.settings import ServerSettings

_BLOCK = 1 << 20


class Restored(NamedTuple):
    """What was brought back."""

    events: int
    made_at: str
    epoch: str


def restore_database(settings: ServerSettings, source: Path) -> Restored:
    """Bring a backup back into the empty database of `settings`, to the newest tables, in a new epoch.

    AdminError, with nothing changed, for a file that is no whole backup, one of a newer program, or a database
    that already holds something.
    """
    try:
        with source.open("rb") as file:
            beginning = file.read(16)
    except OSError as error:
        raise AdminError(f"Không đọc được {source}: {error.strerror or error}.") from error
    if beginning.startswith(b"PGDMP"):
        raise AdminError(
            f"{source.name} do pg_dump ghi: hãy phục hồi bằng pg_restore, rồi chạy “tthc server epoch”."
        )
    if settings.sqlite_path is not None:
        return _sqlite(settings, settings.sqlite_path, source, beginning)
    if beginning.startswith(b"SQLite format 3"):
        raise AdminError(f"{source.name} là bản sao của SQLite: hãy phục hồi với --database sqlite:///tệp.")
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _checked(archive, source)
            _into(settings.database, archive, manifest)
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        raise _broken(source) from error
    migrate(settings.database)
    return Restored(manifest["tables"]["event"]["rows"], manifest["made_at"], new_epoch(settings.database))


def _broken(source: Path) -> AdminError:
    return AdminError(f"{source.name} không phải bản sao lưu nguyên vẹn của máy chủ: chưa phục hồi gì.")


def _checked(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    """The manifest, once every file is what it says."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise _broken(source)
        for table, told in manifest["tables"].items():
            digest = hashlib.sha256()
            with archive.open(f"{table}.copy") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
            if digest.hexdigest() != told["sha256"]:
                raise _broken(source)
        if manifest["revision"] not in known_revisions():
            raise AdminError(
                f"{source.name} do phiên bản mới hơn của chương trình ghi: hãy cập nhật rồi phục hồi."
            )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _broken(source) from error
    return manifest


def _into(database: str, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """All tables at the revision they were written at, then their rows, in one transaction."""
    try:
        with psycopg.connect(database) as connection:
            _check_empty(connection, manifest)
        migrate(database, manifest["revision"])
        with psycopg.connect(database) as connection:
            _check_empty(connection, manifest)
            tables = sql.SQL(", ").join(map(sql.Identifier, manifest["tables"]))
            connection.execute(sql.SQL("TRUNCATE {}").format(tables))
            for name, told in manifest["tables"].items():
                _copy_in(connection, archive, name, told)
    except psycopg.Error as error:
        raise AdminError(
            f"Không ghi được vào cơ sở dữ liệu ({type(error).__name__}): chưa phục hồi gì, hãy kiểm tra quyền."
        ) from error


def _check_empty(connection: psycopg.Connection[Any], manifest: dict[str, Any]) -> None:
    """AdminError unless the database has no tables yet, or those of the backup's own revision without a row."""
    held = {name for name, _ in connection.execute(TABLES).fetchall()}
    if not held:
        return
    good = held == {REVISION_TABLE, *manifest["tables"]}
    if good:
        row = connection.execute(f"SELECT version_num FROM {REVISION_TABLE}").fetchone()
        good = row is not None and row[0] == manifest["revision"]
    for name in manifest["tables"] if good else ():
        where = sql.SQL("head > 0" if name == "log" else "true")
        query = sql.SQL("SELECT 1 FROM {} WHERE {} LIMIT 1").format(sql.Identifier(name), where)
        good = good and connection.execute(query).fetchone() is None
    if not good:
        raise AdminError(
            "Cơ sở dữ liệu đã có dữ liệu: hãy tạo cơ sở dữ liệu mới, còn trống rồi phục hồi vào đó."
        )


def _copy_in(
    connection: psycopg.Connection[Any], archive: zipfile.ZipFile, table: str, told: dict[str, Any]
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, told["columns"]))
    )
    with archive.open(f"{table}.copy") as file, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
        if cursor.rowcount != told["rows"]:
            raise AdminError(f"Bảng {table} của bản sao lưu thiếu dòng: chưa phục hồi gì.")


def _sqlite(settings: ServerSettings, target: Path, source: Path, beginning: bytes) -> Restored:
    """The copy of a trial's file, where there is none yet."""
    if not beginning.startswith(b"SQLite format 3"):
        raise AdminError(f"{source.name} không phải bản sao của SQLite: hãy phục hồi vào PostgreSQL.")
    if target.exists():
        raise AdminError(f"Tệp {target} đã có: hãy chọn tên khác.")
    try:
        copy_sqlite(source, target)
        migrate(settings.database)
        with sqlite3.connect(target) as file:
            ((events,),) = file.execute("SELECT count(*) FROM event").fetchall()
        file.close()
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise _broken(source) from error
    return Restored(int(events), "đã ghi trong tệp", new_epoch(settings.database))
