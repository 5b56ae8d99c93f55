"""Every command and every role: what each role may do, and a refusal that names the roles which may.

The table is written from the law's division of work (Decree 118/2025, art. 8 and 11), not from `core.roles`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from law_tools import AN, BUILDING, take

from tthc_tui.core import events as ev
from tthc_tui.core.base import VIETNAM, Refused
from tthc_tui.core.dossier import Dossier
from tthc_tui.core.site import Officer, Role, Site
from tthc_tui.core.site_rules import AppointmentRule, ExemptionRule
from tthc_tui.desk import Desk
from tthc_tui.desk.intake_form import Intake

HERE, THERE = "ttpvhcc", "tu-phap"
LETTERS = {
    "R": Role.RECEIVING,
    "S": Role.SPECIALIST,
    "L": Role.LEADER,
    "G": Role.SUPERVISOR,
    "A": Role.ADMIN,
}


@pytest.fixture
def site(site: Site) -> Site:
    """One unit that receives and handles, with one officer of each role; a colleague elsewhere."""
    officers = (
        *(
            Officer(id=letter, name=f"Cán bộ {letter}", unit=HERE, roles=frozenset({role}))
            for letter, role in LETTERS.items()
        ),
        Officer(id="minh", name="Lê Thị Minh", unit=THERE, roles=frozenset({Role.LEADER})),
        *site.officers,
    )
    appointment = AppointmentRule(procedure=BUILDING, number=1, amount=Decimal(3))
    waiver = ExemptionRule(id="ngheo", name="Hộ nghèo")
    return site.model_copy(
        update={"officers": officers, "appointments": (appointment,), "exemptions": (waiver,)}
    )


def received(desk: Desk, **more: Any) -> Dossier:
    fee = ev.FeeCharge(name="Lệ phí", amount=50_000)
    return take(desk, **{"handling_unit": HERE, "fees": (fee,), **more})


def registered(desk: Desk) -> Dossier:
    return desk.register(Intake(procedure=BUILDING, applicant=AN, handling_unit=HERE))


def processing(desk: Desk) -> Dossier:
    return desk.forward([received(desk).id], HERE)[1][0]


def stepped(desk: Desk) -> Dossier:
    return desk.finish_step(processing(desk).id)


def coming(desk: Desk) -> Dossier:
    away = desk.forward([received(desk).id], THERE)[1][0]
    desk.sign_in("minh")
    desk.accept_handover([away.id])
    return desk.forward([away.id], HERE)[1][0]


def asked(desk: Desk) -> Dossier:
    return desk.request_supplement(processing(desk).id, ["Bản vẽ"], "thiếu")


def consulted(desk: Desk) -> Dossier:
    return desk.consult(processing(desk).id, HERE, "Ý kiến?")


def paused(desk: Desk) -> Dossier:
    return desk.pause(processing(desk).id, "xac-minh")


def resolved(desk: Desk) -> Dossier:
    return desk.resolve(processing(desk).id)


def paid(desk: Desk) -> Dossier:
    return desk.pay(received(desk).id)


def posted(desk: Desk) -> Dossier:
    done = desk.resolve(
        desk.forward([received(desk, delivery=ev.Delivery.POST, delivery_address="x").id], HERE)[1][0].id
    )
    return desk.send_post([(done.id, "EB123456789VN")])[1][0]


def proposed(desk: Desk) -> Dossier:
    new = datetime(2026, 12, 10, 9, 0, tzinfo=VIETNAM)
    return desk.propose(processing(desk).id, ev.Proposal.EXTEND, "chậm", due_at=new)


def complained(desk: Desk) -> Any:
    return desk.log_feedback("Chậm", subject="other")


LATER = datetime(2026, 12, 10, 9, 0, tzinfo=VIETNAM)


class Row(NamedTuple):
    may: str
    before: Callable[[Desk], Any]
    act: Callable[[Desk, Any], Any]


def nothing(desk: Desk) -> None:
    return None


TABLE = {
    "receive": Row("RL", nothing, lambda d, _: received(d)),
    "register": Row("RL", nothing, lambda d, _: registered(d)),
    "receive incomplete": Row(
        "RL",
        nothing,
        lambda d, _: d.receive_incomplete(Intake(procedure=BUILDING, applicant=AN), ["Bản vẽ"], "thiếu"),
    ),
    "refuse at the counter": Row(
        "RL", nothing, lambda d, _: d.refuse_intake(Intake(procedure=BUILDING, applicant=AN), "sai nơi")
    ),
    "accept completed": Row(
        "RL", registered, lambda d, x: d.accept_completed(x.id, d.completing(x))
    ),
    "reject": Row("RL", registered, lambda d, x: d.reject(x.id, "không thuộc thẩm quyền", ground="Điều 8")),
    "forward": Row("RSL", received, lambda d, x: d.forward([x.id], THERE)),
    "accept handover": Row("RSL", coming, lambda d, x: d.accept_handover([x.id])),
    "request supplement": Row("RSL", processing, lambda d, x: d.request_supplement(x.id, ["Bản vẽ"], "thiếu")),
    "supplement": Row("RSL", asked, lambda d, x: d.supplement(x.id)),
    "resolve": Row("RSL", processing, lambda d, x: d.resolve(x.id)),
    "return result": Row("RL", resolved, lambda d, x: d.return_result(x.id)),
    "withdraw": Row("RL", processing, lambda d, x: d.withdraw(x.id, "đổi ý")),
    "note": Row("RSLGA", processing, lambda d, x: d.note(x.id, "ghi")),
    "start step": Row("RSL", received, lambda d, x: d.start_step(x.id)),
    "finish step": Row("RSL", processing, lambda d, x: d.finish_step(x.id)),
    "return step": Row("SL", stepped, lambda d, x: d.return_step(x.id, "tham-dinh", "thiếu")),
    "assign": Row("L", processing, lambda d, x: d.assign(x.id, "S")),
    "consult": Row("RSL", processing, lambda d, x: d.consult(x.id, THERE, "Ý kiến?")),
    "answer consult": Row(
        "RSL", consulted, lambda d, x: d.answer_consult(x.id, x.consultations[0].key, "Đồng ý")
    ),
    "pause": Row("RSL", processing, lambda d, x: d.pause(x.id, "xac-minh")),
    "resume": Row("RSL", paused, lambda d, x: d.resume(x.id)),
    "extend": Row("L", processing, lambda d, x: d.extend(x.id, LATER, "chờ ý kiến", signed_by="L")),
    "propose": Row("RSL", processing, lambda d, x: d.propose(x.id, ev.Proposal.STOP, "người nộp đề nghị")),
    "approve": Row("L", proposed, lambda d, x: d.approve(x.id)),
    "decline": Row("L", proposed, lambda d, x: d.decline(x.id, "chưa cần")),
    "stop": Row("RL", processing, lambda d, x: d.stop(x.id, "người nộp đề nghị", signed_by="L")),
    "close": Row("RL", processing, lambda d, x: d.close_dossier(x.id, "nguoi-nop-chet")),
    "correct": Row("RL", received, lambda d, x: d.correct(x.id, "ghi sai", content="Nội dung đúng")),
    "correct, a later date": Row("L", received, lambda d, x: d.correct(x.id, "ghi sai", due_at=LATER)),
    "keep appointment": Row("RSL", processing, lambda d, x: d.keep_appointment(x.id, 1)),
    "tell": Row("RSL", asked, lambda d, x: d.tell(x.id, "thiếu bản vẽ", subject="supplement")),
    "drop a message": Row("RSL", received, lambda d, x: d.drop_notice(d.notices(x.id)[0].id)),
    "send a message again": Row("RSL", received, lambda d, x: d.retry_notice(d.notices(x.id)[0].id)),
    "remind": Row("RLG", processing, lambda d, x: d.remind(x.id)),
    "hand result": Row("RSL", resolved, lambda d, x: d.hand_results([x.id], THERE)),
    "certify": Row("RSL", received, lambda d, x: d.certify(x.id, [ev.CertifiedPaper(name="Bằng", pages=1, copies=1)])),
    "send by post": Row("RL", resolved, lambda d, x: d.send_post([(x.id, "EB123456789VN")])),
    "track post": Row("RL", posted, lambda d, x: d.track_post(x.id, "delivered")),
    "charge a fee": Row("RSL", received, lambda d, x: d.charge(x.id, "Phí", 10_000)),
    "take a fee": Row("RL", received, lambda d, x: d.pay(x.id)),
    "give back a fee": Row("RL", paid, lambda d, x: d.refund(x.id, 10_000, "thu thừa")),
    "waive a fee": Row("RL", received, lambda d, x: d.exempt(x.id, "ngheo", ground="sổ hộ nghèo")),
    "open a shift": Row("RL", nothing, lambda d, _: d.open_shift(500_000)),
    "a chained dossier": Row("RL", received, lambda d, x: d.receive_child(x.id, BUILDING, papers=x.papers)),
    "answer feedback": Row("RSL", complained, lambda d, x: d.answer_feedback(x.id, "Đã xử lý")),
    "correct the catalogue": Row(
        "LA", nothing, lambda d, _: d.correct_procedure(BUILDING, "short_name", "Gia hạn GPXD", source="QĐ 1")
    ),
    "erase a person": Row(
        "A", received, lambda d, _: d.erase_person(AN.number, "người dân yêu cầu")
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", TABLE)
def test_each_command_is_done_by_its_roles_and_refused_to_the_others_by_name(
    desk: Desk, clock: Any, command: str
) -> None:
    row = TABLE[command]
    for letter in LETTERS:
        clock.now += timedelta(minutes=1)
        desk.sign_in("L")
        thing = row.before(desk)
        desk.sign_in(letter)
        if letter in row.may:
            row.act(desk, thing)
            continue
        with pytest.raises(Refused) as refused:
            row.act(desk, thing)
        assert refused.value.code == "role", (letter, refused.value.reason)
        who = [LETTERS[one].label for one in row.may]
        assert refused.value.details["roles"] == tuple(who)
        assert all(label in refused.value.reason for label in who), refused.value.reason


@pytest.mark.parametrize("letter", "RSL")
def test_what_somebody_did_only_they_take_back(desk: Desk, letter: str) -> None:
    desk.sign_in("L")
    dossier = processing(desk)
    desk.sign_in(letter)
    desk.consult(dossier.id, THERE, "Ý kiến?")
    for other in set("RSL") - {letter}:
        desk.sign_in(other)
        with pytest.raises(Refused, match="Chỉ người vừa thao tác"):
            desk.undo(dossier.id)
    desk.sign_in("G")
    with pytest.raises(Refused, match="cán bộ tiếp nhận, cán bộ xử lý hoặc lãnh đạo"):
        desk.undo(dossier.id)
    desk.sign_in(letter)
    assert desk.undo(dossier.id).consultations == ()


def test_a_site_that_gives_results_to_another_role_is_believed(desk: Desk) -> None:
    desk.sign_in("L")
    dossier = processing(desk)
    names = ("AddNote", "Print", "Resolve")
    desk.save_site(desk.site.model_copy(update={"rights": {"supervisor": names, "specialist": ("AddNote",)}}))
    desk.sign_in("S")
    assert "giám sát" in desk.against(dossier, ev.Resolve())
    desk.sign_in("G")
    assert desk.against(dossier, ev.Resolve()) == ""
    assert desk.resolve(dossier.id).outcome == "granted"
