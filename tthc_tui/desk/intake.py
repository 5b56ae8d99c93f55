"""Receiving: from the procedure and the papers on the counter to a code and a promised date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core import fees as money
from tthc_tui.core.base import Refused, vietnam_time
from tthc_tui.core.deadline import Deadline, compute_deadline, forward_due
from tthc_tui.core.dossier import Dossier, merge_papers
from tthc_tui.core.people import Person
from tthc_tui.core.procedure import (
    Case,
    Channel,
    FeeKind,
    FeeRule,
    Limit,
    LimitUnit,
    Procedure,
)
from tthc_tui.core.site import Role
from tthc_tui.core.site_rules import rows_for
from tthc_tui.core.terms import planned
from tthc_tui.desk.intake_fees import left_to_pay, waivers
from tthc_tui.desk.intake_form import Intake, PersonInput, checked_person, checked_sets
from tthc_tui.desk.intake_papers import check_complete, check_demand, check_papers
from tthc_tui.desk.shifts import ShiftDesk
from tthc_tui.store import dossiers, numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

RECEIPT_BOOK = "mau-01"
SUPPLEMENT_BOOK = "mau-02"
PAYMENT_BOOK = "bien-lai"
REJECTION_BOOK = "mau-03"


class IntakeDesk(ShiftDesk):
    """Receive, ask for supplements at the counter, refuse."""

    def known_person(self, number: str) -> PersonInput | None:
        """What is already known of this personal number: nothing has to be typed twice."""
        with self.store.read() as connection:
            person = dossiers.person_numbered(connection, number.strip())
        return _input_of(person) if person else None

    def deadline(
        self,
        procedure: Procedure,
        case: str = "",
        channel: Channel = Channel.DIRECT,
        at: datetime | None = None,
    ) -> Deadline | None:
        """The date to promise for a receipt at `at` (now if not given); None where no limit is published."""
        limit = procedure.limit_for(procedure.case(case), channel)
        if limit is None:
            return None
        settings = self.settings_at(at)
        return compute_deadline(
            vietnam_time(at) if at else self.now,
            limit,
            self.calendar(procedure.field_name),
            style=settings.counting,
            cutoff=procedure.cutoff_for(procedure.case(case)),
            day_minutes=settings.day_minutes,
        )

    def fee_rules(self, procedure: Procedure, channel: Channel) -> tuple[FeeRule, ...]:
        """The lines of the tariff that hold for this channel today; they are alternatives, never a sum."""
        today = self.now.date()
        return tuple(
            rule
            for rule in procedure.fees
            if rule.channel in (None, channel) and rule.currency == "VND" and rule.holds(today)
        )

    def fees(
        self,
        procedure: Procedure,
        channel: Channel,
        sets: int = 1,
        *,
        group: str = "",
        commune: str = "",
    ) -> tuple[ev.FeeCharge, ...]:
        """The charges an intake proposes: the site's tariff for channel, group, commune and day, else the
        first published line for lệ phí and for phí.
        """
        own = money.tariff(
            self.site.tariffs,
            procedure.code,
            procedure.field_name,
            self.now.date(),
            channel,
            group,
            commune,
        )
        if own:
            return money.charges(own, sets)
        chosen: dict[str, FeeRule] = {}
        for rule in self.fee_rules(procedure, channel):
            if not rule.optional:
                chosen.setdefault(rule.kind, rule)
        return tuple(charge_of(rule, sets) for rule in chosen.values())

    def receive(self, intake: Intake, at: datetime | None = None) -> Dossier:
        """Accept a complete dossier: it gets its official code, receipt number and date, durably.

        Refused with one Vietnamese sentence when something is missing or can't be right; nothing is
        saved then. StoreError on trouble with the file; nothing is saved then either.
        """
        moment = vietnam_time(at) if at else self.now
        procedure, fields, people = self._prepare(intake, moment)
        check_complete(procedure.case(intake.case), intake.papers)
        deadline = self.deadline(procedure, intake.case, intake.channel, moment)
        dossier_id = self.new_id()

        def job(connection: Connection) -> Dossier:
            action = ev.Receive(**fields, **self._promise(connection, procedure, intake, deadline, moment))
            waived = waivers(self.site, intake, procedure, action.fees, moment.date())
            paid = left_to_pay(action.fees, waived)
            actions: list[ev.Action] = [action, *waived, *self._paid_at_once(connection, paid, moment)]
            return self.act_in(connection, [(dossier_id, actions)], *people, at=moment)[0]

        self.reserve_code(self._agency(procedure, intake), moment.date())
        return self.store.write(job)

    def register(self, intake: Intake, at: datetime | None = None) -> Dossier:
        """Take note of a dossier nobody has looked at yet, such as one submitted online: state 1, no code.

        One sent online has its time to be looked at, in working hours (law.md §1.3).
        """
        moment = vietnam_time(at) if at else self.now
        _, fields, people = self._prepare(intake, moment)
        if intake.channel is Channel.ONLINE:
            hours = Limit(amount=Decimal(self.settings_at(moment).online_hours), unit=LimitUnit.HOUR)
            calendar = self.calendar(fields["procedure"].field_name)
            fields["check_by"] = compute_deadline(moment, hours, calendar).expected
        return self.act_all([(self.new_id(), [ev.Register(**fields)])], *people, at=moment)[0]

    def receive_incomplete(
        self,
        intake: Intake,
        items: Iterable[str],
        reason: str = "",
        at: datetime | None = None,
        *,
        demanded: str = "",
    ) -> Dossier:
        """Register a dossier whose papers are not complete and ask for all of them at once (Mẫu 02).

        A paper that a national database replaces may be asked for only with the reason in `demanded`.
        """
        moment = vietnam_time(at) if at else self.now
        procedure, fields, people = self._prepare(intake, moment)
        wanted = tuple(items)
        check_demand(procedure.case(intake.case), wanted, demanded)
        dossier_id = self.new_id()

        def job(connection: Connection) -> Dossier:
            number = numbers.next_number(connection, SUPPLEMENT_BOOK, moment.year)
            settings = self.settings_at(moment)
            until = self.after_days(moment, settings.supplement_days, by=settings)
            ask = ev.RequestSupplement(
                items=wanted, reason=reason, number=number, until=until, demanded=demanded.strip()
            )
            waived = waivers(self.site, intake, procedure, fields["fees"], moment.date())
            actions = [ev.Register(**fields, missing=wanted), *waived, ask]
            return self.act_in(connection, [(dossier_id, actions)], *people, at=moment)[0]

        return self.store.write(job)

    def refuse_intake(
        self, intake: Intake, reason: str, ground: str = "", approved_by: str = "", at: datetime | None = None
    ) -> Dossier:
        """Register a dossier that can't be accepted and refuse it in writing (Mẫu 03)."""
        moment = vietnam_time(at) if at else self.now
        _, fields, people = self._prepare(intake, moment)
        dossier_id = self.new_id()

        def job(connection: Connection) -> Dossier:
            number = numbers.next_number(connection, REJECTION_BOOK, moment.year)
            refuse = ev.Reject(reason=reason, ground=ground, number=number, **self.approval(approved_by))
            actions = [ev.Register(**fields), refuse]
            return self.act_in(connection, [(dossier_id, actions)], *people, at=moment)[0]

        return self.store.write(job)

    def accept_completed(
        self, dossier: UUID | str, papers: tuple[ev.PaperReceived, ...], at: datetime | None = None
    ) -> Dossier:
        """Accept a dossier that was sent home incomplete: the clock starts now (law.md §1.4 (ii)).

        Refused while a needed paper was neither handed in before nor is among `papers`.
        """
        moment = vietnam_time(at) if at else self.now
        found = self.dossier(dossier)
        procedure = self.procedure_of(found)
        check_complete(procedure.case(found.procedure.case), merge_papers(found.papers, papers))
        deadline = self.deadline(procedure, found.procedure.case, found.channel, moment)
        intake = Intake(procedure=procedure.code, case=found.procedure.case, channel=found.channel)
        intake = intake.model_copy(update={"handling_unit": found.handling_unit})

        def job(connection: Connection) -> Dossier:
            promise = self._promise(connection, procedure, intake, deadline, moment)
            return self.act_in(connection, [(found.id, [ev.Accept(papers=papers, **promise)])], at=moment)[0]

        self.reserve_code(self._agency(procedure, intake), moment.date())
        return self.store.write(job)

    def _prepare(
        self, intake: Intake, moment: datetime
    ) -> tuple[Procedure, dict[str, Any], tuple[Person, ...]]:
        procedure = self.procedure(intake.procedure)
        case = procedure.case(intake.case)
        if intake.case and case.code != intake.case:
            raise Refused(f"Thủ tục {procedure.code} không có trường hợp “{intake.case}”.", "case")
        checked_sets(intake.sets)
        check_papers(case, intake.papers)
        applicant = self.new_person(checked_person(intake.applicant, moment.date()))
        agent = None
        if intake.agent is not None:
            agent = self.new_person(checked_person(intake.agent, moment.date(), "người được ủy quyền"))
        fields: dict[str, Any] = {
            "procedure": procedure_ref(procedure, case),
            "applicant": applicant.ref(),
            "agent": agent.ref() if agent else None,
            "authorisation": intake.authorisation,
            "channel": intake.channel,
            "papers": intake.papers,
            "sets": intake.sets,
            "delivery": intake.delivery,
            "delivery_address": intake.delivery_address,
            "fees": self.fees(procedure, intake.channel, group=intake.group, commune=intake.commune)
            if intake.fees is None
            else intake.fees,
            "handling_unit": intake.handling_unit or self.handling_unit(procedure),
            "content": intake.content or procedure.name,
            "root": self._root(intake.root),
        }
        return procedure, fields, (applicant, agent) if agent else (applicant,)

    def _agency(self, procedure: Procedure, intake: Intake) -> str:
        """The agency whose codes a dossier of this intake gets."""
        unit = self.site.unit_named(intake.handling_unit or self.handling_unit(procedure))
        return unit.code if unit and unit.code else self.site.agency_code

    def _promise(
        self,
        connection: Connection,
        procedure: Procedure,
        intake: Intake,
        deadline: Deadline | None,
        moment: datetime,
    ) -> dict[str, Any]:
        unit = self.site.unit_named(intake.handling_unit or self.handling_unit(procedure))
        rules = rows_for(self.site.appointments, procedure.code, procedure.field_name, moment.date())
        settings = self.settings_at(moment)
        return {
            "code": numbers.next_code(connection, self._agency(procedure, intake), moment.date()),
            "number": numbers.next_number(connection, RECEIPT_BOOK, moment.year),
            "limit": procedure.limit_for(procedure.case(intake.case), intake.channel),
            "counting": settings.counting,
            "cutoff": procedure.cutoff_for(procedure.case(intake.case)),
            "due_at": deadline.due_at if deadline else None,
            "forward_by": self.forward_by(
                unit.id if unit else "", procedure.field_name, intake.channel, moment
            ),
            "appointments": planned(
                rules,
                moment,
                self.calendar(procedure.field_name),
                settings.day_minutes,
                settings.counting,
                procedure.cutoff_for(procedure.case(intake.case)),
            ),
        }

    def forward_by(self, unit: str, field: str, channel: Channel, moment: datetime) -> datetime | None:
        """By when the dossier must be sent on (law.md §1.3); None where this unit handles it itself."""
        if unit in ("", self.officer.unit):
            return None
        settings, calendar = self.settings_at(moment), self.calendar(field)
        due = forward_due(
            moment,
            calendar,
            settings.forward_cutoff,
            settings.paper_forward_days,
            settings.counting,
            settings.day_minutes,
        )
        if channel is Channel.ONLINE:
            return calendar.add_minutes(due.electronic, settings.forward_grace_minutes)
        return due.paper

    def _paid_at_once(
        self, connection: Connection, fees: Iterable[ev.FeeCharge], moment: datetime
    ) -> list[ev.Action]:
        """Fees paid in cash at the intake are payments like all others, each with its own number."""
        paid = [fee for fee in fees if fee.paid and fee.amount]
        return [
            ev.PayFee(
                amount=fee.amount,
                number=fee.number or self.next_payment_number(connection, moment),
                item=fee.name,
                counter=self.counter,
                shift=self.shift_id(connection, moment),
            )
            for fee in paid
        ]

    def next_payment_number(self, connection: Connection, moment: datetime) -> str:
        """The next number of the book of fee receipts (biên lai)."""
        return f"{numbers.next_number(connection, PAYMENT_BOOK, moment.year):06d}/{moment.year}"

    def approval(self, approved_by: str = "") -> dict[str, Any]:
        """What a refusal says of its approval: the head's where this site wants it (law.md §1.4 (iii))."""
        if not self.site.settings.rejection_approval:
            return {"approved_by": approved_by}
        if not approved_by and Role.LEADER in self.officer.roles:
            approved_by = self.officer.id
        if approved_by and approved_by not in {leader.id for leader in self.leaders()}:
            raise Refused("Người duyệt phải là lãnh đạo: hãy chọn lại người duyệt.", "approval")
        return {"approved_by": approved_by, "needs_approval": True}

    def _root(self, root: UUID | None) -> UUID | None:
        """The first dossier of a chain, whichever of its dossiers was named."""
        if root is None:
            return None
        found = self.dossier(root)
        if not found.open:
            raise Refused("Hồ sơ gốc đã kết thúc hoặc bị hủy: hãy tiếp nhận như hồ sơ riêng.", "root")
        return found.root or found.id


def procedure_ref(procedure: Procedure, case: Case) -> ev.ProcedureRef:
    """What a dossier keeps of the procedure it was received under."""
    return ev.ProcedureRef(
        code=procedure.code,
        name=procedure.name,
        version=procedure.version,
        field_code=procedure.field_code,
        field_name=procedure.field_name,
        case=case.code,
        case_name=case.name,
    )


def charge_of(rule: FeeRule, quantity: int = 1) -> ev.FeeCharge:
    """A line of the tariff as a charge; without a published figure the amount is 0 and the note says so."""
    name = rule.name or ("Lệ phí" if rule.kind is FeeKind.FEE else "Phí")
    note = "miễn" if rule.free else "" if rule.amount else "theo quy định của địa phương"
    return ev.FeeCharge(name=name, amount=(rule.amount or 0) * quantity, note=note)


def _input_of(person: Person) -> PersonInput:
    return PersonInput(**{name: getattr(person, name) for name in PersonInput.model_fields})
