"""`tthc remote`, `tthc enrol`, `tthc sync …`, `tthc verify`: the link to a backend."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tthc_tui.commands.base import AsJson, Session, iso, show
from tthc_tui.core.base import Refused
from tthc_tui.core.link import SyncStatus, say_age


def remote_add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="ĐỊA_CHỈ", help="Địa chỉ máy chủ, dạng https://…")],
    ca: Annotated[Path | None, typer.Option("--ca", metavar="TỆP", help="Chứng thư gốc của máy chủ.")] = None,
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Cho dùng http:// trong mạng đã được bảo vệ.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Khai báo máy chủ đồng bộ cho máy này."""
    session: Session = ctx.obj
    with session.desk() as desk:
        desk.remote_add(url, ca=str(ca) if ca else "", allow_http=allow_http)
        status = desk.sync_status()
    show(
        as_json,
        {"ok": True, "url": status.url},
        f"Đã khai báo máy chủ {status.url}. Tiếp theo: chạy “tthc enrol MÃ” với mã do quản trị cấp.",
    )


def enrol(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="MÃ", help="Mã đăng ký dùng một lần do quản trị cấp.")],
    name: Annotated[str, typer.Option("--name", metavar="TÊN", help="Tên của máy này trên máy chủ.")] = "",
    as_json: AsJson = False,
) -> None:
    """Đăng ký máy này với máy chủ; hồ sơ đang có được xếp hàng chờ gửi."""
    session: Session = ctx.obj
    with session.desk() as desk:
        device = desk.enrol(code, name)
        waiting = desk.sync_status().outbox
    show(
        as_json,
        {"ok": True, "device": device, "outbox": waiting},
        f"Đã đăng ký máy. {waiting} thao tác chờ gửi. Tiếp theo: chạy “tthc sync login”.",
    )


def login(
    ctx: typer.Context,
    user: Annotated[str, typer.Option("--user", metavar="TÊN", help="Tên đăng nhập trên máy chủ.")] = "",
    as_json: AsJson = False,
) -> None:
    """Đăng nhập máy chủ (mật khẩu hỏi trên màn hình, hoặc biến môi trường TTHC_PASSWORD)."""
    session: Session = ctx.obj
    with session.desk() as desk:
        name = user or desk.sync_status().user or desk.officer.id
        password = os.environ.get("TTHC_PASSWORD", "")
        if not password:
            if not sys.stdin.isatty():
                raise Refused("Chưa có mật khẩu: hãy đặt biến môi trường TTHC_PASSWORD.", "password")
            import getpass

            password = getpass.getpass(f"Mật khẩu máy chủ của {name}: ")
        desk.sign_in_remote(name, password)
    show(as_json, {"ok": True, "user": name}, f"Đã đăng nhập máy chủ với tên {name}.")


def run(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Đồng bộ một lượt rồi thôi.")] = False,
    accept_empty: Annotated[
        bool, typer.Option("--accept-empty", help="Chấp nhận máy chủ trống (máy chủ mới dựng lại).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Đồng bộ với máy chủ ngay bây giờ; xem thêm “tthc sync status”."""
    if ctx.invoked_subcommand is not None:
        return
    if not once:
        raise Refused("Hãy chạy “tthc sync --once” hoặc “tthc sync status”.", "usage")
    session: Session = ctx.obj
    with session.desk() as desk:
        done = desk.sync_once(accept_empty=accept_empty, progress=None if as_json else _progress())
        status = desk.sync_status()
    data = {
        "ok": True,
        "pushed": done.pushed,
        "refused": done.refused,
        "received": done.received,
        "dossiers": done.dossiers,
        **values(status),
    }
    text = f"Đã gửi {done.pushed} thao tác, nhận {done.received} thao tác."
    if done.dossiers:
        text += f" Đã tải {done.dossiers} hồ sơ."
    if status.conflicts:
        text += f" {status.conflicts} thao tác cần xử lý: mở màn hình Đồng bộ."
    show(as_json, data, text)


def _progress() -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def tell(done: int, total: int) -> None:
        width = 30
        full = width * done // max(total, 1)
        bar = "#" * full + "-" * (width - full)
        print(f"\rTải hồ sơ [{bar}] {done}/{total}", end="\n" if done >= total else "", file=sys.stderr)

    return tell


def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Tình trạng đồng bộ: máy chủ, hàng chờ gửi, số còn lại, thao tác cần xử lý."""
    session: Session = ctx.obj
    with session.desk() as desk:
        found, now = desk.sync_status(), desk.now
        leases = [{"agency": one.agency, "day": one.day, "left": one.left} for one in desk.leases_left()]
        conflicts = desk.conflicts()
    lines = [
        f"Máy chủ     {found.url or 'không dùng (một máy)'}",
        f"Máy này     {found.device or 'chưa đăng ký'}",
        f"Chờ gửi     {found.outbox}",
        f"Cần xử lý   {found.conflicts}",
        f"Dữ liệu     {say_age(now - found.data_at) if found.data_at else 'chưa đồng bộ lần nào'}",
        f"Lệch giờ    {found.offset_seconds:.1f} giây",
    ]
    lines += [f"Số còn lại  {one['agency']} {one['day']}: {one['left']}" for one in leases]
    lines += [f"  {item.code or item.dossier}  {item.what}: {item.reason}" for item in conflicts]
    tray = [
        {"id": c.id, "dossier": c.dossier, "code": c.code, "kind": c.kind, "what": c.what, "reason": c.reason}
        for c in conflicts
    ]
    show(as_json, {**values(found), "leases": leases, "tray": tray}, "\n".join(lines))


def values(found: SyncStatus) -> dict[str, Any]:
    """The stable keys of a status."""
    return {
        "link": found.link.value,
        "url": found.url,
        "device": found.device,
        "user": found.user,
        "outbox": found.outbox,
        "oldest_waiting": iso(found.oldest_waiting),
        "conflicts": found.conflicts,
        "numbers_left": found.numbers_left,
        "offset_seconds": found.offset_seconds,
        "data_at": iso(found.data_at),
        "head": found.head,
        "problem": found.problem,
    }


def verify(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Chứng minh lịch sử hồ sơ trong tệp này không bị sửa (chuỗi băm), không cần mạng."""
    from tthc_tui.store.sync_verify import verify_file

    session: Session = ctx.obj
    with session.store() as store, store.read() as connection:
        proof = verify_file(connection)
    broken = proof.broken.model_dump() if proof.broken else None
    data = {
        "ok": proof.broken is None,
        "events": proof.events,
        "dossiers": proof.dossiers,
        "waiting": proof.waiting,
        "broken": broken,
    }
    text = f"{proof.events} sự kiện của {proof.dossiers} hồ sơ khớp chuỗi băm."
    if proof.waiting:
        text += f" {proof.waiting} sự kiện chưa có chuỗi băm của máy chủ."
    show(as_json, data, proof.broken.sentence if proof.broken else text)
    if proof.broken:
        raise typer.Exit(1)


COMMANDS = {
    ("remote", "add"): remote_add,
    ("", "enrol"): enrol,
    ("sync", "login"): login,
    ("sync", "status"): status,
    ("", "verify"): verify,
}
