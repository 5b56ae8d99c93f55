"""Prints reach printer, device, network and folder; trouble is one sentence and loses no file."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from printing_samples import decoded, escpos_images

from tthc_tui.printing.output import Printer, deliver, print_document, safe_name

DATA = b"%PDF-sample"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX system")


def one_sentence(message: str) -> bool:
    return bool(message) and message.isprintable()


def test_without_a_printer_it_says_where_the_file_is(tmp_path):
    done = deliver(DATA, ".pdf", "H61.101-261124-0001", Printer(), tmp_path / "in")
    assert done.ok
    assert Path(done.path).read_bytes() == DATA
    assert done.path in done.message
    assert [file.name for file in (tmp_path / "in").iterdir()] == ["H61.101-261124-0001.pdf"]


@pytest.mark.parametrize(
    ("kind", "suffix", "start"),
    [("pdf", ".pdf", b"%PDF"), ("escpos", ".bin", b"\x1b@"), ("text", ".txt", b" ")],
)
def test_a_document_is_drawn_as_the_printer_takes_it(receipt, tmp_path, kind, suffix, start):
    done = print_document(receipt(), Printer(format=kind), tmp_path, "bien-nhan")
    assert done.path.endswith(suffix)
    assert Path(done.path).read_bytes().startswith(start)


def test_folder_printer_gets_its_own_file(tmp_path):
    done = deliver(DATA, ".pdf", "a", Printer(kind="folder", path=str(tmp_path / "máy in")), tmp_path)
    assert done.ok
    assert (tmp_path / "máy in" / "a.pdf").read_bytes() == DATA
    assert (tmp_path / "a.pdf").exists()


def test_network_printer_gets_every_byte(receipt, tmp_path):
    got = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            link, _ = server.accept()
            with link:
                while part := link.recv(65536):
                    got.extend(part)

        taker = threading.Thread(target=take)
        taker.start()
        printer = Printer(kind="network", host="127.0.0.1", port=server.getsockname()[1], format="escpos")
        done = print_document(receipt(), printer, tmp_path, "a")
        taker.join(10)
    assert done.ok
    assert [decoded(paper)["QRCode"] for paper in escpos_images(bytes(got))] == ["H61.101-261124-0001"] * 2


def test_network_printer_that_is_off_loses_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = deliver(DATA, ".bin", "a", Printer(kind="network", host="127.0.0.1", port=port), tmp_path)
    assert not done.ok
    assert done.message.startswith("Không in được: 127.0.0.1")
    assert "từ chối kết nối" in done.message
    assert Path(done.path).read_bytes() == DATA


def test_device_gets_the_bytes(tmp_path):
    device = tmp_path / "lp0"
    device.touch()
    assert deliver(DATA, ".bin", "a", Printer(kind="device", path=str(device)), tmp_path).ok
    assert device.read_bytes() == DATA


def test_a_device_that_is_not_there_is_not_created(tmp_path):
    device = tmp_path / "lp9"
    done = deliver(DATA, ".bin", "a", Printer(kind="device", path=str(device)), tmp_path)
    assert not done.ok
    assert "không tìm thấy" in done.message
    assert not device.exists()


@posix
def test_a_device_that_takes_nothing_does_not_hold_the_officer_up(tmp_path):
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # open, but never read: a printer out of paper
    try:
        printer = Printer(kind="device", path=str(pipe), timeout=0.2)
        done = deliver(b"x" * 1_000_000, ".bin", "a", printer, tmp_path)
    finally:
        os.close(reader)
    assert not done.ok
    assert "không nhận dữ liệu" in done.message
    assert os.path.getsize(done.path) == 1_000_000


def fake_lp(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A command `lp` of our own on PATH."""
    folder.mkdir()
    lp = folder / "lp"
    lp.write_text(f"#!/bin/sh\n{script}\n")
    lp.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@posix
def test_system_printer_gets_the_file_and_its_name(tmp_path, monkeypatch):
    fake_lp(
        tmp_path / "bin", monkeypatch, f'printf "%s\\n" "$@" > "{tmp_path}/args"; cat > "{tmp_path}/stdin"'
    )
    done = deliver(DATA, ".pdf", "a", Printer(kind="system", name="Quay07", paper="A5"), tmp_path / "in")
    assert done.ok
    assert (tmp_path / "args").read_text().split("\n")[:-1] == [
        "-d",
        "Quay07",
        "-o",
        "media=A5",
        "--",
        done.path,
    ]
    assert (tmp_path / "stdin").read_bytes() == b""


@posix
def test_system_printer_faults_are_one_sentence(tmp_path, monkeypatch):
    fake_lp(tmp_path / "bin", monkeypatch, 'printf "lp: \\033[31mno such\\nprinter" >&2; exit 1')
    done = deliver(DATA, ".pdf", "a", Printer(kind="system", name="X"), tmp_path)
    assert not done.ok
    assert "máy in “X” báo lỗi" in done.message
    assert one_sentence(done.message)
    assert Path(done.path).exists()
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    done = deliver(DATA, ".pdf", "a", Printer(kind="system"), tmp_path)
    assert "chưa có lệnh in" in done.message
    assert Path(done.path).exists()


@posix
def test_system_printer_that_hangs_is_given_up(tmp_path, monkeypatch):
    fake_lp(tmp_path / "bin", monkeypatch, "exec sleep 30")
    done = deliver(DATA, ".pdf", "a", Printer(kind="system", timeout=0.3), tmp_path)
    assert not done.ok
    assert "không trả lời" in done.message


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "in").write_text("a file where the folder should be")
    done = deliver(DATA, ".pdf", "a", Printer(), tmp_path / "in")
    assert not done.ok
    assert done.path == ""
    assert done.message.startswith("Không ghi được bản in")
    assert one_sentence(done.message)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "CON", "a/b\\c:d", "", "..", "x" * 500, "Biên nhận\x1b[2J"]
)
def test_file_names_stay_in_their_folder(tmp_path, name):
    folder = tmp_path / "in"
    done = deliver(DATA, ".pdf", name, Printer(), folder)
    assert Path(done.path).parent == folder
    assert Path(done.path).name.isprintable()
    assert safe_name("CON") == "_CON"


def test_describing_a_form_waits_for_no_drawing_library():
    heavy = "fpdf PIL escpos barcode segno fontTools"
    script = (
        "import sys; import tthc_tui.printing.output, tthc_tui.printing.lists, tthc_tui.printing.slips; "
        f"print([m for m in '{heavy}'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
