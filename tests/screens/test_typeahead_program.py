"""The real program on a real terminal: a whole intake sent in one write, long before the store is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from counter_tools import BIRTH, CARD
from pseudo_terminal import CTRL_DOWN, CTRL_Q, F4, F10, Terminal, stored
from pseudo_terminal import terminal as terminal


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


def test_an_intake_typed_before_the_program_listens_is_not_lost(
    terminal: Terminal, data_file: Path, clock: Any
) -> None:
    """The terminal still makes a line feed of every Enter, as it does for the shell."""
    terminal.write(f"{F4}dang ky khai sinh\r079184000009\rtrần thị hoa\r{CTRL_DOWN}12{F10}")
    assert terminal.shows("Được tiếp nhận", "GIẤY TIẾP NHẬN HỒ SƠ"), terminal.page()
    (detail,) = stored(data_file, clock)
    assert (detail.applicant.name, detail.applicant.number) == ("TRẦN THỊ HOA", "079184000009")


def test_a_scan_in_the_same_write_fills_the_applicant(
    terminal: Terminal, data_file: Path, clock: Any
) -> None:
    assert terminal.painted()
    terminal.write(f"{F4}dkks\r")
    terminal.write(f"{CARD}\r12{F10}")
    assert terminal.shows("Được tiếp nhận", "PHẠM"), terminal.page()
    (detail,) = stored(data_file, clock)
    assert detail.applicant.address == "12 Nguyễn Trung Trực, phường Rạch Giá, An Giang"
    assert len([paper for paper in detail.dossier.papers if str(paper.form) == "bản chính"]) == 2


def test_a_tiny_terminal_and_back_and_a_clean_end(terminal: Terminal) -> None:
    assert terminal.shows("Cần làm trước", "Quá hạn 0")
    terminal.resize(20, 5)
    assert terminal.shows("TTHC")
    terminal.resize(80, 24)
    assert terminal.shows("Cần làm trước", "F4 Tiếp nhận")
    terminal.write(CTRL_Q)
    assert terminal.ended() == 0
    assert b"Traceback" not in terminal.raw
