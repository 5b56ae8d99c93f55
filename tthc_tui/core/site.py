"""What one place sets for itself: centre, units, officers, office hours, settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from tthc_tui.core.base import Model
from tthc_tui.core.dated import Dated, Named, in_force, named, one_each
from tthc_tui.core.site_rules import (
    CLOSING_REASONS,
    NOTICES,
    PAUSE_REASONS,
    AppointmentRule,
    ClosingReason,
    ExemptionRule,
    Gateway,
    NoticeRule,
    PauseReason,
    ResultRule,
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


class Unit(Named):
    """A unit (đơn vị). `code` is its official identifier (QĐ 20/2020/QĐ-TTg), the prefix of dossier codes.

    One out of force stays in the list, so that old dossiers show its name; a renamed or merged one has
    several rows of its id.
    """

    name: str
    code: str = ""
    parent: str = ""
    kind: Literal["province", "agency", "office", "commune", "centre"] = "office"
    address: str = ""
    phone: str = ""


class Officer(Named):
    """A person who works with the program. `pin_hash` is argon2; "" means no PIN set yet.

    Secondments end (Decree 118/2025, art. 12): outside of its days an officer neither acts nor is given work.
    Who moves to another unit or another role has several rows of one id, and one PIN in all of them.
    """

    name: str
    unit: str
    roles: frozenset[Role] = frozenset({Role.RECEIVING})
    title: str = ""
    pin_hash: str = ""
    card: str = ""


class Counter(Named):
    """A counter (quầy) of the centre."""

    name: str


class Session(Model):
    """Office hours of one half-day, local time."""

    start: time
    end: time


class HoursRule(Dated):
    """Office hours by weekday (0 = Monday) while the rule holds; `field` limits it to one lĩnh vực ("" = all)."""

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
    online_hours: int = 8  # working hours in which a dossier sent online is looked at
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


class Heading(Model):
    """The centre as its papers and codes name it."""

    name: str = ""
    parent: str = ""
    place: str = ""
    agency_code: str = ""


class Change(Dated):
    """What the single tables of a site say differently while it holds; each part has only what differs.

    Written before its first day, it takes effect by itself; of several that hold, the newest goes before.
    """

    centre: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    forms: dict[str, Any] = Field(default_factory=dict)
    rights: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    gateway: dict[str, Any] = Field(default_factory=dict)

    @field_validator("centre")
    @classmethod
    def _centre(cls, part: dict[str, str]) -> dict[str, str]:
        return _only_written(Heading, part)

    @field_validator("settings")
    @classmethod
    def _settings(cls, part: dict[str, Any]) -> dict[str, Any]:
        return _only_written(Settings, part)

    @field_validator("gateway")
    @classmethod
    def _gateway(cls, part: dict[str, Any]) -> dict[str, Any]:
        return _only_written(Gateway, part)


def _only_written(kind: type[Model], part: dict[str, Any]) -> dict[str, Any]:
    """The values that are written, checked by the model they belong to."""
    try:
        return kind.model_validate(part).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:  # told again with its key: the place of a part's error ends at the part
        first = error.errors()[0]
        key = str(next(iter(first["loc"]), ""))
        raise PydanticCustomError(first["type"], "{key}", {"key": key}) from error


def laid_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on `base`: tables merge key by key, all else replaces."""
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            merged[key] = laid_over(known, value)
        else:
            merged[key] = value
    return merged


def laid_forms(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The same for tables of forms, where own forms of a lĩnh vực go before those there were."""
    merged = laid_over(base, over)
    if isinstance(own := over.get("own_forms"), list):
        merged["own_forms"] = [*own, *base.get("own_forms", ())]
    return merged


class Site(Model):
    """The centre this program stands in. `agency_code` prefixes codes of units without their own.

    This is the whole site, with what was and what is to come; `on(day)` is what stands on one day.
    """

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
    result_limits: tuple[ResultRule, ...] = ()
    tariffs: tuple[TariffRule, ...] = ()
    exemptions: tuple[ExemptionRule, ...] = ()
    notices: tuple[NoticeRule, ...] = tuple(NOTICES)
    gateway: Gateway = Field(default_factory=Gateway)
    rights: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # role -> names of its actions
    forms: dict[str, Any] = Field(default_factory=dict)  # wording laid over forms.toml
    changes: tuple[Change, ...] = ()  # of the centre's heading, settings, forms, rights, gateway, by date

    def on(self, day: date) -> Site:
        """The site as it stands on a day: changes that hold laid over, one row for each unit, officer, counter.

        Of an id out of force on that day its last row before it stays, so that names are still found. What
        comes out has no changes of its own: ask the whole site for another day, and store only the whole one.
        """
        known: dict[str, Any] = {
            name: one_each(rows, day)
            for name, rows in (
                ("units", self.units),
                ("officers", self.officers),
                ("counters", self.counters),
            )
        }
        update = {name: rows for name, rows in known.items() if rows is not getattr(self, name)}
        if self.changes:
            update["changes"] = ()
        for change in self._changes_on(day):
            update |= change.centre
            if change.forms:
                update["forms"] = laid_forms(update.get("forms", self.forms), change.forms)
            if change.rights:
                update["rights"] = {**update.get("rights", self.rights), **change.rights}
            if change.gateway:
                gateway = update.get("gateway", self.gateway)
                update["gateway"] = Gateway(**{**dict(gateway), **change.gateway})
        settings = self.settings_on(day)
        if settings is not self.settings:
            update["settings"] = settings
        return self.changed(update) if update else self

    def settings_on(self, day: date) -> Settings:
        """The settings in force on a day."""
        laid: dict[str, Any] = {}
        for change in self._changes_on(day):
            laid |= change.settings
        return Settings(**{**dict(self.settings), **laid}) if laid else self.settings

    def _changes_on(self, day: date) -> list[Change]:
        """The changes that hold on a day, the newest last."""
        return sorted(in_force(self.changes, day), key=lambda change: change.valid_from)

    def unit_named(self, unit_id: str, on: date | None = None) -> Unit | None:
        """The unit with this id as of a day (without one: its last row), or None."""
        return named(self.units, unit_id, on)

    def unit_name(self, unit_id: str, on: date | None = None) -> str:
        """The name of a unit as of a day, or its id where it is not known here."""
        unit = self.unit_named(unit_id, on)
        return unit.name if unit else unit_id

    def units_on(self, on: date) -> list[Unit]:
        """The units in force on a day."""
        return in_force(self.units, on)

    def officers_on(self, on: date) -> list[Officer]:
        """The officers in force on a day."""
        return in_force(self.officers, on)

    def counters_on(self, on: date) -> list[Counter]:
        """The counters in force on a day."""
        return in_force(self.counters, on)

    def counter_name(self, counter_id: str, on: date | None = None) -> str:
        """The name of a counter as of a day, or its id where it is not known here."""
        counter = named(self.counters, counter_id, on)
        return counter.name if counter else counter_id

    def handling_unit(self, procedure: str, field: str, on: date | None = None) -> str:
        """The id of the unit that handles a procedure; the centre's own where no route says otherwise.

        With a day, a route holds only while both it and its unit are in force.
        """
        for route in self.routes if on is None else in_force(self.routes, on):
            unit = self.unit_named(route.unit, on)
            if on is not None and unit is not None and not unit.holds(on):
                continue
            if route.procedure in ("", procedure) and route.field in ("", field):
                return route.unit
        return self.unit

    def officer(self, officer_id: str, on: date | None = None) -> Officer | None:
        """The officer with this id as of a day (without one: the last row), or None."""
        return named(self.officers, officer_id, on)

    def officer_name(self, officer_id: str, on: date | None = None) -> str:
        """The name of an officer as of a day, or the id where it is not known here."""
        officer = self.officer(officer_id, on)
        return officer.name if officer else officer_id
