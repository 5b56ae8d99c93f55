"""`tthc db …`, `tthc site …`, `tthc doctor`: for those who look after the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tthc_tui.commands.base import AsJson, Session, now, show
from tthc_tui.core.base import Refused
from tthc_tui.core.dated import how_many

SiteFile = Annotated[Path, typer.Argument(metavar="TỆP", help="Tệp khai báo trung tâm (.toml).")]


def db_check(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Kiểm tra tệp dữ liệu. So cả bảng hồ sơ với các sự kiện; không thay đổi gì."""
    from tthc_tui.store.dossiers import compare

    session: Session = ctx.obj
    with session.store() as store:
        damage = store.check()
        with store.read() as connection:
            wrong = compare(connection) if not damage else []
    data = {"ok": not damage and not wrong, "damage": damage, "different": wrong}
    if damage:
        text = (
            f"Tệp dữ liệu bị hỏng ({len(damage)} lỗi): hãy ngừng dùng và khôi phục từ bản sao lưu gần nhất."
        )
    elif wrong:
        text = f"{len(wrong)} hồ sơ có bảng khác với sự kiện: hãy chạy “tthc db rebuild”."
    else:
        text = "Tệp dữ liệu lành lặn, bảng hồ sơ khớp với các sự kiện."
    show(as_json, data, text)
    if not data["ok"]:
        raise typer.Exit(3 if damage else 1)


def db_backup(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="TỆP", help="Tệp mới để ghi bản sao, ví dụ tthc-2026-11-23.db.")
    ],
    as_json: AsJson = False,
) -> None:
    """Sao lưu tệp dữ liệu, cả khi chương trình đang mở. Khôi phục: đóng chương trình, chép bản sao thành tthc.db."""
    import os
    import sqlite3
    import tempfile

    from tthc_tui.store.migrations import copy_file

    session: Session = ctx.obj
    if file.exists():
        raise Refused(f"Tệp {file} đã có: hãy chọn tên khác, bản sao cũ được giữ nguyên.", "exists")
    with session.store() as store:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".sao-luu-", dir=file.parent)  # its owner alone reads it
        os.close(handle)
        try:
            copy_file(store.path, Path(temporary))
            os.replace(temporary, file)
        except sqlite3.Error as error:
            raise Refused(
                "Chưa sao lưu được: hãy kiểm tra chỗ trống trên ổ đĩa rồi chạy lại.", "disk"
            ) from error
        finally:
            Path(temporary).unlink(missing_ok=True)
    size = file.stat().st_size
    text = f"Đã sao lưu dữ liệu vào {file} ({f'{size / 1e6:.1f}'.replace('.', ',')} MB)."
    show(as_json, {"ok": True, "path": str(file), "bytes": size}, text)


def db_rebuild(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Dựng lại bảng hồ sơ từ các sự kiện. Trong một giao dịch: xong hết hoặc giữ nguyên."""
    from tthc_tui.store.dossiers import rebuild

    session: Session = ctx.obj
    with session.store() as store:
        count = store.write(rebuild)
    show(as_json, {"dossiers": count}, f"Đã dựng lại bảng của {count} hồ sơ.")


def site_check(ctx: typer.Context, file: SiteFile, as_json: AsJson = False) -> None:
    """Kiểm tra tệp khai báo trung tâm. Báo lỗi theo dòng; không thay đổi gì."""
    from tthc_tui.desk.site_file import read_site_file

    site = read_site_file(file)
    show(as_json, {"ok": True, **_counts(site)}, f"Tệp hợp lệ: {site.name}, {_said(site)}.")


def site_import(ctx: typer.Context, file: SiteFile, as_json: AsJson = False) -> None:
    """Nhập khai báo trung tâm. Lần đầu thì tạo dữ liệu mới kèm danh mục có sẵn; mã PIN đã đặt được giữ."""
    from tthc_tui.desk.opening import open_desk, start_site
    from tthc_tui.desk.site_file import keep_pins, read_site_file

    session: Session = ctx.obj
    site = read_site_file(file)
    config = session.config
    store, desk = open_desk(config, now)
    with store:
        if desk is None:
            start_site(store, site, config, now)
        else:
            desk.save_site(keep_pins(site, desk.whole_site))
    show(as_json, {"ok": True, "new": desk is None, **_counts(site)}, f"Đã nhập {site.name}: {_said(site)}.")


def site_export(
    ctx: typer.Context,
    file: SiteFile,
    pins: Annotated[bool, typer.Option("--pins", help="Ghi cả mã băm PIN (để chuyển máy).")] = False,
    tables: Annotated[
        bool, typer.Option("--csv", help="Ghi mỗi bảng ra một tệp CSV bên cạnh, để sửa bằng bảng tính.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Xuất khai báo trung tâm ra tệp. Để sửa hoặc mang sang máy khác."""
    from tthc_tui.desk.site_file import write_site_file

    session: Session = ctx.obj
    with session.desk() as desk:
        site = desk.whole_site
    files = write_site_file(site, file, pins=pins, tables=tables)
    beside = f" và {len(files) - 1} tệp CSV bên cạnh" if len(files) > 1 else ""
    data = {"ok": True, "path": str(file), "files": [str(one) for one in files], **_counts(site)}
    show(as_json, data, f"Đã xuất khai báo trung tâm ra {file}{beside}.")


def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Khám máy và nói phải làm gì. Tệp dữ liệu, ổ đĩa, quyền, màn hình, phông chữ, máy in, lịch nghỉ, đồng hồ."""
    from tthc_tui.commands.doctor import examine

    session: Session = ctx.obj
    findings = examine(session.config, now())
    worst = max(finding.level for finding in findings)
    data: dict[str, Any] = {
        "ok": worst < 2,
        "checks": [
            {"id": f.id, "level": ("ok", "warning", "error")[f.level], "text": f.text, "advice": f.advice}
            for f in findings
        ],
    }
    marks = ("tốt   ", "chú ý ", "LỖI   ")
    lines = [f"{marks[f.level]} {f.text}" + (f" → {f.advice}" if f.advice else "") for f in findings]
    show(as_json, data, "\n".join(lines))
    if worst == 2:
        raise typer.Exit(3)


def pin(
    ctx: typer.Context,
    officer: Annotated[str, typer.Argument(metavar="MÃ", help="Mã cán bộ.")],
    as_json: AsJson = False,
) -> None:
    """Đặt mã PIN cho một cán bộ. Hỏi, hoặc đọc từ đầu vào chuẩn; để trống là bỏ mã PIN."""
    import getpass
    import sys

    session: Session = ctx.obj
    with session.desk(acting=True) as desk:
        found = desk.site.officer(officer)
        if found is None:
            raise Refused("Không có cán bộ này trong danh sách: hãy kiểm tra mã cán bộ.", "officer")
        asked = f"Mã PIN mới của {found.name}: "
        new = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline().strip()
        desk.set_pin(officer, new)
    show(
        as_json,
        {"officer": officer, "pin": bool(new)},
        f"Đã {'đặt' if new else 'bỏ'} mã PIN của {found.name}.",
    )


def _counts(site: Any) -> dict[str, Any]:
    return {
        "name": site.name,
        **{name: how_many(getattr(site, name)) for name in ("units", "officers", "counters")},
    }


def _said(site: Any) -> str:
    count = _counts(site)
    return f"{count['units']} đơn vị, {count['officers']} cán bộ, {count['counters']} quầy"


COMMANDS = {
    ("db", "check"): db_check,
    ("db", "backup"): db_backup,
    ("db", "rebuild"): db_rebuild,
    ("site", "check"): site_check,
    ("site", "import"): site_import,
    ("site", "export"): site_export,
    ("site", "pin"): pin,
    ("", "doctor"): doctor,
}
