"""The real program told to end, its terminal taken away, hostile text on its way to the screen."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from counter_tools import BIRTH
from hands import PATIENCE
from pseudo_terminal import CTRL_DOWN, F4, F10, Terminal, stored
from pseudo_terminal import terminal as terminal

PASTE = "\x1b[200~{}\x1b[201~"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_gives_the_terminal_back(terminal: Terminal, number: signal.Signals) -> None:
    assert terminal.shows("Cần làm trước", "Quá hạn 0")
    before = len(terminal.raw)
    assert terminal.kill(number) == 128 + number
    for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l"):
        assert restored in terminal.raw[before:]


def test_a_keyboard_that_is_gone_ends_the_program_without_a_signal_from_the_system(
    data_file: Path, config: Any
) -> None:
    """The keys come over a line of their own, which is no controlling terminal: nobody sends a hang-up."""
    from tthc_tui.config import save_config

    save_config(config)
    (keys, keys_end), (paint, paint_end) = os.openpty(), os.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "tthc_tui"],
        stdin=keys_end,
        stdout=paint_end,
        stderr=paint_end,
        env={**os.environ, "TERM": "xterm-256color", "TTHC_DATA": str(data_file.parent)},
    )
    os.close(keys_end)
    os.close(paint_end)
    raw, ends, open_end = b"", monotonic() + PATIENCE, True
    try:
        while open_end and monotonic() < ends:
            if select.select([paint], [], [], 0.05)[0]:
                try:
                    raw += os.read(paint, 65536)
                except OSError:  # the program has ended and everything it painted was read
                    open_end = False
            if keys >= 0 and "Cần làm trước".encode() in raw:
                os.close(keys)
                keys = -1
        assert not open_end, "still there"
        assert program.wait() == 128 + signal.SIGHUP
        assert b"\x1b[?1049l" in raw, "the terminal it painted on got its own screen back"
    finally:
        program.kill()
        program.wait()
        os.close(paint)


def test_bytes_no_terminal_should_send_end_nothing(terminal: Terminal) -> None:
    assert terminal.shows("Cần làm trước", "Quá hạn 0")
    for broken in (b"Ph\x9bm \xe1\xff", b"\x1b[1:2u", b"\x1b[99999999999999999999999999~", b"\x1b[<0;:1M"):
        terminal.write(broken)
    terminal.write(b"\x1bOQkhai sinh")
    assert terminal.shows("1.001193"), terminal.page()
    assert not terminal.over


def test_hostile_text_reaches_the_terminal_as_plain_letters(
    terminal: Terminal, data_file: Path, clock: Any
) -> None:
    assert terminal.shows("Cần làm trước", "Quá hạn 0")
    terminal.write(f"{F4}{BIRTH}\r")
    assert terminal.shows("Thành phần hồ sơ")
    terminal.write("079184000009\t")
    terminal.write(PASTE.format("ĐỖ\x07 THỊ\u202e \u200bÊ\x9b31m\x85 HAI\n") + "\t05061984\t\t0912345678\t\t")
    terminal.write(PASTE.format("Tổ 3\tphường\x00 Rạch Giá\x13"))
    terminal.write(f"{CTRL_DOWN}12{F10}")
    assert terminal.shows("GIẤY TIẾP NHẬN"), terminal.page()
    for raw in ("\u202e", "\u200b", "\x9b", "\x85", "\x13"):
        assert raw.encode() not in terminal.raw
    (detail,) = stored(data_file, clock)
    assert detail.applicant.name.startswith("ĐỖ THỊ Ê")
    assert detail.applicant.name.isprintable()
    assert detail.applicant.address == "Tổ 3 phường Rạch Giá"
