"""What officers do in a history, alone and against each other."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sync_backend import KHAI_SINH
from sync_tools import Station

from tthc_tui.core import events as ev
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput


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

    def quietly(self, machine: Machine, job: Callable[[], object]) -> object:
        """Run a job as its machine would: it may die, and it may be told why not."""
        raise NotImplementedError

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
