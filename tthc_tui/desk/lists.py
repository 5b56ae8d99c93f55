"""What screens show: lists, one dossier with its history, the live overdue counts."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.deadline import Deadline, remaining_until
from tthc_tui.core.dossier import Dossier, fold
from tthc_tui.core.duration import say_remaining
from tthc_tui.core.ledger import ExplainLine
from tthc_tui.core.people import Person
from tthc_tui.core.promise import promise_lines
from tthc_tui.core.rules import allowed
from tthc_tui.core.states import RUNNING, State
from tthc_tui.core.terms import term
from tthc_tui.core.views import DossierLine, DossierQuery, DueCounts, DueQuery, GroupCount, Overview
from tthc_tui.desk.timeline import TimelineItem, timeline
from tthc_tui.desk.work import WorkDesk
from tthc_tui.store import dossiers, finding


@dataclass(frozen=True, slots=True)
class DossierDetail:
    """One dossier with everything the detail screen and the forms need. Erased people are None."""

    dossier: Dossier
    applicant: Person | None
    agent: Person | None
    history: tuple[TimelineItem, ...]
    actions: tuple[type[ev.Action], ...]


class ListDesk(WorkDesk):
    """Reading: everything here is safe to call often."""

    def overview(self) -> Overview:
        """The counts of the home screen."""
        with self.store.read() as connection:
            return finding.overview(connection, self.thresholds(), self.officer.unit)

    def due_counts(self, unit: str = "") -> DueCounts:
        """Overdue, due today, at risk: for the status line of every screen."""
        with self.store.read() as connection:
            return finding.due_counts(connection, self.thresholds(), unit)

    def due_groups(self, by: str, unit: str = "", at: datetime | None = None) -> list[GroupCount]:
        """The same counts by unit, officer, field or procedure."""
        with self.store.read() as connection:
            return finding.due_groups(connection, self.thresholds(at), by, unit)

    def due_rows(self, query: DueQuery, at: datetime | None = None) -> array[int]:
        """The rows of a bucket of the monitor, the longest overdue first."""
        with self.store.read() as connection:
            return finding.due_rows(connection, self.thresholds(at), query)

    def pressing(self, query: DueQuery, most: int) -> list[DossierLine]:
        """The first `most` of a bucket, in the order of the working time that `remaining_text` tells of them."""
        lines = self.lines(self.due_rows(query)[:most])
        return sorted(lines, key=lambda line: self.minutes_left(line))

    def minutes_left(self, line: DossierLine, at: datetime | None = None) -> int:
        """Working minutes until the promised date, by the hours of the field; negative when it has passed.

        Offices with other hours put another order on dossiers than their promised dates do.
        """
        now = vietnam_time(at) if at else self.now
        return remaining_until(self.calendar(line.field), line.due_at, now).minutes if line.due_at else 0

    def lines(self, rows: Sequence[int]) -> list[DossierLine]:
        """The lines of a page of rows."""
        with self.store.read() as connection:
            return finding.lines(connection, rows)

    def find(self, query: DossierQuery) -> array[int]:
        """The rows of dossiers that answer a query, the newest first."""
        with self.store.read() as connection:
            return finding.find(connection, query)

    def find_code(self, scanned: str) -> DossierLine:
        """The one dossier a scanned code names; Refused when there is none or more than one."""
        with self.store.read() as connection:
            found = finding.find_exact(connection, scanned)
        if not found:
            raise Refused(f"Không tìm thấy hồ sơ có mã “{scanned.strip()[:40]}”.", "unknown")
        if len(found) > 1:
            raise Refused(
                f"Mã “{scanned.strip()[:40]}” ứng với {len(found)} hồ sơ: hãy tìm ở F3.", "ambiguous"
            )
        return found[0]

    def detail(self, dossier: UUID | str) -> DossierDetail:
        """One dossier with its people, history and legal next actions."""
        with self.store.read() as connection:
            events = dossiers.history(connection, UUID(str(dossier)))
            found = fold(events)
            if found is None:
                raise Refused("Không tìm thấy hồ sơ này trên máy.", "unknown")
            applicant = dossiers.get_person(connection, found.applicant.id)
            agent = dossiers.get_person(connection, found.agent.id) if found.agent else None
        return DossierDetail(found, applicant, agent, timeline(events, self.whole_site), allowed(found))

    def history(self, dossier: UUID | str) -> list[ev.AnyEvent]:
        """The raw events of a dossier."""
        with self.store.read() as connection:
            return dossiers.history(connection, UUID(str(dossier)))

    def remaining_text(self, line: DossierLine | Dossier, at: datetime | None = None) -> str:
        """How long is left in working time ("còn 1 ngày 3 giờ"), or that it is overdue, paused or over."""
        now = vietnam_time(at) if at else self.now
        if isinstance(line, DossierLine):
            running = line.running
        else:
            running = line.open and line.state in RUNNING and line.paused_at is None
        if line.due_at is None:
            return ""
        if line.closed_at is not None or (not running and line.state.value in (9, 10)):
            return ""
        if not running:
            return say_remaining(0, paused=True)
        field = line.field if isinstance(line, DossierLine) else line.procedure.field_name
        left = remaining_until(self.calendar(field), line.due_at, now)
        return say_remaining(left.minutes, self.settings_of(line).day_minutes, overdue=left.overdue)

    def explain(self, dossier: UUID | str) -> Deadline | None:
        """The ledger behind the promised date of a dossier, counted by the rules it was received under."""
        found = self.dossier(dossier)
        return term(found, self.calendar(found.procedure.field_name), self.settings_of(found).day_minutes)

    def promise(self, dossier: UUID | str) -> tuple[ExplainLine, ...]:
        """The whole way to the date promised now: the term's ledger, then every act that moved the date."""
        events = self.history(dossier)
        found = fold(events)
        if found is None:
            raise Refused("Không tìm thấy hồ sơ này trên máy.", "unknown")
        calendar = self.calendar(found.procedure.field_name)
        minutes = self.settings_of(found).day_minutes
        anew = found.state is State.SUPPLEMENT and self.restarts(found)
        return promise_lines(found, events, calendar, minutes, self.whole_site.officer_name, anew=anew)
