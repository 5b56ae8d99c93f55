"""The real program killed again and again while intakes are typed into it: what was painted is in the file."""

from __future__ import annotations

import random
import re
import signal
import time
from pathlib import Path
from typing import Any

from counter_tools import BIRTH
from pseudo_terminal import F4, F10, Terminal

KILLS, INTAKES = 6, 6
_CODE = re.compile(rb"\bH[\d.]+-\d{6}-\d{4,}\b")
_NAMES = ("An", "Bình", "Chi", "Dũng", "Em", "Phúc")


def card(number: int) -> str:
    """The card of another citizen each time."""
    name = f"Nguyễn Thị {_NAMES[number % len(_NAMES)]}"
    return f"0791850{number:05d}||{name}|02021985|Nữ|Tổ {number}, phường Rạch Giá, An Giang|01062021"


def codes_painted(terminal: Terminal) -> set[str]:
    """Every dossier code the terminal was sent so far."""
    return {code.decode() for code in _CODE.findall(terminal.raw)}


def run_and_kill(folder: Path, known: set[str], first: int, chance: random.Random) -> set[str]:
    """A burst of intakes, SIGKILL at a moment nobody chose; the codes that had been painted by then."""
    terminal = Terminal(folder)
    try:
        assert terminal.painted(), terminal.raw
        citizens = [card(first + number) for number in range(INTAKES)]
        keys = f"{F4}{BIRTH}\r" + ".".join(f"{citizen}\r12{F10}" for citizen in citizens)
        terminal.write(keys)
        wanted = chance.randint(1, INTAKES - 1)
        assert terminal.until(lambda: len(codes_painted(terminal) - known) >= wanted), terminal.page()
        ends = time.monotonic() + chance.uniform(0, 0.15)
        while (left := ends - time.monotonic()) > 0:
            terminal.read(left)
        terminal.kill(signal.SIGKILL)  # and read what the terminal had received before the end
    finally:
        terminal.close()
    return codes_painted(terminal)


def test_every_receipt_that_was_painted_is_in_the_file_exactly_once(
    data_file: Path, config: Any, clock: Any
) -> None:
    from tthc_tui.config import save_config
    from tthc_tui.core.views import DossierQuery
    from tthc_tui.desk import Desk
    from tthc_tui.store.dossiers import compare
    from tthc_tui.store.sqlite import SqliteStore

    save_config(config)
    chance = random.Random(20261124)
    painted: set[str] = set()
    for run in range(KILLS):
        painted |= run_and_kill(data_file.parent, painted, 100 + run * INTAKES, chance)
    with SqliteStore(data_file) as store:
        desk = Desk(store, clock, officer="lan")
        details = [desk.detail(line.id) for line in desk.lines(desk.find(DossierQuery()))]
        codes = [str(detail.dossier.code) for detail in details]
        assert len(painted) > 2 * KILLS
        assert painted <= set(codes)
        assert len(set(codes)) == len(codes)
        people = [detail.applicant.number for detail in details]
        assert len(set(people)) == len(people), "an intake was saved twice"
        assert all(sum(paper.form is not None for paper in detail.dossier.papers) >= 2 for detail in details)
        assert store.check() == []
        with store.read() as connection:
            assert compare(connection) == []
