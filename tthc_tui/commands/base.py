"""What every command needs: the data file it works on, the officer who acts, words or JSON out."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tthc_tui.config import Config, load_config
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.text import clean, clean_lines

if TYPE_CHECKING:
    from tthc_tui.core.views import DossierLine
    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

AsJson = Annotated[bool, typer.Option("--json", help="Trả lời bằng JSON trên đầu ra chuẩn.")]
Code = Annotated[str, typer.Argument(metavar="MÃ", help="Mã hồ sơ, mã ngắn hoặc số định danh của hồ sơ.")]
Codes = Annotated[list[str], typer.Argument(metavar="MÃ…", help="Một hoặc nhiều mã hồ sơ.")]


@dataclass(frozen=True, slots=True)
class Session:
    """The options before the command."""

    data: Path | None
    officer: str

    @property
    def config(self) -> Config:
        """The settings of the data folder."""
        config = load_config(self.data)
        if config.problem:
            print(clean(config.problem), file=sys.stderr)
        return config

    @contextmanager
    def store(self) -> Iterator[SqliteStore]:
        """The data file, which must be there already."""
        database = self.config.database
        if not database.exists():
            raise Refused(
                f"Chưa có dữ liệu tại {database.parent}: hãy chạy “tthc” để khai báo, hoặc “tthc site import”.",
                "site",
            )
        from tthc_tui.store.sqlite import SqliteStore

        with SqliteStore(database) as store:
            yield store

    @contextmanager
    def desk(self, *, acting: bool = False) -> Iterator[Desk]:
        """The desk of the officer; one who acts and has a PIN must give it (TTHC_PIN, or asked for)."""
        from tthc_tui.desk import Desk

        config = self.config
        with self.store() as store:
            desk = Desk(store, now, officer=self.officer or config.officer, counter=config.counter)
            if self.officer and desk.site.officer(self.officer) is None:
                known = ", ".join(officer.id for officer in desk.site.officers)
                raise Refused(
                    f"Không có cán bộ mã “{clean(self.officer)[:40]}”: các mã đang có là {known}.", "officer"
                )
            if acting:
                _sign_in(desk)
            yield desk


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def _sign_in(desk: Desk) -> None:
    officer = desk.officer
    pin = os.environ.get("TTHC_PIN", "")
    if officer.pin_hash and not pin:
        if not sys.stdin.isatty():
            raise Refused(
                f"Cán bộ {officer.name} có mã PIN: hãy đặt mã PIN vào biến môi trường TTHC_PIN.", "pin"
            )
        import getpass

        pin = getpass.getpass(f"Mã PIN của {officer.name}: ")
    desk.check_pin(officer, pin)


def find(desk: Desk, code: str) -> DossierLine:
    """The dossier a typed code names."""
    from tthc_tui.core.codes import parse_code

    parsed = parse_code(code)
    return desk.find_code(str(parsed) if parsed else clean(code))


def find_all(desk: Desk, codes: Sequence[str]) -> list[str]:
    """The identities of the dossiers typed codes name, in that order, each once."""
    return list(dict.fromkeys(str(find(desk, code).id) for code in codes))


def unit_id(desk: Desk, text: str) -> str:
    """The unit that was meant by its id, code or (part of its) name; Refused where that is not clear."""
    from tthc_tui.core.dated import in_force
    from tthc_tui.core.text import fold

    wanted = clean(text)
    for unit in desk.site.units:
        if wanted in (unit.id, unit.code):
            return unit.id
    found = [unit for unit in desk.site.units if wanted and fold(wanted) in fold(unit.name)]
    found = in_force(found, desk.now.date()) or found
    if len(found) == 1:
        return found[0].id
    known = ", ".join(unit.id for unit in desk.site.units)
    problem = "ứng với nhiều đơn vị" if found else "không có trong danh mục đơn vị"
    raise Refused(f"Đơn vị “{wanted[:40]}” {problem}: hãy dùng một trong các mã {known}.", "unit")


def show(as_json: bool, data: dict[str, Any], text: str) -> None:
    """Answer: `data` as one JSON document, or `text` for people; nothing in it can steer the terminal."""
    print(json.dumps(data, ensure_ascii=False, indent=2) if as_json else clean_lines_keeping_layout(text))


def clean_lines_keeping_layout(text: str) -> str:
    """Text without control characters, its line breaks and columns kept."""
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    if line.isprintable():
        return line.rstrip()
    return " " * indent + clean_lines(line).replace("\n", " ")


def table(rows: Sequence[tuple[str, ...]], widths: tuple[int, ...] = ()) -> str:
    """Rows in columns two blanks apart; `widths` caps columns (0 = as wide as needed)."""
    if not rows:
        return ""
    caps = widths or (0,) * len(rows[0])
    cut = [tuple(_cut(clean(cell), cap) for cell, cap in zip(row, caps, strict=True)) for row in rows]
    wide = [max(len(row[n]) for row in cut) for n in range(len(caps))]
    return "\n".join("  ".join(cell.ljust(wide[n]) for n, cell in enumerate(row)).rstrip() for row in cut)


def _cut(text: str, cap: int) -> str:
    return text if not cap or len(text) <= cap else text[: cap - 1] + "…"


def iso(at: datetime | None) -> str | None:
    """An instant as JSON carries it: ISO 8601 with the offset of Vietnam, to the second."""
    return vietnam_time(at).isoformat(timespec="seconds") if at else None


def hour_day(at: datetime | None) -> str:
    """An instant in a table: 16:30 24/11/2026."""
    return f"{vietnam_time(at):%H:%M %d/%m/%Y}" if at else "–"


def parse_time(text: str) -> datetime:
    """A typed instant; without a zone it is Vietnam's. Refused with a sentence when it is none."""
    from tthc_tui.core.moments import parse_moment

    return parse_moment(text)


def read_input(name: str, limit: int = 5_000_000) -> bytes:
    """The bytes of a file, or of the standard input for "-"; Refused when there is nothing to read."""
    if name == "-":
        data = sys.stdin.buffer.read(limit + 1)
    else:
        try:
            with Path(name).open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise Refused(f"Không đọc được tệp “{clean(name)[:80]}”: {_reason(error)}.", "file") from error
    if len(data) > limit:
        raise Refused(f"Tệp “{clean(name)[:80]}” quá lớn (tối đa {limit // 1_000_000} MB).", "file")
    return data.removeprefix(b"\xef\xbb\xbf")


def file_trouble(error: OSError) -> str:
    """One sentence for trouble with a file."""
    place = f" “{clean(str(error.filename))[:80]}”" if error.filename else ""
    return f"Không đọc hoặc ghi được tệp{place}: {_reason(error)}."


def _reason(error: OSError) -> str:
    known = {
        errno.ENOENT: "không tìm thấy",
        errno.EACCES: "không có quyền",
        errno.EPERM: "không có quyền",
        errno.EROFS: "ổ đĩa chỉ cho đọc",
        errno.ENOSPC: "ổ đĩa đã đầy",
        errno.EISDIR: "đây là thư mục",
        errno.ENOTDIR: "đường dẫn không phải thư mục",
        errno.ENAMETOOLONG: "tên tệp quá dài",
    }
    return known.get(error.errno or 0, "hệ điều hành báo lỗi")
