"""Rebuilding what is read from what was imported: the joined procedures by day and the lines of the list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from tthc_tui.core.duration import say_limit
from tthc_tui.core.procedure import Channel, Procedure
from tthc_tui.core.text import fold
from tthc_tui.store.catalog_join import body_of, join, version_of
from tthc_tui.store.catalog_records import RANK, Layer, Replacement
from tthc_tui.store.catalog_report import ImportReport
from tthc_tui.store.catalog_tables import EffectiveRow, ProcedureRow, RecordRow
from tthc_tui.store.overlay import Overlay, read_overlays
from tthc_tui.store.popular import words_of

_RECORD = RecordRow.__table__  # type: ignore[attr-defined]
_EFFECTIVE = EffectiveRow.__table__  # type: ignore[attr-defined]
_PROCEDURE = ProcedureRow.__table__  # type: ignore[attr-defined]

_MANY = 300  # codes in one statement
_ALWAYS = date.min


class _Record:
    """A kept record, parsed."""

    __slots__ = ("body", "first", "id", "layer", "version")

    def __init__(self, row: Any) -> None:
        self.id: int = row.id
        self.layer = Layer(row.layer)
        self.version: str = row.version
        self.first = date.fromisoformat(row.valid_from) if row.valid_from else _ALWAYS
        self.body: str = row.body


def dumped(replacements: Sequence[Replacement]) -> tuple[str, str]:
    """The JSON a record of replaced papers keeps, and its version."""
    body = json.dumps([asdict(replacement) for replacement in replacements], ensure_ascii=False)
    return body, hashlib.sha256(body.encode()).hexdigest()[:16]


def rebuild(
    connection: Connection,
    codes: Sequence[str],
    now: int,
    report: ImportReport | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Join these procedures anew and bring their lines in the list along.

    Versions that no longer hold are marked with `now` (ms since 1970 UTC), never deleted. Corrections that
    find nothing to correct any more are told in `report`.
    """
    for start in range(0, len(codes), _MANY):
        part = codes[start : start + _MANY]
        corrections = read_overlays(connection, part)
        old = _old(connection, part)
        gone = _gone(connection, part)
        effective: list[dict[str, Any]] = []
        lines: list[dict[str, Any]] = []
        stale: list[int] = []
        for code, records in _records(connection, part):
            built = list(_spans(code, records, corrections.get(code, []), report))
            if not built:
                continue
            wanted = {(row["from_day"], row["version"]) for _, row in built}
            stale += [number for key, number in old.get(code, {}).items() if key not in wanted]
            effective += [
                {**row, "made_at": now}
                for _, row in built
                if (row["from_day"], row["version"]) not in old.get(code, {})
            ]
            lines.append({**_line(built, records), "gone_at": gone.get(code)})
        _store(connection, part, effective, lines, stale, now)
        if progress:
            progress(min(start + _MANY, len(codes)), len(codes))


def _store(
    connection: Connection,
    codes: Sequence[str],
    effective: list[dict[str, Any]],
    lines: list[dict[str, Any]],
    stale: list[int],
    now: int,
) -> None:
    for start in range(0, len(stale), _MANY):
        chunk = stale[start : start + _MANY]
        connection.execute(update(_EFFECTIVE).where(_EFFECTIVE.c.id.in_(chunk)).values(superseded_at=now))
    if effective:
        connection.execute(insert(_EFFECTIVE), effective)
    if lines:
        connection.execute(delete(_PROCEDURE).where(_PROCEDURE.c.code.in_(codes)))
        connection.execute(insert(_PROCEDURE), lines)


def _records(connection: Connection, codes: Sequence[str]) -> Iterator[tuple[str, list[_Record]]]:
    query = select(_RECORD).where(_RECORD.c.code.in_(codes)).order_by(_RECORD.c.code, _RECORD.c.id)
    found: dict[str, list[_Record]] = {}
    for row in connection.execute(query):
        found.setdefault(row.code, []).append(_Record(row))
    yield from found.items()


def _old(connection: Connection, codes: Sequence[str]) -> dict[str, dict[tuple[str, str], int]]:
    query = select(_EFFECTIVE.c.id, _EFFECTIVE.c.code, _EFFECTIVE.c.from_day, _EFFECTIVE.c.version).where(
        _EFFECTIVE.c.code.in_(codes), _EFFECTIVE.c.superseded_at.is_(None)
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.code, {})[row.from_day, row.version] = row.id
    return found


def _gone(connection: Connection, codes: Sequence[str]) -> dict[str, int | None]:
    query = select(_PROCEDURE.c.code, _PROCEDURE.c.gone_at).where(_PROCEDURE.c.code.in_(codes))
    return {row.code: row.gone_at for row in connection.execute(query)}


def _spans(
    code: str, records: Sequence[_Record], corrections: Sequence[Overlay], report: ImportReport | None
) -> Iterator[tuple[Procedure, dict[str, Any]]]:
    """The procedure from each day on which something begins or ends; equal neighbours are one span."""
    days = {_ALWAYS, *(record.first for record in records)}
    for overlay in corrections:
        days |= {overlay.valid_from or _ALWAYS}
        if overlay.valid_to and overlay.valid_to < date.max:
            days.add(overlay.valid_to + timedelta(days=1))
    parsed: dict[int, Procedure] = {}
    lost: dict[int, Overlay] = {}
    last = ""
    for day in sorted(days):
        layers, replacements = _holding(records, day, parsed)
        if not layers:
            continue
        procedure, missing = join(
            {k: parsed[r.id] for k, r in layers.items()}, replacements, corrections, day
        )
        lost.update((overlay.id, overlay) for overlay in missing)
        version = version_of(procedure)
        if version == last:
            continue
        last = version
        same = next((record for record in layers.values() if record.version == version), None)
        yield (
            procedure,
            {
                "code": code,
                "from_day": "" if day == _ALWAYS else day.isoformat(),
                "version": version,
                "record": same.id if same else None,
                "body": "" if same else body_of(procedure),
            },
        )
    if report is not None and lost:
        report.doubt(code, [_lost(overlay) for overlay in lost.values()])


def _lost(overlay: Overlay) -> str:
    return (
        f"Sửa đổi của đơn vị cho phần “{overlay.part}” (nguồn: {overlay.source}) không còn chỗ áp dụng; "
        "sửa đổi vẫn được giữ, hãy kiểm tra."
    )


def _holding(
    records: Sequence[_Record], day: date, parsed: dict[int, Procedure]
) -> tuple[dict[Layer, _Record], list[Replacement]]:
    """The newest record of each layer that has begun by `day`; before all of them, the one that begins first."""
    newest: dict[Layer, _Record] = {}
    for record in records:
        before = newest.get(record.layer)
        if record.first <= day or before is None or (before.first > day and record.first < before.first):
            newest[record.layer] = record
    replaced = newest.pop(Layer.DATABASES, None)
    for record in newest.values():
        if record.id not in parsed:
            parsed[record.id] = Procedure.model_validate_json(record.body)
    rows = json.loads(replaced.body) if replaced else []
    return newest, [Replacement(**row) for row in rows]


def _line(built: Sequence[tuple[Procedure, dict[str, Any]]], records: Sequence[_Record]) -> dict[str, Any]:
    """The line of the list, from the procedure's last span: the list is for finding, not for deciding."""
    procedure = built[-1][0]
    layers = {record.layer for record in records}
    words = words_of(procedure.name)
    return {
        "code": procedure.code,
        "name": procedure.name,
        "short_name": procedure.short_name,
        "field_name": procedure.field_name,
        "spelled": " ".join(words),
        "folded": " ".join(fold(word) for word in words),
        "keywords": "\n".join(procedure.keywords),
        "limit_text": short_limit(procedure),
        "level": ", ".join(procedure.levels),
        "kind": procedure.kind,
        "layer": str(next(layer for layer in reversed(RANK) if layer in layers)),
    }


def short_limit(procedure: Procedure) -> str:
    """The limit a list shows: of the usual case and the counter; "theo mô tả" where it is only in words."""
    limit = procedure.limit_for(procedure.cases[0], Channel.DIRECT) if procedure.cases else procedure.limit
    limit = limit or next((term.limit for term in procedure.terms if term.limit), None)
    if limit is None:
        return "theo mô tả" if any(term.limit_text for term in procedure.terms) else ""
    text = say_limit(limit)
    differing = {case.limit for case in procedure.cases if case.limit} - {limit}
    return f"{text}…" if differing else text
