"""What `tthc doctor` looks at; every finding says what to do."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tthc_tui.config import Config
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.site import ExceptionDay, Site
from tthc_tui.core.text import clean

OK, WARNING, ERROR = 0, 1, 2
LOW_DISK, NO_DISK = 1_000_000_000, 100_000_000
PROGRAM_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `level`: 0 good, 1 needs attention, 2 wrong."""

    id: str
    level: int
    text: str
    advice: str = ""


def examine(config: Config, at: datetime) -> list[Finding]:
    """Everything, in the order an engineer would look; nothing is changed. `at` is aware."""
    site, data = _data(config, at)
    return [
        *_folder(config),
        *_disk(config),
        *data,
        *_terminal(),
        *_font(),
        *_printer(config),
        *_calendar(site.exceptions if site else (), at),
        *_clock(at),
    ]


def _folder(config: Config) -> Iterator[Finding]:
    if config.problem:
        yield Finding("config", WARNING, clean(config.problem), "sửa hoặc xóa tệp này")
    folder = config.data_dir
    if not folder.exists():
        yield Finding("folder", WARNING, f"Chưa có thư mục dữ liệu {folder}", "chạy “tthc” để khai báo")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        yield Finding("folder", ERROR, f"Không ghi được vào {folder}", "cấp quyền ghi cho người dùng này")
        return
    yield Finding("folder", OK, f"Ghi được vào thư mục dữ liệu {folder}")
    if os.name == "posix" and folder.stat().st_mode & 0o007:
        advice = f"chạy: chmod o= {folder}"
        yield Finding("permissions", WARNING, "Người dùng khác trên máy đọc được dữ liệu cá nhân", advice)


def _disk(config: Config) -> Iterator[Finding]:
    place = next((path for path in (config.data_dir, *config.data_dir.parents) if path.exists()), Path("."))
    free = shutil.disk_usage(place).free
    level = ERROR if free < NO_DISK else WARNING if free < LOW_DISK else OK
    advice = "giải phóng chỗ trống trước khi tiếp nhận" if level else ""
    yield Finding("disk", level, f"Ổ đĩa còn {free / 1e9:.1f} GB trống".replace(".", ","), advice)


def _data(config: Config, at: datetime) -> tuple[Site | None, list[Finding]]:
    """The data file, and the site in it."""
    from tthc_tui.store.dossiers import compare
    from tthc_tui.store.errors import StoreError
    from tthc_tui.store.settings import get_site
    from tthc_tui.store.sqlite import SqliteStore

    first_start = "chạy “tthc” để khai báo, hoặc “tthc site import TỆP”"
    if not config.database.exists():
        return None, [Finding("data", WARNING, "Chưa có tệp dữ liệu", first_start)]
    restore = "khôi phục bản sao lưu gần nhất; giữ lại tệp hỏng cho người hỗ trợ"
    try:
        with SqliteStore(config.database) as store:
            if damage := store.check():
                return None, [Finding("data", ERROR, f"Tệp dữ liệu hỏng: {clean(damage[0])[:80]}", restore)]
            with store.read() as connection:
                wrong, site, newest = compare(connection), get_site(connection), _newest(connection)
    except StoreError as error:
        return None, [Finding("data", ERROR, clean(str(error)), restore)]
    size = config.database.stat().st_size / 1e6
    found = [Finding("data", OK, f"Tệp dữ liệu lành lặn ({size:.1f} MB)".replace(".", ","))]
    if wrong:
        found.append(
            Finding("projection", ERROR, f"{len(wrong)} hồ sơ có bảng khác sự kiện", "chạy “tthc db rebuild”")
        )
    if site is None:
        found.append(Finding("site", WARNING, "Chưa khai báo trung tâm", first_start))
    if newest and newest > at + timedelta(minutes=2):
        text = f"Đồng hồ máy chậm hơn thao tác cuối cùng ({vietnam_time(newest):%H:%M %d/%m/%Y})"
        advice = "chỉnh giờ máy (bật đồng bộ giờ) rồi mới tiếp nhận"
        found.append(Finding("clock_back", ERROR, text, advice))
    return site, found


def _newest(connection: object) -> datetime | None:
    from sqlalchemy import Connection, text

    assert isinstance(connection, Connection)
    millis = connection.execute(text("SELECT max(at) FROM event")).scalar()
    return datetime.fromtimestamp(millis / 1000, UTC) if millis else None


def _terminal() -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        yield Finding(
            "encoding",
            ERROR,
            f"Màn hình dùng bảng mã {encoding or 'lạ'}",
            "đặt LANG=vi_VN.UTF-8 hoặc C.UTF-8",
        )
    if not sys.stdout.isatty():
        yield Finding("terminal", OK, "Không chạy trên màn hình, bỏ qua kiểm tra màn hình")
        return
    size = shutil.get_terminal_size()
    if size.columns < 80 or size.lines < 24:
        text = f"Màn hình {size.columns}×{size.lines}, nhỏ hơn 80×24"
        yield Finding("terminal", WARNING, text, "phóng to cửa sổ hoặc giảm cỡ chữ")
    else:
        yield Finding(
            "terminal", OK, f"Màn hình {size.columns}×{size.lines}, loại {clean(os.environ.get('TERM', '?'))}"
        )


def _font() -> Iterator[Finding]:
    try:
        from tthc_tui.printing.fonts import font_file, supported

        missing = supported("Ậặễợữỵ Đđ") != "Ậặễợữỵ Đđ" or not font_file("B").exists()
    except (ImportError, OSError):
        missing = True
    if missing:
        yield Finding(
            "font", ERROR, "Thiếu phông chữ để in", "cài lại chương trình (pip install --force-reinstall)"
        )
    else:
        yield Finding("font", OK, "Phông chữ in đủ chữ tiếng Việt")


_PRINTERS = {
    "system": "Máy in của hệ điều hành",
    "device": "Máy in tại cổng",
    "network": "Máy in mạng",
    "folder": "Bản in được ghi vào thư mục",
}


def _printer(config: Config) -> Iterator[Finding]:
    printer, target = config.printer, clean(config.printer.target)
    if printer.kind == "none":
        yield Finding(
            "printer",
            WARNING,
            "Chưa cài đặt máy in; biên nhận chỉ lưu thành tệp",
            f'đặt [printer] trong {config.config_file}, ví dụ kind = "system"',
        )
    elif printer.kind == "device" and not os.access(target, os.W_OK):
        yield Finding(
            "printer",
            ERROR,
            f"Không ghi được vào máy in {target}",
            "bật, cắm máy in hoặc cấp quyền (nhóm lp)",
        )
    elif printer.kind == "folder" and not os.access(target, os.W_OK):
        yield Finding(
            "printer", ERROR, f"Không ghi được vào thư mục in {target}", "tạo thư mục hoặc cấp quyền"
        )
    elif printer.kind == "system" and os.name == "posix" and not shutil.which("lp"):
        yield Finding("printer", ERROR, "Máy chưa có lệnh in “lp”", "cài CUPS")
    elif printer.kind == "network" and not _answers(config):
        yield Finding(
            "printer", ERROR, f"Máy in mạng {target} không trả lời", "kiểm tra địa chỉ, nguồn và dây mạng"
        )
    else:
        yield Finding("printer", OK, f"{_PRINTERS.get(printer.kind, 'Máy in')} {target}".rstrip())


def _answers(config: Config) -> bool:
    import socket

    printer = config.printer.to_printer()
    try:
        with socket.create_connection((printer.host, printer.port), timeout=3):
            return True
    except OSError:
        return False


def _calendar(exceptions: tuple[ExceptionDay, ...], at: datetime) -> Iterator[Finding]:
    from tthc_tui.core.calendar import WorkCalendar

    calendar, local = WorkCalendar((), exceptions), vietnam_time(at)
    for year in (local.year, local.year + 1):
        if calendar.national_table_known(year):
            yield Finding(f"holidays_{year}", OK, f"Đã có lịch nghỉ lễ năm {year}")
        elif year == local.year or local.month >= 10:
            advice = "cập nhật chương trình, hoặc thêm [[exception]] vào tệp khai báo rồi “tthc site import”"
            yield Finding(
                f"holidays_{year}", WARNING, f"Lịch nghỉ lễ năm {year} chưa có, ngày hẹn là dự kiến", advice
            )


def _clock(at: datetime) -> Iterator[Finding]:
    if at < PROGRAM_WRITTEN:
        yield Finding("clock", ERROR, f"Đồng hồ máy sai: {at:%d/%m/%Y}", "chỉnh giờ máy, bật đồng bộ giờ")
        return
    offset = datetime.now().astimezone().utcoffset()
    local = f"{vietnam_time(at):%H:%M %d/%m/%Y} giờ Việt Nam"
    if offset != timedelta(hours=7):
        text = f"Bây giờ là {local}; máy đặt múi giờ khác (chương trình luôn dùng giờ Việt Nam)"
        yield Finding("clock", WARNING, text, "đặt múi giờ Asia/Ho_Chi_Minh để khỏi nhầm")
    else:
        yield Finding("clock", OK, f"Bây giờ là {local}")
