"""What officers do in a history, alone and against each other, on machines that may die at any commit."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sync_backend import KHAI_SINH
from sync_tools import Lost, Station

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.store.errors import StoreError
from tthc_tui.store.sync_errors import RemoteError, SignInNeeded

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


def intake(desk: Desk, name: str) -> Intake:
    """A simple real intake."""
    procedure = desk.procedure(KHAI_SINH)
    papers = tuple(
        ev.PaperReceived(requirement=line.id, name=line.label)
        for line in procedure.case().requirements
        if line.needed and not line.database
    )
    return Intake(procedure=KHAI_SINH, applicant=PersonInput(name=name, number="079084001234"), papers=papers)


class Officers:
    """The part of a world that acts on dossiers."""

    chance: random.Random
    machines: list[Machine]
    count: Counter[str]

    @contextmanager
    def dying(self, machine: Machine) -> Iterator[None]:
        """While this runs the machine may die at a commit; it is then started again from its file."""
        station = machine.station

        def crash(job: str) -> str:
            if machine.crash_at not in job or self.chance.random() >= machine.crash_chance:
                return ""
            machine.crash_chance = 0.0
            when = self.chance.choice(["before", "after"])
            if self.chance.random() < 0.5:
                self.crash_later(machine)  # it is not its last
            self.count[f"crash {when} {next((name for name in COMMITS if name in job), 'another')}"] += 1
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

    def crash_later(self, machine: Machine, at: str = "") -> None:
        """The machine will die at one of its next commits, or at the next of one kind (`at`, or any)."""
        machine.crash_chance, machine.crash_at = 0.25, ""
        if at or self.chance.random() < 0.8:
            machine.crash_chance, machine.crash_at = 0.8, at or self.chance.choice(COMMITS)

    def act(self, machine: Machine, only: Sequence[object] = ()) -> None:
        """An officer does something, on a new dossier or one of the list, or one of `only`."""
        desk = machine.station.desk
        known = only or [row[0] for row in machine.station.rows("SELECT id FROM dossier ORDER BY row")]
        before = self.own_events(machine)
        if (
            not only
            and (not known or self.chance.random() < 0.4)
            and machine.station.officer in ("lan", "hung")
        ):
            done = self.quietly(machine, lambda: desk.receive(self.paper(machine)))
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

    def quarrel(self, machine: Machine) -> None:
        """Two officers act on one dossier before either hears of the other."""
        open_here = "SELECT id FROM dossier WHERE open = 1 ORDER BY row"
        rival = self.chance.choice(self.machines)
        both = [row[0] for row in machine.station.rows(open_here) if row in rival.station.rows(open_here)]
        if rival is machine or not both:
            return
        only = [self.chance.choice(both)]
        for one in (machine, rival, machine):
            self.act(one, only)
        self.count["two officers on one dossier"] += 1

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

    def paper(self, machine: Machine) -> Intake:
        """What somebody brings."""
        return intake(machine.station.desk, f"NGƯỜI THỨ {self.chance.randrange(1000)}")

    def decide(self, machine: Machine) -> None:
        """An officer looks into the tray: here, or where one holds something."""
        for one in (machine, *self.machines):
            desk = one.station.desk
            if items := desk.conflicts():
                item, how = self.chance.choice(items), self.chance.choice(["discard", "redo", "note"])
                if self.chance.random() < 0.3:
                    one.crash_chance, one.crash_at = 0.8, "SyncDesk.resolve_conflict"
                if self.quietly(one, lambda: desk.resolve_conflict(item.id, how)) is not None:  # noqa: B023
                    self.count[f"tray: {how}"] += 1
                return

    def own_events(self, machine: Machine) -> set[str]:
        """What was decided on this machine and counts or waits."""
        own = "SELECT id FROM event WHERE device_seq IS NOT NULL OR place IS NULL"
        return {str(row[0]) for row in machine.station.rows(own)}
