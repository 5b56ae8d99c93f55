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
from tthc_tui.core.site import Site
from tthc_tui.core.terms import term
from tthc_tui.core.text import clean
from tthc_tui.core.views import DueQuery
from tthc_tui.desk.intake import RECEIPT_BOOK, procedure_ref
from tthc_tui.desk.intake_form import PersonInput, checked_person
from tthc_tui.desk.monitoring import MonitorDesk
from tthc_tui.store import dossiers, law, numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class MovedDate:
    """A promised date that another calendar would give differently. `minutes` is working time, by the new one."""

    dossier: UUID
    code: str
    procedure: str
    promised: datetime
    would_be: datetime
    minutes: int


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
        if received_at is not None and received_at > moment:
            raise Refused("Thời điểm tiếp nhận không thể ở sau lúc này: hãy kiểm tra lại.", "date")
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

        def job(connection: Connection) -> Dossier:
            action = ev.Correct(
                reason=clean(reason),
                number=numbers.next_number(connection, RECEIPT_BOOK, moment.year),
                replaces=found.number,
                **fields,
            )
            return self.act_in(connection, [(found.id, [action])], *people, at=moment)[0]

        return self.store.write(job)

    def _procedure_fields(
        self, dossier: Dossier, code: str, case_code: str, fields: dict[str, Any]
    ) -> dict[str, Any]:
        """What follows from another procedure or another receipt time: name, limit, promised date."""
        changed: dict[str, Any] = {}
        limit, cutoff = dossier.limit, dossier.cutoff
        if code or case_code:
            found = self.procedure(code or dossier.procedure.code)
            case = found.case(case_code)
            changed["procedure"] = procedure_ref(found, case)
            limit, cutoff = found.limit_for(case, dossier.channel), found.cutoff_for(case)
            changed["limit"] = limit
            if fields["content"] is None and dossier.content == dossier.procedure.name:
                changed["content"] = found.name
        start = fields["received_at"] or dossier.counted_from
        moved = code or case_code or fields["received_at"]
        if moved and fields["due_at"] is None and limit is not None and start is not None:
            field = changed["procedure"].field_name if changed else dossier.procedure.field_name
            changed["due_at"] = compute_deadline(
                start,
                limit,
                self.calendar(field),
                style=dossier.counting,
                cutoff=cutoff,
                pauses=dossier.pauses,
                day_minutes=self.site.settings.day_minutes,
            ).expected
        return changed

    def calendar_report(self, old: Site, new: Site) -> list[MovedDate]:
        """The running dossiers whose promised date the calendar of `new` would give differently than `old`.

        Nothing is changed: what is printed stands until somebody corrects or extends it.
        """
        calendars: dict[tuple[int, str], WorkCalendar] = {}

        def calendar(which: int, site: Site, field: str) -> WorkCalendar:
            key = (which, field if any(rule.field == field for rule in site.hours) else "")
            if key not in calendars:
                calendars[key] = WorkCalendar(site.hours, site.exceptions, field=key[1])
            return calendars[key]

        moved = []
        rows = self.due_rows(DueQuery(bucket="all"))
        with self.store.read() as connection:
            for dossier_id in law.identities(connection, rows):
                found = dossiers.load(connection, dossier_id)
                if found is None or found.due_at is None or found.fixed_due is not None:
                    continue
                field = found.procedure.field_name
                try:
                    before = term(found, calendar(0, old, field), old.settings.day_minutes)
                    after = term(found, calendar(1, new, field), new.settings.day_minutes)
                except CalendarError:
                    continue
                if before is None or after is None or before.expected == after.expected:
                    continue
                gap = calendar(1, new, field).worked_between(found.due_at, after.expected)
                moved.append(
                    MovedDate(
                        found.id,
                        found.code,
                        found.procedure.name,
                        vietnam_time(found.due_at),
                        after.expected,
                        gap // 60_000_000,
                    )
                )
        return sorted(moved, key=lambda one: (one.promised, one.code))
