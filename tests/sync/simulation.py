"""Many seeded histories of the protocol, each a world of its own, spread over processes.

Run one seed again with `python tests/sync/simulation.py SEED`; `--many N [FIRST]` runs N of them.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

import time_machine
from simulated_officers import intake
from simulated_world import BEGINNERS, LATER, START, World
from sync_backend import Server, make_server_file, make_station_file
from sync_tools import Station

Outcome = tuple[int, str, "Counter[str]"]
"""Seed, what went wrong or "", what happened how often."""


def memory() -> str | None:
    """Where files cost no disk: thousands of histories are about crashes of programs, not of disks."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def simulate(seed: int, made: Path) -> World:
    """Live through one history in a folder of its own; Broken or another exception when something is wrong."""
    folder = Path(tempfile.mkdtemp(prefix=f"tthc-sim-{seed}-", dir=memory()))
    try:
        world = World(seed, made, folder)
        world.run()
        return world
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(made: Path) -> Path:
    """The files histories are copied from: a backend, and stations alone, enrolled, and with the first snapshot."""
    make_server_file(made / "server.db")
    make_station_file(made / "alone" / "tthc.db")
    with time_machine.travel(START, tick=False):
        server = Server(made / "server.db", threads=False)
        server.start()
        chance = random.Random(0)
        stations = {name: _enrolled(made, name, server, chance) for name in (*BEGINNERS, *LATER)}
        desk = stations["lan"].desk
        held = [desk.receive(intake(desk, f"NGƯỜI ĐẦU {number}")).id for number in range(6)]
        desk.forward(held[:3], "tu-phap")
        for name, station in stations.items():
            station.desk.sync_once()
            station.copy_to(made / name / "synced")
            station.close()
        server.close()
    return made


def _enrolled(made: Path, name: str, server: Server, chance: random.Random) -> Station:
    """A station that has signed in and read nothing yet, kept so too."""
    folder = made / "begun" / name
    shutil.copytree(made / "alone", folder)
    station = Station(folder, server, name.rstrip("2"), lambda: datetime.now(UTC), chance).open()
    station.new_identity()
    station.join().copy_to(made / name / "joined")
    return station


def attempt(seed: int, made: str) -> Outcome:
    """One history; for worker processes."""
    import traceback
    import warnings

    warnings.simplefilter("ignore")
    try:
        return seed, "", simulate(seed, Path(made)).count
    except Exception as error:  # noqa: BLE001 - every trouble of a history is told with its seed
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return seed, f"{type(error).__name__}: {error} ({where})", Counter()


def few_collections() -> None:
    """What was loaded is never garbage; looking for it there took a quarter of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def run_many(seeds: Iterable[int], workers: int = 0) -> Iterator[Outcome]:
    """`attempt` for each seed, spread over processes, as they end."""
    count = workers or min(os.cpu_count() or 1, 8)
    with tempfile.TemporaryDirectory(dir=memory()) as place:
        made = str(prepare(Path(place)))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(count, mp_context=context, initializer=few_collections) as pool:
            for future in as_completed([pool.submit(attempt, seed, made) for seed in seeds]):
                yield future.result()


def main(arguments: list[str]) -> int:
    """`SEED…` runs these seeds one by one; `--many N [FIRST]` runs N of them on all cores."""
    if arguments[:1] == ["--many"]:
        count, first = int(arguments[1]), int(arguments[2]) if len(arguments) > 2 else 1
        outcomes: Iterable[Outcome] = run_many(range(first, first + count))
    else:
        with tempfile.TemporaryDirectory(dir=memory()) as place:
            made = str(prepare(Path(place)))
            outcomes = [attempt(int(seed), made) for seed in arguments]
    failed = done = 0
    happened: Counter[str] = Counter()
    for seed, trouble, counted in outcomes:
        done += 1
        happened += counted
        if trouble:
            failed += 1
            print(f"seed {seed}: {trouble}", flush=True)
        if done % 100 == 0:
            print(f"{done} histories, {failed} failed", flush=True)
    for what, times in sorted(happened.items()):
        print(f"{times:8}  {what}")
    again = f" (run one again: python {Path(__file__).as_posix()} SEED)" if failed else ""
    print(f"{done} histories, {failed} failed{again}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
