"""A copy of the database while the backend runs: pg_dump for PostgreSQL, SQLite's own for a trial."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tthc_tui.server.admin import AdminError
from tthc_tui.server.settings import ServerSettings


def copy_database(settings: ServerSettings, target: Path) -> None:
    """Write a consistent copy of the database to a new file that its owner alone reads; AdminError on trouble."""
    if target.exists():
        raise AdminError(f"Tệp {target} đã có: hãy chọn tên khác.")
    if not target.parent.is_dir():
        raise AdminError(f"Không có thư mục {target.parent}: hãy tạo thư mục hoặc chọn nơi khác.")
    try:
        target.touch(mode=0o600)
        if settings.sqlite_path is not None:
            _copy_sqlite(settings.sqlite_path, target)
        else:
            _dump(settings.database, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise AdminError(f"Không ghi được {target}: {error.strerror or error}.") from error
    except AdminError:
        target.unlink(missing_ok=True)
        raise


def _dump(database: str, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise AdminError(
            "Máy này không có pg_dump: hãy cài bộ công cụ của PostgreSQL hoặc sao lưu tại máy chủ dữ liệu."
        )
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
        env={**os.environ, **({"PGPASSWORD": password} if password else {})},
    )
    if done.returncode:
        raise AdminError("pg_dump không sao lưu được: hãy kiểm tra địa chỉ và quyền của cơ sở dữ liệu.")


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise AdminError(f"Không có tệp dữ liệu {source}.")
    with sqlite3.connect(source) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()
