"""What can go wrong with the file, each with one sentence for the officer.

StoreError
├── StoreLocked      another program holds the file too long
├── StoreReadOnly    the file or its folder can't be written
├── DiskFull         no room left
├── StoreDamaged     the file is not a sound database
├── StoreTooNew      written by a newer program
├── Conflict         someone else changed the dossier meanwhile
└── StoreClosed      the program is shutting down
"""

from __future__ import annotations

import sqlite3


class StoreError(Exception):
    """Trouble with the data file; `str()` is a Vietnamese sentence saying what to do."""


class StoreLocked(StoreError):
    """The file stayed locked beyond the waiting time."""


class StoreReadOnly(StoreError):
    """The file can't be written."""


class DiskFull(StoreError):
    """No room left on the disk."""


class StoreDamaged(StoreError):
    """The file is no database, or a broken one."""


class StoreTooNew(StoreError):
    """The file was written by a newer version of the program."""


class Conflict(StoreError):
    """The dossier was changed by another officer between reading and saving."""


class StoreClosed(StoreError):
    """Asked to work after the store was closed."""


def translate(error: BaseException) -> StoreError:
    """The StoreError for an error of SQLite or the operating system."""
    if isinstance(error, StoreError):
        return error
    text = str(error).lower()
    if "locked" in text or "busy" in text:
        return StoreLocked("Dữ liệu đang bị chương trình khác giữ; chưa lưu gì, hãy thử lại sau vài giây.")
    if "readonly" in text or "read-only" in text or "permission" in text or "unable to open" in text:
        return StoreReadOnly(
            "Không ghi được vào tệp dữ liệu (chỉ đọc hoặc thiếu quyền); chưa lưu gì, hãy báo người quản trị."
        )
    if "full" in text or "no space" in text or "disk i/o" in text:
        return DiskFull("Ổ đĩa đã đầy hoặc lỗi; chưa lưu gì, hãy giải phóng chỗ trống rồi làm lại.")
    if isinstance(error, sqlite3.DatabaseError) or "malformed" in text or "not a database" in text:
        return StoreDamaged(
            "Tệp dữ liệu bị hỏng hoặc không đúng loại; hãy chạy “tthc doctor” để được hướng dẫn."
        )
    return StoreError(f"Lỗi khi đọc hoặc ghi dữ liệu: {type(error).__name__}. Chưa lưu gì, hãy thử lại.")
