"""The life of the sample centre: each dossier gets a fate, then all steps are done in the order of time."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import Channel, LimitUnit, Procedure
from tthc_tui.desk import Desk
from tthc_tui.desk.endings import STOP_BOOK
from tthc_tui.sample_people import Applicants
from tthc_tui.store.numbers import next_number

if TYPE_CHECKING:
    from uuid import UUID

DATA = Path(__file__).parent / "data"
RESIDENCE = "Đăng ký, quản lý cư trú"
LAND = "Đất đai"
LOOK_BACK = 25  # working days

PLAN = {
    "returned": 202,
    "later": 66,
    "done": 26,
    "risk": 24,
    "overdue": 20,
    "today": 16,
    "supplement": 14,
    "payment": 8,
    "stopped": 6,
    "new": 8,
    "refused": 7,
    "withdrawn": 7,
}
"""How many dossiers of each fate; "later", "risk", "overdue", "today" are running ones by their date."""
_HELD_UP = ("supplement", "payment")


class SetClock:
    """A clock that stands where the sample puts it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class _Start:
    """A dossier to come: what, when, and the date that will be promised."""

    procedure: Procedure
    at: datetime
    due_at: datetime | None


class Centre:
    """Lives the last weeks of the sample centre, one step after another."""

    def __init__(self, desk: Desk, clock: SetClock, now: datetime, rng: random.Random) -> None:
        self.desk, self.clock, self.now, self.rng = desk, clock, now, rng
        self.words = tomllib.loads((DATA / "sample_people.toml").read_text(encoding="utf-8"))
        self._people = Applicants(self.words, rng)
        self._queue: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = 0
        self._stacks: dict[tuple[datetime, str], list[tuple[UUID, Callable[[], None] | None]]] = {}
        self._procedures = [desk.procedure(code) for code in self.words["weights"] if _listed(desk, code)]
        self._weights = [self.words["weights"][p.code] for p in self._procedures]
        self._counter_officers = [o.id for o in desk.site.officers if o.unit == desk.site.unit]

    def live(self) -> None:
        """Plan every dossier, then do all steps in the order of time."""
        for fate, count in PLAN.items():
            for number in range(count):
                self._plan(fate, number)
        while self._queue:
            at, _, step = heappop(self._queue)
            self.clock.now = at
            step()

    # --- planning ---

    def _plan(self, fate: str, number: int) -> None:
        start = self._start(fate)
        if start is None:
            return
        begin = {
            "new": self._take_note,
            "refused": self._refuse,
            "supplement": self._incomplete if number % 2 else self._receive,
        }.get(fate, self._receive)
        if fate == "returned" and number % 14 == 0:
            begin = self._incomplete
        self._at(start.at, lambda: begin(start, fate, number))

    def _at(self, at: datetime, step: Callable[[], None]) -> None:
        if at <= self.now:
            self._order += 1
            heappush(self._queue, (at, self._order, step))

    def _start(self, fate: str) -> _Start | None:
        """A procedure and a moment of receipt whose promised date suits the fate; None where there is none."""
        risk_until = self.desk.thresholds(self.now)
        low, high = {
            "overdue": (self.now - timedelta(days=12), self.now),
            "today": (self.now, risk_until.today_end),
            "risk": (risk_until.today_end, risk_until.at_risk_until),
            "later": (risk_until.at_risk_until, self.now + timedelta(days=45)),
        }.get(fate, (None, None))
        for attempt in range(600):
            procedure = self._some_procedure(fate, hard=attempt > 100)
            at = self._received(procedure, fate, low, high)
            if at is None or not self._usable(at):
                continue
            if low is None:
                return _Start(procedure, at, None)
            deadline = self.desk.deadline(procedure, at=at)
            if deadline and deadline.due_at and high and low <= deadline.due_at < high:
                return _Start(procedure, at, deadline.due_at)
        return None

    def _some_procedure(self, fate: str, *, hard: bool) -> Procedure:
        if fate == "payment":
            return self.rng.choice([p for p in self._procedures if p.field_name == LAND] or self._procedures)
        if hard and fate == "today":  # the desk that is open the longest today
            open_late = [p for p in self._procedures if p.field_name == RESIDENCE]
            return self.rng.choice(open_late or self._procedures)
        return self.rng.choices(self._procedures, self._weights)[0]

    def _received(
        self, procedure: Procedure, fate: str, low: datetime | None, high: datetime | None
    ) -> datetime | None:
        """A moment of receipt: one whose term ends between `low` and `high`, or any of the last weeks."""
        calendar = self.desk.calendar(procedure.field_name)
        limit = procedure.limit_for(procedure.cases[0])
        if low is None or high is None:
            back = self.rng.randint(30 if fate in ("new", "refused") else 60, LOOK_BACK * 480)
            return calendar.add_minutes(self.now, -back)
        span = int(calendar.minutes_between(low, high))
        if limit is None or span <= 0:
            return None
        target = calendar.add_minutes(low, self.rng.randint(0, span))
        if limit.unit is LimitUnit.WORKING_DAY and limit.amount > 0:
            return calendar.add_minutes(target, -limit.amount * 480)
        if limit.unit is LimitUnit.HOUR:
            return calendar.add_minutes(target, -limit.amount * 60)
        days = 0 if limit.amount == 0 else int(limit.amount)
        same_hour = target - timedelta(days=days)
        return calendar.add_minutes(same_hour, -self.rng.randint(0, 420)) if limit.amount == 0 else same_hour

    def _usable(self, at: datetime) -> bool:
        first = self.now - timedelta(days=90)
        return first < at <= self.now and self.desk.calendar().is_working_day(at.date())

    # --- steps; each does its own and plans the next ---

    def _receive(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        self._go_on(self.desk.receive(self._people.intake(start.procedure)), fate, number)

    def _take_note(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        intake = self._people.intake(start.procedure)
        self.desk.register(intake.model_copy(update={"channel": Channel.ONLINE}))

    def _refuse(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        reason = self.rng.choice(self.words["refusals"])
        self.desk.refuse_intake(
            self._people.intake(start.procedure), reason, self.words["refusal_ground"], "quang"
        )

    def _incomplete(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        intake = self._people.intake(start.procedure)
        brought = [paper for paper in intake.papers if paper.form is not ev.PaperForm.LOOKED_UP]
        missing = tuple(brought[-1:])  # what a database holds is not demanded
        kept = tuple(paper for paper in intake.papers if paper not in missing)
        items = [paper.name for paper in missing] or [self.rng.choice(self.words["supplement_items"])]
        found = self.desk.receive_incomplete(
            intake.model_copy(update={"papers": kept}),
            items,
            self.rng.choice(self.words["supplement_reasons"]),
        )
        if fate == "returned":
            self._in(480, 1400, lambda: self._complete(found.id, missing, fate, number))

    def _complete(self, dossier: UUID, papers: tuple[ev.PaperReceived, ...], fate: str, number: int) -> None:
        self._as(self._counter_officers)
        self._go_on(self.desk.supplement(dossier, papers), fate, number)

    def _go_on(self, dossier: Dossier, fate: str, number: int) -> None:
        """What follows the receipt, by the fate of the dossier."""
        if fate in ("withdrawn", "stopped"):
            end = self._withdraw if fate == "withdrawn" else self._stop
            self._in(60, 400, lambda: end(dossier.id))
        elif dossier.limit is not None and dossier.limit.amount == 0:  # done at the counter, the same day
            if fate in ("done", "returned"):
                self._in(5, 45, lambda: self._resolve(dossier, fate))
            elif fate in _HELD_UP:
                self._in(5, 45, lambda: self._hold_up(dossier, fate))
        else:
            moves = fate in ("done", "returned", *_HELD_UP)
            if not moves and number % 9 == 8:
                return  # still lies at the counter
            takes_it = moves or number % 6 != 5
            self._forward(dossier, (lambda: self._examine(dossier, fate, number)) if takes_it else None)

    def _forward(self, dossier: Dossier, then: Callable[[], None] | None) -> None:
        """Join the next stack to the unit (11:00 or 16:30); `then` runs once it is accepted there."""
        key = (self._next_stack(), dossier.handling_unit)
        if key not in self._stacks:
            self._stacks[key] = []
            self._at(key[0], lambda: self._send(key))
        self._stacks[key].append((dossier.id, then))

    def _send(self, key: tuple[datetime, str]) -> None:
        self._as(self._counter_officers)
        stack = self._stacks.pop(key)
        self.desk.forward([dossier for dossier, _ in stack], key[1])
        taken = [(dossier, then) for dossier, then in stack if then]
        if taken:
            self._in(15, 90, lambda: self._accept(key[1], taken))

    def _accept(self, unit: str, stack: Sequence[tuple[UUID, Callable[[], None]]]) -> None:
        self._as_one_of(unit)
        self.desk.accept_handover([dossier for dossier, _ in stack])
        for _, then in stack:
            then()

    def _examine(self, dossier: Dossier, fate: str, number: int) -> None:
        """At the unit: ask for more, decide, or leave it lying."""
        asks = fate == "returned" and number % 11 == 5 and not dossier.supplements
        if asks or fate in _HELD_UP:
            self._in(60, 500, lambda: self._hold_up(dossier, fate))
        elif fate in ("done", "returned"):
            self._decide_in_time(dossier, fate)
        elif fate == "overdue" and number % 3 == 0:
            self._in(30, 300, lambda: self._note(dossier))

    def _hold_up(self, dossier: Dossier, fate: str) -> None:
        """Ask for supplements, or wait until the applicant has paid what the law makes them pay."""
        self._as_one_of(dossier.handling_unit)
        if fate == "payment":
            rule = next(rule for rule in self.desk.site.pause_reasons if rule.payment)
            pause = ev.Pause(code=rule.id, reason=rule.name, ground=rule.ground, payment=True)
            self.desk.act(dossier.id, pause)
            return
        items = self.rng.sample(self.words["supplement_items"], self.rng.randint(1, 2))
        self.desk.request_supplement(dossier.id, items, self.rng.choice(self.words["supplement_reasons"]))
        if fate == "returned":
            self._in(300, 1500, lambda: self._take_more(dossier, fate))

    def _take_more(self, dossier: Dossier, fate: str) -> None:
        self._as(self._counter_officers)
        self._decide_in_time(self.desk.supplement(dossier.id), fate)

    def _decide_in_time(self, dossier: Dossier, fate: str) -> None:
        """Plan the decision: nearly always before the promised date."""
        due = dossier.due_at or self.clock.now + timedelta(days=5)
        left = max(int(self.desk.calendar().minutes_between(self.clock.now, due)), 30)
        share = self.rng.uniform(1.02, 1.5) if self.rng.random() < 0.04 else self.rng.uniform(0.2, 0.97)
        minutes = max(int(left * share), 10)
        self._in(minutes, minutes, lambda: self._resolve(dossier, fate))

    def _resolve(self, dossier: Dossier, fate: str) -> None:
        at_counter = dossier.limit is not None and dossier.limit.amount == 0
        self._as(self._counter_officers) if at_counter else self._as_one_of(dossier.handling_unit)
        number = "" if at_counter else f"{self.rng.randint(12, 980)}/{self.clock.now.year}"
        self.desk.resolve(dossier.id, "denied" if self.rng.random() < 0.02 else "granted", number)
        if fate == "returned":
            low, high = (4, 30) if at_counter else (30, 900)
            self._in(low, high, lambda: self._give_back(dossier))

    def _give_back(self, dossier: Dossier) -> None:
        self._as(self._counter_officers)
        rating = self.rng.choices((None, 5, 4, 3), (5, 4, 2, 1))[0]
        self.desk.return_result(dossier.id, method=dossier.delivery, rating=rating)

    def _withdraw(self, dossier: UUID) -> None:
        self._as(self._counter_officers)
        self.desk.withdraw(dossier, self.rng.choice(self.words["withdrawals"]))

    def _stop(self, dossier: UUID) -> None:
        self._as(["quang"])
        now, reason = self.clock.now, self.rng.choice(self.words["withdrawals"])
        number = self.desk.store.write(lambda connection: next_number(connection, STOP_BOOK, now.year))
        stop = ev.Stop(reason=reason, requested_at=now, number=number, signed_by="quang")
        self.desk.act(dossier, stop)

    def _note(self, dossier: Dossier) -> None:
        self._as(self._counter_officers)
        self.desk.note(dossier.id, self.rng.choice(self.words["notes"]))

    # --- helpers ---

    def _in(self, low: int, high: int, step: Callable[[], None]) -> None:
        """Plan `step` some working minutes ahead; what lies beyond the present has not happened."""
        self._at(self.desk.calendar().add_minutes(self.clock.now, self.rng.randint(low, high)), step)

    def _next_stack(self) -> datetime:
        calendar, day = self.desk.calendar(), self.clock.now
        while True:
            if calendar.is_working_day(day.date()):
                for at in (time(11), time(16, 30)):
                    stack = datetime.combine(day.date(), at, day.tzinfo)
                    if stack > self.clock.now:
                        return stack
            day += timedelta(days=1)

    def _as(self, officers: list[str]) -> None:
        self.desk.sign_in(self.rng.choice(officers))

    def _as_one_of(self, unit: str) -> None:
        self._as([officer.id for officer in self.desk.site.officers if officer.unit == unit])


def _listed(desk: Desk, code: str) -> bool:
    """Whether the shipped catalogue has the procedure with a limit to count."""
    try:
        found = desk.procedure(code)
    except Refused:
        return False
    return found.limit_for(found.cases[0]) is not None
