"""A commune's centre through a year: lives of dossiers drawn by chance, told step by step to the desk."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import Counter as Desktop
from tthc_tui.core.site import Officer, Role, Route, Settings, Site, Unit
from tthc_tui.core.site_rules import StepRule
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake, PersonInput

SAME_DAY = ("2.000884", "2.000815", "2.000635", "2.000908")
AT_UNIT = ("1.013227", "1.004194", "1.004873", "1.013228")
FEE = ev.FeeCharge(name="Lệ phí", amount=10_000, paid=True)


class YearClock:
    """The clock of the centre; every action takes a little while."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 7, 30, tzinfo=VIETNAM)

    def __call__(self) -> datetime:
        return self.now


def a_site() -> Site:
    both = frozenset({Role.SPECIALIST, Role.LEADER})
    return Site(
        name="Trung tâm Phục vụ hành chính công xã An Bình",
        agency_code="H15.50.05.13",
        unit="ttpvhcc",
        units=(
            Unit(id="ttpvhcc", name="Trung tâm", kind="centre"),
            Unit(id="phong", name="Phòng Kinh tế", code="H15.50.05.14"),
            Unit(id="thue", name="Thuế cơ sở"),
        ),
        officers=(
            Officer(id="lan", name="Nguyễn Thị Lan", unit="ttpvhcc"),
            Officer(id="khoa", name="Đỗ Anh Khoa", unit="phong", roles=both),
        ),
        counters=(Desktop(id="1", name="Quầy 01"),),
        routes=tuple(Route(unit="phong", procedure=code) for code in AT_UNIT),
        steps=(
            StepRule(procedure="1.013227", id="tham-dinh", name="Thẩm định", amount=Decimal("0.5")),
            StepRule(procedure="1.013227", id="ky", name="Ký duyệt", amount=Decimal("0.25")),
        ),
        settings=Settings(rejection_approval=True),
    )


class Year:
    """One centre's year: lives of dossiers drawn by chance, each told step by step to the desk."""

    def __init__(self, desk: Desk, clock: YearClock) -> None:
        self.desk, self.clock = desk, clock
        self.chance = random.Random(2026)
        self.calendar = desk.calendar()
        self.told: Counter[str] = Counter()
        self.forms: dict[str, tuple[ev.PaperReceived, ...]] = {}
        self.last = datetime(2026, 12, 31, 17, 0, tzinfo=VIETNAM)
        self.paths: list[tuple[int, Callable[[], None]]] = [
            (6000, self.while_waiting),
            (1000, self.same_day),
            (900, self.through_unit),
            (350, self.supplemented),
            (250, self.paused),
            (250, self.incomplete_then_complete),
            (200, self.extended),
            (150, self.overlapping_pauses),
            (150, self.corrected),
            (130, self.withdrawn),
            (120, self.never_supplemented),
            (100, self.refused),
            (100, self.stopped),
            (100, self.by_post),
            (80, self.undone),
            (60, self.refunded),
            (40, self.chain),
            (20, self.died),
        ]

    # --- the stage ---

    def days(self) -> list[date]:
        start, day = date(2026, 1, 5), date(2026, 1, 5)
        found = []
        while day <= self.last.date():
            if self.calendar.is_working_day(day):
                found.append(day)
            day = start + timedelta(days=(day - start).days + 1)
        return found

    def run(self, dossiers: int) -> None:
        days = self.days()
        weights = [weight for weight, _ in self.paths]
        for number, day in enumerate(days):
            count = dossiers * (number + 1) // len(days) - dossiers * number // len(days)
            paths = self.chance.choices([path for _, path in self.paths], weights, k=count)
            self.desk.store.write(lambda _, d=day, p=paths: self.one_day(d, p))  # type: ignore[misc]

    def one_day(self, day: date, paths: list[Callable[[], None]]) -> None:
        opening = datetime.combine(day, time(7, 30), VIETNAM)
        self.clock.now = opening
        self.desk.open_shift(500_000)
        for path in paths:
            self.clock.now = self.calendar.add_minutes(opening, self.chance.randint(1, 470))
            self.as_officer("lan")
            try:
                path()
            except TooLate:
                self.told["unfinished"] += 1
        self.as_officer("lan")
        self.clock.now = datetime.combine(day, time(17, 30), VIETNAM)
        sheet = self.desk.shift_sheet()
        self.told["cash"] += sheet.expected - 500_000
        assert self.desk.close_shift(sheet.expected).difference == 0

    def as_officer(self, officer: str) -> None:
        if self.desk.officer.id != officer:
            self.desk.sign_in(officer)

    def later(self, minutes: int) -> None:
        """Let working time pass; a life that would go on after the year stays as it is."""
        after = self.calendar.add_minutes(self.clock.now, self.chance.randint(1, minutes))
        if after > self.last:
            raise TooLate
        self.clock.now = after

    def intake(self, codes: tuple[str, ...], **more: Any) -> Intake:
        code = self.chance.choice(codes)
        if code not in self.forms:
            self.forms[code] = tuple(
                ev.PaperReceived(
                    requirement=line.id,
                    name=line.label,
                    form=ev.PaperForm.LOOKED_UP if line.database else ev.PaperForm.ORIGINAL,
                )
                for line in self.desk.procedure(code).case().requirements
                if line.kind != "note"
            )
        person = PersonInput(name=f"Nguyễn Văn {self.chance.randint(1, 9999)}")
        fees = (FEE,) if self.chance.random() < 0.5 else ()
        return Intake(procedure=code, applicant=person, papers=self.forms[code], **{"fees": fees, **more})

    def take(self, codes: tuple[str, ...] = AT_UNIT, **more: Any) -> Dossier:
        self.told["received"] += 1
        intake = self.intake(codes, **more)
        self.told["paid"] += sum(fee.amount for fee in intake.fees or ())
        return self.desk.receive(intake)

    def to_unit(self, dossier: Dossier) -> Dossier:
        self.later(300)
        self.desk.forward([dossier.id], "phong")
        self.later(120)
        self.as_officer("khoa")
        return self.desk.accept_handover([dossier.id])[0]

    def finish(self, dossier: Dossier) -> None:
        self.later(2400)
        self.desk.resolve(dossier.id, self.chance.choice(("granted", "granted", "denied")))
        with_slip = self.chance.random() < 0.3
        if with_slip:
            self.desk.hand_results([dossier.id])
        self.as_officer("lan")
        self.later(600)
        if with_slip and self.chance.random() < 0.5:  # else taken over by giving it out
            self.desk.accept_handover([dossier.id])
        self.desk.return_result(dossier.id)
        self.told["returned"] += 1

    # --- the paths ---

    def same_day(self) -> None:
        dossier = self.take(SAME_DAY)
        self.later(120)
        self.desk.resolve(dossier.id)
        self.later(60)
        self.desk.return_result(dossier.id)
        self.told["returned"] += 1

    def while_waiting(self) -> None:
        """Done while the citizen waits: result and return in one action."""
        dossier = self.take(SAME_DAY)
        self.later(30)
        at_once = [ev.Forward(to_unit="ttpvhcc", paper=False), ev.Resolve(), ev.Return()]
        self.desk.act_all([(dossier.id, at_once)])
        self.told["returned"] += 1

    def through_unit(self) -> None:
        dossier = self.to_unit(self.take())
        while dossier.step is not None:
            self.later(240)
            if self.chance.random() < 0.1 and len(dossier.steps) == 2:
                dossier = self.desk.return_step(dossier.id, "tham-dinh", "thiếu căn cứ")
            else:
                dossier = self.desk.finish_step(dossier.id)
        if self.chance.random() < 0.2:
            asked = self.desk.consult(dossier.id, "thue", "Nghĩa vụ thuế")
            self.desk.answer_consult(dossier.id, asked.consultations[-1].key, "Đã nộp")
        self.finish(dossier)

    def supplemented(self) -> None:
        dossier = self.to_unit(self.take())
        self.later(480)
        self.desk.request_supplement(dossier.id, ["Đơn có chữ ký"], "thiếu")
        with pytest.raises(Refused, match="yêu cầu bổ sung"):
            self.desk.request_supplement(dossier.id, ["Thêm"])
        self.later(2000)
        self.finish(self.desk.supplement(dossier.id))

    def paused(self) -> None:
        dossier = self.to_unit(self.take())
        before = dossier.due_at
        self.later(200)
        self.desk.pause(dossier.id, "nghia-vu-tai-chinh")
        self.later(3000)
        after = self.desk.resume(dossier.id)
        assert before is None or (after.due_at is not None and after.due_at >= before)
        self.finish(after)

    def overlapping_pauses(self) -> None:
        dossier = self.to_unit(self.take())
        reasons = ["niem-yet", "xac-minh", "giam-dinh"]
        for code in self.chance.sample(reasons, 3):
            self.desk.pause(dossier.id, code)
            self.later(300)
        for code in self.chance.sample(reasons, 3):
            self.later(300)
            dossier = self.desk.resume(dossier.id, code)
        self.finish(dossier)

    def incomplete_then_complete(self) -> None:
        intake = self.intake(AT_UNIT, fees=())
        waiting = self.desk.receive_incomplete(intake, ["Bản vẽ"], "thiếu")
        self.told["registered"] += 1
        self.later(1500)
        dossier = self.desk.supplement(waiting.id, intake.papers)
        self.finish(self.to_unit(dossier))

    def extended(self) -> None:
        dossier = self.to_unit(self.take())
        self.later(600)
        if dossier.due_at is not None:
            new = self.desk.new_due(dossier, 3)
            dossier = self.desk.extend(dossier.id, new, "chờ ý kiến")
            with pytest.raises(Refused, match="một lần"):
                self.desk.extend(dossier.id, new + timedelta(days=9), "lại chờ")
        self.finish(dossier)

    def corrected(self) -> None:
        dossier = self.take()
        self.later(60)
        corrected = self.desk.correct(
            dossier.id, "ghi nhầm họ tên", applicant=PersonInput(name="Lê Thị Đúng")
        )
        assert corrected.replaces == dossier.number
        self.finish(self.to_unit(corrected))

    def withdrawn(self) -> None:
        dossier = self.take()
        if self.chance.random() < 0.5:
            dossier = self.to_unit(dossier)
        self.as_officer("lan")
        self.later(300)
        self.desk.withdraw(dossier.id, "không còn nhu cầu")

    def never_supplemented(self) -> None:
        dossier = self.to_unit(self.take())
        self.desk.request_supplement(dossier.id, ["Bản vẽ"])
        self.as_officer("lan")
        with pytest.raises(Refused, match="chưa quá hạn"):
            self.desk.close_dossier(dossier.id, "qua-han-bo-sung")
        self.clock.now = self.calendar.add_minutes(self.clock.now, 16 * 480)
        if self.clock.now > self.last:
            raise TooLate
        self.desk.close_dossier(dossier.id, "qua-han-bo-sung")

    def refused(self) -> None:
        self.told["registered"] += 1
        intake = self.intake(AT_UNIT, fees=())
        self.desk.refuse_intake(intake, "không đúng thẩm quyền", approved_by="khoa")

    def stopped(self) -> None:
        dossier = self.to_unit(self.take())
        self.as_officer("lan")
        self.desk.stop(dossier.id, "đổi ý")
        with pytest.raises(Refused):
            self.desk.resolve(dossier.id)

    def by_post(self) -> None:
        dossier = self.take(SAME_DAY, delivery=ev.Delivery.POST, delivery_address="Ấp 3")
        self.desk.resolve(dossier.id)
        self.later(60)
        self.desk.send_post([(dossier.id, f"EA{self.chance.randint(1, 10**9):09d}VN")])
        self.later(1500)
        self.desk.track_post(dossier.id, "delivered")
        self.told["returned"] += 1

    def undone(self) -> None:
        self.desk.undo(self.take(SAME_DAY, fees=()).id)
        self.told["undone"] += 1

    def refunded(self) -> None:
        dossier = self.take(SAME_DAY, fees=(FEE,))
        self.desk.refund(dossier.id, 4_000, "thu thừa")
        self.told["refunded"] += 4_000
        self.desk.exempt(dossier.id, ground="hộ nghèo", amount=4_000)

    def chain(self) -> None:
        root = self.take()
        child = self.desk.receive_child(root.id, SAME_DAY[0], papers=self.intake(SAME_DAY[:1]).papers)
        self.told["received"] += 1
        self.later(100)
        self.desk.resolve(child.id)

    def died(self) -> None:
        dossier = self.to_unit(self.take())
        self.desk.close_dossier(dossier.id, "nguoi-nop-chet")


class TooLate(Exception):
    """The year is over before this life goes on."""
