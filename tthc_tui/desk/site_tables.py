"""Tables of a site file kept as CSV beside it: read with the line of every row, written back for spreadsheets.

`[csv]` of the site file names them: `officer = "can-bo.csv"`. The first line holds the names of the columns,
the same as in TOML; a cell with several values has “|” between them; an empty cell leaves the default.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tthc_tui.core.text import clean

LISTS = ("roles", "weekdays", "sessions")
_FORMULA = ("=", "+", "-", "@")
_BIGGEST = 5_000_000


class CsvTable(NamedTuple):
    """The rows of one table, the line each begins at (from 1), and the file they come from."""

    path: Path
    rows: list[dict[str, Any]]
    lines: list[int]


class CsvTrouble(Exception):
    """A CSV file can't be read: what is wrong, in Vietnamese, and the line (None for the whole file)."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.problem, self.line = problem, line


def read_table(path: Path, columns: Sequence[str]) -> CsvTable:
    """The rows of a CSV file (UTF-8, comma or semicolon); CsvTrouble for anything that is not a table.

    `columns` are the names a heading may use.
    """
    try:
        if not path.is_file() or path.stat().st_size > _BIGGEST:
            raise OSError(path)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CsvTrouble(
            "không đọc được tệp (không có, quá lớn, thiếu quyền hoặc không phải UTF-8)"
        ) from error
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    names: list[str] = []
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _heading(cells, columns, line)
                continue
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                raise CsvTrouble(f"dòng có {len(cells)} ô mà chỉ có {len(names)} cột", line)
            rows.append(_row(names, cells))
            lines.append(line)
    except csv.Error as error:
        raise CsvTrouble("không đúng dạng CSV (dấu nháy chưa đóng?)", reader.line_num) from error
    if not names:
        raise CsvTrouble("tệp trống: dòng đầu phải là tên các cột", 1)
    return CsvTable(path, rows, lines)


def _heading(cells: Sequence[str], columns: Sequence[str], line: int) -> list[str]:
    names = [clean(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    for place, name in enumerate(names):
        if name not in columns:
            raise CsvTrouble(f"có cột lạ “{name[:40]}”", line)
        if name in names[:place]:
            raise CsvTrouble(f"cột “{name}” có hai lần", line)
    return names


def _row(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        text = cell.strip()
        if text[:1] == "'" and text[1:2] in _FORMULA:
            text = text[1:]
        if text:
            row[name] = [part.strip() for part in text.split("|")] if name in LISTS else text
    return row


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows so that `read_table` gives them back and no spreadsheet runs a cell; whole or not at all."""
    used = [name for name in columns if any(name in row for row in rows)]
    handle, temporary = tempfile.mkstemp(prefix=".site-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(used)
            writer.writerows([_cell(row.get(name)) for name in used] for row in rows)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "|".join(str(part) for part in value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
