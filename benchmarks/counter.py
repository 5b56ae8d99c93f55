"""What an officer waits for, measured through a real pty beside a bare Textual application."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.terminal import Terminal

BARE = [sys.executable, "-m", "benchmarks.bare"]
CARD = "079084001234|123456789|PHẠM VĂN AN|12031984|Nam|12 Lê Lợi, Rạch Giá|01012021\r"
ESCAPE, F2, F3, F4, F8, F10 = "\x1b", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[19~", "\x1b[21~"
DOWN, UP, PAGE_DOWN = "\x1b[B", "\x1b[A", "\x1b[6~"
ECHOED = "dang ky khai sinh cho tre em va nguoi lon o phuong"
ALL_PAPERS, EMPTY_FIELD, SECTION_BELOW = "\x01", "\x15", "\x1b[1;5B"
# The fields of an applicant in the order of Tab: (keys that lead there, what stands before the field, typed text)
FIELDS = (
    ("", "Số định danh ", "079284005678"),
    ("\t", "Người nộp  ", "PHAM VAN AN BINH"),
    ("\t", "Ngày sinh  ", "12/03/1984"),
    ("\t\t", "ĐT  ", "0912345678"),
    ("\t\t", "Địa chỉ    ", "12 Le Loi phuong Rach Gia"),
)


def program(folder: Path) -> list[str]:
    """The command that opens the program on a data folder."""
    return [sys.executable, "-m", "tthc_tui", "--data", str(folder)]


def p95(values: list[float]) -> float:
    """The 95th percentile of what was measured; nothing is extrapolated."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


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


def echo(terminal: Terminal, text: str, before: str = "") -> list[float]:
    """Seconds from each key to its letter on the screen, the field being empty and in focus.

    `before` is what stands left of the field; without it the first letter can't be told from others.
    """
    times = []
    for end in range(1, len(text) + 1):
        sent = terminal.send(text[end - 1])
        if text[end - 1] != " " and (before or end > 1):
            times.append(terminal.until_text(before + text[:end]) - sent)
        terminal.settle()
    return times


def echo_in_bare(terminal: Terminal) -> list[float]:
    """The same keys as `echo_everywhere` in the one field of the bare application."""
    times = []
    for text in (ECHOED, "ket hon", *(text for _, _, text in FIELDS)):
        terminal.send(EMPTY_FIELD)
        terminal.settle()
        times += echo(terminal, text)
    return times


def echo_everywhere(terminal: Terminal) -> list[float]:
    """Keys from the first usable screen on: the look-up, then the fields of an intake."""
    terminal.send(F2)
    terminal.until_text("Tên, chữ viết tắt")
    times = echo(terminal, ECHOED)
    terminal.send(F4)
    terminal.until_text("Thủ tục: tên")
    times += echo(terminal, "ket hon")
    terminal.send(EMPTY_FIELD + "1.001193\r")
    terminal.until_text("Số định danh")
    terminal.settle()
    for keys, before, text in FIELDS:
        terminal.send(keys)
        terminal.settle()
        times += echo(terminal, text, before)
    return times


def search(terminal: Terminal, queries: list[tuple[str, str, str]]) -> list[float]:
    """Seconds from the last key of each query to its first hit on the screen, in the look-up."""
    times = []
    for text, key, code in queries:
        terminal.send(EMPTY_FIELD + text)  # Ctrl+U empties the field
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
        "import json, sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from tthc_tui.config import load_config; from tthc_tui.desk.opening import open_desk\n"
        "store, desk = open_desk(load_config(Path(sys.argv[1])), lambda: datetime.now(UTC)); out = []\n"
        "top = lambda text: (desk.search(text).hits or [None])[0]\n"
        "for word in sys.argv[3].split(';'):\n"
        "  for n in range(3, len(word) + 1):\n"
        "    a, b = top(word[:n - 1]), top(word[:n])\n"
        "    if a and b and a.code != b.code and word[n - 1] != ' ':\n"
        "      out.append((word[:n - 1], word[n - 1], b.code))\n"
        "print(json.dumps(out[:int(sys.argv[2])])); store.close()"
    )
    words = (
        "dang ky ket hon;cap giay phep xay dung;chung thuc ban sao;dang ky khai tu;xac nhan tinh trang hon nhan;"
        "dang ky thuong tru;ho kinh doanh;giam ho;tach thua dat;tro cap xa hoi;nuoi con nuoi;tam tru;ly lich;"
        "cap giay phep moi truong;gia han giay phep;thu hoi giay chung nhan;thay doi ho tich;cham dut hoat dong;"
        "dat dai;lao dong;bao tro;cong chung;phi;hoc bong;khuyet tat;nghi viec;thue;xuat khau;cap doi the can cuoc;"
        "kiem tra chat luong;quang cao;bo nhiem;thanh lap hoi;karaoke;van tai;the thao;thuoc;tau ca"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(wanted), words],
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
        terminal.send(ALL_PAPERS)
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
