"""`python -m benchmarks`: measure what the project promises and print it as a table.

Ratios are against a bare Textual application measured in the same run. Options: --quick (fewer runs and
a file of 100,000 dossiers), --keep DIR (make or reuse the measured data folders there).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import centre, counter
from benchmarks.terminal import Terminal
from tthc_tui.core.base import VIETNAM
from tthc_tui.core.views import DueQuery, Thresholds
from tthc_tui.store import finding
from tthc_tui.store.sqlite import SqliteStore

SETTLED = "Tiếp nhận"
LOADED_AHEAD = 3.0  # seconds after which the program has loaded what it loads while nobody types


@dataclass
class Figure:
    """One line of the table; `met` None where the line is only the baseline."""

    what: str
    measured: str
    target: str
    met: bool | None


def ratio(what: str, value: float, base: float, most: float, ceiling: float = 0.0) -> Figure:
    """A figure promised as a multiple of the bare application, and perhaps as milliseconds too."""
    met = value <= base * most and (not ceiling or value <= ceiling)
    target = f"≤ {most:g} × bare" + (f" and ≤ {ceiling * 1000:.0f} ms" if ceiling else "")
    return Figure(what, f"{value * 1000:.1f} ms = {value / base:.2f} × {base * 1000:.1f} ms", target, met)


def absolute(what: str, seconds: float, most: float) -> Figure:
    """A figure promised in milliseconds."""
    return Figure(what, f"{seconds * 1000:.1f} ms", f"≤ {most * 1000:.0f} ms", seconds <= most)


def start_figures(folder: Path, runs: int) -> list[Figure]:
    """How long until keys are taken, and until the store answers."""
    bare, usable, answered = [], [], []
    for _ in range(runs):  # taken in turns, so that a busy moment of the machine meets all three
        bare += counter.start(counter.BARE, "Thoát", 1)
        usable += counter.start(counter.program(folder), SETTLED, 1)
        answered += counter.start_to_answer(folder, 1)
    base = statistics.median(bare)
    return [
        ratio("start to the first usable screen, median", statistics.median(usable), base, 1.5),
        ratio("start to the first search answered, median", statistics.median(answered), base, 3),
    ]


def key_figures(folder: Path, searches: int, intakes: int) -> list[Figure]:
    """Echo and search in one session, intakes in another: both begin with the first usable screen."""
    with Terminal(counter.BARE) as terminal:
        terminal.until_text("Thoát")
        bare = counter.echo_in_bare(terminal)
    queries = counter.telling_queries(folder, searches)
    with Terminal(counter.program(folder)) as terminal:
        terminal.until_text(SETTLED)
        own = counter.echo_everywhere(terminal)
        terminal.send(counter.F2)
        terminal.settle(0.3)
        found = counter.search(terminal, queries)
    with Terminal(counter.program(folder)) as terminal:
        terminal.until_text(SETTLED)
        taken = counter.intake(terminal, intakes)
    base = counter.p95(bare)
    stored = f"finished intake (durable) to its receipt, p95 of {len(taken)} with the first"
    return [
        ratio(f"key to echo from the start on, p95 of {len(own)} in 7 fields", counter.p95(own), base, 2),
        ratio(f"search: key to painted results, p95 of {len(found)}", counter.p95(found), base, 3, 0.033),
        absolute(stored, counter.p95(taken), 0.1),
    ]


def monitor_figures(folder: Path, dossiers: int, presses: int) -> list[Figure]:
    """The overdue query, scrolling through its answer, and the memory of the program on the large file."""
    now = datetime.now(VIETNAM)
    at = Thresholds(now, now.replace(hour=23, minute=59, second=59), now + timedelta(days=1))
    times = []
    with SqliteStore(folder / "tthc.db") as store:
        for _ in range(30):
            began = time.perf_counter()
            with store.read() as connection:
                counts = finding.due_counts(connection, at)
                rows = finding.due_rows(connection, at, DueQuery("overdue"))
                finding.lines(connection, rows[:50])
            times.append(time.perf_counter() - began)
    with Terminal(counter.BARE) as bare:
        bare.until_text("Thoát")
        bare.settle(0.3)
        idle = bare.memory()
        bare.send(counter.F2)
        bare.settle(0.3)
        base = counter.scroll(bare, min(presses, 45))
    with Terminal(counter.program(folder)) as terminal:
        terminal.until_text(SETTLED)
        terminal.settle(0.5)
        terminal.send(counter.F8)
        terminal.settle(0.8)
        own = counter.scroll(terminal, presses)
        time.sleep(LOADED_AHEAD)
        memory = terminal.memory()
    what = f"overdue monitor: query on {dossiers:,} dossiers ({counts.overdue:,} overdue), median"
    return [
        absolute(what, statistics.median(times), 0.02),
        ratio("scrolling through them, key to row, p95", counter.p95(own), counter.p95(base), 2),
        Figure(
            f"memory on the {dossiers:,}-dossier file",
            f"{memory / 1024:.0f} MiB = {memory / idle:.2f} × {idle / 1024:.0f} MiB",
            "≤ 2.5 × bare",
            memory <= idle * 2.5,
        ),
    ]


def show(figures: list[Figure]) -> None:
    """Print the table."""
    width = max(len(figure.what) for figure in figures)
    for figure in figures:
        mark = "met" if figure.met else "MISSED"
        print(f"{figure.what:<{width}}  {figure.measured:<34}  {figure.target:<26}  {mark}", flush=True)


def main() -> int:
    """Measure everything; the exit code is 1 when a promise is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    dossiers, runs = (100_000, 5) if options.quick else (1_000_000, 11)
    with tempfile.TemporaryDirectory() as scratch:
        small = Path(scratch) / "counter"
        large = (options.keep or Path(scratch)) / f"archive-{dossiers}"
        catalogue = centre.make(small, 400, 40)
        if not (large / "tthc.db").exists():
            print(f"making a file of {dossiers:,} dossiers …", flush=True)
            centre.make(large, dossiers, dossiers * 12 // 1000)
        print(f"catalogue: {catalogue}; Python {sys.version.split()[0]}, {sys.platform}")
        figures = start_figures(small, runs)
        figures += key_figures(small, 40 if options.quick else 50, 20 if options.quick else 24)
        figures += monitor_figures(large, dossiers, 40 if options.quick else 120)
    show(figures)
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
