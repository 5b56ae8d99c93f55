"""Putting right what a printed receipt says, and what a changed calendar would do to promised dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.calendar import CalendarError, WorkCalendar
from tthc_tui.core.deadline import compute_deadline
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.people import Person
from tthc_tui.core.roles import check_role
from tthc_tui.core.site import Site
from tthc_tui.core.site_rules import rows_for
from tthc_tui.core.states import RUNNING, State
from tthc_tui.core.terms import due_going_on, planned, term
from tthc_tui.core.text import clean
from tthc_tui.core.views import DossierQuery
from tthc_tui.desk.intake import RECEIPT_BOOK, procedure_ref
from tthc_tui.desk.intake_form import PersonInput, checked_person
from tthc_tui.desk.monitoring import MonitorDesk
from tthc_tui.store import dossiers, law, numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection


_EVERY = 1 << 31


@dataclass(frozen=True, slots=True)
class MovedDate:
    """A promised date that another calendar would give differently. `minutes` is working time, by the new one.

    `paused`: nothing is counted now; `would_be` is the date if it went on at this moment, `minutes` by how much the
    new calendar moves that.
    """

    dossier: UUID
    code: str
    procedure: str
    promised: datetime
    would_be: datetime
    minutes: int
    paused: bool = False


class CorrectionDesk(MonitorDesk):
    """Corrections with a reason; the history keeps both, the new receipt says which it replaces."""

    def correct(
        self,
        dossier: UUID | str,
        reason: str,
        *,
        procedure: str = "",
        case: str = "",
        applicant: PersonInput | None = None,
        agent: PersonInput | None = None,
        authorisation: str | None = None,
        content: str | None = None,
        handling_unit: str | None = None,
        received_at: datetime | None = None,
        due_at: datetime | None = None,
    ) -> Dossier:
        """Correct a wrong procedure, person or date after the receipt was printed.

        The new receipt gets its own number; the promised date is counted anew where procedure or receipt
        time change, unless `due_at` is given. Refused without a reason or without a change.
        """
        found, moment = self.dossier(dossier), self.now
        if not clean(reason):
            raise Refused("Đính chính phải ghi lý do.", "reason")
        if received_at is not None:
            self._check_received(received_at, moment)
        people: list[Person] = []
        fields: dict[str, Any] = {
            "authorisation": authorisation,
            "content": clean(content) if content is not None else None,
            "handling_unit": handling_unit,
            "received_at": received_at and vietnam_time(received_at),
            "due_at": due_at and vietnam_time(due_at),
        }
        for name, person in (("applicant", applicant), ("agent", agent)):
            if person is not None:
                people.append(self.new_person(checked_person(person, moment.date())))
                fields[name] = people[-1].ref()
        fields |= self._procedure_fields(found, procedure, case, fields)
        fields |= self._dates(found, fields)

        def job(connection: Connection) -> Dossier:
            action = ev.Correct(
                reason=clean(reason),
                number=numbers.next_number(connection, RECEIPT_BOOK, moment.year),
                replaces=found.number,
                **fields,
            )
            return self.act_in(connection, [(found.id, [action])], *people, at=moment)[0]

        return self.store.write(job)

    def _check_received(self, at: datetime, now: datetime) -> None:
        if at > now:
            raise Refused("Thời điểm tiếp nhận không thể ở sau lúc này: hãy kiểm tra lại.", "date")
        try:
            self.calendar().sessions(vietnam_time(at).date())
        except CalendarError as error:
            raise Refused(str(error), "date") from None

    def _procedure_fields(
        self, dossier: Dossier, code: str, case_code: str, fields: dict[str, Any]
    ) -> dict[str, Any]:
        """What follows from another procedure: its name, limit, cut-off, and who handles it."""
        if not code and not case_code:
            return {}
        found = self.procedure(code or dossier.procedure.code)
        case = found.case(case_code)
        limit = found.limit_for(case, dossier.channel)
        changed: dict[str, Any] = {
            "procedure": procedure_ref(found, case),
            "limit": limit,
            "cutoff": found.cutoff_for(case),
            "without_term": True if limit is None else None,
        }
        if fields["content"] is None and dossier.content == dossier.procedure.name:
            changed["content"] = found.name
        here = fields["handling_unit"] is None and dossier.state is State.ACCEPTED
        if here and (unit := self.handling_unit(found)) != dossier.handling_unit:
            changed["handling_unit"] = unit
        return changed

    def _dates(self, dossier: Dossier, fields: dict[str, Any]) -> dict[str, Any]:
        """The promised date and the forwarding clock that follow from what is corrected.

        A date signed with an apology stands unless the right term ends later.
        """
        changed: dict[str, Any] = {}
        procedure, received = fields.get("procedure"), fields["received_at"]
        field = (procedure or dossier.procedure).field_name
        if fields["due_at"] is not None:
            changed["due_at"] = self.promisable(fields["due_at"], field)
            if received or fields.get("limit"):
                raise Refused(
                    "Ngày hẹn tính lại theo thủ tục, giờ nhận đã sửa: hãy đính chính việc đó trước, "
                    "rồi mới đính chính ngày hẹn nếu còn cần.",
                    "due",
                )
            self._check_later(dossier, changed["due_at"], fields)
        limit = fields.get("limit") if procedure else dossier.limit
        restarted = dossier.counted_from != dossier.received_at
        start = dossier.counted_from if restarted or received is None else received
        if (procedure or received) and fields["due_at"] is None and limit is not None and start is not None:
            due = compute_deadline(
                start,
                limit,
                self.calendar(field),
                style=dossier.counting,
                cutoff=fields.get("cutoff") or dossier.cutoff,
                pauses=dossier.pauses,
                day_minutes=self.settings_of(dossier).day_minutes,
            ).expected
            if not dossier.extended or dossier.fixed_due is None or due > dossier.fixed_due:
                changed["due_at"] = due
        if (procedure or received) and start is not None:
            changed |= self._visits(dossier, fields, start)
        elsewhere = fields.get("handling_unit") is not None and dossier.state is State.ACCEPTED
        if dossier.received_at and (elsewhere or (received and dossier.forward_by)):
            changed["forward_by"] = self.forward_by(
                fields.get("handling_unit") or dossier.handling_unit,
                field,
                dossier.channel,
                received or dossier.received_at,
            )
        return changed

    def _visits(self, dossier: Dossier, fields: dict[str, Any], start: datetime) -> dict[str, Any]:
        """The planned appointments of the right procedure from the right receipt, as long as none took place."""
        if any(one.kept_at for one in dossier.appointments):
            return {}
        procedure = fields.get("procedure") or dossier.procedure
        day = vietnam_time(fields["received_at"] or dossier.received_at or start).date()
        visits = planned(
            rows_for(self.site.appointments, procedure.code, procedure.field_name, day),
            start,
            self.calendar(procedure.field_name),
            self.settings_of(dossier).day_minutes,
            dossier.counting,
            fields.get("cutoff") or dossier.cutoff,
        )
        return {"appointments": visits} if visits != dossier.appointments else {}

    def _check_later(self, dossier: Dossier, due: datetime, fields: dict[str, Any]) -> None:
        """Refused when a date set by hand is later than the law's term, for who may not extend it."""
        if fields.get("procedure") or fields["received_at"] or dossier.due_at is None or dossier.holds:
            return
        found = term(
            dossier, self.calendar(dossier.procedure.field_name), self.settings_of(dossier).day_minutes
        )
        if found is not None and due > max(found.expected, dossier.due_at):
            check_role(
                ev.Extend,
                self.officer.roles,
                self.rights,
                "lùi ngày hẹn trả quá thời hạn quy định",
            )

    def calendar_report(self, old: Site, new: Site) -> list[MovedDate]:
        """The dossiers whose promised date the calendar of `new` would give differently than `old`, paused ones too.

        Both are whole sites: each dossier counts by the settings of its receipt. Nothing is changed: what is printed
        stands until somebody corrects or extends it, and a pause says it when it ends. One that waits for papers and
        then counts from zero has no date to move.
        """
        both = _Calendars(old), _Calendars(new)
        report = []
        wanted = DossierQuery(
            states=RUNNING | {State.SUPPLEMENT, State.PAYMENT}, open_only=True, limit=_EVERY
        )
        with self.store.read() as connection:
            for dossier_id in law.identities(connection, self.find(wanted)):
                found = dossiers.load(connection, dossier_id)
                if found is None or found.due_at is None:
                    continue
                if found.state is State.SUPPLEMENT and self.restarts(found):
                    continue
                try:
                    moved = _paused_date(found, *both, self.now) if found.holds else _date(found, *both)
                except CalendarError:
                    continue
                if moved is None:
                    continue
                before, after = moved
                gap = both[1].of(found).worked_between(before, after) // 60_000_000
                promised, name = vietnam_time(found.due_at), found.procedure.name
                report.append(MovedDate(found.id, found.code, name, promised, after, gap, bool(found.holds)))
        return sorted(report, key=lambda one: (one.promised, one.code))


class _Calendars:
    """The working calendars of one site, one for each lĩnh vực that has its own hours."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._own = {rule.field for rule in site.hours}
        self._made: dict[str, WorkCalendar] = {}

    def of(self, dossier: Dossier) -> WorkCalendar:
        """The calendar a dossier counts by."""
        field = dossier.procedure.field_name
        key = field if field in self._own else ""
        if key not in self._made:
            self._made[key] = WorkCalendar(self.site.hours, self.site.exceptions, field=key)
        return self._made[key]

    def minutes(self, dossier: Dossier) -> int:
        """How long a working day is for a dossier: as on the day of its receipt."""
        day = vietnam_time(dossier.received_at or dossier.registered_at).date()
        return self.site.settings_on(day).day_minutes


def _date(dossier: Dossier, old: _Calendars, new: _Calendars) -> tuple[datetime, datetime] | None:
    """The promised date of a running dossier and where it would come to lie; None where it stays."""
    calendar, due = new.of(dossier), dossier.due_at
    assert due is not None
    if dossier.fixed_due is not None:  # signed or corrected: it moves only off a new day off
        promised = vietnam_time(dossier.fixed_due).date()
        if calendar.is_working_day(promised):
            return None
        return due, calendar.close_of(calendar.next_working_day(promised))
    before = term(dossier, old.of(dossier), old.minutes(dossier))
    after = term(dossier, calendar, new.minutes(dossier))
    if before is None or after is None or before.expected == after.expected:
        return None
    return due, after.expected


def _paused_date(
    dossier: Dossier, old: _Calendars, new: _Calendars, at: datetime
) -> tuple[datetime, datetime] | None:
    """The dates of a paused dossier if it went on at `at`, by either calendar; None where they are the same."""
    before = due_going_on(dossier, at, old.of(dossier), old.minutes(dossier))
    after = due_going_on(dossier, at, new.of(dossier), new.minutes(dossier))
    return (before, after) if before and after and before != after else None
