"""The real program on a real terminal: a whole intake sent in one write, long before the store is open."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from counter_tools import BIRTH, CARD

pytest.importorskip("pty", reason="a pseudo terminal exists on POSIX only")
pyte = pytest.importorskip("pyte")

F4, F10, CTRL_DOWN, CTRL_Q = "\x1bOS", "\x1b[21~", "\x1b[1;5B", "\x11"


class Terminal:
    """The program behind a pseudo terminal of 80×24, and what its screen shows."""

    def __init__(self, folder: Path) -> None:
        import pty
        import termios

        environ = {**os.environ, "TERM": "xterm-256color", "TTHC_DATA": str(folder), "COLORTERM": "truecolor"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environ.pop(name, None)
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execve(sys.executable, [sys.executable, "-m", "tthc_tui"], environ)

    def write(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def shows(self, *texts: str, seconds: float = 30) -> bool:
        """Whether the screen comes to show all of these."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            ready, _, _ = select.select([self.fd], [], [], min(0.1, seconds))
            if ready:
                try:
                    piece = os.read(self.fd, 65536)
                except OSError:
                    return False
                self.raw += piece
                self.stream.feed(piece)
            if all(text in "\n".join(self.screen.display) for text in texts):
                return True
        return False

    def painted(self) -> bool:
        """Whether the program reads keys: it has switched to the alternate screen."""
        ends = time.monotonic() + 30
        while b"\x1b[?1049h" not in self.raw and time.monotonic() < ends:
            self.shows("\0", seconds=0.05)
        return b"\x1b[?1049h" in self.raw

    def close(self) -> None:
        os.close(self.fd)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal(data_file: Path, config: Any) -> Any:
    """The program started on a centre that is set up."""
    from tthc_tui.config import save_config

    save_config(config)
    opened = Terminal(data_file.parent)
    yield opened
    opened.close()


def stored(data_file: Path, clock: Any) -> list[Any]:
    from tthc_tui.core.views import DossierQuery
    from tthc_tui.desk import Desk
    from tthc_tui.store.sqlite import SqliteStore

    with SqliteStore(data_file) as store:
        desk = Desk(store, clock, officer="lan")
        return [desk.detail(line.id) for line in desk.lines(desk.find(DossierQuery()))]


def test_a_whole_intake_in_one_write_before_the_store_is_open(
    terminal: Terminal, data_file: Path, clock: Any
) -> None:
    assert terminal.painted()
    person = "079184000009\ttrần thị hoa\t05061990\t\t0912345678\t\tTổ 3, phường Rạch Giá"
    terminal.write(f"{F4}dang ky khai sinh\r{person}{CTRL_DOWN}12{F10}")
    assert terminal.shows("Được tiếp nhận", "GIẤY TIẾP NHẬN HỒ SƠ")
    (detail,) = stored(data_file, clock)
    assert detail.dossier.procedure.code == BIRTH
    assert (detail.applicant.name, detail.applicant.number) == ("TRẦN THỊ HOA", "079184000009")
    assert (detail.applicant.birth, detail.applicant.phone) == ("05/06/1990", "0912345678")
    assert detail.applicant.address == "Tổ 3, phường Rạch Giá"
    assert [str(paper.form) for paper in detail.dossier.papers[:2]] == ["bản chính", "bản chính"]


def test_a_scan_in_the_same_write_fills_the_applicant(
    terminal: Terminal, data_file: Path, clock: Any
) -> None:
    assert terminal.painted()
    terminal.write(f"{F4}dkks\r")
    terminal.write(f"{CARD}\r12{F10}")
    assert terminal.shows("Được tiếp nhận", "PHẠM"), "\n".join(terminal.screen.display)
    (detail,) = stored(data_file, clock)
    assert detail.applicant.address == "12 Nguyễn Trung Trực, phường Rạch Giá, An Giang"
    assert len([paper for paper in detail.dossier.papers if str(paper.form) == "bản chính"]) == 2


def test_a_tiny_terminal_and_back_and_a_clean_end(terminal: Terminal) -> None:
    import termios

    assert terminal.shows("Cần làm trước", "Quá hạn 0")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 5, 20, 0, 0))
    os.kill(terminal.pid, signal.SIGWINCH)
    terminal.screen.resize(5, 20)
    assert terminal.shows("TTHC")
    fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.kill(terminal.pid, signal.SIGWINCH)
    terminal.screen.resize(24, 80)
    assert terminal.shows("Cần làm trước", "F4 Tiếp nhận")
    terminal.write(CTRL_Q)
    terminal.shows("\0", seconds=5)
    assert b"Traceback" not in terminal.raw
