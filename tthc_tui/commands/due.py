"""`tthc overdue`: what is late, due today and at risk; once, or live."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.commands import values
from tthc_tui.commands.base import (
    AsJson,
    Session,
    clean_lines_keeping_layout,
    hour_day,
    iso,
    parse_time,
    show,
    table,
    unit_id,
)
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.views import DossierLine, DueQuery, GroupCount

if TYPE_CHECKING:
    from tthc_tui.desk import Desk


class Bucket(StrEnum):
    """Which running dossiers are listed."""

    OVERDUE = "overdue"
    TODAY = "today"
    RISK = "risk"
    ALL = "all"


class Group(StrEnum):
    """What the counts are grouped by."""

    UNIT = "unit"
    OFFICER = "officer"
    FIELD = "field"
    PROCEDURE = "procedure"


def overdue(
    ctx: typer.Context,
    at: Annotated[
        str, typer.Option("--at", metavar="LÚC", help="Xem tại một thời điểm thay cho bây giờ.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Cập nhật liên tục đến khi bấm Ctrl+C.")] = False,
    bucket: Annotated[
        Bucket, typer.Option("--bucket", help="Quá hạn, đến hạn hôm nay, sắp trễ hay tất cả.")
    ] = Bucket.OVERDUE,
    unit: Annotated[str, typer.Option("--unit", metavar="ĐƠN_VỊ", help="Chỉ một đơn vị đang giữ.")] = "",
    by: Annotated[
        Group, typer.Option("--by", help="Đếm theo đơn vị, cán bộ, lĩnh vực hay thủ tục.")
    ] = Group.UNIT,
    limit: Annotated[int, typer.Option("--limit", min=0, max=100_000, help="Số hồ sơ liệt kê tối đa.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Hồ sơ quá hạn, đến hạn hôm nay, sắp trễ. Xem một lần, hoặc liên tục với --watch."""
    session: Session = ctx.obj
    fixed = parse_time(at) if at else None
    with session.desk() as desk:
        query = DueQuery(bucket=str(bucket), unit=unit_id(desk, unit) if unit else "")
        if watch:
            _watch(desk, query, by, limit, as_json)
            return
        data, text = snapshot(desk, query, by, limit, fixed)
    show(as_json, data, text)


def snapshot(
    desk: Desk, query: DueQuery, by: Group, limit: int, at: datetime | None = None
) -> tuple[dict[str, Any], str]:
    """The monitor at one moment (now if not given), as data and as text."""
    moment = vietnam_time(at) if at else desk.now
    groups = desk.due_groups(str(by), query.unit, moment)
    rows = desk.due_rows(query, moment)
    lines = desk.lines(rows[:limit])
    totals = {
        "overdue": sum(group.overdue for group in groups),
        "today": sum(group.today for group in groups),
        "at_risk": sum(group.at_risk for group in groups),
    }
    named = [(desk.site.unit_name(g.key) if by is Group.UNIT else g.key, g) for g in groups]
    data = {
        "at": iso(moment),
        **totals,
        "bucket": query.bucket,
        "count": len(rows),
        "groups": [
            {
                "key": g.key,
                "name": name,
                "overdue": g.overdue,
                "today": g.today,
                "at_risk": g.at_risk,
                "running": g.running,
            }
            for name, g in named
        ],
        "dossiers": [values.line(desk, line, moment) for line in lines],
    }
    text = _as_text(desk, moment, totals, named, lines)
    if len(rows) > len(lines):
        text += f"\n… và {len(rows) - len(lines)} hồ sơ nữa (thêm --limit)."
    return data, text


def _as_text(
    desk: Desk,
    moment: datetime,
    totals: Mapping[str, int],
    named: Sequence[tuple[str, GroupCount]],
    lines: Sequence[DossierLine],
) -> str:
    head = f"{hour_day(moment)}  Quá hạn {totals['overdue']} · Hôm nay {totals['today']} · Sắp trễ {totals['at_risk']}"
    counts = [("Nhóm", "Quá hạn", "Hôm nay", "Sắp trễ", "Đang giải quyết")]
    counts += [
        (name or "–", str(g.overdue), str(g.today), str(g.at_risk), str(g.running)) for name, g in named
    ]
    late = [
        (
            line.code or line.short_id,
            line.applicant,
            line.procedure,
            desk.site.unit_name(line.holder_unit),
            hour_day(line.due_at),
            desk.remaining_text(line, moment),
        )
        for line in lines
    ]
    parts = [head, "", table(counts, (48, 0, 0, 0, 0)), "", table(late, (26, 22, 30, 26, 0, 0))]
    return "\n".join(parts).rstrip()


def _watch(desk: Desk, query: DueQuery, by: Group, limit: int, as_json: bool) -> None:
    """Again each second: redrawn on a terminal; elsewhere a line whenever something changed."""
    live, before = sys.stdout.isatty() and not as_json, None
    try:
        while True:
            data, text = snapshot(desk, query, by, limit)
            seen = (data["overdue"], data["today"], data["at_risk"], [d["id"] for d in data["dossiers"]])
            if live:
                sys.stdout.write("\x1b[H\x1b[2J" + clean_lines_keeping_layout(text) + "\n")
            elif seen != before:
                print(json.dumps(data, ensure_ascii=False) if as_json else text.split("\n")[0])
            sys.stdout.flush()
            before = seen
            time.sleep(1)
    except KeyboardInterrupt:
        return


COMMANDS = {("", "overdue"): overdue}
