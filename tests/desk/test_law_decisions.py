"""Who decides: apologies, proposals and what becomes of them, refusing, stopping, closing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from law_tools import AN, BUILDING, at_unit, take

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.clocks import ClockKind
from tthc_tui.core.states import State
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake


def test_apology_is_called_for_one_working_day_before_and_given_once_by_a_leader(
    desk: Desk, clock: Any
) -> None:
    dossier = at_unit(desk, take(desk))
    clock.now = datetime(2026, 11, 27, 9, 0, tzinfo=VIETNAM)
    assert desk.alerts([ClockKind.APOLOGY]) == []
    clock.now = datetime(2026, 11, 30, 9, 0, tzinfo=VIETNAM)
    assert [a.line.code for a in desk.alerts([ClockKind.APOLOGY])] == [dossier.code]
    new = desk.new_due(dossier, 2)
    with pytest.raises(Refused, match="việc này của lãnh đạo"):
        desk.extend(dossier.id, new, "chờ ý kiến thẩm định", signed_by="binh")
    desk.propose(dossier.id, ev.Proposal.EXTEND, "chờ ý kiến thẩm định", due_at=new)
    desk.sign_in("binh")
    assert [a.line.code for a in desk.alerts([ClockKind.PROPOSAL])] == [dossier.code]
    extended = desk.approve(dossier.id)
    assert (extended.due_at, extended.extended_from) == (new, dossier.due_at)
    assert desk.alerts([ClockKind.PROPOSAL]) == []
    with pytest.raises(Refused, match="một lần"):
        desk.extend(dossier.id, new + timedelta(days=7), "lại chậm")
    paper = desk.document(dossier.id, "mau-04")
    assert paper.values["head"] == "Phạm Thanh Bình"
    assert new.strftime("%d/%m/%Y") in paper.values["new_due_at"]


def test_a_pause_after_the_apology_moves_the_new_date(desk: Desk, clock: Any) -> None:
    dossier = at_unit(desk, take(desk), "binh")
    new = datetime(2026, 12, 4, 16, 0, tzinfo=VIETNAM)
    desk.extend(dossier.id, new, "chờ thẩm định")
    clock.now = datetime(2026, 11, 25, 8, 0, tzinfo=VIETNAM)
    desk.pause(dossier.id, "xac-minh")
    clock.now = datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM)
    assert desk.resume(dossier.id).due_at == datetime(2026, 12, 4, 17, 0, tzinfo=VIETNAM)


def test_refusal_needs_the_head_where_the_site_says_so(desk: Desk) -> None:
    settings = desk.site.settings.model_copy(update={"rejection_approval": True})
    desk.save_site(desk.site.model_copy(update={"settings": settings}))
    intake = Intake(procedure=BUILDING, applicant=AN)
    with pytest.raises(Refused, match="lãnh đạo duyệt"):
        desk.refuse_intake(intake, "không đúng thẩm quyền")
    with pytest.raises(Refused, match="phải là lãnh đạo"):
        desk.refuse_intake(intake, "không đúng thẩm quyền", approved_by="hung")
    refused = desk.refuse_intake(intake, "không đúng thẩm quyền", approved_by="binh")
    assert refused.state is State.REJECTED
    assert desk.legal_grounds(refused)


def test_a_declined_proposal_leaves_the_dossier_as_it_was(desk: Desk) -> None:
    waiting = desk.receive_incomplete(Intake(procedure=BUILDING, applicant=AN), ["Đơn đề nghị"])
    desk.propose(waiting.id, ev.Proposal.REJECT, "không bổ sung được")
    with pytest.raises(Refused, match="đang chờ"):
        desk.propose(waiting.id, ev.Proposal.REJECT, "lần nữa")
    desk.sign_in("binh")
    after = desk.decline(waiting.id, "cho thêm thời gian")
    assert (after.state, after.proposal) == (State.SUPPLEMENT, None)
    desk.sign_in("lan")
    desk.propose(waiting.id, ev.Proposal.REJECT, "vẫn không bổ sung được")
    desk.sign_in("binh")
    assert desk.approve(waiting.id).state is State.REJECTED


def test_stop_only_while_no_decision_exists(desk: Desk) -> None:
    stopped = desk.stop(take(desk).id, "không còn nhu cầu", returned="bản chính giấy phép")
    assert stopped.state is State.STOPPED
    paper = desk.document(stopped.id)
    assert (paper.form.id, paper.values["returned"]) == ("stop", "bản chính giấy phép")
    decided = take(desk)
    desk.resolve(decided.id)
    with pytest.raises(Refused, match="Điều 21"):
        desk.stop(decided.id, "đổi ý")


def test_death_of_the_applicant_closes_with_the_sites_reason(desk: Desk) -> None:
    dossier = at_unit(desk, take(desk), "binh")
    assert "nguoi-nop-chet" in {one.id for one in desk.closing_reasons(dossier)}
    closed = desk.close_dossier(dossier.id, "nguoi-nop-chet", "trích lục khai tử số 12")
    assert (closed.closing, closed.reason) == (
        "nguoi-nop-chet",
        "người nộp hồ sơ đã chết: trích lục khai tử số 12",
    )


def test_a_refused_action_says_which_role_may(desk: Desk) -> None:
    dossier = take(desk)
    desk.sign_in("sat")
    with pytest.raises(Refused) as refusal:
        desk.forward([dossier.id], "dia-chinh")
    assert "cán bộ tiếp nhận, cán bộ xử lý hoặc lãnh đạo" in refusal.value.reason
    rights = {"supervisor": ("AddNote", "Print", "Forward")}
    desk.save_site(desk.site.model_copy(update={"rights": rights}))
    assert desk.forward([dossier.id], "dia-chinh")[1][0].state is State.PROCESSING
