"""The protocol under a seeded simulation: stations, a backend, a bad network, clocks and crashes in one process.

Stations and backend are the real code on real SQLite files; the network between them, the time and the moments
of death are drawn from one seed. After each history the network heals, everybody syncs until nothing moves,
and the promises are checked. Run one seed again with `python tests/sync/simulation.py SEED`.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import time_machine
from sync_backend import KHAI_SINH, Server, copy_file, make_server_file, make_station_file
from sync_tools import Lost, Station, Weather

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.chain import GENESIS, canonical, chain
from tthc_tui.core.site import ExceptionDay, ExceptionKind
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.store import dossiers
from tthc_tui.store.errors import StoreError
from tthc_tui.store.sync_errors import RemoteError, SignInNeeded

START = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
OFFICERS = ("lan", "hung", "lan", "minh", "thu")
QUIET_ROUNDS = 30


class Broken(AssertionError):
    """A promise does not hold."""


@dataclass
class Machine:
    """A station with what the outside world knows of it."""

    station: Station
    alive: bool = True
    shown: set[str] = field(default_factory=set)  # events whose "đã lưu" was shown
    crash_chance: float = 0.0


class Simulation:
    """One history. `made` holds the files to copy from; `folder` is empty; everything else follows from `seed`."""

    def __init__(self, seed: int, made: Path, folder: Path, *, steps: int = 0) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.made = made
        self.now = START
        self.traveller = time_machine.travel(START, tick=False)
        self.coordinates = self.traveller.start()
        copy_file(made / "server.db", folder / "server.db")
        self.server = Server(folder / "server.db", threads=False)
        self.machines: list[Machine] = []
        self.backups: list[Path] = []
        self.gone: set[str] = set()  # shown as saved, but the disk that held them was replaced by an old copy
        self.steps = steps or self.chance.randint(12, 40)
        self.names = 0

    # -- the world ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Live through the history, heal, check."""
        try:
            self.server.start()
            for number in range(self.chance.randint(2, 3)):
                self.add(OFFICERS[number if number < 2 else self.chance.randrange(2, 5)])
            for _ in range(self.steps):
                self.step()
            self.heal()
            self.check()
        finally:
            self.end()

    def end(self) -> None:
        """Put everything away."""
        self.traveller.stop()
        for machine in self.machines:
            machine.station.close()
        self.server.close()

    def add(self, officer: str) -> Machine:
        """A new station joins."""
        self.names += 1
        folder = self.folder / f"m{self.names}"
        copy_file(self.made / "station.db", folder / "tthc.db")
        station = Station(folder, self.server, officer, lambda: datetime.now(UTC), self.chance).open()
        station.new_identity()
        machine = Machine(station)
        self.machines.append(machine)
        station.join()
        if self.chance.random() < 0.3:
            station.skew = timedelta(minutes=self.chance.choice([-600, -7, 3, 60]))
        if self.chance.random() < 0.7:
            self.quietly(machine, station.desk.sync_once)
        return machine

    def step(self) -> None:
        """One thing happens."""
        self.pass_time(self.chance.choice([1, 5, 60, 600]))
        machine = self.chance.choice(self.machines)
        kinds: list[tuple[Callable[[Machine], None], int]] = [
            (self.act, 40),
            (self.sync, 30),
            (self.change_weather, 8),
            (self.decide, 4),
            (self.crash_later, 6),
            (self.next_day, 2),
            (self.clone, 1),
            (self.restore_station, 1),
            (self.restart_server, 2),
            (self.restore_server, 1),
            (self.back_server_up, 3),
            (self.change_calendar, 1),
            (self.exhaust, 1),
        ]
        happen = self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        happen(machine)

    def pass_time(self, seconds: float) -> None:
        """Time goes on for everybody."""
        self.now += timedelta(seconds=seconds)
        self.coordinates.move_to(self.now)

    @contextmanager
    def dying(self, machine: Machine) -> Iterator[None]:
        """While this runs the machine may die at a commit; it is then started again from its file."""
        station = machine.station

        def crash() -> str:
            if self.chance.random() >= machine.crash_chance:
                return ""
            machine.crash_chance = 0.0
            return self.chance.choice(["before", "after"])

        station.store.crash = crash
        try:
            yield
        except Lost:
            station.store.crash = None
            station.close()
            station.open()
        finally:
            station.store.crash = None

    def quietly(self, machine: Machine, job: Callable[[], object]) -> object:
        """Run what an officer or the worker does; what the program says instead of doing it is no defect."""
        with self.dying(machine):
            try:
                return job()
            except SignInNeeded:
                try:
                    machine.station.sign_in()
                except RemoteError:
                    return None
            except (Refused, RemoteError):
                return None
            except StoreError as error:
                if "người khác" not in str(error):
                    raise
        return None

    # -- what happens -------------------------------------------------------------------------------

    def act(self, machine: Machine) -> None:
        """An officer does something, on a new dossier or one of the list."""
        desk = machine.station.desk
        known = [row[0] for row in machine.station.rows("SELECT id FROM dossier ORDER BY row")]
        before = self.own_events(machine)
        if (not known or self.chance.random() < 0.4) and machine.station.officer in ("lan", "hung"):
            done = self.quietly(machine, lambda: desk.receive(self.intake(machine)))
        elif known:
            dossier = str(self.chance.choice(known))
            action = self.chance.choice(self.actions())
            done = self.quietly(
                machine, lambda: desk.act(UUID(dossier), self.aimed(machine, dossier, action))
            )
        else:
            return
        if done is not None:
            machine.shown |= self.own_events(machine) - before

    def actions(self) -> list[ev.Action]:
        """What officers do all day."""
        return [
            ev.Forward(to_unit=self.chance.choice(["tu-phap", "ttpvhcc"])),
            ev.AcceptHandover(),
            ev.RequestSupplement(items=("Giấy chứng sinh",), again_reason="thiếu trang"),
            ev.Supplement(),
            ev.Resolve(),
            ev.Return(),
            ev.Withdraw(reason="theo yêu cầu"),
            ev.AddNote(text="ghi chú"),
            ev.Print(form="mau-01"),
            ev.Undo(event=UUID(int=0), grace_seconds=3600),
        ]

    def aimed(self, machine: Machine, dossier: str, action: ev.Action) -> ev.Action:
        """An undo takes back what the officer sees as last."""
        if isinstance(action, ev.Undo):
            last = machine.station.desk.dossier(dossier).last_event
            return action.model_copy(update={"event": last})
        return action

    def intake(self, machine: Machine) -> Intake:
        """A simple real intake."""
        procedure = machine.station.desk.procedure(KHAI_SINH)
        papers = tuple(
            ev.PaperReceived(requirement=line.id, name=line.label)
            for line in procedure.case().requirements
            if line.needed and not line.database
        )
        person = PersonInput(name=f"NGƯỜI THỨ {self.chance.randrange(1000)}", number="079084001234")
        return Intake(procedure=KHAI_SINH, applicant=person, papers=papers)

    def sync(self, machine: Machine) -> None:
        """A round of the worker."""
        self.quietly(machine, machine.station.desk.sync_once)

    def change_weather(self, machine: Machine) -> None:
        """The network gets better or worse."""
        draw = self.chance.random
        machine.station.network.weather = self.chance.choice(
            [
                Weather(),
                Weather(off=True),
                Weather(draw() / 3, draw() / 3, draw() / 3, draw() / 3, draw() / 5),
            ]
        )

    def decide(self, machine: Machine) -> None:
        """An officer looks into the tray."""
        desk = machine.station.desk
        items = desk.conflicts()
        if items:
            item, how = self.chance.choice(items), self.chance.choice(["discard", "redo", "note"])
            self.quietly(machine, lambda: desk.resolve_conflict(item.id, how))  # type: ignore[arg-type]

    def crash_later(self, machine: Machine) -> None:
        """The machine will die at one of its next commits."""
        machine.crash_chance = 0.25

    def next_day(self, machine: Machine) -> None:
        """Night falls."""
        self.pass_time(self.chance.choice([12, 24, 72]) * 3600)

    def clone(self, machine: Machine) -> None:
        """Somebody copies the disk into another machine."""
        self.names += 1
        folder = self.folder / f"m{self.names}"
        machine.station.copy_to(folder)
        twin = Station(
            folder, self.server, machine.station.officer, machine.station._clock, self.chance
        ).open()
        self.machines.append(Machine(twin))

    def restore_station(self, machine: Machine) -> None:
        """The machine's disk is replaced by an older copy of itself."""
        backup = machine.station.folder / "backup"
        if not (backup / "tthc.db").exists() or self.chance.random() < 0.3:
            machine.station.copy_to(backup)
            return
        machine.station.close()
        copy_file(backup / "tthc.db", machine.station.path)
        for other in backup.glob("*.json"):
            shutil.copy2(other, machine.station.folder)
        machine.station.open()
        kept = {row[0] for row in machine.station.rows("SELECT id FROM event")} | self.server.events()
        for one in self.machines:  # what others know as confirmed they send again, if the backend forgot it
            kept |= {row[0] for row in one.station.rows("SELECT id FROM event WHERE status = 'confirmed'")}
        self.gone |= machine.shown - kept

    def restart_server(self, machine: Machine) -> None:
        """The backend goes down and comes back."""
        self.server.restart()

    def back_server_up(self, machine: Machine) -> None:
        """IT makes a copy."""
        backup = self.folder / f"backup-{len(self.backups)}.db"
        copy_file(self.server.path, backup)
        self.backups.append(backup)

    def restore_server(self, machine: Machine) -> None:
        """IT sets the backend back to an older copy."""
        if self.backups:
            self.server.restore(self.chance.choice(self.backups[-2:]))
            held = {row[0] for one in self.machines for row in one.station.rows("SELECT id FROM event")}
            for one in self.machines:  # both the backend and the disk it was made on are old copies now
                self.gone |= one.shown - held

    def change_calendar(self, machine: Machine) -> None:
        """A notice makes a working day free while dossiers are on their way."""
        desk = machine.station.desk
        day = ExceptionDay(day=(self.now + timedelta(days=1)).date(), kind=ExceptionKind.DAY_OFF, name="Nghỉ")
        self.quietly(machine, lambda: desk.save_site(desk.site.model_copy(update={"exceptions": (day,)})))

    def exhaust(self, machine: Machine) -> None:
        """All lent numbers are used up."""
        machine.station.store.write(
            lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1")
        )

    def own_events(self, machine: Machine) -> set[str]:
        """What was decided on this machine and counts or waits."""
        return {
            str(row[0]) for row in machine.station.rows("SELECT id FROM event WHERE device_seq IS NOT NULL")
        }

    # -- afterwards ---------------------------------------------------------------------------------

    def heal(self) -> None:
        """The network is good again; everybody syncs until nothing moves any more."""
        for machine in self.machines:
            machine.crash_chance = 0.0
            machine.station.network.weather = Weather()
            machine.station.network.delayed.clear()
        before: object = None
        for _ in range(QUIET_ROUNDS):
            self.pass_time(1)
            for machine in self.machines:
                self.settle(machine)
            now = [
                machine.station.rows("SELECT id, status, place, hash FROM event ORDER BY id")
                + machine.station.rows("SELECT device_seq, event FROM outbox")
                for machine in self.machines
            ]
            if now == before:
                return
            before = now
        raise Broken("stations and backend do not come to rest")

    def settle(self, machine: Machine) -> None:
        """One round that must succeed; an emptied backend is confirmed, as the administrator would."""
        desk = machine.station.desk
        try:
            desk.sync_once(accept_empty=True)
        except SignInNeeded:
            machine.station.join_again()
            desk.sync_once(accept_empty=True)

    def check(self) -> None:
        """The promises of sync.md."""
        logs = {}
        for machine in self.machines:
            self.check_file(machine)
            feed = machine.station.desk.sync_status().feed
            rows = machine.station.rows(
                "SELECT place, id, hash FROM event WHERE status = 'confirmed' ORDER BY place"
            )
            if logs.setdefault(feed, rows) != rows:
                raise Broken(
                    f"{machine.station.folder.name}: the feed of {feed} differs from another station's"
                )
        self.check_dossiers()
        self.check_codes()
        self.check_shown()

    def check_file(self, machine: Machine) -> None:
        """One station: sound, nothing left to send, chains right, projection as the events say."""
        station, name = machine.station, machine.station.folder.name
        if station.rows("SELECT 1 FROM outbox"):
            raise Broken(f"{name}: something still waits in the outbox")
        with station.store.read() as connection:
            if dossiers.compare(connection):
                raise Broken(f"{name}: the projection is not what the events say")
        if station.store.check():
            raise Broken(f"{name}: the file is damaged")
        heads: dict[object, str] = {}
        for dossier, body, hashed in station.rows(
            "SELECT dossier, body, hash FROM event WHERE status = 'confirmed' ORDER BY place"
        ):
            heads[dossier] = chain(heads.get(dossier, GENESIS), canonical(str(body)))
            if heads[dossier] != hashed:
                raise Broken(f"{name}: a chain is broken")

    def check_dossiers(self) -> None:
        """Every machine that holds a dossier shows the same."""
        columns = "id, code, version, state, open, holder_unit, coming_to, due_at, last_at, applicant"
        seen: dict[object, tuple[object, ...]] = {}
        for machine in self.machines:
            for row in machine.station.rows(f"SELECT {columns} FROM dossier"):
                if seen.setdefault(row[0], row) != row:
                    raise Broken(f"dossier {row[0]} differs: {seen[row[0]]} / {row}")
        self.dossiers = len(seen)

    def check_codes(self) -> None:
        """No code names two dossiers; every printed code still finds its dossier; nobody waits for one."""
        owner: dict[str, str] = {}
        for machine in self.machines:
            for identity, code in machine.station.rows(
                "SELECT id, code FROM dossier WHERE received_at IS NOT NULL"
            ):
                if not code and not machine.station.desk.dossier(str(identity)).voided:
                    raise Broken(f"dossier {identity} has no official code")
                if code and owner.setdefault(str(code), str(identity)) != identity:
                    raise Broken(f"code {code} names two dossiers")
        for machine in self.machines:
            for dossier, code in machine.station.rows(
                "SELECT dossier, json_extract(body, '$.code') FROM event"
                " WHERE status = 'confirmed' AND kind IN ('received', 'accepted')"
            ):
                found = machine.station.desk.dossier(str(dossier))
                if code and code not in (found.code, *found.aliases):
                    raise Broken(f"the printed code {code} no longer finds its dossier")

    def check_shown(self) -> None:
        """What was shown as saved stands in the log, was done by somebody else too, or lies in the tray."""
        for machine in self.machines:
            rows = machine.station.rows("SELECT id, status FROM event")
            status = {row[0]: row[1] for row in rows}
            tray = {row[0] for row in machine.station.rows("SELECT event FROM conflict")}
            for event in machine.shown - self.gone:
                if status.get(event) in ("confirmed", "duplicate") or event in tray:
                    continue
                raise Broken(f"{machine.station.folder.name}: event {event} is {status.get(event)}")


def memory() -> str | None:
    """Where files cost no disk: thousands of histories are about crashes of programs, not of disks."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def simulate(seed: int, made: Path) -> Simulation:
    """Live through one history in a folder of its own; Broken or another exception when something is wrong."""
    folder = Path(tempfile.mkdtemp(prefix=f"tthc-sim-{seed}-", dir=memory()))
    try:
        simulation = Simulation(seed, made, folder)
        simulation.run()
        return simulation
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(made: Path) -> Path:
    """The files histories are copied from."""
    make_server_file(made / "server.db")
    make_station_file(made / "station.db")
    return made


def attempt(seed: int, made: str) -> tuple[int, str]:
    """(seed, what went wrong or "") of one history; for worker processes."""
    import traceback
    import warnings

    warnings.simplefilter("ignore")
    try:
        simulate(seed, Path(made))
    except Exception as error:  # noqa: BLE001 - every trouble of a history is told with its seed
        last = traceback.extract_tb(error.__traceback__)[-1]
        return seed, f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
    return seed, ""


def few_collections() -> None:
    """What was loaded is never garbage; looking for it there took a quarter of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def run_many(seeds: Iterable[int], workers: int = 0) -> Iterator[tuple[int, str]]:
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
        outcomes: Iterable[tuple[int, str]] = run_many(range(first, first + count))
    else:
        with tempfile.TemporaryDirectory(dir=memory()) as place:
            made = str(prepare(Path(place)))
            outcomes = [attempt(int(seed), made) for seed in arguments]
    failed = done = 0
    for seed, trouble in outcomes:
        done += 1
        if trouble:
            failed += 1
            print(f"seed {seed}: {trouble}", flush=True)
        if done % 100 == 0:
            print(f"{done} histories, {failed} failed", flush=True)
    print(f"{done} histories, {failed} failed" + (" (run one again: simulation.py SEED)" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
