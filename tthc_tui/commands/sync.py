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
    partial: Annotated[
        bool,
        typer.Option("--partial", help="Đăng ký cả khi mã không nhận hết: hồ sơ ngoài mã ở lại máy này."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Đăng ký máy này với máy chủ; hồ sơ đang có được xếp hàng chờ gửi."""
    session: Session = ctx.obj
    with session.desk() as desk:
        device = desk.enrol(code, name, partial=partial)
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


_LISTED = 20  # entries of the tray named in words; --json names all


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
    lines += [f"  {item.code or item.dossier}  {item.what}: {item.reason}" for item in conflicts[:_LISTED]]
    if len(conflicts) > _LISTED:
        lines.append(f"  … và {len(conflicts) - _LISTED} thao tác nữa: mở màn hình Đồng bộ.")
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


def verify(
    ctx: typer.Context,
    server: Annotated[
        str,
        typer.Option(
            "--server", metavar="CSDL", help="Kiểm cả máy chủ: URL cơ sở dữ liệu hoặc tệp cấu hình."
        ),
    ] = "",
    feed: Annotated[bool, typer.Option("--feed", help="Kiểm luồng hồ sơ máy này nhận từ máy chủ.")] = False,
    key: Annotated[
        str, typer.Option("--key", metavar="KHÓA", help="Khóa công khai của máy chủ (hex) để kiểm chữ ký.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Chứng minh lịch sử hồ sơ không bị sửa (chuỗi băm): tệp này, không cần mạng; hoặc --feed, --server."""
    if server and feed:
        raise Refused("Chỉ chọn một trong hai: --feed hoặc --server.", "usage")
    if server:
        data, text = _verify_server(server, key)
    elif feed:
        data, text = _verify_feed(ctx.obj, key)
    else:
        data, text = _verify_file(ctx.obj)
    show(as_json, data, text)
    if not data["ok"]:
        raise typer.Exit(1)


def _verify_file(session: Session) -> tuple[dict[str, Any], str]:
    from tthc_tui.store.sync_verify import verify_file

    with session.store() as store, store.read() as connection:
        proof = verify_file(connection)
    data = {
        "ok": proof.broken is None,
        "events": proof.events,
        "dossiers": proof.dossiers,
        "waiting": proof.waiting,
        "broken": proof.broken.model_dump() if proof.broken else None,
    }
    text = f"{proof.events} sự kiện của {proof.dossiers} hồ sơ khớp chuỗi băm."
    if proof.waiting:
        text += f" {proof.waiting} sự kiện chưa có chuỗi băm (chưa được máy chủ xác nhận)."
    return data, proof.broken.sentence if proof.broken else text


def _verify_feed(session: Session, key: str) -> tuple[dict[str, Any], str]:
    try:
        from tthc_tui.server.checkpoints import signature_good
    except ImportError as error:
        raise Refused(
            "Kiểm chữ ký cần phần máy chủ của chương trình: hãy cài “tthc-tui[server]”.", "extra"
        ) from error
    with session.desk() as desk:
        proof = desk.verify_feed(lambda item: signature_good(item, key))
    text = (
        f"{proof.events} sự kiện của {proof.dossiers} hồ sơ trên máy chủ khớp chuỗi băm và khớp tệp này; "
        f"{proof.checkpoints} mốc ký đúng, {proof.covered} mốc khớp toàn bộ nội dung."
    )
    return _proved(proof.trouble, proof.broken, proof.events, proof.dossiers, proof.checkpoints), (
        proof.trouble or text
    )


def _verify_server(where: str, key: str) -> tuple[dict[str, Any], str]:
    import asyncio

    try:
        from tthc_tui.server.database import Unavailable
        from tthc_tui.server.settings import SettingsError, load_settings
        from tthc_tui.server.verify import verify_server
    except ImportError as error:
        raise Refused(
            "Kiểm máy chủ cần phần máy chủ của chương trình: hãy cài “tthc-tui[server]”.", "extra"
        ) from error
    try:
        settings = load_settings(database=where) if "://" in where else load_settings(Path(where))
        if settings.sqlite_path is not None and not settings.sqlite_path.is_file():
            raise Refused("Không tìm thấy tệp cơ sở dữ liệu của máy chủ: hãy kiểm tra đường dẫn.", "server")
        proof = asyncio.run(verify_server(settings, key=key))
    except (SettingsError, Unavailable) as error:
        raise Refused(str(error) or "Không mở được cơ sở dữ liệu của máy chủ.", "server") from error
    text = (
        f"{proof.events} sự kiện của {proof.dossiers} hồ sơ khớp chuỗi băm; {proof.checkpoints} mốc ký đúng, "
        f"{proof.unsigned} sự kiện chưa tới kỳ ký."
    )
    data = _proved(proof.trouble, proof.broken, proof.events, proof.dossiers, proof.checkpoints)
    return {**data, "unsigned": proof.unsigned}, proof.trouble or text


def _proved(trouble: str, broken: Any, events: int, dossiers: int, checkpoints: int) -> dict[str, Any]:
    return {
        "ok": not trouble,
        "events": events,
        "dossiers": dossiers,
        "checkpoints": checkpoints,
        "trouble": trouble,
        "broken": broken.model_dump() if broken else None,
    }


COMMANDS = {
    ("remote", "add"): remote_add,
    ("", "enrol"): enrol,
    ("sync", "login"): login,
    ("sync", "status"): status,
    ("", "verify"): verify,
}
