"""Joining a backend: what a file that worked alone would bring along, and what of it a code covers."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from tthc_tui.core import wire
from tthc_tui.core.base import vietnam_time
from tthc_tui.store.driver import column, rows, scalar

Part = tuple[str, str]
"""Unit and officer; no officer: dossiers were sent to the unit."""

_ALONE = (
    "WITH alone AS MATERIALIZED (SELECT dossier, unit, officer, at, body FROM event"
    " WHERE status = 'confirmed' AND place IS NULL),"
    " parts AS (SELECT dossier, unit, officer, at FROM alone UNION ALL"
    " SELECT dossier, json_extract(body, '$.to_unit'), '', at FROM alone"
    " WHERE json_extract(body, '$.to_unit') <> '') "
)
_HISTORY = (
    _ALONE + "SELECT unit, officer, min(at), max(at) FROM parts GROUP BY unit, officer ORDER BY unit, officer"
)
_OF_PARTS = (
    _ALONE
    + "SELECT DISTINCT dossier FROM parts WHERE json_array(unit, officer) IN (SELECT value FROM json_each(?))"
)


@dataclass(frozen=True, slots=True)
class Left:
    """What a code does not cover: the parts of the history, and the dossiers they touch with all their events."""

    plan: wire.JoinPlan
    outside: tuple[str, ...]  # units that are not the code's, nor below it
    unknown_units: tuple[str, ...]
    unknown_officers: tuple[str, ...]
    dossiers: frozenset[str]
    events: int


def history(connection: Connection) -> tuple[wire.Acted, ...]:
    """Who acted for whom in what no backend has yet, and where dossiers were sent."""
    return tuple(
        wire.Acted(unit=unit, officer=officer, first=_day(first), last=_day(last))
        for unit, officer, first, last in rows(connection, _HISTORY)
    )


def left_out(connection: Connection, acted: tuple[wire.Acted, ...], plan: wire.JoinPlan) -> Left | None:
    """What would not be taken; None where everything would."""
    bad = [(part, reason) for part, reason in zip(acted, plan.reasons, strict=True) if reason]
    if not bad:
        return None
    dossiers = touched(connection, [(part.unit, part.officer) for part, _ in bad])
    events = scalar(
        connection,
        "SELECT count(*) FROM event WHERE status = 'confirmed' AND place IS NULL"
        " AND dossier IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(dossiers)),),
    )
    units = {
        reason: tuple(sorted({p.unit for p, why in bad if why == reason})) for reason in ("scope", "unit")
    }
    officers = tuple(sorted({part.officer for part, why in bad if why == "officer"}))
    return Left(plan, units["scope"], units["unit"], officers, dossiers, int(events or 0))


def touched(connection: Connection, parts: Collection[Part]) -> frozenset[str]:
    """The dossiers no backend has yet in which one of these acted, or that were sent to one of these units."""
    asked = json.dumps([json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in parts])
    return frozenset(column(connection, _OF_PARTS, (asked,)))


def _day(at: int) -> date:
    return vietnam_time(datetime.fromtimestamp(at / 1000, UTC)).date()
