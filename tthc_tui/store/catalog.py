"""The catalogue of procedures in the store: imports, versions, corrections of the site.

Every record of every source is kept as it came (`procedure_record`), old versions too. What officers see is
joined from them (see `catalog_join.join`) whenever something changes and kept with the day it holds from
(`procedure_effective`), because a dossier names the version it was received under.
All functions work inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.procedure import Procedure
from tthc_tui.store.catalog_join import body_of, version_of
from tthc_tui.store.catalog_records import (
    CatalogError,
    Layer,
    ParsedProcedure,
    ParsedReplacement,
    Replacement,
    Skipped,
)
from tthc_tui.store.catalog_report import ImportReport
from tthc_tui.store.catalog_source import read_source, shipped_catalog
from tthc_tui.store.catalog_tables import EffectiveRow, ImportRow, OverlayRow, ProcedureRow, RecordRow
from tthc_tui.store.catalog_views import dumped, rebuild
from tthc_tui.store.driver import first
from tthc_tui.store.overlay import Overlay, check_overlay, cleaned, insert_overlay, read_overlays
from tthc_tui.store.search_kept import keep_parts

__all__ = [
    "CatalogError",
    "ImportReport",
    "Overlay",
    "get_procedure",
    "get_version",
    "import_catalog",
    "overlays",
    "read_source",
    "remove_overlay",
    "set_overlay",
    "shipped_catalog",
    "store_records",
]

_RECORD = RecordRow.__table__  # type: ignore[attr-defined]
_EFFECTIVE = EffectiveRow.__table__  # type: ignore[attr-defined]
_BODY_OF = (
    "SELECT e.version, coalesce(nullif(e.body, ''), r.body) FROM procedure_effective AS e"
    " LEFT JOIN procedure_record AS r ON r.id = e.record WHERE e.code = ?"
)
_IN_FORCE = f"{_BODY_OF} AND e.superseded_at IS NULL AND e.from_day <= ? ORDER BY e.from_day DESC LIMIT 1"
_FIRST_OF_ALL = f"{_BODY_OF} AND e.superseded_at IS NULL ORDER BY e.from_day LIMIT 1"
_PROCEDURE = ProcedureRow.__table__  # type: ignore[attr-defined]
_OVERLAY = OverlayRow.__table__  # type: ignore[attr-defined]
_IMPORT = ImportRow.__table__  # type: ignore[attr-defined]

Progress = Callable[[int, int], None]
_MANY = 500  # rows in one statement


def import_catalog(
    connection: Connection, paths: Sequence[Path], at: datetime, progress: Progress | None = None
) -> ImportReport:
    """Read every source first, then write them all; the report says what was doubtful.

    `at` is aware. `progress(done, total)` counts procedures. Raises CatalogError before anything is written;
    importing the same files again changes nothing. A procedure that a full index no longer lists stays, marked
    as no longer in force.
    """
    report = ImportReport(sources=[path.name for path in paths])
    records, replacements = _collect(paths, report)
    return store_records(connection, records, replacements, at, report, progress)


def store_records(
    connection: Connection,
    records: dict[tuple[Layer, str], ParsedProcedure],
    replacements: dict[str, list[Replacement]],
    at: datetime,
    report: ImportReport,
    progress: Progress | None = None,
) -> ImportReport:
    """Keep records that were read already, one of a layer and code; what officers see follows."""
    now, today = round(at.timestamp() * 1000), vietnam_time(at).date()
    touched = _write_records(connection, records, replacements, now, today, report)
    gone = _mark_gone(connection, records, now, report)
    rebuild(connection, touched, now, report, progress)
    _set_gone(connection, gone)
    keep_parts(connection)
    report.procedures = connection.execute(select(func.count()).select_from(_PROCEDURE)).scalar_one()
    connection.execute(
        insert(_IMPORT), {"at": now, "sources": "\n".join(report.sources), "report": report.to_json()}
    )
    return report


def _collect(
    paths: Sequence[Path], report: ImportReport
) -> tuple[dict[tuple[Layer, str], ParsedProcedure], dict[str, list[Replacement]]]:
    records: dict[tuple[Layer, str], ParsedProcedure] = {}
    replacements: dict[str, list[Replacement]] = {}
    for path in paths:
        for item in read_source(path):
            if isinstance(item, Skipped):
                report.skipped.append(item.path.name)
            elif isinstance(item, ParsedReplacement):
                report.read[Layer.DATABASES] = report.read.get(Layer.DATABASES, 0) + 1
                known = replacements.setdefault(item.code, [])
                if item.replacement not in known:
                    known.append(item.replacement)
            else:
                report.read[item.layer] = report.read.get(item.layer, 0) + 1
                _keep(records, item, report)
    if not records and not replacements:
        raise CatalogError(paths[0] if paths else Path("."), "không có thủ tục nào để nhập")
    return records, replacements


def _keep(
    records: dict[tuple[Layer, str], ParsedProcedure], item: ParsedProcedure, report: ImportReport
) -> None:
    """Of two records of one code and layer the later update of the portal wins, else the later line."""
    key = (item.layer, item.procedure.code)
    before = records.get(key)
    report.doubt(item.procedure.code, item.procedure.doubts)
    if before is None or before.procedure == item.procedure:
        records[key] = item
        return
    if item.layer is Layer.CATALOG:
        raise CatalogError(
            item.path,
            f"mã {item.procedure.code} đã có ở tệp “{before.path.name}”, dòng {before.line}",
            item.line,
        )
    kept = item if item.changed >= before.changed else before
    records[key] = kept
    doubt = f"Nguồn có hai bản ghi khác nhau cùng mã; dùng bản cập nhật sau (tệp “{kept.path.name}”, dòng {kept.line})."
    report.doubt(item.procedure.code, [doubt])


def _write_records(
    connection: Connection,
    records: dict[tuple[Layer, str], ParsedProcedure],
    replacements: dict[str, list[Replacement]],
    now: int,
    today: date,
    report: ImportReport,
) -> list[str]:
    known = _newest_versions(connection)
    rows: list[dict[str, Any]] = []
    for (layer, code), item in records.items():
        first = item.procedure.valid_from
        row: dict[str, Any] = {
            "version": version_of(item.procedure),
            "body": body_of(item.procedure),
            "source": item.path.name,
        }
        rows.append(
            {**row, "code": code, "layer": str(layer), "valid_from": first.isoformat() if first else ""}
        )
    for code, found in replacements.items():
        body, version = dumped(found)
        row = {"version": version, "body": body, "source": "Nghị quyết 66.7/2025/NQ-CP"}
        rows.append({**row, "code": code, "layer": str(Layer.DATABASES), "valid_from": ""})
    new = [row for row in rows if known.get((row["code"], row["layer"])) != row["version"]]
    for row in new:
        before = (row["code"], row["layer"]) in known
        row["imported_at"] = now
        row["valid_from"] = row["valid_from"] or (today.isoformat() if before else "")
        report.changed += before
        report.added += not before
    report.unchanged = len(rows) - len(new)
    _supersede(
        connection, [(row["code"], row["layer"]) for row in new if (row["code"], row["layer"]) in known], now
    )
    for start in range(0, len(new), _MANY):
        connection.execute(insert(_RECORD), new[start : start + _MANY])
    return list(dict.fromkeys(row["code"] for row in new))


def _newest_versions(connection: Connection) -> dict[tuple[str, str], str]:
    newest = select(_RECORD.c.code, _RECORD.c.layer, _RECORD.c.version).order_by(_RECORD.c.id)
    return {(row.code, row.layer): row.version for row in connection.execute(newest)}


def _supersede(connection: Connection, keys: Sequence[tuple[str, str]], now: int) -> None:
    for code, layer in keys:
        connection.execute(
            update(_RECORD)
            .where(_RECORD.c.code == code, _RECORD.c.layer == layer, _RECORD.c.superseded_at.is_(None))
            .values(superseded_at=now)
        )


def _mark_gone(
    connection: Connection, records: dict[tuple[Layer, str], ParsedProcedure], now: int, report: ImportReport
) -> dict[str, int | None]:
    """Which procedures a full index no longer lists (code → now) or lists again (code → None).

    An index of less than half the rows known before is taken as a part of the list: nothing is marked then.
    """
    listed = {code for layer, code in records if layer is Layer.INDEX}
    if not listed:
        return {}
    imported = select(_RECORD.c.code, _RECORD.c.layer).where(
        _RECORD.c.layer.in_((Layer.INDEX, Layer.PORTAL)), _RECORD.c.imported_at < now
    )
    before: dict[str, set[str]] = {}
    for row in connection.execute(imported):
        before.setdefault(row.code, set()).add(row.layer)
    marked = {
        row.code
        for row in connection.execute(select(_PROCEDURE.c.code).where(_PROCEDURE.c.gone_at.is_not(None)))
    }
    indexed = {code for code, layers in before.items() if Layer.INDEX in layers} - marked
    if len(listed) * 2 < max(len(indexed), len(before) if not indexed else 0):
        report.general.append(
            f"Danh mục chỉ có {len(listed)} thủ tục, ít hơn nửa số đã có ({max(len(indexed), len(before))}); "
            "coi là danh mục một phần, không đánh dấu thủ tục nào hết hiệu lực."
        )
        return dict.fromkeys(sorted(marked & listed))
    fresh = {code for layer, code in records if layer in (Layer.PORTAL, Layer.CATALOG)}
    report.gone = sorted(before.keys() - listed - marked - fresh)
    report.back = sorted(marked & listed)
    return {**dict.fromkeys(report.gone, now), **dict.fromkeys(report.back)}


def _set_gone(connection: Connection, gone: dict[str, int | None]) -> None:
    for code, when in gone.items():
        connection.execute(update(_PROCEDURE).where(_PROCEDURE.c.code == code).values(gone_at=when))


def get_procedure(connection: Connection, code: str, on: date) -> Procedure | None:
    """The procedure as it holds on a day, corrections applied; None where the code is unknown.

    A day before the first known version gets the first one. `version` is set: what a dossier remembers.
    """
    wanted = (code.strip(), on.isoformat())
    row = first(connection, _IN_FORCE, wanted) or first(connection, _FIRST_OF_ALL, wanted[:1])
    return _read(*row) if row else None


def get_version(connection: Connection, code: str, version: str) -> Procedure | None:
    """The procedure exactly as it was under `version`, whatever was imported or corrected since."""
    row = first(connection, f"{_BODY_OF} AND e.version = ? LIMIT 1", (code.strip(), version))
    return _read(*row) if row else None


@lru_cache(maxsize=64)  # frozen values: the same procedures are asked for all day
def _read(version: str, body: str) -> Procedure:
    return Procedure.model_validate_json(body).model_copy(update={"version": version})


def overlays(connection: Connection, code: str) -> list[Overlay]:
    """The site's corrections of a procedure that were not taken off, oldest first, whatever their days."""
    return read_overlays(connection, [code.strip()]).get(code.strip(), [])


def set_overlay(
    connection: Connection,
    code: str,
    part: str,
    value: Any,
    *,
    source: str,
    author: str,
    at: datetime,
    legal_basis: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Overlay:
    """Correct one part of a procedure here (see `overlay` for the names of parts; `value` is plain JSON data).

    Replaces the correction of the same part from the same day. Raises Refused with a Vietnamese sentence: unknown
    procedure or part, a value of the wrong kind, no source, a paper outside the published list without a legal
    basis (Decree 118/2025, art. 6: nothing may be demanded that the law does not ask for).
    """
    code, now, today = code.strip(), round(at.timestamp() * 1000), vietnam_time(at).date()
    day = max(valid_from or today, today)
    procedure = get_procedure(connection, code, day)
    if procedure is None:
        raise Refused(f"Không có thủ tục mã {code}.", "unknown_procedure")
    overlay = Overlay(
        id=0,
        code=code,
        part=part,
        value=cleaned(value),
        source=source,
        legal_basis=legal_basis,
        valid_from=valid_from,
        valid_to=valid_to,
        author=author,
        at=vietnam_time(at),
    )
    check_overlay(procedure, overlay)
    number = insert_overlay(connection, overlay, at_ms=now)
    rebuild(connection, [code], now)
    keep_parts(connection)
    return next(found for found in overlays(connection, code) if found.id == number)


def remove_overlay(connection: Connection, overlay_id: int, *, author: str, at: datetime) -> bool:
    """Take a correction off; it stays in the file, marked. False where there is none such."""
    now = round(at.timestamp() * 1000)
    found = connection.execute(
        update(_OVERLAY)
        .where(_OVERLAY.c.id == overlay_id, _OVERLAY.c.removed_at.is_(None))
        .values(removed_at=now, removed_by=cleaned(author))
        .returning(_OVERLAY.c.code)
    ).first()
    if found is None:
        return False
    rebuild(connection, [found.code], now)
    keep_parts(connection)
    return True
