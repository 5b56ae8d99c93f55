"""Numbered changes of the file's schema. A file of an older number is backed up, then brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_mock_engine
from sqlmodel import SQLModel

from tthc_tui.store import catalog_tables as catalog_tables
from tthc_tui.store import law_tables as law_tables
from tthc_tui.store import sync_tables as sync_tables
from tthc_tui.store import tables
from tthc_tui.store.errors import StoreDamaged, StoreTooNew
from tthc_tui.store.law_migration import to_version_3
from tthc_tui.store.printed import to_version_5
from tthc_tui.store.search_migration import to_version_4
from tthc_tui.store.sync_migration import to_version_2

MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    to_version_2,
    to_version_3,
    to_version_4,
    to_version_5,
]
"""MIGRATIONS[n] brings a file from version n + 1 to n + 2; a new file is made at the latest version."""


def latest() -> int:
    """The schema version this program writes."""
    return len(MIGRATIONS) + 1


def migrate(path: Path, busy_seconds: float = 5.0) -> Path | None:
    """Make the file, or bring it up to date; returns the backup that was made, if any.

    Raises StoreTooNew, StoreDamaged or the error of SQLite; the file is then as it was.
    """
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == latest():
            return None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")  # two stations opening an old file: one migrates, one waits
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == latest():
            connection.execute("COMMIT")
            return None
        if version > latest():
            raise StoreTooNew(
                "Tệp dữ liệu do phiên bản mới hơn của chương trình tạo ra; hãy cập nhật chương trình rồi mở lại."
            )
        if version == 0:
            _create(connection)
            return None
        backup = _back_up(path, version)
        for step in MIGRATIONS[version - 1 :]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {latest()}")
        connection.execute("COMMIT")
        return backup
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()


def _create(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StoreDamaged("Tệp này không phải dữ liệu của chương trình; hãy chọn thư mục dữ liệu khác.")
    for statement in schema():
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {latest()}")
    connection.execute("COMMIT")


def schema() -> list[str]:
    """The statements that make an empty file of the latest version."""
    statements: list[str] = []

    def collect(statement: object, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))  # type: ignore[attr-defined]

    engine = create_mock_engine("sqlite://", collect)
    SQLModel.metadata.create_all(engine, checkfirst=False)
    return [*statements, tables.DOSSIER_SEARCH]


def _back_up(path: Path, version: int) -> Path:
    backup = path.with_name(f"{path.stem}.truoc-nang-cap-v{version}{path.suffix}")
    copy_file(path, backup)
    return backup


def copy_file(path: Path, target: Path) -> None:
    """Copy a data file as of one moment, whoever writes to it meanwhile. The error of SQLite where it fails."""
    source = sqlite3.connect(path)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
