"""A copy of the database while the backend runs: pg_dump for PostgreSQL where there is one, else an archive of our
own; SQLite's own copying for a trial.

The archive is a ZIP file: `<table>.copy` for each table as PostgreSQL's COPY writes it, all of one moment, and
`manifest.json` with the revision of the tables, their columns, and the rows and SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tthc_tui import __version__
from tthc_tui.server.admin import AdminError
from tthc_tui.server.clock import from_ms, now_ms
from tthc_tui.server.settings import ServerSettings

FORMAT, MANIFEST, REVISION_TABLE = "tthc-server-backup-1", "manifest.json", "schema_version"
TABLES = """
SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' GROUP BY table_name ORDER BY table_name
"""


class Kind(StrEnum):
    """How a copy was written."""

    PG_DUMP = "pg_dump"
    ARCHIVE = "archive"
    SQLITE = "sqlite"


def copy_database(settings: ServerSettings, target: Path, *, own: bool = False) -> Kind:
    """Write a consistent copy of the database to a new file that its owner alone reads; AdminError on trouble.

    `own`: an archive of our own even where there is pg_dump.
    """
    if target.exists():
        raise AdminError(f"Tệp {target} đã có: hãy chọn tên khác.")
    if not target.parent.is_dir():
        raise AdminError(f"Không có thư mục {target.parent}: hãy tạo thư mục hoặc chọn nơi khác.")
    try:
        target.touch(mode=0o600)
        if settings.sqlite_path is not None:
            copy_sqlite(settings.sqlite_path, target)
            return Kind.SQLITE
        if not own and _dump(settings.database, target):
            return Kind.PG_DUMP
        _archive(settings.database, target)
        return Kind.ARCHIVE
    except OSError as error:
        target.unlink(missing_ok=True)
        raise AdminError(f"Không ghi được {target}: {error.strerror or error}.") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _dump(database: str, target: Path) -> bool:
    """With pg_dump; False where there is none, or one too old for this PostgreSQL."""
    program = shutil.which("pg_dump")
    if program is None:
        return False
    try:
        parts = conninfo_to_dict(database)
    except psycopg.Error as error:
        raise AdminError("Địa chỉ cơ sở dữ liệu không đúng: hãy kiểm tra cấu hình “database”.") from error
    password = str(parts.pop("password", "") or "")  # other users of the machine read command lines
    where = make_conninfo("", **{name: str(value) for name, value in parts.items()})
    done = subprocess.run(
        [program, "--format=custom", f"--file={target}", f"--dbname={where}"],
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})},
    )
    if done.returncode and b"version mismatch" in done.stderr:
        return False
    if done.returncode:
        raise AdminError("pg_dump không sao lưu được: hãy kiểm tra địa chỉ và quyền của cơ sở dữ liệu.")
    return True


def _archive(database: str, target: Path) -> None:
    """All tables as they stand at one moment, in one compressed file."""
    try:
        with psycopg.connect(database, autocommit=False) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            tables = dict(connection.execute(TABLES).fetchall())
            if tables.pop(REVISION_TABLE, None) is None:
                raise AdminError(
                    "Đây không phải cơ sở dữ liệu của máy chủ: hãy kiểm tra cấu hình “database”."
                )
            (revision,) = connection.execute(f"SELECT version_num FROM {REVISION_TABLE}").fetchone() or ("",)
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                told = {name: _copy_out(connection, archive, name, tables[name]) for name in tables}
                manifest = {
                    "format": FORMAT,
                    "made_at": from_ms(now_ms()).isoformat(timespec="seconds"),
                    "program": __version__,
                    "revision": revision,
                    "tables": told,
                }
                archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    except psycopg.Error as error:
        raise AdminError(
            f"Không đọc được cơ sở dữ liệu ({type(error).__name__}): hãy kiểm tra địa chỉ và quyền."
        ) from error


def _copy_out(
    connection: psycopg.Connection[Any], archive: zipfile.ZipFile, table: str, columns: list[str]
) -> dict[str, Any]:
    """One table into the archive; what the manifest says of it."""
    digest, rows = hashlib.sha256(), 0
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with (
        archive.open(f"{table}.copy", "w", force_zip64=True) as file,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for block in copy:
            part = bytes(block)
            digest.update(part)
            rows += part.count(b"\n")  # a break inside a value is written as two characters
            file.write(part)
    return {"columns": columns, "rows": rows, "sha256": digest.hexdigest()}


def copy_sqlite(source: Path, target: Path) -> None:
    """A sound copy of a SQLite file, also while it is written to."""
    if not source.exists():
        raise AdminError(f"Không có tệp dữ liệu {source}.")
    with sqlite3.connect(source) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()
