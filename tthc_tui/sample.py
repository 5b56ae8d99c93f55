"""The sample centre: real procedures, invented people, about 400 dossiers around the present moment.

Everything goes through `Desk`, step by step in the order of time, so that the sample obeys every rule that
real work obeys; only the clock is set and all steps share one transaction.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tthc_tui.config import Config, load_config, save_config
from tthc_tui.core import events as ev
from tthc_tui.core.base import vietnam_time
from tthc_tui.core.calendar import WorkCalendar
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.procedure import Channel, LimitUnit, PaperKind, Procedure, Requirement
from tthc_tui.core.site import ExceptionDay, ExceptionKind, HoursRule, Session, Site
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput
from tthc_tui.desk.people import found_site
from tthc_tui.desk.site_file import read_site_file
from tthc_tui.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

T = TypeVar("T")
DATA = Path(__file__).parent / "data"
DEMO = "demo"
RESIDENCE = "Đăng ký, quản lý cư trú"
LOOK_BACK = 25  # working days
SEED = 20260701

PLAN = {
    "returned": 214,
    "later": 66,
    "done": 26,
    "risk": 24,
    "overdue": 20,
    "today": 16,
    "supplement": 14,
    "new": 8,
    "refused": 7,
    "withdrawn": 7,
}
"""How many dossiers of each fate; "later", "risk", "overdue", "today" are running ones by their date."""


def ensure_demo(data_dir: Path, now: datetime, *, reset: bool = False) -> Config:
    """The settings of the demo under `data_dir`, its sample made if it is not there yet (or anew).

    `now` is aware. The folder appears whole or not at all; OSError or StoreError when it can't be made.
    """
    folder = data_dir / DEMO
    if reset or not (folder / "tthc.db").exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".demo-", dir=data_dir))
        try:
            config = Config(data_dir=fresh, officer="lan", counter="01")
            build_sample(config.database, now)
            save_config(config)
            _put_in_place(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return load_config(folder)


def _put_in_place(fresh: Path, folder: Path) -> None:
    old = Path(tempfile.mkdtemp(prefix=".demo-cu-", dir=folder.parent))
    try:
        if folder.exists():
            os.replace(folder, old / "cu")
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(old, ignore_errors=True)


def build_sample(database: Path, now: datetime, seed: int = SEED) -> None:
    """Fill a new data file with the sample centre as of `now` (aware). The same seed makes the same centre."""
    from tthc_tui.store.catalog import import_catalog

    moment = vietnam_time(now)
    site = sample_site(moment)
    with SqliteStore(database) as store:
        found_site(store, site)
        before = moment - timedelta(days=120)
        store.write(lambda connection: import_catalog(connection, [DATA / "catalog"], before))

        def job(connection: Connection) -> None:
            clock = _Clock(before)
            desk = _SampleDesk(cast(SqliteStore, _OneTransaction(connection)), clock)
            _Centre(desk, clock, moment, random.Random(seed)).live()

        store.write(job)


def sample_site(now: datetime) -> Site:
    """The sample centre, open today whatever day it is, so that there is always something due today.

    Late in the day the residence desk keeps evening hours (still eight hours a day).
    """
    site = read_site_file(DATA / "sample_site.toml")
    calendar = WorkCalendar(site.hours, site.exceptions)
    today = now.date()
    if not calendar.is_working_day(today):
        extra = ExceptionDay(
            day=today, kind=ExceptionKind.MAKE_UP, name="Trung tâm mẫu mở cửa hôm nay", source="Dữ liệu mẫu"
        )
        site = site.model_copy(update={"exceptions": (*site.exceptions, extra)})
        calendar = WorkCalendar(site.hours, site.exceptions)
    if now + timedelta(hours=1) > calendar.close_of(today):
        evening = HoursRule(
            valid_from=today - timedelta(days=120),
            sessions=(Session(start=time(8), end=time(12)), Session(start=time(19, 59), end=time(23, 59))),
            field=RESIDENCE,
        )
        site = site.model_copy(update={"hours": (*site.hours, evening)})
    return site


class _Clock:
    """A clock that stands where the sample puts it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class _OneTransaction:
    """Stands in for the store: every use case reads and writes inside one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run `job` in the transaction."""
        return job(self._connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The transaction itself."""
        yield self._connection


class _SampleDesk(Desk):
    """The desk, reading each procedure once: the catalogue does not change while the sample is made."""

    def __init__(self, store: SqliteStore, clock: _Clock) -> None:
        super().__init__(store, clock)
        self._known: dict[str, Procedure] = {}

    def procedure(self, code: str, on: Any = None) -> Procedure:
        """The procedure with this code."""
        if code not in self._known:
            self._known[code] = super().procedure(code, on)
        return self._known[code]

    def procedure_of(self, dossier: Dossier) -> Procedure:
        """The procedure of a dossier, all of them received under the same version."""
        return self.procedure(dossier.procedure.code)


@dataclass(frozen=True, slots=True)
class _Start:
    """A dossier to come: what, when, and the date that will be promised."""

    procedure: Procedure
    at: datetime
    due_at: datetime | None


class _Centre:
    """Lives the last weeks of the sample centre, one step after another."""

    def __init__(self, desk: _SampleDesk, clock: _Clock, now: datetime, rng: random.Random) -> None:
        self.desk, self.clock, self.now, self.rng = desk, clock, now, rng
        self.words = tomllib.loads((DATA / "sample_people.toml").read_text(encoding="utf-8"))
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
            if at is None or not self._usable(at, fate):
                continue
            if low is None:
                return _Start(procedure, at, None)
            deadline = self.desk.deadline(procedure, at=at)
            if deadline and deadline.due_at and high and low <= deadline.due_at < high:
                return _Start(procedure, at, deadline.due_at)
        return None

    def _some_procedure(self, fate: str, *, hard: bool) -> Procedure:
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

    def _usable(self, at: datetime, fate: str) -> bool:
        first = self.now - timedelta(days=90)
        return first < at <= self.now and self.desk.calendar().is_working_day(at.date())

    # --- steps; each does its own and plans the next ---

    def _receive(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        self._go_on(self.desk.receive(self._intake(start.procedure)), fate, number)

    def _take_note(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        intake = self._intake(start.procedure)
        self.desk.register(intake.model_copy(update={"channel": Channel.ONLINE}))

    def _refuse(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        reason = self.rng.choice(self.words["refusals"])
        self.desk.refuse_intake(self._intake(start.procedure), reason, self.words["refusal_ground"], "quang")

    def _incomplete(self, start: _Start, fate: str, number: int) -> None:
        self._as(self._counter_officers)
        intake = self._intake(start.procedure)
        kept, missing = intake.papers[:-1], intake.papers[-1:]
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
        if fate == "withdrawn":
            self._in(60, 400, lambda: self._withdraw(dossier.id))
        elif dossier.limit is not None and dossier.limit.amount == 0:  # done at the counter, the same day
            if fate in ("done", "returned"):
                self._in(5, 45, lambda: self._resolve(dossier, fate))
            elif fate == "supplement":
                self._in(5, 45, lambda: self._ask(dossier, fate))
        elif number % 9 != 8 or fate in ("done", "returned", "supplement"):
            takes_it = number % 6 != 5 or fate in ("done", "returned", "supplement")
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
        if not dossier.supplements and (fate == "supplement" or (fate == "returned" and number % 11 == 5)):
            self._in(60, 500, lambda: self._ask(dossier, fate))
        elif fate in ("done", "returned"):
            self._decide_in_time(dossier, fate)
        elif fate == "overdue" and number % 3 == 0:
            self._in(30, 300, lambda: self._note(dossier))

    def _ask(self, dossier: Dossier, fate: str) -> None:
        self._as_one_of(dossier.handling_unit)
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

    def _intake(self, procedure: Procedure) -> Intake:
        agent = self._person() if self.rng.random() < 0.06 else None
        delivery = self.rng.choices(tuple(ev.Delivery), (10, 1, 1))[0]
        person = self._person()
        return Intake(
            procedure=procedure.code,
            case=procedure.cases[0].code,
            applicant=person,
            agent=agent,
            authorisation="Giấy ủy quyền có chứng thực" if agent else "",
            channel=self.rng.choices(tuple(Channel), (12, 2, 1))[0],
            papers=self._papers(procedure.cases[0].requirements),
            delivery=delivery,
            delivery_address=person.address if delivery is ev.Delivery.POST else "",
        )

    def _papers(self, lines: tuple[Requirement, ...]) -> tuple[ev.PaperReceived, ...]:
        """What was handed in: all that is needed, one of each group of alternatives, some that may apply."""
        groups: set[str] = set()
        papers = []
        for line in lines:
            if line.kind is PaperKind.NOTE or line.one_of in groups:
                continue
            if not line.needed and not line.one_of and self.rng.random() > 0.2:
                continue
            groups |= {line.one_of} - {""}
            form = ev.PaperForm.ORIGINAL if line.originals or not line.copies else ev.PaperForm.COPY
            if line.database:
                form = ev.PaperForm.LOOKED_UP
            elif line.kind is PaperKind.PRESENT:
                form = ev.PaperForm.SHOWN
            count = max(line.originals, line.copies, 1)
            papers.append(ev.PaperReceived(requirement=line.id, name=line.label, form=form, count=count))
        return tuple(papers)

    def _person(self) -> PersonInput:
        words, rng = self.words, self.rng
        female = rng.random() < 0.5
        born = datetime(1950, 1, 1, tzinfo=self.now.tzinfo) + timedelta(days=rng.randint(0, 56 * 365))
        century = (2 if born.year >= 2000 else 0) + female
        number = f"{rng.choice(words['provinces'])}{century}{born:%y}{rng.randint(0, 999_999):06d}"
        given = rng.choice(words["female" if female else "male"])
        return PersonInput(
            name=f"{rng.choice(words['family'])} {given}",
            number=number,
            birth=f"{born:%d/%m/%Y}",
            sex="Nữ" if female else "Nam",
            address=f"Số {rng.randint(1, 240)} {rng.choice(words['streets'])}, {rng.choice(words['areas'])}",
            phone=f"{rng.choice(words['phones'])}{rng.randint(0, 999_999):06d}",
        )


def _listed(desk: Desk, code: str) -> bool:
    """Whether the shipped catalogue has the procedure with a limit to count."""
    from tthc_tui.core.base import Refused

    try:
        found = desk.procedure(code)
    except Refused:
        return False
    return found.limit_for(found.cases[0]) is not None
