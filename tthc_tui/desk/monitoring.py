"""The overdue monitor: what it shows in one reading, reminders, the export."""

from __future__ import annotations

import csv
import os
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.text import clean
from tthc_tui.core.views import DossierLine, DueCounts, DueQuery, GroupCount
from tthc_tui.desk.steps import StepsDesk

_CHUNK = 500
_SORTED = 200  # rows of a bucket that are put in the order of their working time
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_HEADER = (
    "Mã hồ sơ",
    "Số tra cứu nhanh",
    "Chủ hồ sơ",
    "Mã thủ tục",
    "Thủ tục",
    "Lĩnh vực",
    "Trạng thái",
    "Đơn vị đang giữ",
    "Cán bộ đang giữ",
    "Thời gian nhận",
    "Hẹn trả",
    "Thời gian còn lại",
)


@dataclass(frozen=True)
class MonitorView:
    """One reading of the monitor, taken at `at`: counts, and either groups or the rows of dossiers."""

    at: datetime
    counts: DueCounts
    groups: tuple[GroupCount, ...]
    rows: array[int]
    first: tuple[DossierLine, ...]  # the lines of the first rows, read with them


class MonitorDesk(StepsDesk):
    """Overdue, due today, at risk: live."""

    def monitor(self, query: DueQuery, group_by: str = "", prime: int = 60) -> MonitorView:
        """Counts, and groups by `group_by` (unit, officer, field, procedure) or, without, the rows of `query`."""
        at = self.now
        counts = self.due_counts()
        if group_by:
            return MonitorView(at, counts, tuple(self.due_groups(group_by, at=at)), array("q"), ())
        rows = self.due_rows(query, at)
        lines = self.lines(rows[: prime if len(rows) > _SORTED else _SORTED])
        if len(lines) < len(rows):  # too many to read them all, or one has just gone
            return MonitorView(at, counts, (), rows, tuple(lines))
        read = sorted(zip(rows, lines, strict=True), key=lambda one: self.minutes_left(one[1], at))
        return MonitorView(
            at, counts, (), array("q", (row for row, _ in read)), tuple(one for _, one in read)
        )

    def group_name(self, by: str, key: str) -> str:
        """The name of a group as officers know it: a unit, an officer, a field, a procedure."""
        if by == "unit":
            return self.site.unit_name(key) or "(chưa rõ đơn vị)"
        if by == "officer":
            officer = self.site.officer(key)
            return officer.name if officer else key or "(chưa giao cán bộ)"
        if by == "procedure":
            try:
                found = self.procedure(key)
            except Refused:
                return key
            return f"{key}  {found.short_name or found.name}"
        return key or "(chưa rõ lĩnh vực)"

    def remind(self, dossier: UUID | str) -> Dossier:
        """Urge whoever holds the dossier to finish it (Decree 118/2025, art. 8): an alert until they act."""
        found = self.dossier(dossier)
        unit = found.coming_to or found.holder_unit
        officer = "" if found.coming_to else found.holder_officer
        left = self.remaining_text(found)
        text = f"{self.site.unit_name(unit)} xử lý hồ sơ" + (f": {left}" if left else "")
        return self.act(found.id, ev.Remind(text=text, to_unit=unit, to_officer=officer))

    def export_due(self, query: DueQuery, folder: Path) -> Path:
        """The dossiers of a bucket as a CSV file (UTF-8 with BOM) in `folder`; the path of the file.

        Cells that a spreadsheet would take for a formula are quoted. Whole or not at all; OSError on trouble
        with the disk.
        """
        at = self.now
        rows = self.due_rows(query, at)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"giam-sat-{query.bucket}-{at:%Y%m%d-%H%M%S}.csv"
        handle, temporary = tempfile.mkstemp(prefix=".xuat-", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(_HEADER)
                writer.writerows(self._export_rows(rows, at))
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return path

    def _export_rows(self, rows: array[int], at: datetime) -> Iterator[list[str]]:
        for start in range(0, len(rows), _CHUNK):
            for line in self.lines(rows[start : start + _CHUNK]):
                officer = self.site.officer(line.holder_officer)
                cells = (
                    line.code,
                    line.short_id,
                    line.applicant,
                    line.procedure_code,
                    line.procedure,
                    line.field,
                    line.state.label,
                    self.site.unit_name(line.holder_unit),
                    officer.name if officer else line.holder_officer,
                    _moment(line.received_at),
                    _moment(line.due_at),
                    self.remaining_text(line, at),
                )
                yield [safe_cell(cell) for cell in cells]


def safe_cell(text: str) -> str:
    """`text` that no spreadsheet runs as a formula: one that begins like one gets an apostrophe in front."""
    stripped = clean(text)
    return (
        f"'{stripped}"
        if text.startswith(_FORMULA_STARTS) or stripped.startswith(_FORMULA_STARTS)
        else stripped
    )


def _moment(at: datetime | None) -> str:
    return f"{vietnam_time(at):%d/%m/%Y %H:%M}" if at else ""
