"""What one place sets for itself: centre, units, officers, office hours, settings."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from tthc_tui.core.base import Model
from tthc_tui.core.site_rules import (
    CLOSING_REASONS,
    NOTICES,
    PAUSE_REASONS,
    AppointmentRule,
    ClosingReason,
    Dated,
    ExemptionRule,
    Gateway,
    NoticeRule,
    PauseReason,
    StepRule,
    TariffRule,
)


class Role(StrEnum):
    """What an officer may do."""

    RECEIVING = "receiving"  # cán bộ tiếp nhận
    SPECIALIST = "specialist"  # cán bộ xử lý
    LEADER = "leader"  # lãnh đạo
    SUPERVISOR = "supervisor"  # giám sát
    ADMIN = "admin"  # quản trị

    @property
    def label(self) -> str:
        """The Vietnamese name shown to officers."""
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.RECEIVING: "cán bộ tiếp nhận",
    Role.SPECIALIST: "cán bộ xử lý",
    Role.LEADER: "lãnh đạo",
    Role.SUPERVISOR: "giám sát",
    Role.ADMIN: "quản trị",
}


class Unit(Dated):
    """A unit (đơn vị). `code` is its official identifier (QĐ 20/2020/QĐ-TTg), the prefix of dossier codes.

    One out of force stays in the list, so that old dossiers show its name.
    """

    id: str
    name: str
    code: str = ""
    parent: str = ""
    kind: Literal["province", "agency", "office", "commune", "centre"] = "office"
    address: str = ""
    phone: str = ""


class Officer(Dated):
    """A person who works with the program. `pin_hash` is argon2; "" means no PIN set yet.

    Secondments end (Decree 118/2025, art. 12): outside of its days an officer neither acts nor is given work.
    """

    id: str
    name: str
    unit: str
    roles: frozenset[Role] = frozenset({Role.RECEIVING})
    title: str = ""
    pin_hash: str = ""
    card: str = ""


class Counter(Dated):
    """A counter (quầy) of the centre."""

    id: str
    name: str


class Session(Model):
    """Office hours of one half-day, local time."""

    start: time
    end: time


class HoursRule(Model):
    """Office hours by weekday (0 = Monday) from a date on; `field` limits it to one lĩnh vực ("" = all)."""

    valid_from: date = date(2000, 1, 1)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    sessions: tuple[Session, ...] = (
        Session(start=time(7, 30), end=time(11, 30)),
        Session(start=time(13, 30), end=time(17, 30)),
    )
    field: str = ""


class ExceptionKind(StrEnum):
    """The three kinds of exception day (Labour Code 2019, art. 111 and 112, and yearly notices)."""

    HOLIDAY = "holiday"  # nghỉ lễ
    DAY_OFF = "day_off"  # nghỉ bù, nghỉ hoán đổi
    MAKE_UP = "make_up"  # làm bù: a Saturday that is worked


class ExceptionDay(Model):
    """One dated exception with the notice it comes from."""

    day: date
    kind: ExceptionKind
    name: str
    source: str = ""


class CountingStyle(StrEnum):
    """How a working day is counted."""

    CLOCK = "clock"  # working minutes run from the receipt, 1 day = 8 hours
    CIVIL = "civil"  # Civil Code: the first day is not counted, ends with office hours of the last


class Settings(Model):
    """Rules a site sets; every value has a working default."""

    counting: CountingStyle = CountingStyle.CLOCK
    day_minutes: int = 480
    undo_seconds: int = 120
    at_risk_minutes: int = 480
    forward_cutoff: time = time(15, 0)
    paper_forward_days: int = 1
    lock_minutes: int = 15
    book_number: str = ""
    receipt_phone: str = ""
    form_office: str = "TTPVHCC"  # the mark in the numbers of forms
    lookup_url: str = ""
    forward_grace_minutes: int = 60  # working minutes within which "at once" is still in time
    supplement_days: int = 15  # working days to supplement in, then closing is proposed
    return_days: int = 2  # working days in which the handling unit returns an inadmissible dossier
    tell_days: int = 1  # working days in which the applicant is told of it
    apology_days: int = 1  # working days before the promise at which an apology is called for
    apology_short_minutes: int = 60  # the same for a term of one working day or less, in working minutes
    consult_days: int = 3  # working days a co-operating unit has when nothing else is said
    feedback_days: int = 10  # working days to answer feedback (phản ánh, kiến nghị)
    rejection_approval: bool = False  # a refusal needs the head's approval
    post_carrier: str = "Bưu chính công ích"


class Route(Dated):
    """Which unit handles a procedure, or every procedure of a field; the first match holds."""

    unit: str
    procedure: str = ""
    field: str = ""


class Site(Model):
    """The centre this program stands in. `agency_code` prefixes codes of units without their own."""

    name: str
    parent: str = ""  # đơn vị chủ quản, first line of every form
    place: str = ""  # địa danh of "…, ngày … tháng …"
    agency_code: str
    unit: str  # id of the centre's own unit
    units: tuple[Unit, ...] = ()
    officers: tuple[Officer, ...] = ()
    counters: tuple[Counter, ...] = ()
    routes: tuple[Route, ...] = ()
    hours: tuple[HoursRule, ...] = (HoursRule(),)
    exceptions: tuple[ExceptionDay, ...] = ()
    settings: Settings = Field(default_factory=Settings)
    keymap: dict[str, str] = Field(default_factory=dict)
    pause_reasons: tuple[PauseReason, ...] = tuple(PAUSE_REASONS)
    closing_reasons: tuple[ClosingReason, ...] = tuple(CLOSING_REASONS)
    steps: tuple[StepRule, ...] = ()
    appointments: tuple[AppointmentRule, ...] = ()
    tariffs: tuple[TariffRule, ...] = ()
    exemptions: tuple[ExemptionRule, ...] = ()
    notices: tuple[NoticeRule, ...] = tuple(NOTICES)
    gateway: Gateway = Field(default_factory=Gateway)
    rights: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # role -> names of its actions
    forms: dict[str, Any] = Field(default_factory=dict)  # wording laid over forms.toml

    def unit_named(self, unit_id: str) -> Unit | None:
        """The unit with this id, or None."""
        return next((u for u in self.units if u.id == unit_id), None)

    def unit_name(self, unit_id: str) -> str:
        """The name of a unit, or its id where it is not known here."""
        unit = self.unit_named(unit_id)
        return unit.name if unit else unit_id

    def units_on(self, on: date) -> list[Unit]:
        """The units in force on a day."""
        return [unit for unit in self.units if unit.holds(on)]

    def officers_on(self, on: date) -> list[Officer]:
        """The officers in force on a day."""
        return [officer for officer in self.officers if officer.holds(on)]

    def handling_unit(self, procedure: str, field: str, on: date | None = None) -> str:
        """The id of the unit that handles a procedure; the centre's own where no route says otherwise.

        With a day, a route holds only while both it and its unit are in force.
        """
        for route in self.routes:
            unit = self.unit_named(route.unit)
            if on is not None and not (route.holds(on) and (unit is None or unit.holds(on))):
                continue
            if route.procedure in ("", procedure) and route.field in ("", field):
                return route.unit
        return self.unit

    def officer(self, officer_id: str) -> Officer | None:
        """The officer with this id, or None."""
        return next((o for o in self.officers if o.id == officer_id), None)

    def officer_name(self, officer_id: str) -> str:
        """The name of an officer, or the id where it is not known here."""
        officer = self.officer(officer_id)
        return officer.name if officer else officer_id
