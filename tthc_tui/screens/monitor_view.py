"""What the overdue monitor asks and how it says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tthc_tui.core.views import DueQuery, GroupCount
from tthc_tui.widgets.rowlist import Column, Row

if TYPE_CHECKING:
    from tthc_tui.desk import Desk

BUCKETS = (("overdue", "Quá hạn"), ("today", "Hôm nay"), ("risk", "Sắp trễ"), ("all", "Tất cả"))
GROUPS = (
    ("", "từng hồ sơ"),
    ("unit", "đơn vị"),
    ("officer", "cán bộ"),
    ("field", "lĩnh vực"),
    ("procedure", "thủ tục"),
)
FRESH_SECONDS = 15
READ_AGAIN_SECONDS = 10  # nothing changed since: read once more, so that "fresh" is true
GROUP_COLUMNS = (
    Column("Nhóm", least=16),
    Column("Quá hạn", 8, right=True),
    Column("Hôm nay", 8, right=True),
    Column("Sắp trễ", 8, right=True),
    Column("Đang xử lý", 10, right=True),
)


@dataclass(frozen=True)
class Asked:
    """What is on screen: a bucket, how it is grouped, the group drilled into."""

    bucket: str = "overdue"
    by: str = ""
    key: str | None = None  # None: the groups themselves
    faults: bool = True

    @property
    def grouped(self) -> str:
        """How to group, "" where dossiers are shown."""
        return self.by if self.key is None else ""

    @property
    def query(self) -> DueQuery:
        """The dossiers asked for."""
        if self.key is None:
            return DueQuery(self.bucket)
        return DueQuery(self.bucket, by=self.by, key=self.key)


def wanted_group(group: GroupCount, asked: Asked) -> bool:
    """Whether a group belongs to the bucket on screen."""
    if not asked.faults:
        return True
    counts = {"overdue": group.overdue, "today": group.today, "risk": group.at_risk}
    return bool(counts.get(asked.bucket, group.overdue + group.today + group.at_risk))


def group_row(name: str, group: GroupCount) -> Row:
    """One group as a row."""
    cells = (name, *(grouped_number(n) for n in (group.overdue, group.today, group.at_risk, group.running)))
    state = "overdue" if group.overdue else "today" if group.today else "risk" if group.at_risk else "normal"
    return Row(group.key, cells, state)


def age_seconds(at: datetime, now: datetime) -> int:
    """Whole seconds since a reading."""
    return max(int((now - at).total_seconds()), 0)


def age_words(at: datetime, now: datetime) -> str:
    """How old a reading is: "mới đọc", "đọc 35 giây trước", "đọc 3 phút trước"."""
    seconds = age_seconds(at, now)
    if seconds < FRESH_SECONDS:
        return "mới đọc"
    return f"đọc {seconds} giây trước" if seconds < 120 else f"đọc {seconds // 60} phút trước"


def grouped_number(count: int) -> str:
    """12000 as "12.000"."""
    return f"{count:,}".replace(",", ".")


def exported(desk: Desk, query: DueQuery, folder: Path) -> tuple[Path | None, str]:
    """The file, or why the disk did not take it; runs in a thread."""
    try:
        return desk.export_due(query, folder), ""
    except OSError as error:
        return None, "ổ đĩa đầy hoặc không có quyền ghi" if error.errno in (13, 28, 30) else str(
            error.strerror
        )
