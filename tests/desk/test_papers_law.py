"""Papers say what holds: no slip of an act that was taken back, the register whole, a closing on paper."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from law_tools import AN, BUILDING, at_unit, take

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.site_rules import ExemptionRule, PauseReason
from tthc_tui.desk import Desk, later_papers
from tthc_tui.desk.intake_form import Intake


def on(day: int, hour: int = 8, minute: int = 42, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=VIETNAM)


def rows(desk: Desk) -> list[tuple[str, ...]]:
    return list(desk.register_document(on(1, 0, 0, 11), on(31, 0, 0)).tables["entries"])


def test_a_slip_that_was_taken_back_is_never_printed(desk: Desk, clock: Any) -> None:
    dossier = take(desk)
    desk.request_supplement(dossier.id, ["Bản vẽ mặt bằng"])
    desk.supplement(dossier.id)
    desk.request_supplement(dossier.id, ["Giấy nhầm"], again_reason="thiếu")
    desk.undo(dossier.id)
    desk.log_print(dossier.id, "mau-02", desk.document(dossier.id, "mau-02"))
    paper = desk.document(dossier.id, "mau-02")
    assert paper.reprint_no == 1
    assert paper.tables["items"] == (("Bản vẽ mặt bằng",),)
    assert paper.number == "1"


def test_a_date_signed_again_after_an_undo_is_the_one_on_paper(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.sign_in("binh")
    desk.extend(dossier.id, on(3, 9, 0), "nhầm")
    desk.undo(dossier.id)
    with pytest.raises(Refused):
        desk.document(dossier.id, "mau-04")


def test_a_closing_that_ends_as_not_accepted_has_its_notice(desk: Desk, clock: Any) -> None:
    dossier = take(desk)
    desk.request_supplement(dossier.id, ["Bản vẽ"])
    closed = desk.close_dossier(dossier.id, "khong-du-dieu-kien", "ngoài quy hoạch")
    assert desk.forms_of(closed)[0] == "mau-05"
    assert "không đủ điều kiện giải quyết" in desk.document(closed.id).values["reason"]
    for form in desk.forms_of(closed):
        assert desk.document(closed.id, form).form.title


def test_the_register_tells_who_took_the_result_and_how_it_went_out(desk: Desk, clock: Any) -> None:
    dossier = take(desk, "2.000884")
    desk.resolve(dossier.id)
    desk.return_result(
        dossier.id,
        collector=AN.model_copy(update={"name": "Trần Nhận Thay"}),
        authorisation="Giấy ủy quyền 12",
        method=ev.Delivery.ONLINE,
    )
    mine = take(desk, "2.000884")
    desk.resolve(mine.id)
    desk.return_result(mine.id)
    take(desk)
    first, second, third = rows(desk)
    assert first[-2:] == ("trực tuyến", "Trần Nhận Thay (nhận thay)")
    assert second[-2:] == ("tại quầy", "Phạm Văn An")
    assert third[-3:] == ("", "tại quầy", "")


def test_a_register_too_long_for_one_book_is_refused_not_cut(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later_papers, "REGISTER_MOST", 2)
    take(desk)
    take(desk)
    assert len(rows(desk)) == 2
    take(desk)
    with pytest.raises(Refused, match="chia"):
        rows(desk)


def test_at_the_counter_too_no_paper_of_a_database_is_demanded_without_a_reason(desk: Desk) -> None:
    procedure = desk.procedure("1.013225")
    line = next(one for one in procedure.case().requirements if one.database)
    intake = Intake(procedure=procedure.code, applicant=AN)
    with pytest.raises(Refused, match="không được yêu cầu nộp"):
        desk.receive_incomplete(intake, [line.label])
    done = desk.receive_incomplete(intake, [line.label], demanded="dữ liệu sai số thửa")
    event = next(one for one in desk.history(done.id) if isinstance(one, ev.SupplementRequested))
    assert event.demanded == "dữ liệu sai số thửa"


@pytest.mark.parametrize("days", [-1, -400])
def test_no_time_is_set_that_is_over_already(desk: Desk, clock: Any, days: int) -> None:
    dossier = at_unit(desk, take(desk))
    past = clock.now + timedelta(days=days)
    with pytest.raises(Refused, match="sau lúc này"):
        desk.pause(dossier.id, "xac-minh", until=past)
    with pytest.raises(Refused, match="sau lúc này"):
        desk.request_supplement(dossier.id, ["Bản vẽ"], until=past)


def test_nobody_asks_to_stop_what_was_not_received_yet(desk: Desk) -> None:
    dossier = take(desk)
    with pytest.raises(Refused, match="sau lúc tiếp nhận"):
        desk.stop(dossier.id, "đổi ý", requested_at=on(22, 9, 0, 11))
    assert dossier.procedure.code == BUILDING


def test_waiting_for_papers_is_no_reason_to_pause(desk: Desk) -> None:
    reason = PauseReason(id="bo-sung", name="chờ bổ sung")
    desk.save_site(desk.site.model_copy(update={"pause_reasons": (reason,)}))
    dossier = at_unit(desk, take(desk))
    with pytest.raises(Refused, match="phiếu yêu cầu bổ sung"):
        desk.pause(dossier.id, "bo-sung")


def test_nothing_is_accepted_while_a_needed_paper_is_missing(desk: Desk) -> None:
    half = ExemptionRule(id="can-ngheo", name="hộ cận nghèo", percent=50, ground="Nghị quyết HĐND")
    desk.save_site(desk.site.model_copy(update={"exemptions": (half,)}))
    fee = ev.FeeCharge(name="Lệ phí", amount=50_000)
    intake = Intake(procedure=BUILDING, applicant=AN, fees=(fee,), exemption="can-ngheo")
    names = [line.label for line in desk.procedure(BUILDING).case().requirements]
    waiting = desk.receive_incomplete(intake, names[:1])
    assert desk.account(waiting).owed == 25_000  # what was chosen at the counter is kept
    with pytest.raises(Refused, match="Thiếu giấy tờ bắt buộc"):
        desk.supplement(waiting.id)
    papers = desk.completing(waiting)
    assert [paper.name for paper in papers] == names
    done = desk.supplement(waiting.id, papers)
    assert any(f"đã tiếp nhận hồ sơ {done.code}" in one.body for one in desk.notices(done.id))
    assert [row[0] for row in desk.document(done.id, "mau-01").tables["papers"]] == names


def test_a_chain_hangs_on_no_dossier_that_is_void(desk: Desk) -> None:
    void = desk.undo(take(desk).id)
    with pytest.raises(Refused, match="kết thúc hoặc bị hủy"):
        take(desk, root=void.id)


def test_a_receipt_others_hang_on_is_not_undone(desk: Desk) -> None:
    root = take(desk)
    child = take(desk, root=root.id)
    with pytest.raises(Refused, match="hồ sơ liên thông"):
        desk.undo(root.id)
    desk.undo(child.id)
    assert desk.undo(root.id).voided


def test_the_applicant_is_told_of_the_date_a_supplement_or_a_resumption_gives(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk))
    desk.pause(dossier.id, "xac-minh")
    desk.pause(dossier.id, "niem-yet")
    clock.forward(days=2)
    desk.resume(dossier.id, "xac-minh")
    assert not any("tiếp. Hẹn" in one.body for one in desk.notices(dossier.id))  # no date yet
    desk.resume(dossier.id)
    desk.request_supplement(dossier.id, ["Bản vẽ"])
    clock.forward(days=2)
    after = desk.supplement(dossier.id)
    assert after.due_at is not None
    bodies = [one.body for one in desk.notices(dossier.id)]
    assert f"đã được bổ sung đủ. Hẹn trả kết quả: {after.due_at:%H:%M ngày %d/%m/%Y}." in bodies[0]
    assert any("được giải quyết tiếp" in body for body in bodies)
