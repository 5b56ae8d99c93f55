"""One history of the protocol: stations, a backend, a bad network, clocks and crashes in one process.

Stations and backend are the real code on real SQLite files; the network between them, the time and the moments
of death are drawn from one seed. After each history the network heals, everybody syncs until nothing moves,
and the promises are checked.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import time_machine
from simulated_promises import Broken, check
from sync_backend import KHAI_SINH, SITE, Server, copy_file
from sync_tools import Lost, Station, Weather

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.site import ExceptionDay, ExceptionKind
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.server.catalog import publish
from tthc_tui.server.migrate import connected
from tthc_tui.store.errors import StoreError
from tthc_tui.store.sync_engine import Round
from tthc_tui.store.sync_errors import RemoteError, SignInNeeded

START = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM)
BEGINNERS = ("lan", "hung")
LATER = ("lan2", "minh", "thu")
"""Stations that are made once, enrolled and signed in; "lan2" is a second machine of the same officer."""
MOST_MACHINES = 5
QUIET_ROUNDS = 30

COMMITS = (
    "next_batch",
    "apply_verdicts",
    "not_sent",
    "apply_page",
    "begin_snapshot",
    "put_snapshot",
    "apply_batch",
    "finish_snapshot",
    "put_leases",
    "CodeSupply._refill",
    "begin_closing",
    "close_leases",
    "give_code",
    "CodeSupply.ask_number",
    "SyncEngine.enrol",
    "SyncEngine._fork",
    "SyncEngine.sign_in",
    "SyncEngine._meet",
    "SyncEngine.learned",
    "import_bundle",
    "IntakeDesk.receive",
    "SyncDesk.resolve_conflict",
    "DeskBase.act_all",
)
"""Where a machine commits; it can die before each and after each."""


@dataclass
class Machine:
    """A station with what the outside world knows of it."""

    station: Station
    shown: set[str] = field(default_factory=set)  # events whose "đã lưu" was shown
    crash_chance: float = 0.0
    crash_at: str = ""  # only at this commit
    rest: object = None  # the backend's head when this machine had nothing more to say or hear


class World:
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
            check(self)
            self.tell()
        finally:
            self.end()

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
            (self.act, 40),
            (self.sync, 30),
            (self.change_weather, 8),
            (self.decide, 4),
            (self.crash_later, 6),
            (self.next_day, 2),
            (self.newcomer, 1),
            (self.clone, 1),
            (self.restore_station, 1),
            (self.restart_server, 2),
            (self.restore_server, 1),
            (self.back_server_up, 3),
            (self.change_calendar, 2),
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

        def crash(job: str) -> str:
            if machine.crash_at not in job or self.chance.random() >= machine.crash_chance:
                return ""
            machine.crash_chance = 0.0
            when = self.chance.choice(["before", "after"])
            self.count[f"crash {when} a commit"] += 1
            self.count[f"crash at {next((name for name in COMMITS if name in job), job)}"] += 1
            return when

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

    # -- officers -----------------------------------------------------------------------------------

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
            self.count["provisional receipt"] += not getattr(done, "code", "-")
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

    def decide(self, machine: Machine) -> None:
        """An officer looks into the tray."""
        desk = machine.station.desk
        items = desk.conflicts()
        if items:
            item, how = self.chance.choice(items), self.chance.choice(["discard", "redo", "note"])
            if self.quietly(machine, lambda: desk.resolve_conflict(item.id, how)) is not None:  # type: ignore[arg-type]
                self.count[f"tray: {how}"] += 1

    def own_events(self, machine: Machine) -> set[str]:
        """What was decided on this machine and counts or waits."""
        own = "SELECT id FROM event WHERE device_seq IS NOT NULL OR place IS NULL"
        return {str(row[0]) for row in machine.station.rows(own)}

    # -- the link -----------------------------------------------------------------------------------

    def sync(self, machine: Machine) -> None:
        """A round of the worker."""
        done = self.quietly(machine, machine.station.desk.sync_once)
        if isinstance(done, Round):
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

    def crash_later(self, machine: Machine) -> None:
        """The machine will die at one of its next commits, or at the next of one kind."""
        machine.crash_chance, machine.crash_at = 0.25, ""
        if self.chance.random() < 0.6:
            machine.crash_chance, machine.crash_at = 0.6, self.chance.choice(COMMITS)

    def next_day(self, machine: Machine) -> None:
        """Night falls."""
        self.pass_time(self.chance.choice([12, 24, 72]) * 3600)
        self.count["night"] += 1

    def restore_station(self, machine: Machine) -> None:
        """The machine's disk is replaced by an older copy of itself."""
        backup = machine.station.folder / "backup"
        if not (backup / "tthc.db").exists() or self.chance.random() < 0.3:
            machine.station.copy_to(backup)
            return
        unsent = {row[0] for row in machine.station.rows("SELECT id FROM event WHERE status <> 'confirmed'")}
        machine.station.close()
        copy_file(backup / "tthc.db", machine.station.path)
        for other in backup.glob("*.json"):
            shutil.copy2(other, machine.station.folder)
        machine.station.open()
        back = {row[0] for row in machine.station.rows("SELECT id FROM event")}
        lost = {event for event in machine.shown if event in unsent and event not in back}
        machine.shown -= lost
        self.gone |= lost
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
        self.count["numbers used up"] += 1

    # -- afterwards ---------------------------------------------------------------------------------

    def heal(self) -> None:
        """The network is good again; everybody syncs until nobody has anything to say or to hear any more."""
        for machine in self.machines:
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
            return desk.sync_once(accept_empty=True)
        except SignInNeeded:
            machine.station.join_again()
            return desk.sync_once(accept_empty=True)

    def tell(self) -> None:
        """Count what the network and the backend did."""
        for machine in self.machines:
            self.count += machine.station.network.count
            for kind, number in machine.station.rows("SELECT kind, count(*) FROM conflict GROUP BY kind"):
                self.count[f"tray holds {kind}"] += int(str(number))
            self.count["numbers given up"] += len(
                machine.station.rows("SELECT 1 FROM lease WHERE closed = 1 AND next <= last")
            )
