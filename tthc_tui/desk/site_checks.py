"""What is asked of a site file beyond the form of its values: names that exist, and days that leave nothing open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tthc_tui.core.calendar import WEEKDAYS
from tthc_tui.core.codes import CodeError, check_agency
from tthc_tui.core.dated import FOREVER, Dated, Named, nearest, together, unclear
from tthc_tui.core.site import HoursRule, Site

Fail = Callable[..., Exception]
"""Makes the error to raise: what is wrong, then where (table, number of the row, key)."""
_OFFICE_DAYS = range(5)  # a Saturday desk may end without another beginning


def check_site(site: Site, tables: Mapping[str, str], fail: Fail) -> None:
    """Raise what `fail` makes of the first thing that can't be right. `tables`: name in the file → list of the site."""
    if not site.name:
        raise fail("chưa có tên trung tâm", "centre", "name")
    _check_code(site.agency_code, fail, "centre", "agency_code")
    _check_days(site, tables, fail)
    for name, plural in tables.items():
        rows = getattr(site, plural)
        if all(isinstance(row, Named) for row in rows):
            _check_ids(name, rows, fail)
    _check_hours(site.hours, fail)
    _check_units(site, fail)
    _check_changes(site, fail)


def _check_units(site: Site, fail: Fail) -> None:
    """What one table says of a unit must be there."""
    units = {unit.id for unit in site.units}
    if site.unit not in units:
        raise fail(f"“unit” nêu đơn vị “{site.unit}” không có trong các mục [[unit]]", "centre", "unit")
    for n, unit in enumerate(site.units):
        if unit.code:
            _check_code(unit.code, fail, "unit", n, "code")
        if unit.parent and unit.parent not in units:
            raise fail(
                f"đơn vị cấp trên “{unit.parent}” không có trong các mục [[unit]]", "unit", n, "parent"
            )
    belongs = [("officer", n, officer.unit) for n, officer in enumerate(site.officers)]
    belongs += [("route", n, route.unit) for n, route in enumerate(site.routes)]
    belongs += [("step", n, step.unit) for n, step in enumerate(site.steps) if step.unit]
    for table, n, unit_id in belongs:
        if unit_id not in units:
            raise fail(f"đơn vị “{unit_id}” không có trong các mục [[unit]]", table, n, "unit")


def _check_days(site: Site, tables: Mapping[str, str], fail: Fail) -> None:
    """A row must begin to hold before it ceases to."""
    for name, plural in tables.items():
        for n, row in enumerate(getattr(site, plural)):
            if isinstance(row, Dated) and row.valid_from > row.valid_to:
                raise fail("“valid_to” ở trước “valid_from”", name, n, "valid_to")


def _check_code(code: str, fail: Fail, *loc: str | int) -> None:
    try:
        check_agency(code)
    except CodeError as error:
        raise fail(str(error).rstrip("."), *loc) from error


def _check_ids(name: str, rows: Sequence[Named], fail: Fail) -> None:
    """An id may stand in several rows, for one time after another; never twice on the same day."""
    above: dict[str, list[Named]] = {}
    for n, row in enumerate(rows):
        if not row.id:
            raise fail("“id” đang trống", name, n, "id")
        for other in above.setdefault(row.id, []):
            if both := together(row, other):
                raise fail(
                    f"“{row.id}” đã có ở mục [[{name}]] phía trên và cùng có hiệu lực {said_days(*both)}; "
                    "mỗi ngày chỉ một mục, hãy sửa “valid_from”, “valid_to”",
                    name,
                    n,
                    "id",
                )
        above[row.id].append(row)


def _check_hours(rules: Sequence[HoursRule], fail: Fail) -> None:
    """On every day it must be clear which office hours hold, and there must be some."""
    for n, rule in enumerate(rules):
        for other in rules[:n]:
            shared = set(rule.weekdays) & set(other.weekdays)
            both = together(rule, other)
            if both and shared and rule.field == other.field and unclear(rule, other):
                day = WEEKDAYS[min(shared)]
                raise fail(
                    f"giờ làm việc {day} {said_days(*both)} có hai mục cùng nêu, không rõ theo mục nào: "
                    "hãy sửa “valid_from”, “valid_to”",
                    "hours",
                    n,
                )
    for weekday in _OFFICE_DAYS:
        mine = [rule for rule in rules if not rule.field and weekday in rule.weekdays]
        for begin, end in holes(mine):
            last = nearest(mine, begin)
            raise fail(
                f"{WEEKDAYS[weekday]} {said_days(begin, end)} không có giờ làm việc nào: hãy thêm mục [[hours]] "
                "cho thời gian đó (nếu nghỉ thì sessions = [])",
                "hours",
                next(n for n, rule in enumerate(rules) if rule is last),
                "valid_to",
            )


def holes(rows: Sequence[Dated]) -> Iterator[tuple[date, date]]:
    """The stretches after the first row begins on which no row holds, first and last day."""
    reached: date | None = None  # the last day that is held without a hole
    for row in sorted(rows, key=lambda row: row.valid_from):
        if reached is not None and reached < FOREVER and row.valid_from > reached + timedelta(days=1):
            yield reached + timedelta(days=1), row.valid_from - timedelta(days=1)
        reached = max(row.valid_to, reached or row.valid_to)
    if reached is not None and reached < FOREVER:
        yield reached + timedelta(days=1), FOREVER


def _check_changes(site: Site, fail: Fail) -> None:
    """Changes must not contradict each other, and the wording must fit the forms on every day it holds."""
    _check_forms(site, fail, "forms")
    for n, change in enumerate(site.changes):
        if change.centre.get("name") == "":
            raise fail("chưa có tên trung tâm", "change", n, "centre", "name")
        if "agency_code" in change.centre:
            _check_code(change.centre["agency_code"], fail, "change", n, "centre", "agency_code")
        for other in site.changes[:n]:
            both = together(change, other)
            if both and unclear(change, other) and (path := _contradiction(change, other)):
                raise fail(
                    f"“{path[-1]}” {said_days(*both)} có hai mục [[change]] cùng đổi, không rõ theo mục nào: "
                    "hãy sửa “valid_from”, “valid_to”",
                    "change",
                    n,
                    *path,
                )
        # Each first day of a change is looked at with all that hold then.
        if change.forms:
            _check_forms(site.on(change.valid_from), fail, "change", n, "forms")


def _contradiction(one: Any, other: Any) -> tuple[str, ...]:
    """Where two changes say something different of the same thing; () where nowhere."""
    parts = [
        (name, getattr(one, name), getattr(other, name))
        for name in ("centre", "settings", "forms", "rights", "gateway")
    ]
    return next((path for name, a, b in parts if (path := _differs((name,), a, b))), ())


def _differs(path: tuple[str, ...], one: Any, other: Any) -> tuple[str, ...]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        shared = (key for key in one if key in other)
        return next((found for key in shared if (found := _differs((*path, key), one[key], other[key]))), ())
    return path if one != other else ()


def _check_forms(site: Site, fail: Fail, *loc: str | int) -> None:
    from tthc_tui.printing.forms import load_forms

    try:
        load_forms(site.forms)
    except ValueError as error:
        raise fail(str(error).rstrip("."), *loc) from error


def said_days(begin: date, end: date) -> str:
    """A stretch of days in Vietnamese."""
    if end == FOREVER:
        return f"từ ngày {begin:%d/%m/%Y} trở đi"
    return f"từ ngày {begin:%d/%m/%Y} đến ngày {end:%d/%m/%Y}" if begin != end else f"ngày {begin:%d/%m/%Y}"
