"""Where a printed form goes: always a file first, then the printer, so that no fault loses it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field

from tthc_tui.core.base import Model
from tthc_tui.printing.document import Document
from tthc_tui.printing.forms import Paper
from tthc_tui.printing.render import DOTS_80MM, Format, render

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # names Windows keeps for devices
LONGEST_NAME = 120


class Printer(Model):
    """How this counter prints. `kind`:

    "none" (only the file), "system" (queue `name` of the operating system, "" = its default), "device"
    (`path` such as /dev/usb/lp0), "folder" (`path`: the file is put there too), "network" (`host`, raw `port`).
    `copies` None: as many as the form names. `dots`: printable width of a thermal printer (384 for 58 mm).
    """

    kind: Literal["none", "system", "device", "folder", "network"] = "none"
    name: str = ""
    path: str = ""
    host: str = ""
    port: int = 9100
    format: Format = "pdf"
    paper: Paper | None = None
    copies: int | None = None
    dots: int = Field(default=DOTS_80MM, ge=320, le=1280)
    timeout: float = 10.0  # seconds a printer may take to answer


class Delivery(Model):
    """What became of it: one Vietnamese sentence, and the file ("" only where not even that was written)."""

    ok: bool
    message: str
    path: str = ""


class PrinterFault(Exception):
    """The printer did not take it; the text is the Vietnamese reason, a clause without full stop."""


def print_document(doc: Document, printer: Printer, folder: Path, name: str) -> Delivery:
    """Draw `doc` as the printer takes it and deliver it; `name` is that of the file without ending."""
    try:
        data, suffix = render(doc, printer.format, printer.paper, printer.copies, printer.dots)
    except ValueError as error:
        return Delivery(ok=False, message=f"Không tạo được bản in: {error}")
    return deliver(data, suffix, name, printer, folder)


def deliver(data: bytes, suffix: str, name: str, printer: Printer, folder: Path) -> Delivery:
    """Write `data` to `folder` as `name` + `suffix` (replacing an older file at once), then print it.

    Never raises for trouble with disk or printer: the result says what happened and where the file is.
    """
    try:
        path = _written(data, safe_name(name) + suffix, folder)
    except OSError as error:
        return Delivery(ok=False, message=f"Không ghi được bản in vào {folder}: {_reason(error)}.")
    if printer.kind == "none":
        return Delivery(ok=True, message=f"Chưa cài đặt máy in; bản in nằm tại {path}", path=str(path))
    try:
        done = _send(data, path, printer)
    except PrinterFault as fault:
        return Delivery(ok=False, message=f"Không in được: {fault}; bản in còn tại {path}", path=str(path))
    return Delivery(ok=True, message=done, path=str(path))


def safe_name(name: str) -> str:
    """`name` as a file name that every operating system takes, never leaving its folder."""
    kept = UNSAFE.sub("-", name).strip("-.")[:LONGEST_NAME] or "ban-in"
    return f"_{kept}" if RESERVED.match(kept) else kept


def _written(data: bytes, name: str, folder: Path) -> Path:
    """The file, whole or not at all: written beside its place and moved there."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".in-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path = folder / name
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def _send(data: bytes, path: Path, printer: Printer) -> str:
    """Hand it to the printer; returns the sentence for the officer or raises PrinterFault."""
    try:
        if printer.kind == "system":
            return _system(path, printer)
        if printer.kind == "folder":
            copy = _written(data, path.name, Path(printer.path))
            return f"Đã lưu bản in tại {copy}"
        if printer.kind == "network":
            _network(data, printer)
            return f"Đã gửi tới máy in {printer.host}:{printer.port}."
        _device(data, printer)
    except OSError as error:
        where = printer.path or f"{printer.host}:{printer.port}"
        raise PrinterFault(f"{where}: {_reason(error)}") from error
    return f"Đã gửi tới máy in {printer.path}."


def _system(path: Path, printer: Printer) -> str:
    """The operating system's printer: `lp` (CUPS), on Windows the program that prints such files."""
    if sys.platform == "win32":
        os.startfile(path, "print")
        return "Đã gửi tới máy in của Windows."
    command = ["lp", *(["-d", printer.name] if printer.name else [])]
    if printer.format == "escpos":
        command += ["-o", "raw"]
    elif printer.paper:
        command += ["-o", f"media={printer.paper}"]
    try:
        done = subprocess.run(
            [*command, "--", str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=printer.timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise PrinterFault("máy này chưa có lệnh in “lp” (CUPS)") from error
    except subprocess.TimeoutExpired as error:
        raise PrinterFault(f"hệ thống in không trả lời sau {printer.timeout:g} giây") from error
    if done.returncode != 0:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())[:160]
        raise PrinterFault(f"máy in “{printer.name or 'mặc định'}” báo lỗi{said and f' ({_plain(said)})'}")
    return f"Đã gửi tới máy in “{printer.name or 'mặc định'}”."


def _device(data: bytes, printer: Printer) -> None:
    """Bytes to a device file. It must exist: a typing slip must not create a file in /dev.

    Opened without waiting and written as the printer takes it: a printer without paper holds bytes
    back for ever, and the officer must not wait for it.
    """
    import select
    import time

    flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(printer.path, flags)
    try:
        rest = memoryview(data)
        until = time.monotonic() + printer.timeout
        while rest:
            try:
                rest = rest[os.write(handle, rest) :]
                until = time.monotonic() + printer.timeout
            except BlockingIOError:
                left = until - time.monotonic()
                if left <= 0:
                    raise PrinterFault(f"{printer.path} không nhận dữ liệu; kiểm tra giấy và nguồn") from None
                select.select([], [handle], [], left)
    finally:
        os.close(handle)


def _network(data: bytes, printer: Printer) -> None:
    """Bytes to a raw network port (9100)."""
    import socket

    with socket.create_connection((printer.host, printer.port), timeout=printer.timeout) as link:
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)


def _reason(error: OSError) -> str:
    """Why, in Vietnamese where the cause is a usual one."""
    import errno

    if isinstance(error, TimeoutError):
        return "không trả lời"
    known = {
        errno.ENOENT: "không tìm thấy",
        errno.ENXIO: "máy in chưa bật hoặc chưa cắm",
        errno.ENODEV: "máy in chưa bật hoặc chưa cắm",
        errno.EACCES: "không có quyền ghi",
        errno.EPERM: "không có quyền ghi",
        errno.EROFS: "ổ đĩa chỉ cho đọc",
        errno.ENOSPC: "ổ đĩa đã đầy",
        errno.EDQUOT: "đã hết dung lượng được cấp",
        errno.EBUSY: "máy in đang bận",
        errno.ENOTDIR: "không phải thư mục",
        errno.EISDIR: "là thư mục, không phải máy in",
        errno.ECONNREFUSED: "máy in từ chối kết nối",
        errno.EHOSTUNREACH: "không tới được máy in",
        errno.ENETUNREACH: "không có mạng",
    }
    return known.get(error.errno or 0) or _plain(error.strerror or type(error).__name__)


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
