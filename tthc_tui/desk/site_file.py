"""The site file (docs/site.md): one centre as a TOML file that people edit; read, checked, written back."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from tthc_tui.core.base import Refused
from tthc_tui.core.codes import check_agency
from tthc_tui.core.dated import FOREVER
from tthc_tui.core.hours import parse_sessions
from tthc_tui.core.site import Change, HoursRule, Site
from tthc_tui.core.text import clean
from tthc_tui.desk.site_checks import check_site
from tthc_tui.desk.site_tables import CsvTable, CsvTrouble, read_table, write_table

FORMAT = 1
WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_TABLES = {
    "unit": "units",
    "officer": "officers",
    "counter": "counters",
    "route": "routes",
    "hours": "hours",
    "exception": "exceptions",
    "pause_reason": "pause_reasons",
    "closing_reason": "closing_reasons",
    "step": "steps",
    "appointment": "appointments",
    "result_limit": "result_limits",
    "tariff": "tariffs",
    "exemption": "exemptions",
    "notice": "notices",
    "change": "changes",
}
"""[[table]] of the file → list of the site."""
_NESTED = ("change",)
"""Tables whose rows hold tables: they stand in the site file itself, never as CSV."""
_CENTRE = ("name", "parent", "place", "agency_code", "unit")
_PLAIN = tuple(name for name in Site.model_fields if name not in (*_CENTRE, *_TABLES.values()))
"""Single [tables], under their own names: settings, keymap, …"""
_SECRET = ("pin_hash", "token")
_ASKED = {"missing": "thiếu “{key}”", "extra_forbidden": "có từ lạ “{key}”", "enum": "“{key}” có giá trị lạ"}


class SiteFileError(Refused):
    """A site file can't be read; `reason` is one Vietnamese sentence with file and line."""

    def __init__(self, path: Path, problem: str, line: int | None = None) -> None:
        where = f"Tệp “{path.name}”" + (f", dòng {line}" if line else "")
        super().__init__(f"{where}: {problem}; chưa thay đổi gì, hãy sửa tệp rồi làm lại.", "site_file")
        self.line = line


def read_site_file(path: Path) -> Site:
    """The centre a site file describes; SiteFileError (Refused) with file and line for anything wrong."""
    try:
        if not path.is_file():  # a device has no end
            raise OSError(path)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SiteFileError(
            path, "không đọc được tệp (không có, thiếu quyền hoặc không phải UTF-8)"
        ) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else len(text.splitlines()) or 1
        raise SiteFileError(path, "không đúng cú pháp TOML", line) from error
    lines = _Lines(text)

    tables: dict[str, CsvTable] = {}

    def fail(problem: str, *loc: str | int) -> SiteFileError:
        table = tables.get(str(loc[0])) if loc else None
        if table is None:
            return SiteFileError(path, problem, lines.find(loc))
        number = next((part for part in loc if isinstance(part, int)), -1)
        return SiteFileError(table.path, problem, table.lines[number] if number >= 0 else 1)

    if data.pop("format", None) != FORMAT:
        raise SiteFileError(path, f"thiếu dòng “format = {FORMAT}” hoặc định dạng mới hơn chương trình", 1)
    known = {"centre", "csv", *_PLAIN, *_TABLES}
    if extra := next((key for key in data if key not in known), None):
        raise fail(f"có từ lạ “{clean(extra)[:40]}”", extra)
    for name, table in _csv_tables(data, path, fail).items():
        tables[name], data[name] = table, table.rows
    try:
        site = Site.model_validate(_shaped(data, fail))
    except ValidationError as error:
        first = error.errors()[0]
        loc = tuple(_SINGULAR.get(str(part), part) if n == 0 else part for n, part in enumerate(first["loc"]))
        if part := first.get("ctx", {}).get("key"):
            loc = (*loc, part)
        key = next((part for part in reversed(loc) if isinstance(part, str)), "centre")
        said = _ASKED.get(first["type"], "giá trị của “{key}” không đúng dạng").format(key=key)
        raise fail(said, *loc) from error
    check_site(site, _TABLES, fail)
    return keep_pins(site.model_copy(update={"agency_code": check_agency(site.agency_code)}), None)


def _csv_tables(data: dict[str, Any], path: Path, fail: Fail) -> dict[str, CsvTable]:
    """The tables that `[csv]` says stand in files beside the site file."""
    named = data.pop("csv", {})
    if not isinstance(named, Mapping):
        raise fail("mục “csv” phải viết là [csv]", "csv")
    found: dict[str, CsvTable] = {}
    for name, file in named.items():
        if name not in _TABLES or name in _NESTED or not isinstance(file, str) or not file:
            raise fail(f"[csv] không có bảng “{clean(str(name))[:40]}” hoặc thiếu tên tệp", "csv", name)
        if name in data:
            raise fail(f"bảng “{name}” vừa ở [csv] vừa ở [[{name}]]: hãy bỏ một nơi", "csv", name)
        place = path.parent / file
        try:
            found[name] = read_table(place, _columns(name))
        except CsvTrouble as trouble:
            raise SiteFileError(place, trouble.problem, trouble.line) from trouble
    return found


def _columns(name: str) -> list[str]:
    """The columns a table can have."""
    rows = Site.model_fields[_TABLES[name]].annotation
    return list(get_args(rows)[0].model_fields)


def write_site_file(site: Site, path: Path, *, pins: bool = False, tables: bool = False) -> list[Path]:
    """Write a centre so that `read_site_file` gives it back; the files written, the site file first.

    PIN hashes and the gateway's token go in only where `pins` asks for them. `tables`: every table of rows
    goes into a CSV file of its own beside it. Each file is replaced whole or not at all; OSError when it
    can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside: dict[str, str] = {}
    if tables:
        for name, rows in _row_tables(site, pins).items():
            if name in _NESTED:
                continue
            beside[name] = f"{path.stem}-{name}.csv"
            write_table(path.with_name(beside[name]), _columns(name), rows)
    handle, temporary = tempfile.mkstemp(prefix=".site-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(site_file_text(site, pins=pins, beside=beside))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return [path, *(path.with_name(file) for file in beside.values())]


def _row_tables(site: Site, pins: bool) -> dict[str, list[dict[str, Any]]]:
    """The tables that have rows, each row without what stands at its default."""
    data = site.model_dump(mode="json", exclude_defaults=True)
    found = {}
    for name, plural in _TABLES.items():
        rows = [_hours_row(rule) for rule in site.hours] if name == "hours" else data.get(plural, [])
        if rows:
            found[name] = [_open(row, pins) for row in rows]
    return found


def site_file_text(site: Site, *, pins: bool = False, beside: Mapping[str, str] | None = None) -> str:
    """The site file of a centre, one [[table]] a row; what stands at its default is left out.

    `beside` names the tables that stand in CSV files.
    """
    beside = beside or {}
    data = site.model_dump(mode="json", exclude_defaults=True)
    whole = site.model_dump(mode="json")
    head, parts = [f"format = {FORMAT}"], [_table("[centre]", {name: whole[name] for name in _CENTRE})]
    parts += [_table(f"[{name}]", _open(data[name], pins)) for name in _PLAIN if data.get(name)]
    parts += [_table("[csv]", beside)] if beside else []
    kept = _row_tables(site, pins)
    for name, plural in _TABLES.items():
        if plural in data and not data[plural]:
            head.append(f"{name} = []")
        if name not in beside:
            parts += [_nested(name, row) for row in kept.get(name, [])]
    return "\n\n".join(["\n".join(head), *parts]) + "\n"


def _open(row: Mapping[str, Any], secrets: bool) -> dict[str, Any]:
    """A table without its secrets, unless they are asked for."""
    kept = {key: value for key, value in row.items() if secrets or key not in _SECRET}
    if isinstance(kept.get("gateway"), Mapping):
        kept["gateway"] = _open(kept["gateway"], secrets)
    return kept


def _nested(name: str, row: Mapping[str, Any]) -> str:
    """A row with its tables below it, each under a header of its own."""
    parts = {key: value for key, value in row.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in row.items() if key not in parts}
    below = [_table(f"[{name}.{_key(key)}]", value) for key, value in parts.items()]
    return "\n".join([_table(f"[[{name}]]", plain), *below])


def _table(header: str, values: Mapping[str, Any]) -> str:
    return "\n".join([header, *(f"{_key(key)} = {_toml(v)}" for key, v in values.items() if v is not None)])


def _toml(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_toml(part)}" for key, part in value.items() if part is not None)
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def keep_pins(new: Site, old: Site | None) -> Site:
    """The new centre with the PINs officers already chose and the gateway's token, where the file has none.

    A PIN is the person's: every row of an id has the same one.
    """
    if old is None:
        old = new
    pins = {officer.id: officer.pin_hash for officer in (*old.officers, *new.officers) if officer.pin_hash}
    officers = tuple(
        officer.model_copy(update={"pin_hash": pins.get(officer.id, "")}) for officer in new.officers
    )
    gateway = new.gateway
    if not gateway.token and gateway.url == old.gateway.url:
        gateway = gateway.model_copy(update={"token": old.gateway.token})
    changes = tuple(_with_token(change, old.changes) for change in new.changes)
    return new.model_copy(update={"officers": officers, "gateway": gateway, "changes": changes})


def _with_token(change: Change, old: Sequence[Change]) -> Change:
    """A change of the gateway with the token it had, where the file has none for the same address."""
    part = change.gateway
    known = [
        one.gateway["token"]
        for one in old
        if one.gateway.get("token") and one.gateway.get("url") == part.get("url")
    ]
    if not part or "token" in part or not known:
        return change
    return change.model_copy(update={"gateway": {**part, "token": known[-1]}})


_SINGULAR = {plural: name for name, plural in _TABLES.items()}
Fail = Callable[..., SiteFileError]


def _hours_row(rule: HoursRule) -> dict[str, Any]:
    row: dict[str, Any] = {
        "valid_from": rule.valid_from,
        "weekdays": [WEEKDAYS[day] for day in rule.weekdays],
        "sessions": [f"{session.start:%H:%M}-{session.end:%H:%M}" for session in rule.sessions],
    }
    if rule.valid_to != FOREVER:
        row["valid_to"] = rule.valid_to
    return {**row, "field": rule.field} if rule.field else row


def _shaped(data: dict[str, Any], fail: Fail) -> dict[str, Any]:
    """The file's tables under the model's names, texts cleaned, office hours read."""
    centre = data.get("centre")
    if not isinstance(centre, Mapping):
        raise fail("thiếu mục [centre]")
    if extra := next((key for key in centre if key not in _CENTRE), None):
        raise fail(f"có từ lạ “{clean(extra)[:40]}”", "centre", extra)
    shaped: dict[str, Any] = {**_cleaned(centre)}
    shaped |= {name: _cleaned(data[name]) for name in _PLAIN if name in data}
    for name, plural in _TABLES.items():
        rows = data.get(name)
        if rows is None:
            continue
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise fail(f"mục “{name}” phải viết là [[{name}]]", name)
        shaped[plural] = [_cleaned(row) for row in rows]
    shaped["hours"] = [_hours(row, n, fail) for n, row in enumerate(shaped.get("hours", ()))]
    if not shaped["hours"]:
        del shaped["hours"]
    return shaped


def _hours(row: dict[str, Any], number: int, fail: Fail) -> dict[str, Any]:
    shaped = dict(row)
    if "weekdays" in row:
        days = row["weekdays"]
        if not isinstance(days, list) or not all(day in WEEKDAYS for day in days):
            raise fail(f"“weekdays” chỉ gồm {', '.join(WEEKDAYS)}", "hours", number, "weekdays")
        shaped["weekdays"] = [WEEKDAYS.index(day) for day in days]
    if "sessions" in row:
        parts = row["sessions"]
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise fail("“sessions” phải là danh sách buổi làm việc", "hours", number, "sessions")
        try:
            shaped["sessions"] = parse_sessions(",".join(parts)) if parts else ()
        except ValueError as error:
            raise fail(str(error).rstrip("."), "hours", number, "sessions") from error
    return shaped


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {clean(str(key)): _cleaned(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    return clean(value) if isinstance(value, str) else value


class _Lines:
    """Where a value stands in the text, for complaints."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def find(self, loc: Sequence[str | int]) -> int:
        """The line (from 1) of the table and key that `loc` names; the nearest one above where unsure."""
        if not loc:
            return 1
        table, number = str(loc[0]), next((part for part in loc if isinstance(part, int)), 0)
        starts = self._headers(rf"\s*\[\[?\s*{re.escape(table)}\s*\]?\]", 0, len(self._lines))
        if not starts:
            return self._key(table, 0, len(self._lines), 0)
        start = starts[min(number, len(starts) - 1)]
        keys = [part for part in loc[1:] if isinstance(part, str)]
        for depth, key in reversed(list(enumerate(keys))):  # [table], else the [table.part] the key stands in
            path = "[.]".join(map(re.escape, (table, *keys[:depth])))
            for header in self._headers(rf"\s*\[\[?\s*{path}\s*\]?\]", start, self._end(start, table)):
                if (line := self._key(key, header, self._end(header), -1)) > 0:
                    return line
            inner = self._headers(rf"\s*\[\[?\s*{path}[.]{re.escape(key)}\b", start, self._end(start, table))
            if inner:
                return inner[0] + 1
        return start + 1

    def _headers(self, pattern: str, start: int, end: int) -> list[int]:
        header = re.compile(pattern)
        return [n for n in range(start, end) if header.match(self._lines[n])]

    def _end(self, start: int, table: str = "") -> int:
        """Where the table of a header ends: at the next header, one of its own parts excepted where it is named."""
        own = re.compile(rf"\s*\[\[?\s*{re.escape(table)}[.]") if table else None
        for n in range(start + 1, len(self._lines)):
            line = self._lines[n]
            if line.lstrip().startswith("[") and not (own and own.match(line)):
                return n
        return len(self._lines)

    def _key(self, key: str, start: int, end: int, otherwise: int) -> int:
        pattern = re.compile(rf'\s*"?{re.escape(key)}"?\s*[=.]')
        return next((n + 1 for n in range(start, end) if pattern.match(self._lines[n])), otherwise + 1)
