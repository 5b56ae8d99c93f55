"""What an officer waits for, measured through a real pty beside a bare Textual application."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.terminal import Terminal

BARE = [sys.executable, "-m", "benchmarks.bare"]
CARD = "079084001234|123456789|PHẠM VĂN AN|12031984|Nam|12 Lê Lợi, Rạch Giá|01012021\r"
ESCAPE, F2, F3, F4, F8, F10 = "\x1b", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[19~", "\x1b[21~"
DOWN, UP, PAGE_DOWN = "\x1b[B", "\x1b[A", "\x1b[6~"
ECHOED = "dang ky khai sinh cho tre em va nguoi lon o phuong"


def program(folder: Path) -> list[str]:
    """The command that opens the program on a data folder."""
    return [sys.executable, "-m", "tthc_tui", "--data", str(folder)]


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


def start(argv: list[str], shown: str, runs: int) -> list[float]:
    """Seconds from the start of the process until its footer is there and takes keys."""
    times = []
    for _ in range(runs):
        with Terminal(argv) as terminal:
            times.append(terminal.until_text(shown) - terminal.started)
    return times


def start_to_answer(folder: Path, runs: int) -> list[float]:
    """Seconds from the start of the process until a search typed at once is answered."""
    times = []
    for _ in range(runs):
        with Terminal(program(folder)) as terminal:
            terminal.until_text("Tiếp nhận")
            terminal.send(F2 + "khai sinh")
            times.append(terminal.until_text("1.001193") - terminal.started)
    return times


def echo(terminal: Terminal, text: str) -> list[float]:
    """Seconds from each key to its letter on the screen, the field being empty and in focus."""
    times = []
    for end in range(2, len(text) + 1):
        if end == 2:
            terminal.send(text[0])
            terminal.settle()
        if text[end - 1] == " ":
            terminal.send(" ")
            terminal.settle()
            continue
        sent = terminal.send(text[end - 1])
        times.append(terminal.until_text(text[:end]) - sent)
        terminal.settle()
    return times


def search(terminal: Terminal, queries: list[tuple[str, str, str]]) -> list[float]:
    """Seconds from the last key of each query to its first hit on the screen, in the look-up."""
    times = []
    for text, key, code in queries:
        terminal.send("\x15" + text)  # Ctrl+U empties the field
        terminal.settle(0.12)
        sent = terminal.send(key)
        times.append(terminal.until(lambda rows, code=code: _first_hit(rows, code)) - sent)  # type: ignore[misc]
        terminal.settle()
    return times


def _first_hit(rows: list[str], code: str) -> bool:
    codes = [row for row in rows if row.lstrip(" >").startswith(("1.", "2.", "3."))]
    return bool(codes) and codes[0].lstrip(" >").startswith(code)


def telling_queries(folder: Path, wanted: int) -> list[tuple[str, str, str]]:
    """Queries whose last letter changes the first hit, so that its answer can be seen: (text, key, code)."""
    script = (
        "import json,sys; from pathlib import Path; from tthc_tui.store.sqlite import SqliteStore;"
        "from tthc_tui.store.search import load_index;"
        "s=SqliteStore(Path(sys.argv[1])); c=s.read(); i=load_index(c.__enter__());"
        "words=sys.argv[3].split(';'); out=[];\n"
        "top=lambda t: (i.search(t).hits or [None])[0]\n"
        "for w in words:\n"
        "  for n in range(3,len(w)+1):\n"
        "    a,b=top(w[:n-1]),top(w[:n])\n"
        "    if a and b and a.code!=b.code and w[n-1]!=' ': out.append((w[:n-1],w[n-1],b.code))\n"
        "print(json.dumps(out[:int(sys.argv[2])]))"
    )
    words = (
        "dang ky ket hon;cap giay phep xay dung;chung thuc ban sao;dang ky khai tu;xac nhan tinh trang hon nhan;"
        "dang ky thuong tru;ho kinh doanh;giam ho;tach thua dat;tro cap xa hoi;nuoi con nuoi;tam tru;ly lich;"
        "cap giay phep moi truong;gia han giay phep;thu hoi giay chung nhan;thay doi ho tich"
    )
    database = str(folder / "tthc.db")
    answer = subprocess.run(
        [sys.executable, "-c", script, database, str(wanted), words],
        capture_output=True,
        text=True,
        check=True,
    )
    return [tuple(item) for item in json.loads(answer.stdout)]


def intake(terminal: Terminal, times: int) -> list[float]:
    """Seconds from F10 on a filled intake (durably stored) to the receipt on the screen."""
    measured = []
    for _ in range(times):
        terminal.send(F4)
        terminal.settle(0.15)
        terminal.send("1.001193\r")
        terminal.settle(0.2)
        terminal.send(CARD)
        terminal.until_text("PHẠM VĂN AN")
        terminal.settle(0.2)
        terminal.send("\x01")  # all needed papers
        terminal.settle(0.2)
        sent = terminal.send(F10)
        measured.append(terminal.until_text("GIẤY TIẾP NHẬN") - sent)
        terminal.settle(0.2)
    return measured


def scroll(terminal: Terminal, presses: int, key: str = DOWN) -> list[float]:
    """Seconds from an arrow key to the first byte of the repainted list."""
    times = []
    for _ in range(presses):
        terminal.settle(0.03)
        sent = terminal.send(key)
        painted = terminal.read(2.0)
        if painted is None:
            raise TimeoutError("the list did not move")
        times.append(painted[0] - sent)
    return times


def in_terminal(argv: list[str], shown: str, job: Callable[[Terminal], list[float]]) -> list[float]:
    """Run a measurement in a program that has settled."""
    os.environ.setdefault("TTHC_DATA", "")
    with Terminal(argv) as terminal:
        terminal.until_text(shown)
        terminal.settle(0.3)
        return job(terminal)
