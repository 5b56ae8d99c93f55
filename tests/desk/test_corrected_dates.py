"""A correction puts the receipt right and nothing else: no date is lost, and none is moved past the law by it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from law_tools import BUILDING, at_unit, take

from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.procedure import CutoffKind
from tthc_tui.core.site import Officer, Role, Unit
from tthc_tui.core.site_rules import AppointmentRule
from tthc_tui.desk import Desk

LONGER = "1.013226"  # điều chỉnh giấy phép xây dựng: 09 working days
SAME_DAY = "2.000884"


def on(day: int, hour: int = 8, minute: int = 42, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VIETNAM)


def test_a_wrong_hour_of_receipt_does_not_take_back_the_restart_of_a_supplement(
    desk: Desk, clock: Any
) -> None:
    dossier = take(desk)
    desk.request_supplement(dossier.id, ["Bản vẽ"])
    clock.now = on(7, 9, 0)
    before = desk.supplement(dossier.id)
    after = desk.correct(dossier.id, "ghi sai giờ nhận", received_at=on(23, 8, 30, 11))
    assert (before.due_at, after.received_at) == (on(14, 9, 0), on(23, 8, 30, 11))
    assert after.due_at == before.due_at
    ledger = desk.explain(dossier.id)
    assert ledger is not None
    assert ledger.expected == after.due_at


def test_a_signed_new_date_stands_when_the_procedure_is_corrected(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.extend(dossier.id, on(10, 16, 0), "chờ ý kiến")
    desk.sign_in("lan")
    after = desk.correct(dossier.id, "nhầm thủ tục", procedure=LONGER)  # by its own term 07/12
    assert (after.procedure.code, after.due_at) == (LONGER, on(10, 16, 0))
    desk.pause(dossier.id, "xac-minh")
    clock.now = on(25, 8, 42, 11)  # the 24th is a holiday: eight hours
    assert desk.resume(dossier.id).due_at == on(11, 16, 0)


def test_a_longer_term_goes_before_an_earlier_signed_date_and_is_counted_on(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.extend(dossier.id, on(2, 16, 0), "chờ ý kiến")
    desk.sign_in("lan")
    assert desk.correct(dossier.id, "nhầm thủ tục", procedure=LONGER).due_at == on(7)
    desk.pause(dossier.id, "xac-minh")
    clock.now = on(25, 8, 42, 11)
    assert desk.resume(dossier.id).due_at == on(8)


def test_the_right_procedure_brings_its_own_cut_off_and_unit(desk: Desk, clock: Any) -> None:
    clock.now = on(23, 15, 30, 11)
    dossier = take(desk, SAME_DAY)
    after = desk.correct(dossier.id, "nhầm thủ tục", procedure=BUILDING)
    assert (after.cutoff.kind, after.due_at) == (CutoffKind.NONE, on(1, 15, 30))
    ledger = desk.explain(dossier.id)
    assert ledger is not None
    assert ledger.expected == after.due_at
    assert after.handling_unit == "dia-chinh"
    assert after.forward_by == on(25, 15, 30, 11)  # it goes elsewhere now, with its own time to be sent on


def test_a_procedure_without_a_published_term_leaves_no_term_behind(desk: Desk) -> None:
    bare = next(
        found.code
        for found in map(desk.procedure, ("1.012812", "3.000333", "1.001731", "2.000200"))
        if found.limit_for(found.case()) is None
    )
    after = desk.correct(take(desk).id, "nhầm thủ tục", procedure=bare)
    assert (after.limit, after.due_at) == (None, None)
    assert desk.explain(after.id) is None
    with_date = desk.correct(take(desk).id, "nhầm thủ tục", procedure=bare, due_at=on(4, 16, 0))
    assert (with_date.limit, with_date.due_at, with_date.fixed_due) == (None, on(4, 16, 0), on(4, 16, 0))
    with pytest.raises(Refused, match="trước"):
        desk.correct(with_date.id, "nhầm", procedure=BUILDING, due_at=on(9, 16, 0))
    dated = desk.correct(after.id, "thỏa thuận với người nộp", due_at=on(9, 16, 0))
    assert dated.due_at == on(9, 16, 0)


@pytest.mark.parametrize(
    ("due", "why"),
    [
        (on(29, 3, 0, 11), "ngoài giờ làm việc|không làm việc"),  # a Sunday night
        (on(27, 12, 0, 11), "ngoài giờ làm việc"),  # at noon
        (on(24, 9, 0, 11), "không làm việc"),  # a public holiday
        (on(20, 9, 0, 11), "sau thời điểm tiếp nhận"),
    ],
)
def test_no_promise_outside_office_hours_or_before_the_receipt(desk: Desk, due: datetime, why: str) -> None:
    dossier = take(desk)
    with pytest.raises(Refused, match=why):
        desk.correct(dossier.id, "ghi sai ngày hẹn", due_at=due)
    assert desk.dossier(dossier.id).due_at == dossier.due_at


def test_a_bare_day_means_the_end_of_its_office_hours(desk: Desk) -> None:
    dossier = take(desk)
    assert desk.correct(dossier.id, "ghi sai", due_at=on(27, 0, 0, 11)).due_at == on(27, 17, 30, 11)
    at_unit(desk, dossier)
    desk.sign_in("binh")
    assert desk.extend(dossier.id, on(3, 0, 0), "chờ ý kiến").due_at == on(3, 17, 30)


def test_an_apology_promises_no_sunday(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk))
    with pytest.raises(Refused, match="không làm việc"):
        desk.propose(dossier.id, "extend", "chờ", due_at=on(6, 9, 0))  # type: ignore[arg-type]
    desk.sign_in("binh")
    with pytest.raises(Refused, match="không làm việc"):
        desk.extend(dossier.id, on(6, 9, 0), "chờ ý kiến")
    assert not desk.dossier(dossier.id).extended


def test_a_correction_is_no_second_apology(desk: Desk, clock: Any) -> None:
    dossier = take(desk)
    with pytest.raises(Refused, match="của lãnh đạo"):
        desk.correct(dossier.id, "ghi sai", due_at=on(15, 9, 0))  # the law's term ends on 01/12
    clock.now = on(3, 9, 0)
    desk.sign_in("binh")
    with pytest.raises(Refused, match="xin lỗi và hẹn lại"):
        desk.correct(dossier.id, "ghi sai", due_at=on(15, 9, 0))


def test_a_result_that_came_late_is_not_made_early_by_another_date(desk: Desk, clock: Any) -> None:
    done = desk.resolve(take(desk, SAME_DAY).id)
    desk.save_site(
        desk.site.model_copy(
            update={
                "officers": tuple(
                    one.model_copy(update={"roles": one.roles | {Role.LEADER}}) for one in desk.site.officers
                )
            }
        )
    )
    with pytest.raises(Refused, match="đã có kết quả"):
        desk.correct(done.id, "ghi sai", due_at=on(4, 9, 0))


def test_a_receipt_time_that_cannot_be_is_refused_in_words(desk: Desk, clock: Any) -> None:
    dossier = take(desk)
    with pytest.raises(Refused, match="nằm ngoài"):
        desk.correct(dossier.id, "ghi sai", received_at=datetime(1999, 1, 1, 8, 0, tzinfo=VIETNAM))
    clock.forward(hours=1)
    desk.forward([dossier.id], "dia-chinh")
    clock.forward(hours=1)
    with pytest.raises(Refused, match="trước lúc chuyển"):
        desk.correct(dossier.id, "ghi sai", received_at=clock.now)


def test_the_head_of_the_body_that_handles_it_signs_the_apology(desk: Desk) -> None:
    other = Officer(id="tam", name="Cao Thị Tâm", unit="tu-phap", roles=frozenset({Role.LEADER}))
    above = Officer(id="phuc", name="Lý Văn Phúc", unit="phuong", roles=frozenset({Role.LEADER}))
    units = tuple(
        one.model_copy(update={"parent": "phuong"}) if one.id == "dia-chinh" else one
        for one in desk.site.units
    )
    desk.save_site(
        desk.site.model_copy(
            update={
                "officers": (*desk.site.officers, other, above),
                "units": (*units, Unit(id="phuong", name="UBND phường", kind="commune")),
            }
        )
    )
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    assert {one.id for one in desk.signers(desk.dossier(dossier.id))} == {"binh", "phuc"}
    with pytest.raises(Refused, match="thủ trưởng cơ quan giải quyết"):
        desk.extend(dossier.id, on(3, 9, 0), "chờ ý kiến", signed_by="tam")
    assert desk.extend(dossier.id, on(3, 9, 0), "chờ ý kiến", signed_by="phuc").extended


def test_planned_appointments_follow_the_corrected_receipt_and_procedure(desk: Desk, clock: Any) -> None:
    rule = AppointmentRule(procedure=BUILDING, number=1, amount=Decimal(2), purpose="kiểm tra thực địa")
    desk.save_site(desk.site.model_copy(update={"appointments": (rule,)}))
    dossier = take(desk)
    clock.forward(minutes=30)
    earlier = datetime(2026, 11, 20, 10, 0, tzinfo=VIETNAM)
    moved = desk.correct(dossier.id, "ghi sai ngày", received_at=earlier)
    assert [one.due_at for one in moved.appointments] == [datetime(2026, 11, 25, 10, 0, tzinfo=VIETNAM)]
    other = desk.correct(dossier.id, "sai thủ tục", procedure="1.004873")
    assert other.appointments == ()
    back = desk.correct(dossier.id, "đúng là gia hạn", procedure=BUILDING)
    assert [one.purpose for one in back.appointments] == ["kiểm tra thực địa"]
