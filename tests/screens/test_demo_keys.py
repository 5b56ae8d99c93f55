"""Keys pressed while the sample centre is made belong to nobody."""

from __future__ import annotations

from pathlib import Path

from pseudo_terminal import CTRL_Q, F4, Terminal


def test_impatient_keys_do_nothing_in_the_sample(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "demo")
    try:
        assert terminal.shows("Đang lập trung tâm mẫu")
        terminal.write(f"\r\r{F4}dkks\r\r\r")
        assert terminal.shows("Bàn giao", "Cần làm trước")
        terminal.write("?")
        assert terminal.shows("Các phím – Bàn làm việc"), terminal.page()
        terminal.write("\x1b")
        terminal.write(CTRL_Q)
        assert terminal.ended() == 0
    finally:
        terminal.close()
