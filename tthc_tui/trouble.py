"""Where unexpected errors are written down for IT, so that officers see one sentence instead."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

_LARGEST = 2_000_000  # bytes; then the log moves aside once, so that it never fills a disk


def log_trouble(path: Path, error: BaseException) -> str:
    """Append an error with its traceback to the log file; the Vietnamese sentence to show meanwhile."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if path.stat().st_size > _LARGEST:
                path.replace(path.with_suffix(".1.log"))
        handler = logging.FileHandler(path, encoding="utf-8")
        try:
            told = (type(error), error, error.__traceback__)
            record = logging.LogRecord("tthc", logging.ERROR, "", 0, "unexpected error", None, told)
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            handler.emit(record)
        finally:
            handler.close()
    except OSError:
        return "Có lỗi ngoài dự kiến và không ghi được nhật ký; hãy báo người quản trị."
    return f"Có lỗi ngoài dự kiến ({type(error).__name__}), đã ghi vào {path.name}; hãy thử lại."
