"""One history of the protocol: stations, a backend, a bad network, clocks and crashes in one process.

Stations and backend are the real code on real SQLite files; the network between them, the time and the moments
of death are drawn from one seed. After each history the network heals, everybody syncs until nothing moves,
and the promises are checked.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from simulated_officers import Machine, Officers
from simulated_promises import Broken, check, undecided
from sync_backend import SITE, Server, copy_file
from sync_tools import Station, Weather

from tthc_tui.core.base import VIETNAM
from tthc_tui.core.site import ExceptionDay, ExceptionKind
from tthc_tui.server.catalog import publish
from tthc_tui.server.migrate import connected
from tthc_tui.store.sync_engine import Round
from tthc_tui.store.sync_errors import SignInNeeded

START = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
BEGINNERS = ("lan", "hung")
LATER = ("lan2", "minh", "thu")
"""Stations that are made once, enrolled and signed in; "lan2" is a second machine of the same officer."""
MOST_MACHINES = 5
QUIET_ROUNDS = 30


class World(Officers):
    """One history. `made` holds the files to copy from; `folder` is empty; everything else follows from `seed`."""

    def __init__(self, seed: int, made: Path, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.made = made
        self.now = START
        self.traveller = time_machine.travel(START, tick=False)
        self.coordinates = self.traveller.start()
        for name in ("server.db", "server.key"):
            shutil.copyfile(made / name, folder / name)
        self.server = Server(folder / "server.db", threads=False)
        self.machines: list[Machine] = []
        self.backups: list[Path] = []
        self.gone: set[str] = set()  # shown as saved, but the disk that held them was replaced by an old copy
        self.count: Counter[str] = Counter()  # what really happened, told after many histories
        self.names = 0

    # -- the world ----------------------------------------------------------------------------------

    def run(self) -> None:
        """Live through the history, heal, check."""
        try:
            self.server.start()
            for name in BEGINNERS:
                self.add(name)
            if self.chance.random() < 0.5:
                self.add(self.chance.choice(LATER))
            for _ in range(self.chance.randint(12, 40)):
                self.step()
            self.heal()
            if any(machine.station.desk.conflicts() for machine in self.machines):
                self.decide(self.chance.choice(self.machines))  # most refusals are heard of only now
                self.heal()
            check(self)
            if any(not code for code in self.codes_of(undecided(self))):
                self.decide_all()  # what waited for an officer alone gets its code now
                self.heal()
                check(self)
            self.tell()
        finally:
            self.end()

    def codes_of(self, dossiers: set[object]) -> list[object]:
        """The codes under which stations show these dossiers, "" for none."""
        return [
            code
            for machine in self.machines
            for dossier, code in machine.station.rows("SELECT id, code FROM dossier")
            if dossier in dossiers
        ]

    def decide_all(self) -> None:
        """Officers give up every action that was refused."""
        for machine in self.machines:
            desk = machine.station.desk
            while items := desk.conflicts():
                desk.resolve_conflict(items[0].id, "discard")

    def end(self) -> None:
        """Put everything away."""
        self.traveller.stop()
        for machine in self.machines:
            machine.station.close()
        self.server.close()

    def add(self, name: str) -> Machine:
        """A station that knows the backend, with the first snapshot or before it."""
        made = self.made / name / ("synced" if self.chance.random() < 0.7 else "joined")
        machine = self.start(name.rstrip("2"), made)
        if self.chance.random() < 0.3:
            self.count["clock skew"] += 1
            machine.station.skew = timedelta(minutes=self.chance.choice([-600, -7, 3, 60]))
        if self.chance.random() < 0.4:
            self.change_weather(machine)
        self.crash_later(machine)
        return machine

    def start(self, officer: str, made: Path) -> Machine:
        """Another machine with the files of `made`."""
        self.names += 1
        folder = self.folder / f"m{self.names}"
        shutil.copytree(made, folder, copy_function=shutil.copyfile)
        station = Station(folder, self.server, officer, lambda: datetime.now(UTC), self.chance).open()
        machine = Machine(station)
        self.machines.append(machine)
        return machine

    def step(self) -> None:
        """One thing happens."""
        self.pass_time(self.chance.choice([1, 5, 60, 600]))
        machine = self.chance.choice(self.machines)
        kinds: list[tuple[Callable[[Machine], None], int]] = [
            (self.act, 34),
            (self.quarrel, 6),
            (self.sync, 28),
            (self.change_weather, 8),
            (self.decide, 4),
            (self.crash_later, 4),
            (self.next_day, 3),
            (self.newcomer, 2),
            (self.clone, 1),
            (self.back_station_up, 3),
            (self.restore_station, 3),
            (self.restart_server, 2),
            (self.back_server_up, 3),
            (self.restore_server, 1),
            (self.change_calendar, 2),
            (self.exhaust, 1),
        ]
        happen = self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        happen(machine)

    def pass_time(self, seconds: float) -> None:
        """Time goes on for everybody."""
        self.now += timedelta(seconds=seconds)
        self.coordinates.move_to(self.now)

    # -- the link -----------------------------------------------------------------------------------

    def sync(self, machine: Machine) -> None:
        """A round of the worker."""
        done = self.quietly(machine, machine.station.desk.sync_once)
        if isinstance(done, Round):
            self.note(done)

    def note(self, done: Round) -> None:
        """Count what a round did."""
        self.count["refused by the backend"] += done.refused
        self.count["copy found out"] += done.forked

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

    def newcomer(self, machine: Machine) -> None:
        """A counter that has worked alone joins over a network that may be bad; what it can't now, it does later."""
        if len(self.machines) >= MOST_MACHINES:
            return
        fresh = self.start(self.chance.choice(["lan", "minh", "thu"]), self.made / "alone")
        fresh.station.new_identity()
        for _ in range(self.chance.choice([0, 1, 3])):
            self.act(fresh)
        self.change_weather(fresh)
        if self.chance.random() < 0.3:
            self.crash_later(fresh)
        if self.chance.random() < 0.4:
            self.crash_later(fresh, "SyncEngine.enrol")
        self.quietly(fresh, fresh.station.join)
        self.count["newcomer"] += 1

    def clone(self, machine: Machine) -> None:
        """Somebody copies the disk into another machine."""
        if len(self.machines) >= MOST_MACHINES:
            return
        self.names += 1
        folder = self.folder / f"m{self.names}"
        machine.station.copy_to(folder)
        twin = Station(folder, self.server, machine.station.officer, machine.station._clock, self.chance)
        self.machines.append(Machine(twin.open()))
        self.count["cloned disk"] += 1

    # -- trouble ------------------------------------------------------------------------------------

    def next_day(self, machine: Machine) -> None:
        """Night falls."""
        self.pass_time(self.chance.choice([12, 24, 72]) * 3600)
        if self.chance.random() < 0.3:
            self.crash_later(machine, self.chance.choice(["begin_closing", "close_leases"]))
        for one in self.machines:  # yesterday's provisional receipts: their numbers are lent for them alone
            if (
                one.station.rows("SELECT 1 FROM dossier WHERE code = '' LIMIT 1")
                and self.chance.random() < 0.5
            ):
                self.crash_later(one, "put_leases")
        self.count["night"] += 1

    def back_station_up(self, machine: Machine) -> None:
        """Somebody copies the machine's folder."""
        machine.station.copy_to(machine.station.folder / "backup")

    def restore_station(self, machine: Machine) -> None:
        """The machine's disk is replaced by an older copy of itself."""
        backup = machine.station.folder / "backup"
        if not (backup / "tthc.db").exists():
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
        self.count["station set back"] += 1

    def restart_server(self, machine: Machine) -> None:
        """The backend goes down and comes back."""
        self.server.restart()
        self.count["backend restarted"] += 1

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
            self.count["backend set back"] += 1

    def change_calendar(self, machine: Machine) -> None:
        """A notice makes a working day free while dossiers are on their way: told by the backend, or typed here."""
        day = ExceptionDay(day=(self.now + timedelta(days=1)).date(), kind=ExceptionKind.DAY_OFF, name="Nghỉ")
        if self.chance.random() < 0.5:
            with connected(f"sqlite:///{self.server.path}") as connection:
                publish(connection, SITE.model_copy(update={"exceptions": (day,)}), [])
            self.count["calendar published"] += 1
            return
        desk = machine.station.desk
        self.quietly(machine, lambda: desk.save_site(desk.site.model_copy(update={"exceptions": (day,)})))
        self.count["calendar changed here"] += 1

    def exhaust(self, machine: Machine) -> None:
        """All lent numbers are used up."""
        machine.station.store.write(
            lambda connection: connection.exec_driver_sql("UPDATE lease SET next = last + 1")
        )
        if (
            self.chance.random() < 0.5
        ):  # the receipts it prints meanwhile get their codes from numbers lent later
            self.crash_later(machine, "put_leases")
        self.count["numbers used up"] += 1

    # -- afterwards ---------------------------------------------------------------------------------

    def heal(self) -> None:
        """The network is good again; everybody syncs until nobody has anything to say or to hear any more."""
        for machine in self.machines:
            machine.rest = None
            machine.crash_chance = 0.0
            machine.station.network.weather = Weather()
            machine.station.network.delayed.clear()
        for _ in range(QUIET_ROUNDS):
            self.pass_time(1)
            for machine in self.machines:
                head = self.server.head()
                if machine.rest != head:
                    done = self.settle(machine)
                    machine.rest = head if not done.pushed and self.server.head() == head else None
            if all(machine.rest == self.server.head() for machine in self.machines):
                break
        else:
            raise Broken("stations and backend do not come to rest")
        if self.chance.random() < 0.3:
            before = self.state()
            for machine in self.machines:
                self.settle(machine)
            if self.state() != before:
                raise Broken("a round at rest changes something")

    def state(self) -> object:
        """Everything events and outboxes say."""
        return [
            machine.station.rows("SELECT id, status, place, hash FROM event ORDER BY id")
            + machine.station.rows("SELECT device_seq, event FROM outbox")
            for machine in self.machines
        ]

    def settle(self, machine: Machine) -> Round:
        """One round that must succeed; an emptied backend is confirmed, as the administrator would."""
        desk = machine.station.desk
        if desk.worker is None:  # it never could join
            machine.station.join()
        try:
            done = desk.sync_once(accept_empty=True)
        except SignInNeeded:
            machine.station.join_again()
            done = desk.sync_once(accept_empty=True)
        self.note(done)
        return done

    def tell(self) -> None:
        """Count what the network and the backend did."""
        for machine in self.machines:
            self.count += machine.station.network.count
            for kind, number in machine.station.rows("SELECT kind, count(*) FROM conflict GROUP BY kind"):
                self.count[f"tray holds {kind}"] += int(str(number))
            self.count["numbers given up"] += len(
                machine.station.rows("SELECT 1 FROM lease WHERE closed = 1 AND next <= last")
            )
