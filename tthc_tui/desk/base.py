"""What every use case needs: the store, the site, the clock, who is working."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from tthc_tui.core import events as ev
from tthc_tui.core.base import Refused, uuid7, vietnam_time
from tthc_tui.core.calendar import CalendarError, WorkCalendar
from tthc_tui.core.deadline import at_risk_until, compute_deadline, end_of_today
from tthc_tui.core.dossier import Dossier, evolve
from tthc_tui.core.people import Person
from tthc_tui.core.procedure import Limit, LimitUnit
from tthc_tui.core.roles import Rights, said, site_rights, units_below
from tthc_tui.core.rules import decide
from tthc_tui.core.site import Officer, Role, Settings, Site, Unit
from tthc_tui.core.views import DossierLine, Thresholds
from tthc_tui.desk.intake_form import PersonInput
from tthc_tui.store import dossiers, settings, sync_state
from tthc_tui.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tthc_tui.store.search import SearchIndex

Clock = Callable[[], datetime]


class DeskBase:
    """The store, the site and the person at the counter. Methods may be called from any thread."""

    def __init__(self, store: SqliteStore, clock: Clock, *, officer: str = "", counter: str = "") -> None:
        self.store = store
        self._clock = clock
        with store.read() as connection:
            site = settings.get_site(connection)
            self.station = settings.get_setting(connection, "station")
            self.clock_offset = sync_state.offset(connection)
        if site is None:
            raise Refused("Chưa thiết lập trung tâm trên máy này: hãy chạy “tthc” để khai báo.", "site")
        self.whole_site: Site = site
        """The site with what was and what is to come: what is stored and exported."""
        self._standing: tuple[date, Site] | None = None
        self.counter = counter
        in_force = site.officers_on(self.now.date()) or list(site.officers)
        self._officer = officer or (in_force[0].id if in_force else "")
        self._index: SearchIndex | None = None
        self._calendars: dict[str, WorkCalendar] = {}

    @property
    def site(self) -> Site:
        """The site as it stands today; another one from midnight on where something changes then."""
        day, standing = self.now.date(), self._standing
        if standing is None or standing[0] != day:
            self._standing = standing = (day, self.whole_site.on(day))
        return standing[1]

    def site_on(self, at: datetime) -> Site:
        """The site as it stood at an instant: names and wording of an older paper."""
        day = vietnam_time(at).date()
        return self.site if day == self.now.date() else self.whole_site.on(day)

    def settings_of(self, dossier: Dossier | DossierLine) -> Settings:
        """The settings a dossier's clocks run by: those in force on the day it was received (law.md §10)."""
        begun = dossier.received_at or (dossier.registered_at if isinstance(dossier, Dossier) else None)
        return self.settings_at(begun)

    def settings_at(self, at: datetime | None) -> Settings:
        """The settings in force at an instant (None: now)."""
        return self.whole_site.settings_on(vietnam_time(at).date()) if at else self.site.settings

    def take_site(self, site: Site) -> None:
        """Work by another whole site from now on; calendars follow at once."""
        self.whole_site, self._standing, self._calendars = site, None, {}

    @property
    def now(self) -> datetime:
        """The present moment on the clocks of Vietnam, by the backend's clock where there is one."""
        return vietnam_time(self._clock() + self.clock_offset)

    @property
    def officer(self) -> Officer:
        """Who works at this counter now."""
        found = self.site.officer(self._officer)
        if found is None:
            raise Refused("Chưa có cán bộ nào đăng nhập: hãy đăng nhập trước.", "officer")
        return found

    @property
    def actor(self) -> ev.Actor:
        """The officer as events name them."""
        officer = self.officer
        over = units_below(self.site, officer.unit) if Role.LEADER in officer.roles else frozenset()
        return ev.Actor(
            officer=officer.id, unit=officer.unit, station=self.station, roles=officer.roles, over=over
        )

    def calendar(self, field: str = "") -> WorkCalendar:
        """The working calendar of this site, for one field's desk where it keeps its own hours."""
        known = any(rule.field == field for rule in self.site.hours)
        key = field if known else ""
        if key not in self._calendars:
            self._calendars[key] = WorkCalendar(self.site.hours, self.site.exceptions, field=key)
        return self._calendars[key]

    @property
    def rights(self) -> Rights:
        """Which role may do what at this site."""
        return site_rights(self.site)

    def leaders(self) -> list[Officer]:
        """The officers who may approve and sign today."""
        return [one for one in self.officers() if Role.LEADER in one.roles]

    def officers(self) -> list[Officer]:
        """The officers in force today."""
        return self.site.officers_on(self.now.date())

    def units(self) -> list[Unit]:
        """The units in force today: those work can be given to."""
        return self.site.units_on(self.now.date())

    def check_unit(self, unit_id: str) -> None:
        """Refused when work can't be given to a unit: it is not in the list, or not in force today."""
        unit = self.site.unit_named(unit_id)
        if unit is None:
            raise Refused(f"Không có đơn vị “{unit_id}” trong danh mục: hãy chọn đơn vị khác.", "unit")
        if why := unit.why_not(self.now.date()):
            raise Refused(f"Đơn vị {unit.name} {why}: hãy chọn đơn vị khác.", "unit")

    def check_officer(self, officer_id: str, unit: str = "") -> None:
        """Refused when an officer can't be given work: unknown, of another unit than `unit`, or not in force."""
        officer = self.site.officer(officer_id)
        if officer is None or (unit and officer.unit != unit):
            where = f" của {self.site.unit_name(unit)}" if unit else " trong danh sách"
            raise Refused(f"Không có cán bộ “{officer_id}”{where}: hãy chọn lại.", "officer")
        if why := officer.why_not(self.now.date()):
            raise Refused(f"Cán bộ {officer.name} {why}: hãy chọn người khác.", "officer")

    def check_acting(self) -> None:
        """Refused when who is signed in is not in force today, so that nothing can be done in their name."""
        if why := self.officer.why_not(self.now.date()):
            raise Refused(
                f"Phân công của {self.officer.name} ở đây {why}, không thao tác được: hãy đăng nhập người khác.",
                "in_force",
            )

    def after_days(
        self, start: datetime, days: int | Decimal, field: str = "", by: Settings | None = None
    ) -> datetime:
        """The end of a term of working days that begins at `start`; `by` are the settings it is counted by."""
        limit = Limit(amount=Decimal(days), unit=LimitUnit.WORKING_DAY)
        settings = by or self.site.settings
        return compute_deadline(
            start, limit, self.calendar(field), style=settings.counting, day_minutes=settings.day_minutes
        ).expected

    def promisable(self, at: datetime, field: str = "") -> datetime:
        """`at` as a date that may be promised; a bare day (midnight) is the end of its office hours.

        Refused on a day off and outside office hours: no result is promised for a non-working minute.
        """
        local, calendar = vietnam_time(at), self.calendar(field)
        day = local.date()
        try:
            sessions = calendar.sessions(day)
        except CalendarError as error:
            raise Refused(str(error), "due") from None
        if not sessions:
            why = calendar.why_off(day)
            raise Refused(f"Ngày {day:%d/%m/%Y} không làm việc ({why}): hãy hẹn ngày khác.", "due")
        if local.time() == time():
            return calendar.close_of(day)
        if any(start <= local <= end for start, end in sessions):
            return local
        hours = ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in sessions)
        raise Refused(
            f"{local:%H:%M} ngày {day:%d/%m/%Y} ngoài giờ làm việc ({hours}): hãy hẹn giờ khác.", "due"
        )

    def thresholds(self, at: datetime | None = None) -> Thresholds:
        """The instants the overdue counts are drawn at."""
        now = vietnam_time(at) if at else self.now
        calendar = self.calendar()
        return Thresholds(
            now, end_of_today(calendar, now), at_risk_until(calendar, now, self.site.settings.at_risk_minutes)
        )

    def save_site(self, site: Site) -> None:
        """Keep a changed whole site (never one of a single day); calendars follow at once."""
        self.store.write(lambda connection: settings.put_site(connection, site))
        self.take_site(site)

    def reserve_code(self, agency: str, day: date) -> None:
        """Called before a dossier is received, outside its transaction: a backend may lend a number for it."""

    def new_id(self) -> UUID:
        """A fresh identity, sortable by the moment it was made."""
        return uuid7(self.now)

    def new_person(self, person: PersonInput) -> Person:
        """Personal data with an identity and a salt of its own."""
        return Person(id=self.new_id(), salt=secrets.token_hex(16), **person.model_dump())

    def act(self, dossier: UUID | str, action: ev.Action) -> Dossier:
        """Take one action on a dossier, durably; Refused when the rules forbid it, StoreError on trouble."""
        return self.act_all([(UUID(str(dossier)), [action])])[0]

    def act_all(
        self, work: list[tuple[UUID, list[ev.Action]]], *persons: Person, at: datetime | None = None
    ) -> list[Dossier]:
        """Several actions on several dossiers in one transaction: all are saved or none."""
        return self.store.write(lambda connection: self.act_in(connection, work, *persons, at=at))

    def act_in(
        self,
        connection: Connection,
        work: list[tuple[UUID, list[ev.Action]]],
        *persons: Person,
        at: datetime | None = None,
    ) -> list[Dossier]:
        """The same inside a transaction that is already open."""
        moment = at or self.now
        self.check_acting()
        for person in persons:
            dossiers.put_person(connection, person)
        return [self._act_on(connection, dossier_id, actions, moment) for dossier_id, actions in work]

    def _act_on(
        self, connection: Connection, dossier_id: UUID, actions: list[ev.Action], at: datetime
    ) -> Dossier:
        """Actions on one dossier, one after another, and what follows from the last by itself."""
        before = dossier = dossiers.load(connection, dossier_id)
        events: list[ev.AnyEvent] = []
        waiting = list(actions)
        while waiting:
            action = waiting.pop(0)
            try:
                decided = decide(
                    dossier,
                    action,
                    self.actor,
                    at,
                    new_id=self.new_id,
                    dossier_id=dossier_id,
                    rights=self.rights,
                )
            except Refused as refusal:
                raise self.naming_holder(dossier, action, refusal) from refusal
            for event in decided:
                dossier = evolve(dossier, event)
            events += decided
            if not waiting and dossier is not None:
                waiting = self.follow_up(dossier, action, at)
        done = dossiers.append(connection, before, events)
        self.after_events(connection, done, events)
        return done

    def naming_holder(self, dossier: Dossier | None, action: ev.Action, refusal: Refused) -> Refused:
        """A refusal as it is, or with the name of who holds the dossier where that is what it is about."""
        if refusal.code != "holder" or dossier is None or isinstance(action, ev.AnswerConsult):
            return refusal
        officer = self.site.officer(dossier.holder_officer)
        where = self.site.unit_name(dossier.holder_unit) + (f" ({officer.name})" if officer else "")
        return Refused(
            f"Hồ sơ đang ở {where}, chỉ nơi đó {said(type(action))} được: "
            "hãy đề nghị nơi đó làm, hoặc chuyển hồ sơ đến đơn vị bạn trước.",
            "holder",
        )

    def follow_up(self, dossier: Dossier, action: ev.Action, at: datetime) -> list[ev.Action]:
        """What the program does by itself after `action`, in the same transaction."""
        return []

    def after_events(self, connection: Connection, dossier: Dossier, events: list[ev.AnyEvent]) -> None:
        """Called in the transaction that stored `events`: notices are put into their outbox here."""

    def dossier(self, dossier: UUID | str) -> Dossier:
        """The dossier with this identity; Refused when it is not on this machine."""
        with self.store.read() as connection:
            found = dossiers.load(connection, UUID(str(dossier)))
        if found is None:
            raise Refused("Không tìm thấy hồ sơ này trên máy.", "unknown")
        return found

    @property
    def centre_name(self) -> str:
        """The name of the centre, as the first line of the screen shows it."""
        return self.site.name
