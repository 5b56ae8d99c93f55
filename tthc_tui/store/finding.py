"""Reading lists: hot paths, so Core statements that select just what a table shows."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    and_,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.codes import valid_short_id
from tthc_tui.core.states import State
from tthc_tui.core.text import fold
from tthc_tui.core.views import (
    DossierLine,
    DossierQuery,
    DueCounts,
    DueQuery,
    GroupCount,
    Overview,
    Thresholds,
)
from tthc_tui.store.dossiers import millis
from tthc_tui.store.tables import DossierRow

_D = DossierRow.__table__  # type: ignore[attr-defined]
_RUNNING: ColumnElement[Any] = literal_column(
    "running = 1 AND root = ''"
)  # to the letter what the partial index says, or it is not used
_CHILD: ColumnElement[Any] = literal_column("root <> ''")
_OPEN: ColumnElement[Any] = literal_column("open = 1")
_COMING: ColumnElement[Any] = literal_column("coming_to <> ''")
_GROUPS = {
    "unit": _D.c.holder_unit,
    "officer": _D.c.holder_officer,
    "field": _D.c.field_name,
    "procedure": _D.c.procedure_code,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(value: int | None) -> datetime | None:
    """Milliseconds of the file as an aware time in Vietnam's zone."""
    return None if value is None else (_EPOCH + timedelta(milliseconds=value)).astimezone(VIETNAM)


def due_counts(connection: Connection, at: Thresholds, unit: str = "") -> DueCounts:
    """How many running dossiers are overdue, due later today, and due soon."""
    now, today, risk = _limits(at)
    where = [_RUNNING, _D.c.due_at < max(today, risk)]
    if unit:
        where.append(_D.c.holder_unit == unit)
    row = connection.execute(select(*_bucket_sums(now, today, risk)).where(*where)).one()
    return DueCounts(row.overdue or 0, row.today or 0, row.at_risk or 0)


def due_groups(connection: Connection, at: Thresholds, by: str, unit: str = "") -> list[GroupCount]:
    """The same counts for each unit, officer, field or procedure, the worst group first."""
    now, today, risk = _limits(at)
    column = _GROUPS[by]
    where = [_RUNNING] + ([_D.c.holder_unit == unit] if unit else [])
    rows = connection.execute(
        select(column.label("key"), *_bucket_sums(now, today, risk), func.count().label("running"))
        .where(*where)
        .group_by(column)
    )
    groups = [GroupCount(r.key, r.overdue or 0, r.today or 0, r.at_risk or 0, r.running) for r in rows]
    return sorted(groups, key=lambda g: (-g.overdue, -g.today, -g.at_risk, g.key))


def due_rows(connection: Connection, at: Thresholds, query: DueQuery) -> array[int]:
    """The rows of running dossiers in a bucket, the longest overdue first."""
    now, today, risk = _limits(at)
    low, high = {
        "overdue": (None, now),
        "today": (now, today),
        "risk": (max(now, today), max(today, risk)),
        "all": (None, None),
    }[query.bucket]
    where: list[ColumnElement[Any]] = [_RUNNING]
    if low is not None:
        where.append(_D.c.due_at >= low)
    if high is not None:
        where.append(_D.c.due_at < high)
    if query.by:
        where.append(_GROUPS[query.by] == query.key)
    if query.unit:
        where.append(_D.c.holder_unit == query.unit)
    found = connection.execute(select(_D.c.row).where(*where).order_by(_D.c.due_at))
    # From the driver: twelve thousand rows of SQLAlchemy's own take longer than the query.
    return array("q", (row for (row,) in cast("Iterable[tuple[int]]", found.cursor)))


def lines(connection: Connection, rows: Sequence[int]) -> list[DossierLine]:
    """The lines of these rows, in the order asked; rows that are gone are left out."""
    columns = [_D.c[name] for name in _LINE_COLUMNS]
    found = {
        row.row: _line(row)
        for row in connection.execute(select(*columns).where(_D.c.row.in_([int(r) for r in rows])))
    }
    return [found[row] for row in rows if row in found]


def find(connection: Connection, query: DossierQuery) -> array[int]:
    """The rows of dossiers that answer `query`, the newest first, at most `query.limit`."""
    where = _filters(query)
    words = query.text.strip()
    if words:
        where.append(_text_filter(words))
    statement = select(_D.c.row).where(*where).order_by(_D.c.row.desc()).limit(query.limit)
    return array("q", connection.execute(statement).scalars())


def find_exact(connection: Connection, scanned: str) -> list[DossierLine]:
    """The dossiers a scanned or typed code names: official code, alias, short id or identity."""
    words = scanned.strip()
    rows = array(
        "q",
        connection.execute(
            select(_D.c.row)
            .where(or_(_D.c.code == words.upper(), _D.c.short_id == words, _D.c.id == words.lower()))
            .limit(10)
        ).scalars(),
    )
    if not rows and re.search(r"\d{6}-\d{4,}$", words):
        rows = array(
            "q", connection.execute(_search(["code"], [" ".join(_tokens(words))]).limit(10)).scalars()
        )
    return lines(connection, rows)


def overview(connection: Connection, at: Thresholds, unit: str) -> Overview:
    """The counts of the home screen for one unit."""
    day_start = at.now.astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
    states: dict[int, int] = dict(
        connection.execute(select(_D.c.state, func.count()).where(_OPEN).group_by(_D.c.state)).all()
    )
    children = select(_D.c.state, func.count()).where(_CHILD, _D.c.open == 1).group_by(_D.c.state)
    for state, number in connection.execute(children):  # a chain of dossiers is counted once, at its root
        states[state] -= number

    def count(*where: ColumnElement[Any]) -> int:
        return int(connection.execute(select(func.count()).select_from(_D).where(*where)).scalar_one())

    return Overview(
        due=due_counts(connection, at),
        states={State(state): number for state, number in states.items() if number},
        coming=count(_COMING, _D.c.coming_to == unit),
        received_today=count(_D.c.received_at >= millis(day_start), _D.c.root == ""),
        returned_today=count(
            _D.c.closed_at >= millis(day_start), _D.c.state == int(State.RETURNED), _D.c.root == ""
        ),
    )


_LINE_COLUMNS = (
    "row",
    "id",
    "short_id",
    "code",
    "state",
    "running",
    "applicant_name",
    "applicant_phone",
    "procedure_code",
    "procedure_name",
    "field_name",
    "holder_unit",
    "holder_officer",
    "coming_to",
    "received_at",
    "due_at",
    "closed_at",
    "handling_unit",
    "slip",
    "receiving_unit",
)


def _line(row: Any) -> DossierLine:
    return DossierLine(
        row.row,
        row.id,
        row.short_id,
        row.code,
        State(row.state),
        bool(row.running),
        row.applicant_name,
        row.applicant_phone,
        row.procedure_code,
        row.procedure_name,
        row.field_name,
        row.holder_unit,
        row.holder_officer,
        row.coming_to,
        instant(row.received_at),
        instant(row.due_at),
        instant(row.closed_at),
        row.handling_unit,
        row.slip,
        row.receiving_unit,
    )


def _limits(at: Thresholds) -> tuple[int, int, int]:
    return (
        round(at.now.timestamp() * 1000),
        round(at.today_end.timestamp() * 1000),
        round(at.at_risk_until.timestamp() * 1000),
    )


def _bucket_sums(now: int, today: int, risk: int) -> list[ColumnElement[Any]]:
    today = max(now, today)
    buckets = {
        "overdue": _D.c.due_at < now,
        "today": and_(_D.c.due_at >= now, _D.c.due_at < today),
        "at_risk": and_(_D.c.due_at >= today, _D.c.due_at < risk),
    }
    return [func.sum(type_coerce(found, Integer)).label(name) for name, found in buckets.items()]


def _filters(query: DossierQuery) -> list[ColumnElement[Any]]:
    where: list[ColumnElement[Any]] = [_OPEN] if query.open_only else []
    if query.states:
        where.append(_D.c.state.in_(sorted(int(state) for state in query.states)))
    for column, value in (
        (_D.c.holder_unit, query.unit),
        (_D.c.holder_officer, query.officer),
        (_D.c.field_name, query.field),
        (_D.c.procedure_code, query.procedure),
        (_D.c.slip, query.slip),
    ):
        if value:
            where.append(column == value)
    if query.coming_to:
        where += [_COMING, _D.c.coming_to == query.coming_to]
    if query.received_from:
        where.append(_D.c.received_at >= millis(query.received_from))
    if query.received_to:
        where.append(_D.c.received_at < millis(query.received_to))
    return where


def _text_filter(words: str) -> ColumnElement[Any]:
    digits = re.sub(r"[\s.]", "", words)
    if valid_short_id(digits):
        return or_(_D.c.short_id == digits, _D.c.applicant_number == digits)
    tokens = _tokens(words)
    if digits.isdigit():
        tokens = [digits]
    if not tokens:
        return literal_column("0")
    columns = ["name", "code", "phone", "number"]
    found: ColumnElement[Any] = _D.c.row.in_(_search(columns, tokens))
    return found


def _search(columns: list[str], tokens: list[str]) -> Any:
    asked = " ".join(f'"{token}"*' for token in tokens)
    return (
        select(literal_column("rowid"))
        .select_from(text("dossier_search"))
        .where(text("dossier_search MATCH :asked").bindparams(asked=f"{{{' '.join(columns)}}} : ({asked})"))
    )


def _tokens(words: str) -> list[str]:
    return re.findall(r"[0-9a-z]+", fold(words))


def field_names(connection: Connection) -> list[str]:
    """The fields that open dossiers belong to, for filters."""
    return sorted(connection.execute(select(_D.c.field_name).where(_RUNNING).distinct()).scalars())
